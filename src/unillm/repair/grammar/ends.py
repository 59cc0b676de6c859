"""Where a string ends whose quotes are not to be trusted: what follows must go on from there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from unillm.repair.grammar.quotes import Quote, to_end
from unillm.repair.grammar.walk import Role, Walk

MOST = 6
"""Ends of one string that are looked into."""


class End(NamedTuple):
    """A place where a string may end.

    Attributes:
        content: Where what it says ends.
        token: Where its closing quote ends; the same if there is none.
        sure: Whether what follows leaves no doubt.
    """

    content: int
    token: int
    sure: bool


_KEY = (
    r"(?:\"(?P<double>[^\"\\\n]*)\"|'(?P<single>[^'\\\n]*)'"
    r"|[\u201c\u201e\u201d](?P<smart>[^\u201c\u201d\"\n]*)[\u201d\u201c]|(?P<bare>[A-Za-z_$][\w$.-]*))"
)
_NEXT_KEY = re.compile(rf"\s*+,?\s*+{_KEY}\s*+(?::|=(?!=))")
_NEXT_ITEM = re.compile(r"\s*+,\s*+(?:[\"'\u201c\u2018`{\[\d-]|true|false|null|None|True|False)")
_CLOSERS = re.compile(r"(?:\s*+,?\s*+[}\])])++")
_NOISE = re.compile(r"\s*+(?:$|[;)<`])|\s++[^\"'{}\[\]]*+$|\s*+[A-Za-z][^\"'{}\[\]]*+$")


def ends(walk: Walk, quote: Quote, start: int, role: Role, *, after: int) -> Iterator[End]:
    """Give the places where a string may end, in the order of the text, the sure one last.

    Args:
        walk: The reading.
        quote: The quote it begins with.
        start: Where what it says begins.
        role: What the string is.
        after: Only quotes behind this place count.
    """
    inserted = (
        _without_quote(walk, start, role) if quote.closing != '"' or role == "value" else None
    )
    pattern = to_end(quote.closing, role)
    at, given = start, 0
    while given < MOST:
        found = pattern.match(walk.text, at, walk.end)
        walk.budget.scan((found.end() if found else walk.end) - at, start)
        stop = found.start("end") if found else walk.end
        if inserted is not None and inserted.content <= stop:
            yield inserted
            return
        if found is None:
            return
        at = found.end()
        if stop <= after:
            continue
        sure = _goes_on(walk, at, role)
        if sure is not None:
            paired = role == "item" and given == 0 and _is_paired(walk.text, quote, start, stop)
            given += 1
            yield End(stop, at, sure or paired)
            if sure or paired:
                return


def _goes_on(walk: Walk, at: int, role: Role) -> bool | None:
    """Tell whether the text goes on at a place as after a string: for sure, maybe, or not."""
    text, end = walk.text, walk.end
    if role == "key":
        return True
    if role == "top":
        return False
    closers = _CLOSERS.match(text, at, end)
    if closers is not None:
        return False if _closes(walk, closers) else None
    if role == "item":
        return False if _NEXT_ITEM.match(text, at, end) else None
    following = _NEXT_KEY.match(text, at, end)
    return None if following is None else _is_expected(walk, following)


def _closes(walk: Walk, closers: re.Match[str]) -> bool:
    """Tell whether closers fit what is open, and the text goes on as it may after them."""
    text, end, stop = walk.text, walk.end, closers.end()
    marks = [mark for mark in closers[0] if mark in "}])"]
    if marks[0] != walk.frames[-1].close:
        return False
    left = walk.frames[: -len(marks)]
    if not left or _NOISE.match(text, stop, end):
        return _NOISE.match(text, stop, end) is not None
    follows = _NEXT_KEY if left[-1].is_object else _NEXT_ITEM
    return follows.match(text, stop, end) is not None


def _is_expected(walk: Walk, following: re.Match[str]) -> bool | None:
    """Tell whether a key that follows is one that the schema lets follow: surely, maybe, or not."""
    name = following["double"] or following["single"] or following["smart"] or following["bare"]
    frame = walk.frames[-1]
    shape = walk.shape_of(frame)
    if not shape.known:
        return following["bare"] is None and "," in following[0]
    if name in shape.names and name not in frame.keys:
        return True
    return False if following["bare"] is None and "," in following[0] else None


def _without_quote(walk: Walk, start: int, role: Role) -> End | None:
    """Return where a string ends that lost its closing quote: before the next declared key."""
    if role == "key":
        found = _KEY_CUT.match(walk.text, start, walk.end)
        return End(found.end(1), found.end(1), sure=True) if found else None
    if role != "value":
        return None
    frame = walk.frames[-1]
    shape = walk.shape_of(frame)
    names = tuple(name for name in shape.names if name not in frame.keys)
    if not names:
        return None
    found = _before_any(names).search(walk.text, start, walk.end)
    walk.budget.scan((found.start() if found else walk.end) - start, start)
    return End(found.start(), found.start(), sure=True) if found else None


_KEY_CUT = re.compile(r"([A-Za-z_][\w-]*)\s*+:\s*+[\"'{\[\d]")


@lru_cache(maxsize=256)
def _before_any(names: tuple[str, ...]) -> re.Pattern[str]:
    """Return the pattern of a comma and one of some keys, where no quote stands before it."""
    any_of = "|".join(re.escape(name) for name in names)
    return re.compile(rf"(?<=[^\s\"'\u201d\\])\s*+,\s*+([\"'])(?:{any_of})\1\s*+:")


def _is_paired(text: str, quote: Quote, start: int, stop: int) -> bool:
    """Tell whether the quotes inside a string come in pairs; apostrophes in words do not count."""
    inner = re.findall(
        rf"(?<![^\W\d_]){quote.closing}|{quote.closing}(?![^\W\d_])", text[start:stop]
    )
    return len(inner) % 2 == 0


def is_key_ahead(walk: Walk, at: int) -> bool:
    """Tell whether a key that may come next stands at a place, after a comma or without one."""
    following = _NEXT_KEY.match(walk.text, at, walk.end)
    if following is None or not walk.frames or not walk.frames[-1].is_object:
        return False
    return bool(_is_expected(walk, following)) or not walk.shape_of(walk.frames[-1]).known
