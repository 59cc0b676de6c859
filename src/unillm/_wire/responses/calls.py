"""Calls of tools as the Responses API tells of them, into the calls of an answer."""

from __future__ import annotations

import json
from typing import Any

from pydantic_core import from_json, to_json

from unillm._wire.assemble import Assembler
from unillm._wire.responses.entry import Entry
from unillm.errors import MalformedResponseError
from unillm.types.json import JsonObject, is_list, is_object
from unillm.types.tools import CUSTOM_INPUT

_DISPUTED = "its arguments came in two versions that differ"


class Calls:
    """The calls of one answer: each item becomes one, in the order in which they begin."""

    def __init__(self, answer: Assembler) -> None:
        """Start without calls."""
        self._answer = answer
        self._ids: set[str] = set()
        self._begun = 0

    def begin(self, entry: Entry, item: JsonObject) -> None:
        """Take what names a call: its id, which is not that of the item, and its tool."""
        first = entry.call is None
        if entry.call is None:
            entry.call = self._begun
            self._begun += 1
        call_id, name = item.get("call_id"), item.get("name")
        if entry.call_id or not isinstance(call_id, str) or call_id in self._ids:
            # vLLM's last event gives calls other ids than those before (vllm#47916): the first
            # counts. Of two calls with one id, the second is given one of ours.
            call_id = ""
        if entry.name and isinstance(name, str) and name not in {"", entry.name}:
            self.refuse(entry, f"it names two tools, {entry.name!r} and {name!r}")
        name = "" if entry.name or not isinstance(name, str) else name
        entry.call_id, entry.name = entry.call_id or call_id, entry.name or name
        self._ids.add(entry.call_id)
        opening = _OPENING if first and entry.type == "custom_tool_call" else ""
        if first or call_id or name:
            self._tell(entry, opening, call_id, name)

    def add(self, entry: Entry, piece: str) -> None:
        """Take more of the arguments."""
        part = entry.part("arguments", 0)
        if entry.call is None:
            self.begin(entry, {})
        if part.add(piece):
            self._tell(entry, _written(entry, piece))
        elif not part.fits(piece):
            self.refuse(entry, _DISPUTED)

    def end(self, entry: Entry, given: Any, *, whole: bool = True) -> None:
        """Take all of the arguments, which may have been told before, or never.

        Args:
            entry: The item of the call.
            given: The arguments.
            whole: Whether they are all; else they are all that came before the answer was cut off.
        """
        part = entry.part("arguments", 0)
        text = _text(given)
        if text is None:
            return
        if entry.call is None:
            self.begin(entry, {})
        is_open = not part.closed
        rest = part.close(text)
        if rest is None:
            if not _is_same(part.text, text):
                self.refuse(entry, _DISPUTED)
        elif entry.type != "custom_tool_call":
            if rest:
                self._tell(entry, rest)
        elif is_open:
            self._tell(entry, _written(entry, rest) + (_CLOSING if whole else ""))
        elif rest:
            self.refuse(entry, _DISPUTED)

    def close(self, entry: Entry) -> None:
        """Take the end of the answer: a call whose arguments never came is not one without any."""
        part = None if entry.call is None else entry.part("arguments", 0)
        if part is not None and not (part.closed or part.text):
            self.refuse(entry, "it came without its arguments")

    def refuse(self, entry: Entry, reason: str) -> None:
        """Have a call not executed."""
        if entry.call is not None:
            self._answer.calls.refuse(entry.call, reason)

    def _tell(self, entry: Entry, piece: str, call_id: str = "", name: str = "") -> None:
        function: JsonObject = {"name": name, "arguments": piece}
        self._answer.tool_calls([{"index": entry.call, "id": call_id, "function": function}])


_OPENING = f'{{"{CUSTOM_INPUT}": "'
_CLOSING = '"}'


def _written(entry: Entry, piece: str) -> str:
    """Return more of the arguments as JSON: a custom tool's input is put into a string of it."""
    if entry.type != "custom_tool_call":
        return piece
    return json.dumps(piece, ensure_ascii=False)[1:-1]


def _text(given: Any) -> str | None:
    """Return arguments as text; hosts send objects too (llama.cpp#20198)."""
    if given is None or isinstance(given, str):
        return given
    if not is_object(given):
        kind = type(given).__name__
        raise MalformedResponseError(f"the arguments of a tool call are {kind}, not a string")
    try:
        return to_json(given).decode()
    except ValueError as error:  # nested more deeply than can be written
        message = f"the arguments of a tool call cannot be read: {error}"
        raise MalformedResponseError(message) from None


def _is_same(text: str, whole: str) -> bool:
    """Tell whether two texts are the same JSON, written differently."""
    try:
        return bool(_canonical(from_json(text)) == _canonical(from_json(whole)))
    except ValueError:
        return False


def _canonical(value: Any) -> Any:
    """Return a value in which ``true`` and 1 differ, as they do in JSON and not in Python."""
    if is_object(value):
        return {key: _canonical(one) for key, one in value.items()}
    if is_list(value):
        return [_canonical(one) for one in value]
    return (value,) if isinstance(value, bool) else value
