"""Several JSON objects in one text, where one belongs."""

from __future__ import annotations

import json
import re

from unillm.types.json import is_object

MOST = 64
"""Objects in one text; more are no calls that a model made."""

_BETWEEN = re.compile(r"[\s,;]*")
_DECODER = json.JSONDecoder()


def objects_in(text: str) -> list[tuple[int, int]]:
    """Return where each of two or more objects begins and ends; empty unless all of it is that.

    Between them may be space, commas or semicolons, nothing else. An empty object among them is
    no call, but what some hosts send before one.
    """
    found: list[tuple[int, int]] = []
    at = _past(text, 0)
    while at < len(text):
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            return []
        if not value or not is_object(value) or len(found) == MOST:
            return []
        found.append((at, end))
        at = _past(text, end)
    return found if len(found) > 1 else []


def _past(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return found.end() if found else at
