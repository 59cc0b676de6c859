"""The marks a string may stand between."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple


class Quote(NamedTuple):
    """A kind of quote: what opens it, a pattern of what closes it, and the rule it breaks."""

    opening: str
    closing: str
    rule: str


_DOUBLES = "\u201c\u201d\u201e\u201f\u2033\u301d\u301e\uff02"
_SINGLES = "\u2018\u2019\u201a\u201b"
_OPEN = re.compile(
    r'"""|\'\'\'|<\|\\?"\|?>|\\+["\']|["\'`\u00ab\u2039\u300c' + _DOUBLES + _SINGLES + "]"
)


def quote_at(text: str, pos: int, end: int) -> Quote | None:
    """Return the quote that opens at a place, or None."""
    found = _OPEN.match(text, pos, end)
    return None if found is None else _of(found[0])


@lru_cache(maxsize=64)
def _of(mark: str) -> Quote:
    if mark == '"':
        return Quote(mark, '"', "")
    if mark == "'":
        return Quote(mark, "'", "single_quotes")
    if mark[0] == "<":
        return Quote(mark, r'<\|\\?"\|?>', "quote_token")
    if mark[0] == "\\":
        return Quote(mark, re.escape(mark), "escaped_quote")
    if len(mark) > 1:
        return Quote(mark, mark, "triple_quotes")
    if mark in _DOUBLES:
        return Quote(mark, f"[{_DOUBLES}]", "smart_quotes")
    if mark in _SINGLES:
        return Quote(mark, f"[{_SINGLES}]", "smart_quotes")
    closing = {"\u00ab": "\u00bb", "\u2039": "\u203a", "\u300c": "\u300d", "`": "`"}[mark]
    return Quote(mark, closing, "backticks" if mark == "`" else "smart_quotes")


@lru_cache(maxsize=128)
def to_end(closing: str, role: str) -> re.Pattern[str]:
    """Return the pattern from inside a string to a quote that what follows allows to be its end.

    What is escaped ends nothing, except where the quotes themselves are escaped.
    """
    follows = {
        "key": r"[\s\u00a0]*(?:[:=])",
        "top": r"\s*+(?:$|[)};,<`\]])",
        "value": r"[\s\u00a0\\nrt]*+(?:[,}\])/#]|$)",
        "item": r"[\s\u00a0\\nrt]*+(?:[,\])}/#]|$)",
    }[role]
    if closing.startswith("\\\\"):  # the quotes are escaped, the escapes in them twice
        inner = rf"(?:(?!{closing}).|{closing}(?!{follows}))*+"
        return re.compile(rf"{inner}(?P<end>{closing})(?={follows})", re.DOTALL)
    first = closing if closing[0] == "[" or len(closing) == 1 else None
    plain = rf"[^\\{first.strip('[]')}]++" if first else rf"(?:(?!{closing})[^\\])++"
    inner = rf"(?:{plain}|\\.|{closing}(?!{follows}))*+"
    return re.compile(rf"{inner}(?P<end>{closing})(?={follows})", re.DOTALL)
