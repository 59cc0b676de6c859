"""What stands behind a value, and is no part of it."""

from __future__ import annotations

import re

from unillm.repair.changes import Change
from unillm.repair.grammar.spaces import past_white
from unillm.types.edits import EditKind

_CLOSERS = re.compile(r"(?:\s*+[}\])])++")
_ENDS = re.compile(r"[\s\"'}\])]++")
_REOPENED = re.compile(r"[\s}\])]*+[\"'][^}\])]*+[}\])]")
_TOKENS = re.compile(
    r"(?:\s*+(?:<[^<>\"{}]{1,64}+>|\[/?[A-Z][A-Z_]{2,32}+\]|```|~~~|;|\\+[nrt]))++\s*+"
)
_ODD = re.compile("[\\s\u00a0\u200b-\u200f\u2060\ufeff]*+")
_COMMA = re.compile(r"\s*+,(?=\s*+$)")
_COMMENT = re.compile(r"\s*+(?:/\*(?:[^*\"]|\*(?!/))*+\*/|(?://|#)[^\n\"}\]]*+(?![^\n]))")
_PROSE = re.compile(r"(?<=[\s>`;])[^{}\[\]\"\\]*+")
_DATA = re.compile(
    r"(?:\A\s*+[,:=+(]|\A[\s;]*+[\w$-]++\s*+[:=]\s*+(?:[-\d\"']|[tT]rue|[fF]alse|null|None))"
    r"|\A[\s;.&|]*+(?:(?:and|or|then)\s++)?[A-Za-z_][\w.]*+\(|\w\(\s*+(?:\w++\s*+=(?!=)|[\"'])"
    r"|(?:\"[^\"\n]*+\"|(?<!\w)'[^'\n]*+')\s*+[:=]"
)
_CALM_PROSE = re.compile(r"(?:(?<=[\s>`;])|(?![\"\w]))[^{}\[\]]*+")


def tail(text: str, at: int, end: int, *, guided: bool) -> list[Change] | None:
    """Return the changes that take away what follows a value, or None if it may belong to it.

    Closers too many, comments, the end of a fence, special tokens of chat templates, and prose
    without quotes, braces or brackets are no part of a value. Prose may have quotes if no string
    of the value had to be guided to its end. What goes on as a value does, looks like a member
    or like another call is no prose; nor is a comment that holds a quote or a closer, or, where a
    string had to be guided, an escape.
    """
    at = past_white(text, at, end)
    if at == end:
        return []
    if not guided and _ENDS.fullmatch(text, at, end):
        if _REOPENED.match(text, at, end) and _ends_in_opening(text, at):
            return None  # the string that ends the value may go on, with a quote in it
        return [Change(at, end, "", "surplus_closer", "structure")]
    return _taken_away(text, at, end, guided=guided)


def _taken_away(text: str, at: int, end: int, *, guided: bool) -> list[Change] | None:
    """Return the changes that take away part after part, or None if one may belong to the value."""
    changes: list[Change] = []
    start = at
    while (start := past_white(text, start, end)) < end:
        for rule, kind, pattern in _PARTS:
            found = pattern.match(text, start, end)
            if found is not None and found.end() > start:
                if guided and "\\" in found[0]:
                    return None  # outside of a string there are no escapes: it has not ended
                changes.append(Change(start, found.end(), "", rule, kind))
                start = found.end()
                break
        else:
            prose = (_PROSE if guided else _CALM_PROSE).match(text, start, end)
            if prose is None or prose.end() < end or _DATA.search(prose[0]):
                return None
            changes.append(Change(start, end, "", "prose", "protocol"))
            return changes
    return changes


def _ends_in_opening(text: str, at: int) -> bool:
    """Tell whether the value before closers may go on: its last quote opens, or it has none.

    It may if a quotation begins in its last string and does not end. The second quote of an
    empty string may be one of a string that is not empty.
    """
    while at and text[at - 1] in "}]) \t\n\r":
        at -= 1
    if text[at - 1 : at] in {'"', "'"}:
        if text[at - 2] in _OPENING or _opens_within(text, at - 1):
            return True
        return text[at - 2] == text[at - 1] and text[at - 3 : at - 2] in _OPENING
    return text[at - 1 : at].isalpha() and not text.endswith(_WORDS, 0, at)


def _opens_within(text: str, last: int) -> bool:
    """Tell whether a quotation begins in the string that ends at a place, and does not end."""
    at = first = text.rfind(text[last], 0, last)
    odd = False
    while at > 0 and text[at - 1] == "\\":
        odd = not odd
        at = text.rfind(text[last], 0, at)
    return odd and text[first - 2 : first - 1] in _OPENING


_WORDS = ("true", "false", "null", "True", "False", "None")
_OPENING = frozenset(" \t\n([{=,:+<")

_PARTS: tuple[tuple[str, EditKind, re.Pattern[str]], ...] = (
    ("special_token", "protocol", _TOKENS),
    ("surplus_closer", "structure", _CLOSERS),
    ("trailing_comma", "syntax", _COMMA),
    ("odd_space", "syntax", _ODD),
    ("comment", "syntax", _COMMENT),
)
