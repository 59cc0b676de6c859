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
MARKS = "\"'`\u00ab\u00bb\u2039\u203a\u300c\u300d" + _DOUBLES + _SINGLES
"""Every single character that may begin or end a string."""

_PLAIN = {
    '"': ('"', ""),
    "'": ("'", "single_quotes"),
    "`": ("`", "backticks"),
    "\u00ab": ("\u00bb", "smart_quotes"),
    "\u2039": ("\u203a", "smart_quotes"),
    "\u300c": ("\u300d", "smart_quotes"),
}
_OPEN = re.compile(
    r'"""|\'\'\'|<\|\\?"\|?>|\\+["\']|["\'`\u00ab\u2039\u300c' + _DOUBLES + _SINGLES + "]"
)


def quote_at(text: str, pos: int, end: int) -> Quote | None:
    """Return the quote that opens at a place, or None."""
    found = _OPEN.match(text, pos, end)
    return None if found is None else _of(found[0])


@lru_cache(maxsize=64)
def _of(mark: str) -> Quote:
    if mark in _PLAIN:
        return Quote(mark, *_PLAIN[mark])
    if len(mark) > 1:
        escaped = mark[0] == "\\"
        rule = "escaped_quote" if escaped else "quote_token" if mark[0] == "<" else "triple_quotes"
        closing = r'<\|\\?"\|?>' if mark[0] == "<" else re.escape(mark)
        return Quote(mark, closing, rule)
    family = _DOUBLES if mark in _DOUBLES else _SINGLES
    return Quote(mark, f"[{family}]", "smart_quotes")


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
