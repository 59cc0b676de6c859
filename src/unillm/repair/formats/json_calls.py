"""Calls as JSON objects: ``{"name": …, "arguments": …}``, alone, in lists or one after another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from unillm.errors import UnrepairableError
from unillm.repair.changes import replay
from unillm.repair.engine import repair_json
from unillm.repair.formats.format import Candidate, Declared, Reader
from unillm.repair.formats.source import NotACallError, Source, Steps
from unillm.repair.strict import NotStrictError, read
from unillm.types.dataclass import dataclass
from unillm.types.edits import Edit
from unillm.types.json import JsonObject, is_list, is_object

_DECODER = json.JSONDecoder()
_BETWEEN = re.compile(r"[\s;,]*")
_COLON = re.compile(r"\s*:\s*")
_NAMES = ("name", "tool_name")
_ARGUMENTS = ("arguments", "parameters")
_SAYS_NOTHING = {"id", "type", "tool_call_id", "index"}


def candidates(text: str, *, keyed: bool = False, closed: bool = True) -> list[Candidate]:
    """Return the calls in a text of JSON; none if it holds anything that is no call.

    Args:
        text: One call, a list of calls, or several of them one after the other.
        keyed: Whether a call is ``{"name": {arguments}}``.
        closed: Whether the end of the text was marked. If not, it must be JSON as it is.
    """
    edits: tuple[Edit, ...] = ()
    mended = text
    found = _values(text)
    if found is None and closed:
        try:
            edits = repair_json(text, level="syntax", finish_reason="tool_calls").edits
        except UnrepairableError:
            return []
        mended = replay(text, edits)
        found = _values(mended)
    calls: list[Candidate] = []
    for at, value in found or ():
        call = _keyed(mended, at, value) if keyed else _call(mended, at, value)
        if call is None:
            return []
        within = (text, edits) if edits else None
        calls.append(Candidate(*call[:2], within=within, at=call[2], closed=closed))
    return calls


def _values(text: str, *, listed: bool = False) -> list[tuple[int, JsonObject]] | None:
    """Return the objects of a text with their places; None if there is anything else in it."""
    values: list[tuple[int, JsonObject]] = []
    at = _skip(_BETWEEN, text, 0)
    while at < len(text):
        try:
            value, end = _DECODER.raw_decode(text, at)
            read(text[at:end])
        except (ValueError, RecursionError, NotStrictError):
            return None
        if is_object(value):
            values.append((at, value))
        elif is_list(value) and not listed:
            inner = _values(text[at + 1 : end - 1], listed=True)
            if inner is None:
                return None
            values += [(at + 1 + place, item) for place, item in inner]
        else:
            return None
        at = _skip(_BETWEEN, text, end)
    return values


def _skip(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _members(text: str, at: int) -> Iterator[tuple[str, int, int]]:
    """Give the keys of the JSON object that begins there, and where their values stand."""
    at = _skip(_BETWEEN, text, at + 1)
    while text[at] != "}":
        key, end = _DECODER.raw_decode(text, at)
        start = _skip(_COLON, text, end)
        _, end = _DECODER.raw_decode(text, start)
        yield key, start, end
        at = _skip(_BETWEEN, text, end)


def _keyed(text: str, at: int, value: JsonObject) -> tuple[str, str | None, int] | None:
    if len(value) != 1:
        return None
    (name, start, end), *_ = _members(text, at)
    return name, text[start:end], start


def _call(text: str, at: int, value: JsonObject) -> tuple[str, str | None, int] | None:
    keys = set(value)
    if keys - _SAYS_NOTHING == {"function"} and is_object(value["function"]):
        start = next(start for key, start, _ in _members(text, at) if key == "function")
        return _call(text, start, value["function"])
    named = [key for key in _NAMES if key in keys]
    given = [key for key in _ARGUMENTS if key in keys]
    rest = keys - _SAYS_NOTHING - {*named, *given}
    if len(named) != 1 or len(given) > 1 or rest or not isinstance(value[named[0]], str):
        return None
    name: str = value[named[0]]
    if not given:
        return name, None, at
    arguments: Any = value[given[0]]
    if isinstance(arguments, str):
        return name, arguments, -1
    start, end = next((start, end) for key, start, end in _members(text, at) if key == given[0])
    return name, text[start:end], start


@dataclass(frozen=True, slots=True)
class JsonBlock:
    """Reads blocks of JSON between markers.

    Attributes:
        opens: How a block begins; what may stand between its marker and the JSON.
        closes: How it ends; without, it ends with its JSON.
        after: What may come after the end and says nothing more.
        keyed: Whether a call is ``{"name": {arguments}}``.
        several: Whether values follow one another.
        brackets: How its JSON begins.
    """

    opens: tuple[str, ...]
    closes: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    keyed: bool = False
    several: bool = False
    brackets: tuple[str, ...] = ("{", "[")

    def __call__(self, source: Source, declared: Declared) -> Steps[None]:
        """Read one block."""
        del declared
        yield from source.expect(*self.opens)
        yield from source.spaces()
        if not (yield from source.stands(*self.brackets)):
            raise NotACallError
        source.commit()
        if self.closes:
            text, closer = yield from source.body(self.closes, self.opens)
            yield candidates(text, keyed=self.keyed, closed=bool(closer))
        else:
            yield from self._open_ended(source)
        if self.after:
            yield from source.follows(*self.after)

    def _open_ended(self, source: Source) -> Steps[None]:
        while True:
            text = yield from source.balanced()
            yield candidates(text, keyed=self.keyed)
            if not self.several:
                return
            if not (yield from self._another(source)):
                return

    def _another(self, source: Source) -> Steps[bool]:
        """Tell whether another value follows, and go there."""
        source.hold()
        yield from source.spaces()
        yield from source.one_of(";", ",")
        yield from source.spaces()
        found = bool((yield from source.stands(*self.brackets)))
        source.release(back=not found)
        return found


def bare_json(*, separators: tuple[str, ...] = (";", ",")) -> Reader:
    """Return a reader of answers that are calls in JSON and nothing else."""

    def reading(source: Source, declared: Declared) -> Steps[None]:
        del declared
        if (yield from source.one_of("[")):
            yield from source.spaces()
        yield from source.expect("{")
        yield from source.spaces()
        yield from source.expect(*(f'"{key}"' for key in (*_NAMES, *_SAYS_NOTHING, "function")))
        source.rewind()
        source.commit()
        parts: list[str] = []
        while True:
            parts.append((yield from source.balanced()))
            yield from source.spaces()
            yield from source.one_of(*separators)
            if (yield from source.over()):
                break
        yield candidates("\n".join(parts))

    return reading
