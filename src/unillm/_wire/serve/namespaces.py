"""Tools as agents offer them, as functions that every provider takes.

The Responses API groups functions under a name (``namespace``), and a call names both
(openai-python 3.57.0, types/responses/namespace_tool.py and response_function_tool_call.py, read
2026-11-29). Other providers have functions alone; there the two are one name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field
from hashlib import sha256
from typing import Any

from unillm.types.dataclass import dataclass
from unillm.types.edits import Note
from unillm.types.json import JsonObject, is_list, is_object

_LONGEST = 64
"""Characters of a function's name: OpenAI's limit, and what the others take too."""
_MARK = 8
_NO_NAME = re.compile(r"[^A-Za-z0-9_-]")
_OURS = frozenset({"function", "custom", "namespace"})


@dataclass(slots=True)
class Names:
    """The names of tools in groups, and what each is called alone.

    Attributes:
        spaces: The group and the name, by the name alone.
    """

    spaces: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    _flat: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    def add(self, space: str, name: str, taken: set[str]) -> str:
        """Return what a tool of a group is called alone, like none of those that are taken."""
        flat = _flat(space, name)
        if flat in taken:
            flat = _marked(flat, space, name)
        taken.add(flat)
        self.spaces[flat] = space, name
        self._flat[space, name] = flat
        return flat

    def flat(self, space: Any, name: str) -> str:
        """Return what a tool is called alone; in no group it is called as it is."""
        if not isinstance(space, str) or not space:
            return name
        return self._flat.get((space, name)) or _flat(space, name)


@dataclass(frozen=True, slots=True)
class Offer:
    """The tools of a request.

    Attributes:
        tools: Functions and custom tools, none in a group.
        names: What those in groups were called.
        dropped: The kinds of the tools that were left out: those a provider would run itself.
        notes: The same for people.
    """

    tools: list[Any]
    names: Names
    dropped: frozenset[str]
    notes: tuple[Note, ...]


def offered(given: Any) -> Offer:
    """Return the tools that are offered, without those that a provider would run itself.

    What is no list, and what in it is no tool, stays, to be refused.
    """
    if not is_list(given):
        return Offer(given, Names(), frozenset(), ())
    names, tools, dropped = Names(), list[Any](), list[str]()
    taken = {_name(tool) for tool in given if is_object(tool) and tool.get("type") != "namespace"}
    for tool in given:
        kind = _kind(tool)
        if kind == "namespace" and is_list(tool.get("tools")) and _name(tool):
            tools += _members(tool, names, taken)
        elif kind is None or kind in _OURS:
            tools.append(_flattened(tool) if is_object(tool) else tool)
        else:
            dropped.append(kind)
    notes: tuple[Note, ...] = ()
    if dropped:
        told = ", ".join(sorted(set(dropped)))
        said = f"{told}: left out, since a provider would run it itself, and not each does"
        notes = (Note("dropped_tool", said),)
    # Hosts refuse two tools of one name; two that are the same are one.
    once = [tool for at, tool in enumerate(tools) if tool not in tools[:at]]
    return Offer(once, names, frozenset(dropped), notes)


def _members(group: JsonObject, names: Names, taken: set[str]) -> Iterator[Any]:
    """Give the tools of a group, the first with what is said of all of them."""
    space, about = _name(group), group.get("description")
    for tool in group["tools"]:
        if not is_object(tool) or not _name(tool):
            yield tool
            continue
        made = _flattened(tool)
        made["name"] = names.add(space, _name(tool), taken)
        if isinstance(about, str) and about:
            own = made.get("description")
            made["description"] = f"{space}: {about}" + (f"\n\n{own}" if own else "")
            about = None
        yield made


def _flattened(tool: JsonObject) -> JsonObject:
    """Return a tool with its name beside its type, as the Responses API has it."""
    kind = _kind(tool) or "function"
    inner: Any = tool.get(kind)
    made: JsonObject = {**(inner if is_object(inner) else tool), "type": kind}
    if not made.get("parameters"):
        made.pop("parameters", None)
    return made


def _kind(tool: Any) -> str | None:
    """Return the kind of a tool; None: it says none that is a word."""
    kind: Any = tool.get("type") if is_object(tool) else None
    return kind if isinstance(kind, str) else None


def _name(tool: JsonObject) -> str:
    name: Any = _flattened(tool).get("name")
    return name if isinstance(name, str) else ""


def _flat(space: str, name: str) -> str:
    between = "" if space.endswith("__") else "__"
    flat = _NO_NAME.sub("_", f"{space}{between}{name}")
    return flat if len(flat) <= _LONGEST else _marked(flat, space, name)


def _marked(flat: str, space: str, name: str) -> str:
    """Return a name with a mark of its own, which depends on the two names alone."""
    mark = sha256(f"{space}\0{name}".encode()).hexdigest()[:_MARK]
    return f"{flat[: _LONGEST - _MARK - 1]}_{mark}"
