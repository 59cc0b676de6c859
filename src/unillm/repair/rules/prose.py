"""Prose, fences and special tokens before a value."""

from __future__ import annotations

import re
from collections.abc import Iterator

from unillm.repair.changes import Change
from unillm.repair.rules.opening import Opening

_MOST = 4
"""Beginnings that are tried."""
_DATA = re.compile(r"[\"']\s*+:|[\"']\s*+,\s*+[\"']|\{\s*+(?:[\"']|[\w$-]++\s*+[:=])|[\"']\s*+\Z")
_LIST = re.compile(r"\[\s*+(?:[-\d\"'{\[]|true|false|null)")
TOKEN = re.compile(r"(?:\[/?[A-Z][A-Z_]{2,32}+\]\s*+)++")
"""Special tokens of chat templates that look like lists."""
_FENCE = re.compile(r"\s*+(?:```|~~~)\s*+\w*+\s*+$")


def prose(text: str, start: int, end: int, wanted: str) -> Iterator[Opening]:
    """Give the openings behind text that is no part of a value.

    Args:
        text: The text.
        start: Where it begins.
        end: Where it ends.
        wanted: What a value may begin with.
    """
    token = TOKEN.match(text, start, end)
    at = token.end() if token else start
    for _ in range(_MOST):
        places = [found for mark in wanted if (found := text.find(mark, at, end)) >= 0]
        if not places:
            return
        place = min(places)
        said = text[token.end() if token else start : place]
        if _may_be_data(said, wanted):
            return
        rule = "fence" if _FENCE.match(said) else "prose"
        yield Opening((Change(start, place, "", rule, "protocol"),), place, end)
        at = place + 1


def _may_be_data(said: str, wanted: str) -> bool:
    """Tell whether what stands before a value may be a value too, or the begin of this one."""
    unclosed = said.count("{") > said.count("}") or said.count("[") > said.count("]")
    return unclosed or bool(_DATA.search(said) or ("[" in wanted and _LIST.search(said)))
