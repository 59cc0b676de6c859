"""What no string reaches beyond: signs that it has swallowed what comes after it."""

from __future__ import annotations

import re
from functools import lru_cache

from unillm.repair.grammar.quotes import Quote
from unillm.repair.grammar.walk import Role, Walk

_COLON = re.compile(r"\s*+:")
_QUOTES = frozenset("\"'`\u201c\u201d")
_KEY = re.compile(r"[^{}\[\],:\n]{1,64}+")


def unread(walk: Walk) -> tuple[str, ...]:
    """Return the keys that the schema declares for the innermost object and that did not come."""
    frame = walk.frames[-1]
    return tuple(name for name in walk.shape_of(frame).names if name not in frame.keys)


def wall(walk: Walk, start: int, *, again: bool) -> int:
    """Return where the next key seems to stand, which no string before it may hold.

    Args:
        walk: The reading.
        start: Where the string begins.
        again: Whether the string could be read as it stands: then less of a sign is enough.
    """
    names = unread(walk)
    found = [_any_key(names, again=again)] if names else []
    if not walk.shape_of(walk.frames[-1]).closed:
        found.append(_BROKEN_KEY if again else _SOME_KEY)
    limit = walk.end
    for pattern in found:
        sign = pattern.search(walk.text, start, limit)
        walk.budget.scan((sign.end() if sign else limit) - start, start)
        limit = sign.start("key") if sign else limit
    return limit


_SOME_KEY = re.compile(
    r"(?<=[,\"'\n])(?:[ \t]*+|[ \t]*+[,\[{:][ \t]*+)"
    r"(?P<key>[\"'\u201c][A-Za-z_][\w $.-]{0,63}[\"'\u201d]{1,2}\s*+:)"
)
"""What looks like a member behind a value, though the schema does not know its key."""

_BROKEN_KEY = re.compile(r"(?<=,)\s*+(?P<key>[^\w\s]{0,2}[A-Za-z_][\w$.-]{0,63}[^\w\s]{0,2}\s*+:)")


@lru_cache(maxsize=256)
def _any_key(names: tuple[str, ...], *, again: bool) -> re.Pattern[str]:
    """Return the pattern of one of some keys, though a quote or the colon may be missing."""
    any_of = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    opening, closing = "[\"'\u201c]", "[\"'\u201d]"
    if again:
        return re.compile(rf"(?P<key>{opening}(?:{any_of})\b|(?<!\w)(?:{any_of}){closing})")
    return re.compile(
        rf"(?P<key>{opening}(?:{any_of}){closing}{{0,2}}\s*+[:=]"
        rf"|(?<=[,{{\s])(?:{any_of}){closing}\s*+[:=]"
        rf"|(?<=[,\"'\n{{]){opening}(?:{any_of}){closing}\s"
        rf"|(?<=[,\"'\n{{] ){opening}(?:{any_of}){closing}\s"
        rf"|(?<=[\"'],)\s?(?:{any_of})\s*+:)"
    )


def is_key_itself(walk: Walk, stop: int, role: Role) -> bool:
    """Tell whether what should be a value is followed by a colon, as a key is."""
    return role in {"value", "item"} and _COLON.match(walk.text, stop, walk.end) is not None


def may_be_key(walk: Walk, start: int, stop: int) -> bool:
    """Tell whether a text between untrusted quotes may be a key."""
    if not _KEY.fullmatch(walk.text, start, stop) or walk.text[start] in _QUOTES:
        return False
    shape = walk.shape_of(walk.frames[-1])
    return not shape.known or walk.text[start:stop] in shape.names


def odd_quotes(text: str, quote: Quote, start: int, stop: int) -> bool:
    """Tell whether a quote inside a string has no partner; apostrophes in words do not count."""
    mark = quote.closing
    inner = re.findall(rf"(?<!\\)(?:(?<![^\W\d_]){mark}|{mark}(?![^\W\d_]))", text[start:stop])
    return len(inner) % 2 == 1


def is_doubled(text: str, quote: Quote, start: int, stop: int) -> bool:
    """Tell whether the first or last thing in a string is a quote that has no partner."""
    part = text[start:stop]
    at_edge = re.match(rf" ?{quote.closing}", part) or _at_end(quote, part)
    return bool(at_edge) and odd_quotes(text, quote, start, stop)


def opens_anew(text: str, quote: Quote, start: int, stop: int) -> bool:
    """Tell whether the last quote in a string has no partner and stands as one that opens."""
    mark = quote.closing
    last = re.search(
        rf"(?:^|[\s(\[{{=:,]){mark}(?=\S)(?:(?!{mark}).)*+$", text[start:stop], re.DOTALL
    )
    return last is not None and odd_quotes(text, quote, start, stop)


_ITEM = r"(?:[\[{]|(?:true|false|null|-?\d[\d.eE+-]*+)\s++[\"'\[{])"
"""What follows an item without a comma, if it is no string."""


def holds_items(text: str, quote: Quote, start: int, stop: int) -> bool:
    """Tell whether what ends one item and begins the next is in a string."""
    mark = quote.closing
    return (
        re.search(
            rf"{mark}(?:\s++|\s*+\+\s*+){mark}|,\s*+[^\w\s]?{mark}|{mark}\s++{_ITEM}",
            text[start:stop],
        )
        is not None
    )


def is_chain(walk: Walk, quote: Quote, start: int) -> bool:
    """Tell whether strings follow one another where one value must stand.

    They may be one string with quotes in it, parts to be joined, or members that lost a part.
    """
    pattern = _CHAINS.get(quote.opening)
    return pattern is not None and pattern.match(walk.text, start, walk.end) is not None


_CHAINS = {
    mark: re.compile(
        rf"{mark}[^{mark}\\]*+(?:\\.[^{mark}\\]*+)*+{mark}"
        rf"(?:(?:\s*+[,:+]\s*+|\s++){mark}[^{mark}\\]*+(?:\\.[^{mark}\\]*+)*+{mark})++\s*+[,:}}\]]",
        re.DOTALL,
    )
    for mark in "\"'"
}


def _at_end(quote: Quote, part: str) -> bool:
    bare = part.removesuffix(" ")
    closing = re.search(rf"{quote.closing}$", bare)
    return closing is not None and bare[closing.start() - 1 : closing.start()] != "\\"
