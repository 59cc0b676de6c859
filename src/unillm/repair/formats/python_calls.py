"""Calls as Python writes them: ``name(key='value', other=1)``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic_core import to_json

from unillm.repair.formats.format import Candidate, Declared
from unillm.repair.formats.python_literals import NotLiteralError, literal_calls

_OPEN_CALL = re.compile(r"\s*\[?\s*([\w.]+)\(\s*(\w+)\s*=\s*(['\"])")
_NEXT = re.compile(r"\s*(?:,\s*(\w+)\s*=\s*(['\"])|\)\s*\]?\s*\Z)")


def python_calls(text: str, declared: Declared) -> list[Candidate]:
    """Return the calls in a list or in lines of Python; none if anything else is in it.

    Arguments are literals: nothing is ever evaluated.
    """
    try:
        found = literal_calls(text)
    except NotLiteralError:
        return _loosely_quoted(text, declared)
    return [Candidate(name, to_json(arguments).decode()) for name, arguments in found]


def _loosely_quoted(text: str, declared: Declared) -> list[Candidate]:
    """Read one call whose strings hold their own quotes, if there is one way to do it.

    A quote may end a string if another declared parameter, or the end of the call, follows.
    """
    opening = _OPEN_CALL.match(text)
    if opening is None or "\\" in text:
        return []
    name, key, quote = opening.groups()
    known = {*declared.parameters(name)}
    arguments: dict[str, str] = {}
    at = opening.end()
    while True:
        found = [
            (place, following)
            for place in _places(text, quote, at)
            if (following := _NEXT.match(text, place + 1))
            and (following[1] is None or following[1] in known - {key, *arguments})
        ]
        if len(found) != 1 or key in arguments:
            return []
        place, following = found[0]
        arguments[key] = text[at:place]
        if following[1] is None:
            return [Candidate(name, to_json(arguments).decode())]
        key, quote = following.groups()
        at = following.end()


def _places(text: str, quote: str, at: int) -> Iterator[int]:
    place = text.find(quote, at)
    while place >= 0:
        yield place
        place = text.find(quote, place + 1)
