"""What is left of a value that lost a part: for people to see, and the level ``salvage``."""

from __future__ import annotations

import re

from unillm.repair.changes import Change
from unillm.repair.grammar.quotes import quote_at
from unillm.repair.grammar.walk import Walk
from unillm.repair.grammar.writing import written

_NO_VALUE = re.compile(
    r"(?:[+-]?(?:nan|inf(?:inity)?)|undefined|nil|none|n/a|\.\.\.|\u2026)(?![\w-])|(?=\s*+[,}\]])",
    re.IGNORECASE,
)
_MORE = re.compile(r"\s*+,")
_OPENERS = frozenset("{[(")


def drop(walk: Walk) -> bool:
    """Leave out a member or an item that has no value, with the comma before or after it.

    Returns:
        Whether there was one.
    """
    found = _NO_VALUE.match(walk.text, walk.pos, walk.end)
    if found is None or not walk.frames:
        return False
    start, stop = walk.whole_end, found.end()
    if walk.text[start - 1] in _OPENERS and (more := _MORE.match(walk.text, stop, walk.end)):
        stop = more.end()
        walk.place = "key" if walk.frames[-1].is_object else "item"
    else:
        walk.place = "after"
    _forget(walk, start)
    walk.change(start, stop, "", "no_value", "lossy")
    walk.pos = walk.token_end = stop
    walk.comma = walk.string_at = -1
    return True


def cut(walk: Walk) -> list[Change]:
    """Return the changes that end a value where a reading of it stopped.

    What came whole is kept, and the beginning of a string that was cut off; the rest is lost.
    """
    start = walk.whole_end
    string = _begun_string(walk)
    if string is None:
        _forget(walk, start)
        if start < walk.end:
            walk.change(start, walk.end, "", "cut_tail", "lossy")
    else:
        begin, inside = string
        _forget(walk, begin)
        if walk.text[begin:inside] != '"':
            walk.change(begin, inside, '"', "cut_string", "lossy")
        new = written(walk.text, inside, walk.end)
        if new is not None:
            walk.change(new.start, new.end, new.text, "+".join(new.rules))
        walk.change(walk.end, walk.end, '"', "cut_string", "lossy")
    closers = "".join("}" if frame.is_object else "]" for frame in reversed(walk.frames))
    walk.changes.append(Change(walk.end, walk.end, closers, "missing_closer", "lossy"))
    return walk.changes


def _begun_string(walk: Walk) -> tuple[int, int] | None:
    """Return where the string begins that the text ends in, if it is a value, and its inside."""
    in_value = walk.place == "value" or (walk.place == "item" and walk.frames)
    quote = quote_at(walk.text, walk.pos, walk.end) if in_value and walk.pos < walk.end else None
    return None if quote is None else (walk.pos, walk.pos + len(quote.opening))


def _forget(walk: Walk, start: int) -> None:
    """Take back the changes from a place on."""
    while walk.changes and walk.changes[-1].start >= start:
        walk.changes.pop()
