"""The steps of a reading: what may come next at each place."""

from __future__ import annotations

import re
from collections.abc import Callable

from unillm.repair.grammar.closers import close, close_all, insert_closer
from unillm.repair.grammar.ends import (
    is_any_key,
    is_half_key,
    is_key_ahead,
    is_key_without_colon,
)
from unillm.repair.grammar.keys import key, prefix
from unillm.repair.grammar.losses import drop
from unillm.repair.grammar.quotes import quote_at
from unillm.repair.grammar.scalars import scalar
from unillm.repair.grammar.spaces import skip
from unillm.repair.grammar.strings import STRICT, again, string
from unillm.repair.grammar.walk import Frame, Place, Walk

_SOUND_MEMBER = re.compile(r'[ \t\n\r]*+"([^"\\\x00-\x1f]*+)"[ \t\n\r]*+:(?![:=])[ \t\n\r]*+')
_SCALAR = rf"(?:{STRICT}|-?(?:0|[1-9]\d*+)(?:\.\d++)?(?:[eE][+-]?\d++)?|true|false|null)"
_SOUND_SCALAR = re.compile(rf"[ \t\n\r]*+{_SCALAR}(?=[ \t\n\r]*+[,}}\]])")
_SOUND_PAIR = re.compile(_SOUND_MEMBER.pattern + rf"({_SCALAR})[ \t\n\r]*+,")
"""A whole member with the comma after it: what most of a text is, read in one go."""
_SOUND_GO_ON = re.compile(r"[ \t\n\r]*+([,}\]])")
_KEY_IN_ARRAY = re.compile(r"(?:\"([^\"\\\n]*+)\"|'([^'\\\n]*+)')\s*+:")
_CLOSERS = frozenset("}])")


def walk_on(walk: Walk) -> None:
    """Read to the end of the value.

    Raises:
        DeadError: It cannot be read on.
        ForkError: It can be read on in several ways.
    """
    while walk.place != "done":
        _STEPS[walk.place](walk)


def _member(walk: Walk) -> None:
    """Read a key, or the end of the object."""
    _pairs(walk)
    sound = _SOUND_MEMBER.match(walk.text, walk.pos, walk.end)
    if sound is not None:
        walk.frames[-1].keys[sound[1]] = None
        walk.comma = -1
        walk.pos = walk.token_end = sound.end()
        walk.place = "value"
        _value(walk)
        return
    if not _mark(walk):
        _key(walk)


def _mark(walk: Walk) -> bool:
    """Read a comma, a closer or the end of the text, if one stands where a part should."""
    skip(walk)
    mark = walk.text[walk.pos] if walk.pos < walk.end else ""
    if mark == ",":
        _surplus_comma(walk)
    elif not mark:
        close_all(walk)
    elif mark in _CLOSERS:
        close(walk)
    else:
        return False
    return True


def _pairs(walk: Walk) -> None:
    """Read the sound members that come next, each with the comma after it."""
    text, end, frame = walk.text, walk.end, walk.frames[-1]
    last = None
    pair = _SOUND_PAIR.match(text, walk.pos, end)
    while pair is not None:
        last = pair
        frame.keys[pair[1]] = None
        frame.commas += 1
        pair = _SOUND_PAIR.match(text, pair.end(), end)
    if last is not None:
        walk.token_end = walk.whole_end = last.end(2)
        walk.string_at = last.start(2) if text[walk.token_end - 1] == '"' else -1
        walk.pos = last.end()
        walk.comma = walk.pos - 1


def _key(walk: Walk) -> None:
    """Read a key that is not sound; what is none may belong to the string before it."""
    if walk.string_at >= 0 and walk.comma >= 0 and not _is_key(walk):
        again(walk)
        return
    if walk.lossy and walk.text[walk.pos] in "\u2026." and drop(walk):
        return
    walk.comma = -1
    key(walk)


def _is_key(walk: Walk) -> bool:
    at = walk.pos
    known = is_any_key(walk, at) or is_key_ahead(walk, at)
    return known or is_key_without_colon(walk, at) or is_half_key(walk, at)


def _surplus_comma(walk: Walk) -> None:
    if not walk.frames[-1].is_object or walk.comma < 0:
        walk.dead("something is missing before a comma")
    walk.change(walk.pos, walk.pos + 1, "", "surplus_comma")
    walk.pos += 1


def _item(walk: Walk) -> None:
    """Read an item of an array, or its end."""
    if _mark(walk):
        return
    if _belongs_above(walk):
        walk.pos = walk.comma
        walk.comma = -1
        walk.place = "after"
        insert_closer(walk)
    else:
        walk.comma = -1
        _value(walk)


def _belongs_above(walk: Walk) -> bool:
    """Tell whether a member of the object around an array comes where an item should."""
    around = walk.frames[-2] if len(walk.frames) > 1 else None
    if around is None or not around.is_object or walk.comma < 0:
        return False
    found = _KEY_IN_ARRAY.match(walk.text, walk.pos, walk.end)
    shape = walk.shape_of(around)
    return found is not None and (not shape.known or found[1] or found[2]) in {True, *shape.names}


def _value(walk: Walk) -> None:
    """Read a value, or go into it."""
    sound = _SOUND_SCALAR.match(walk.text, walk.pos, walk.end)
    if sound is not None:
        start = walk.pos
        is_string = walk.text[sound.end() - 1] == '"'
        walk.ended(sound.end())
        if is_string:
            walk.string_at = walk.text.index('"', start)
        return
    skip(walk)
    text, pos = walk.text, walk.pos
    if pos >= walk.end:
        walk.dead("the text ends where a value must come")
    if walk.lossy and drop(walk):
        return
    mark = text[pos]
    if mark in "{[(":
        _open(walk, mark)
        return
    prefix(walk)
    quote = quote_at(text, walk.pos, walk.end)
    if quote is not None:
        in_object = bool(walk.frames) and walk.frames[-1].is_object
        string(walk, quote, "top" if not walk.frames else "value" if in_object else "item")
    else:
        scalar(walk)


def _open(walk: Walk, mark: str) -> None:
    close_with = {"{": "}", "[": "]", "(": ")"}[mark]
    frame = Frame(is_object=mark == "{", close=close_with, opened=walk.pos, name=walk.name())
    if mark == "(":
        walk.change(walk.pos, walk.pos + 1, "[", "tuple")
    walk.pos = walk.token_end = walk.pos + 1
    walk.open(frame)


def _after(walk: Walk) -> None:
    """Read what follows a value: a comma, or the end of what it is in."""
    frame = walk.frames[-1]
    sound = _SOUND_GO_ON.match(walk.text, walk.pos, walk.end)
    if sound is None:
        skip(walk)
        if walk.pos >= walk.end:
            close_all(walk)
            return
    else:
        walk.pos = sound.end() - 1
    mark = walk.text[walk.pos]
    if mark == ",":
        walk.comma = walk.pos
        walk.pos += 1
        frame.commas += 1
        walk.place = "key" if frame.is_object else "item"
    elif mark in _CLOSERS:
        close(walk)
    else:
        _without_comma(walk, frame)


def _without_comma(walk: Walk, frame: Frame) -> None:
    """Go on after a value that no comma follows, if a member or an item does."""
    at = walk.token_end
    if frame.is_object:
        goes_on = is_key_ahead(walk, walk.pos)
    else:
        spaced = walk.pos > at or walk.text[at - 1 : at] in "}]"
        goes_on = spaced and walk.text[walk.pos] not in ":=<;|+"
    if not goes_on:
        if walk.string_at >= 0:
            again(walk)
            return
        walk.dead("a comma is missing, or something is there that is no part of the value")
    walk.change(at, at, ",", "missing_comma", "structure")
    frame.commas += 1
    walk.comma = walk.string_at = -1
    walk.place = "key" if frame.is_object else "item"


_STEPS: dict[Place, Callable[[Walk], None]] = {
    "key": _member,
    "item": _item,
    "value": _value,
    "after": _after,
}
