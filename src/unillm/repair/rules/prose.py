"""Prose, fences and special tokens before a value."""

from __future__ import annotations

import re
from collections.abc import Iterator

from unillm.repair.changes import Change
from unillm.repair.rules.opening import Opening

_MOST = 4
"""Beginnings that are tried."""
_MEMBER = re.compile(r"[\"']\s*+:|[\"']\s*+,\s*+[\"']")
_FENCE = re.compile(r"\s*+(?:```|~~~)\s*+\w*+\s*+$")


def prose(text: str, start: int, end: int, wanted: str) -> Iterator[Opening]:
    """Give the openings behind text that is no part of a value.

    Args:
        text: The text.
        start: Where it begins.
        end: Where it ends.
        wanted: What a value may begin with.
    """
    at = start
    for _ in range(_MOST):
        places = [found for mark in wanted if (found := text.find(mark, at, end)) >= 0]
        if not places:
            return
        place = min(places)
        said = text[start:place]
        if _MEMBER.search(said):
            return
        rule = "fence" if _FENCE.match(said) else "prose"
        yield Opening((Change(start, place, "", rule, "protocol"),), place, end)
        at = place + 1
