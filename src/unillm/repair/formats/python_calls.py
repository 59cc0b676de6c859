"""Calls as Python writes them: ``name(key='value', other=1)``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic_core import to_json

from unillm.repair.formats.format import Candidate, Declared
from unillm.repair.formats.python_literals import (
    NotLiteralError,
    TwoReadingsError,
    literal_calls,
)
from unillm.types.json import JsonObject

_OPEN_CALL = re.compile(r"\s*\[?\s*([\w.]+)\(\s*(\w+)\s*=\s*(['\"])")
_NEXT = re.compile(r"\s*(?:,\s*(\w+)\s*=\s*(['\"]?)|\))")
_END = re.compile(r"\s*\)\s*\]?\s*\Z")


def python_calls(text: str, declared: Declared) -> list[Candidate]:
    """Return the calls in a list or in lines of Python; none if anything else is in it.

    Arguments are literals: nothing is ever evaluated.
    """
    try:
        found = literal_calls(text)
    except NotLiteralError:
        found = _loosely_quoted(text, declared)
    except TwoReadingsError:
        return []
    try:
        return [Candidate(name, to_json(arguments).decode()) for name, arguments in found]
    except ValueError:  # half a character
        return []


def _loosely_quoted(text: str, declared: Declared) -> list[tuple[str, JsonObject]]:
    """Read one call whose strings hold their own quotes, if there is one way to do it.

    A quote may end a string if a name with an equals sign follows, or a closing bracket.
    """
    opening = _OPEN_CALL.match(text)
    if opening is None or "\\" in text:
        return []
    name, key, quote = opening.groups()
    known = {*declared.parameters(name)}
    arguments: JsonObject = {}
    at = opening.end()
    while quote and key not in arguments and key in (known or {key}):
        found = [
            (end, after)
            for end in _places(text, quote, at)
            if (after := _NEXT.match(text, end + 1))
        ]
        if len(found) != 1:
            return []
        end, after = found[0]
        arguments[key] = text[at:end]
        if after[1] is None:
            ended = _END.match(text, end + 1)
            return [(name, arguments)] if ended else []
        key, quote = after.groups()
        at = after.end()
    return []


def _places(text: str, quote: str, at: int) -> Iterator[int]:
    place = text.find(quote, at)
    while place >= 0:
        yield place
        place = text.find(quote, place + 1)
