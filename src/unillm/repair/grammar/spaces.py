"""Between two tokens: odd spaces, comments, and line ends that were escaped once too often."""

from __future__ import annotations

import re

from unillm.repair.grammar.walk import Walk

_NO_WHITE = re.compile(r"[^ \t\n\r]")
_ODD = re.compile(
    "(?P<odd_space>[\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff\x85\x0b\x0c]++)"
    r"|(?P<comment>/\*(?:[^*]|\*(?!/))*+\*/|//[^\n]*+|#[^\n]*+)"
    r"|(?P<escaped_space>(?:\\+[nrt])++(?=[\s\"'{}\[\],:\\]|-?\d|true|false|null|$))"
)


_HIDES = re.compile(r"(?://|#)[\s/#]*+[^\s/#\"',{}\[\]][^\n\"]*+\"[\w $-]++\"\s*+:")
"""A comment and then a member on one line: the line break between them may be lost."""


_QUOTES = re.compile(r"\"|(?<!\w)'|'(?!\w)")


def _hides(text: str, start: int, end: int) -> bool:
    """Tell whether more than a comment may be in one."""
    in_line = text[start] == "#" or text[start + 1] == "/"
    torn = in_line and len(_QUOTES.findall(text, start, end)) % 2 == 1
    return torn or _HIDES.match(text, start, end) is not None


def past_white(text: str, pos: int, end: int) -> int:
    """Return where the first character stands that JSON does not take for white space."""
    found = _NO_WHITE.search(text, pos, end)
    return found.start() if found else end


def skip(walk: Walk) -> None:
    """Go to the next token; what JSON does not allow between tokens is taken out.

    Raises:
        DeadError: A comment may go on for too long.
    """
    text, end, pos = walk.text, walk.end, walk.pos
    while pos < end and text[pos] not in _PLAIN:
        pos = past_white(text, pos, end)
        odd = _ODD.match(text, pos, end)
        if odd is None:
            break
        if odd.lastgroup == "comment" and _hides(text, pos, odd.end()):
            walk.dead("a comment may hide a part of the value")
        walk.change(pos, odd.end(), "", odd.lastgroup or "")
        pos = odd.end()
    walk.pos = pos


_PLAIN = frozenset(
    '"{}[],:' + "'" + "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-+_"
)
