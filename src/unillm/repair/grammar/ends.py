"""Where a string ends whose quotes are not to be trusted: what follows must go on from there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from unillm.repair.grammar.quotes import MARKS, Quote, to_end
from unillm.repair.grammar.walk import Role, Walk
from unillm.repair.grammar.walls import (
    holds_items,
    is_doubled,
    may_be_key,
    odd_quotes,
    opens_anew,
    wall,
)

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


_KEY = rf"(?:\\*+[{MARKS}](?P<quoted>[^{MARKS}\\\n]*+)\\*+[{MARKS}]|(?P<bare>[A-Za-z_$][\w$.-]*+))"
_NEXT_KEY = re.compile(rf"\s*+,?\s*+{_KEY}\s*+(?::|=(?!=))")
_NEXT_ITEM = re.compile(r"\s*+,\s*+(?:[\"'\u201c\u2018`{\[\d-]|true|false|null|None|True|False)")
_CLOSERS = re.compile(r"(?:\s*+,?\s*+[}\])])++")
_NOISE = re.compile(r"\s*+(?:$|[;)<`])|\s++[^\"'{}\[\]]*+$|\s*+[A-Za-z][^\"'{}\[\]]*+$")


def ends(
    walk: Walk, quote: Quote, start: int, role: Role, *, after: int, again: bool = False
) -> Iterator[End]:
    """Give the places where a string may end, in the order of the text, the sure one last.

    Args:
        walk: The reading.
        quote: The quote it begins with.
        start: Where what it says begins.
        role: What the string is.
        after: Only quotes behind this place count.
        again: Whether the string could be read as it stands, and what follows could not.
    """
    limit = wall(walk, start, again=again) if role in {"value", "item"} else walk.end
    inserted = _without_quote(walk, quote, start, role, limit)
    pattern = to_end(quote.closing, role)
    at, given = start, 0
    while given < MOST:
        found = pattern.match(walk.text, at, walk.end)
        walk.budget.scan((found.end() if found else walk.end) - at, start)
        stop = found.start("end") if found else walk.end
        if inserted is not None and inserted.content <= stop:
            yield inserted
            return
        if found is None or stop > limit:
            return
        at = found.end()
        sure = _goes_on(walk, at, role) if stop > after else None
        if role == "item" and holds_items(walk.text, quote, start, stop):
            return
        if sure is None or _is_torn(walk.text, quote, start, stop):
            continue
        if role == "key" and not may_be_key(walk, start, stop):
            return
        if role == "item":
            if odd_quotes(walk.text, quote, start, stop):
                continue
            sure = given == 0
        given += 1
        yield End(stop, at, sure)
        if sure:
            return


def _is_torn(text: str, quote: Quote, start: int, stop: int) -> bool:
    """Tell whether a quote in a string would rather be the begin or the end of another one."""
    return is_doubled(text, quote, start, stop) or opens_anew(text, quote, start, stop)


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
    name = following["quoted"] or following["bare"]
    frame = walk.frames[-1]
    shape = walk.shape_of(frame)
    if not shape.known:
        return following["bare"] is None and "," in following[0] and _NAME.match(name) is not None
    if name in shape.names and name not in frame.keys:
        return True
    return False if following["bare"] is None and not shape.closed else None


_NAME = re.compile(r"[^\s,:{}\[\]\"'][^,:{}\[\]\"'\n]*+$")


def _without_quote(walk: Walk, quote: Quote, start: int, role: Role, limit: int) -> End | None:
    """Return where a string ends that lost its closing quote: before the next declared key."""
    if role == "key":
        found = _KEY_CUT.match(walk.text, start, walk.end)
        sound = found is not None and may_be_key(walk, start, found.end(1))
        return End(found.end(1), found.end(1), sure=True) if found and sound else None
    if role != "value" or limit == walk.end or quote.rule == "triple_quotes":
        return None
    before = walk.text[start:limit].rstrip()
    if not before.endswith(",") or not _NEXT_KEY.match(walk.text, limit, walk.end):
        return None
    end = start + len(before[:-1].rstrip())
    if walk.text[end - 1] in (quote.opening, "\\", "\u201d", "}", "]") or odd_quotes(
        walk.text, quote, start, end
    ):
        return None
    if walk.text[start] in _STRAIGHT and walk.text[start] == walk.text[end - 1]:
        return None  # the quote that opens may be the one that is too many
    return End(end, end, sure=True)


_STRAIGHT = frozenset("\"'")

_KEY_CUT = re.compile(r"([A-Za-z_][\w-]*)\s*+:\s*+(?:[\"'{\[\d-]|true|false|null|True|False|None)")


def is_any_key(walk: Walk, at: int) -> bool:
    """Tell whether a key and its colon stand at a place, declared or not."""
    following = _NEXT_KEY.match(walk.text, at, walk.end)
    return following is not None and following[0][-1] == ":"


def is_key_ahead(walk: Walk, at: int) -> bool:
    """Tell whether a key that may come next stands at a place, after a comma or without one."""
    following = _NEXT_KEY.match(walk.text, at, walk.end)
    if following is None or not walk.frames or not walk.frames[-1].is_object:
        return False
    return bool(_is_expected(walk, following)) or not walk.shape_of(walk.frames[-1]).known


def is_half_key(walk: Walk, at: int) -> bool:
    """Tell whether a declared key comes next that has lost one of its quotes."""
    half = _HALF_KEY.match(walk.text, at, walk.end)
    frame = walk.frames[-1]
    name = half and (half[1] or half[2])
    return bool(name) and name in walk.shape_of(frame).names and name not in frame.keys


_HALF_KEY = re.compile(r"[\"']([A-Za-z_][\w-]*+)\s*+:|([A-Za-z_][\w-]*+)[\"']\s*+:")


def is_key_without_colon(walk: Walk, at: int) -> bool:
    """Tell whether a key that may come next stands at a place, its colon missing."""
    following = _LONE_KEY.match(walk.text, at, walk.end)
    if following is None:
        return False
    frame = walk.frames[-1]
    shape = walk.shape_of(frame)
    name = following[1]
    return name not in frame.keys and (name in shape.names or not shape.known)


_LONE_KEY = re.compile(
    r"[\"']([A-Za-z_$][\w$.-]*+)[\"'](?:\s++(?=[\"'\d-]|true|false|null|True|False|None)|\s*+(?=[{\[]))"
)
