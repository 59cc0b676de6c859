"""Where in a JSON text its parts stand."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple, TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""The way to a value from the top."""


class Member(NamedTuple):
    """A member of an object: its key, where that stands with its quotes, and where it ends."""

    key: str
    start: int
    key_end: int
    end: int


class Places:
    """Where the values at some paths stand; a key that is there twice gives two places.

    Attributes:
        spans: Start and end of each value, by path.
        members: The members of each object among them, in the order of `spans`.
    """

    __slots__ = ("members", "spans")

    def __init__(self) -> None:
        """Start with none."""
        self.spans: dict[Path, list[tuple[int, int]]] = {}
        self.members: dict[Path, list[list[Member]]] = {}


def places_of(text: str, paths: Iterable[Path]) -> Places:
    """Return where values stand in a text that is JSON, in one pass over it."""
    tree: dict[Any, Any] = {}
    for path in paths:
        at = tree
        for step in path:
            at = at.setdefault(step, {})
        at[_HERE] = path
    found = Places()
    _value(text, _after(_SPACE, text, 0), tree, found)
    return found


_HERE = object()
_SPACE = re.compile(r"[ \t\n\r]*+")
_COLON = re.compile(r"[ \t\n\r]*+:[ \t\n\r]*+")
_COMMA = re.compile(r"[ \t\n\r]*+,?[ \t\n\r]*+")
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_SIMPLE = re.compile(
    rf'("([^"\\]*+)")[ \t\n\r]*+:[ \t\n\r]*+({_STRING}|[^\s"\[{{\]}},]++)[ \t\n\r]*+,?[ \t\n\r]*+'
)
"""A member that is no list or object, its key without escapes: most are."""

_read = json.JSONDecoder().raw_decode


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _value(text: str, start: int, tree: dict[Any, Any], found: Places) -> int:
    """Walk over one value, looking only into what holds something wanted; return its end."""
    path = tree.get(_HERE)
    mark = text[start]
    members: list[Member] = []
    if mark == "{":
        end = _object(text, start, tree, found, members)
    elif mark == "[":
        end = _array(text, start, tree, found)
    else:
        end = _read(text, start)[1]
    if path is not None:
        found.spans.setdefault(path, []).append((start, end))
        if mark == "{":
            found.members.setdefault(path, []).append(members)
    return end


def _object(
    text: str, start: int, tree: dict[Any, Any], found: Places, members: list[Member]
) -> int:
    at = _after(_SPACE, text, start + 1)
    while text[at] != "}":
        simple = _SIMPLE.match(text, at)
        if simple:
            key = simple[2]
            members.append(Member(key, at, simple.end(1), simple.end(3)))
            below = tree.get(key)
            if below is not None and _HERE in below:
                found.spans.setdefault(below[_HERE], []).append(simple.span(3))
            at = simple.end()
            continue
        key, key_end = _read(text, at)
        begin = _after(_COLON, text, key_end)
        below = tree.get(key)
        end = _read(text, begin)[1] if below is None else _value(text, begin, below, found)
        members.append(Member(key, at, key_end, end))
        at = _after(_COMMA, text, end)
    return at + 1


def _array(text: str, start: int, tree: dict[Any, Any], found: Places) -> int:
    at = _after(_SPACE, text, start + 1)
    index = 0
    while text[at] != "]":
        below = tree.get(index)
        end = _read(text, at)[1] if below is None else _value(text, at, below, found)
        at = _after(_COMMA, text, end)
        index += 1
    return at + 1


def without(members: list[Member], keys: Collection[str]) -> Iterator[tuple[int, int]]:
    """Give the spans to cut so that members are gone, with the commas that parted them."""
    at = 0
    last_kept = None
    while at < len(members):
        if members[at].key not in keys:
            last_kept = members[at]
            at += 1
            continue
        first = at
        while at < len(members) and members[at].key in keys:
            at += 1
        if at < len(members):
            yield members[first].start, members[at].start
        elif last_kept is not None:
            yield last_kept.end, members[-1].end
        else:
            yield members[0].start, members[-1].end
