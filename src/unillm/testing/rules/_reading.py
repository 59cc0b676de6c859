"""Reading requests that may be anything."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, cast

from unillm.testing._objects import objects, single
from unillm.testing._usage import prompt_text
from unillm.testing.seen import Seen

__all__ = [
    "Part",
    "is_set",
    "listed",
    "number",
    "parts_in",
    "says_json",
    "tool_names",
    "unanswered",
    "unknown",
]

Part = tuple[int, int, dict[str, Any], dict[str, Any]]
"""The position of a message, that of a part in it, the message, and the part."""


def is_set(fields: Mapping[str, Any], name: str) -> bool:
    """Tell whether a field is there and not null, which stands for its absence."""
    return fields.get(name) is not None


def number(fields: Mapping[str, Any], name: str) -> float | None:
    """Return a field that is a number, else None."""
    value = fields.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def unknown(fields: Iterable[str], known: Collection[str]) -> list[str]:
    """Return the names that are not known, in order."""
    return [name for name in fields if name not in known]


def listed(value: object) -> list[object]:
    """Return a list as it is, anything else as none."""
    return cast("list[object]", value) if isinstance(value, list) else []


def parts_in(messages: Iterable[dict[str, Any]]) -> Iterator[Part]:
    """Return the parts of messages whose content is a list, in order."""
    for at, message in enumerate(messages):
        for index, part in enumerate(objects(message.get("content"))):
            yield at, index, message, part


def says_json(messages: Iterable[dict[str, Any]]) -> bool:
    """Tell whether the word json is anywhere in the texts of messages."""
    return any("json" in prompt_text(message).lower() for message in messages)


def tool_names(seen: Seen) -> list[str]:
    """Return the names of the functions that are offered and have one, in order."""
    names = (tool.get("name") for tool in seen.tools)
    return [name for name in names if isinstance(name, str)]


def forgets_tools(seen: Seen) -> tuple[str, ...]:
    """Return ``tools`` where a host would hold the whole answer to a format, calls included.

    What the servers do of which this is known is said in `unillm.providers`.
    """
    kind = single(seen.fields.get("response_format")).get("type")
    held = kind in {"json_object", "json_schema"} and seen.fields.get("tool_choice") != "none"
    return ("tools",) if seen.api == "chat" and seen.tools and held else ()


def unanswered(messages: list[dict[str, Any]], at: int) -> list[str]:
    """Return the ids of a message's calls that the messages right after it do not answer."""
    answers: list[object] = []
    for later in messages[at + 1 :]:
        if later.get("role") != "tool":
            break
        answers.append(later.get("tool_call_id"))
    ids = [call.get("id") for call in objects(messages[at].get("tool_calls"))]
    return [str(one) for one in ids if one not in answers]
