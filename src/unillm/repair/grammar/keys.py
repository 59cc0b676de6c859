"""Keys, and what stands between a key and its value."""

from __future__ import annotations

import re

from unillm.repair.grammar.ends import is_key_without_colon
from unillm.repair.grammar.quotes import quote_at
from unillm.repair.grammar.spaces import skip
from unillm.repair.grammar.strings import string
from unillm.repair.grammar.walk import Walk

_BARE = re.compile(r"[A-Za-z_$\u00a1-\uffff][\w$.-]*+|\d++")
_HALF = re.compile(r"([A-Za-z_$][\w$.-]*+)\"\s*+:")
_EQUALS = re.compile(r"=>|:=|==?|:")
_VALUE = re.compile(r"[\"'{\[\u201c\u2018`]|-?\d|true|false|null|True|False|None")


def key(walk: Walk) -> None:
    """Read a key and the colon after it.

    Raises:
        DeadError: There is none.
        ForkError: It may end at several places.
    """
    prefix(walk)
    text, pos = walk.text, walk.pos
    frame = walk.frames[-1]
    quote = quote_at(text, pos, walk.end)
    if quote is not None:
        string(walk, quote, "key", certain=is_key_without_colon(walk, pos))
        colon(walk)
        return
    half = _HALF.match(text, pos, walk.end)
    found = half or _BARE.match(text, pos, walk.end)
    if found is None:
        walk.dead("a key is missing")
    name = half[1] if half else found[0]
    walk.change(
        pos,
        pos,
        '"',
        "missing_quote" if half else "unquoted_key",
        "structure" if half else "syntax",
    )
    frame.keys[name] = None
    walk.pos = walk.token_end = pos + len(name) + (1 if half else 0)
    if half is None:
        walk.change(walk.pos, walk.pos, '"', "unquoted_key")
    colon(walk)


def prefix(walk: Walk) -> None:
    """Leave out the letter before the quotes of a string that says nothing about what is in it."""
    if _PREFIX.match(walk.text, walk.pos, walk.end):
        walk.change(walk.pos, walk.pos + 1, "", "string_prefix")
        walk.pos += 1


_PREFIX = re.compile(r"[bBuU](?=\"\"|''|[\"'](?!\s*+[,:\]}]))")


def colon(walk: Walk) -> None:
    """Read what stands between a key and its value.

    Raises:
        DeadError: Nothing does, and it is not certain that a value follows.
    """
    skip(walk)
    found = _EQUALS.match(walk.text, walk.pos, walk.end)
    if found is None:
        if not _VALUE.match(walk.text, walk.pos, walk.end):
            walk.dead("a colon is missing")
        if walk.pos == walk.token_end and quote_at(walk.text, walk.pos, walk.end):
            walk.dead("a colon is missing, or a quote is too many")
        walk.change(walk.token_end, walk.token_end, ":", "missing_colon", "structure")
    else:
        if found[0] != ":":
            walk.change(walk.pos, found.end(), ":", "equals_sign")
        walk.pos = found.end()
    walk.place = "value"
