"""Several values in one text: repetitions are one, an empty one before another is none."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pydantic_core import to_json

from unillm.errors import UnrepairableError
from unillm.repair.changes import Change, applied
from unillm.repair.grammar import Reading
from unillm.repair.strict import NotStrictError, read
from unillm.repair.tail import tail

_BETWEEN = re.compile(r"[\s,;]*+(?=[{\[])")
_MOST = 64


def several(
    text: str, begin: int, first: Reading, end: int, walk_from: Callable[[int], list[Reading]]
) -> list[Change] | None:
    """Return the changes that leave one value of several, or None if what follows is no value.

    Args:
        text: The text.
        begin: Where the first value begins.
        first: The first value as it was read.
        end: Where the text ends.
        walk_from: Reads the value that begins at a place.

    Raises:
        UnrepairableError: They are different values; which was meant is not for us to say.
    """
    found = [first]
    begins = [begin]
    after: list[Change] | None = None
    while after is None:
        between = _BETWEEN.match(text, found[-1].end, end)
        if between is None or len(found) > _MOST:
            return None
        ways = walk_from(between.end())
        if len(ways) != 1 or _is_closed_at_end(ways[0]):
            return None
        begins.append(between.end())
        found.append(ways[0])
        after = tail(text, ways[0].end, end, guided=ways[0].guided)
    values = [_value(text, at, one) for at, one in zip(begins, found, strict=True)]
    dropped: list[Change] = []
    empty = next((at for at, value in enumerate(values) if value != {}), 0)
    if empty:
        dropped = [Change(begin, begins[empty], "", "empty_prefix", "protocol")]
        found, values = found[empty:], values[empty:]
    if all(to_json(value) == to_json(values[0]) for value in values):
        kept, last = found[0], found[-1]
        if kept is not last:
            after = [Change(kept.end, last.end, "", "repeated_value", "protocol"), *after]
        return [*dropped, *kept.changes, *after]
    raise UnrepairableError("there are several different values", begins[1], values)


def _is_closed_at_end(one: Reading) -> bool:
    return any(c.rule == "missing_closer" and c.start >= one.end for c in one.changes)


def _value(text: str, begin: int, one: Reading) -> Any:
    part = text[begin : one.end]
    changes = [
        c._replace(start=c.start - begin, end=c.end - begin)
        for c in one.changes
        if c.start >= begin
    ]
    try:
        return read(applied(part, changes))
    except NotStrictError as error:
        raise UnrepairableError(error.reason, begin) from None
