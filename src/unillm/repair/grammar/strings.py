"""Strings: a sound one is taken as it stands, for a broken one what follows decides its end."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from unillm.repair.grammar.ends import End, ends, is_key_ahead
from unillm.repair.grammar.quotes import Quote, quote_at
from unillm.repair.grammar.walk import Role, Walk
from unillm.repair.grammar.walls import is_chain, is_key_itself
from unillm.repair.grammar.writing import FOREIGN, doubtful, written
from unillm.types.edits import EditKind

STRICT = r'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"'
_STRICT = re.compile(STRICT)
_FOLLOWS: dict[Role, re.Pattern[str]] = {
    "key": re.compile(r"[\s\u00a0]*+(?:[:=]|\\+[nrt])"),
    "value": re.compile(
        r"[\s\u00a0\u200b\ufeff]*+(?:[,}\])]|(?<=\s)(?:#|//)|/\*|(?:\\+[nrt])++[\s,}\]]|$)"
    ),
    "item": re.compile(
        r"[\s\u00a0\u200b\ufeff]*+(?:[,\]})]|(?<=\s)(?:#|//)|/\*|(?:\\+[nrt])++[\s,}\]]|$)"
    ),
    "top": re.compile(r"\s*+$"),
}
_NEXT_STRING = re.compile(rf"\s++{STRICT}\s*+[,\]\"]")
_FIRST = 16
"""Changes that tell in which language a text is written."""
_PATIENCE = 8
"""Forks before the way that leaves no doubt is taken without keeping the others."""


class Option(NamedTuple):
    """One way to go on."""

    go: Callable[[Walk], None]
    sure: bool


class ForkError(Exception):
    """The text goes on in several ways, and which is right must be found out."""

    def __init__(self, options: list[Option], position: int) -> None:
        """Keep the ways, the sure one last."""
        super().__init__()
        self.options = options
        self.position = position


def string(walk: Walk, quote: Quote, role: Role, *, certain: bool = False) -> None:
    """Read the string whose quote stands here; the next one ends it if that is certain.

    Raises:
        DeadError: It has no end.
        ForkError: It may end at several places.
    """
    text, start = walk.text, walk.pos
    inside = start + len(quote.opening)
    first = None
    if quote.opening == '"':
        first = _STRICT.match(text, start, walk.end)
    stop = first.end() if first else _first_end(quote, walk, inside)
    if stop and (
        certain or _FOLLOWS[role].match(text, stop, walk.end) or _lacks_comma(walk, stop, role)
    ):
        closing = _closing_of(quote, text, stop)
        taken(walk, quote, start, End(stop - closing, stop, sure=True), role)
        return
    broken(walk, quote, start, role, after=stop - 1)


def _lacks_comma(walk: Walk, stop: int, role: Role) -> bool:
    """Tell whether a string is sound, and only the comma after it is missing."""
    if role == "value":
        return not walk.text[stop : stop + 1].isalpha() and is_key_ahead(walk, stop)
    return role == "item" and _NEXT_STRING.match(walk.text, stop, walk.end) is not None


def broken(walk: Walk, quote: Quote, start: int, role: Role, *, after: int) -> None:
    """Read a string whose first quote is not its end.

    Raises:
        DeadError: It has no end.
        ForkError: It may end at several places.
    """
    if after >= 0 and is_key_itself(walk, after + 1, role):
        walk.dead("a key stands where a value must come", start)
    if role == "value" and is_chain(walk, quote, start):
        walk.dead("several strings stand where one must", start)
    found = list(ends(walk, quote, start + len(quote.opening), role, after=after))
    if not found:
        walk.dead("a string does not end", start)
    if len(found) == 1 or (found[-1].sure and walk.budget.forks >= _PATIENCE):
        taken(walk, quote, start, found[-1], role, chosen=True)
        return
    walk.budget.forks += 1

    def way(end: End) -> Callable[[Walk], None]:
        return lambda twin: taken(twin, quote, start, end, role, chosen=True)

    raise ForkError([Option(way(end), end.sure) for end in found], start)


def taken(
    walk: Walk, quote: Quote, start: int, end: End, role: Role, *, chosen: bool = False
) -> None:
    """Take a string as read, writing it as JSON does."""
    inside = start + len(quote.opening)
    if quote.opening != '"':
        walk.change(start, inside, '"', quote.rule)
    walk.guided |= chosen
    if quote.rule == "escaped_quote" and "\\" in walk.text[inside : end.content]:
        unescape(walk, inside, end.content)
        new = None
    else:
        new = written(walk.text, inside, end.content)
    if new is not None:
        if "bad_escape" in new.rules:
            _be_sure(walk, quote, inside, end)
        kind: EditKind = "structure" if chosen and "unescaped_quote" in new.rules else "syntax"
        walk.change(new.start, new.end, new.text, "+".join(new.rules), kind)
    if quote.rule == "triple_quotes" and _CUT_OFF.match(walk.text, inside, end.content):
        walk.dead("three quotes may be a quote between two", start)
    if end.token == end.content:
        walk.change(end.content, end.content, '"', "missing_quote", "structure")
    elif quote.opening != '"':
        walk.change(end.content, end.token, '"', quote.rule)
    if role == "key":
        name = walk.text[inside : end.content]
        walk.frames[-1].keys[name] = None
        walk.pos = walk.token_end = end.token
        return
    walk.ended(end.token)
    walk.string_at = start


_CUT_OFF = re.compile(r"\s*+[,}\]]")


def unescape(walk: Walk, start: int, end: int) -> None:
    """Take one level of escaping away from a string between escaped quotes.

    Raises:
        DeadError: What is left is no JSON string.
    """
    said = walk.text[start:end]
    try:
        inner = json.loads(f'"{said}"', strict=False)
        json.loads(f'"{inner}"')
    except ValueError:
        walk.dead("the escapes of a string are of two levels", start)
    walk.change(start, end, inner, "escaped_quote")


def _be_sure(walk: Walk, quote: Quote, inside: int, end: End) -> None:
    """Give up where a backslash may be one or begin an escape.

    Raises:
        DeadError: It may.
    """
    text, stop = walk.text, end.content
    in_json = quote.opening == '"' and not any(
        c.rule == "single_quotes" for c in walk.changes[:_FIRST]
    )
    if doubtful(text, inside, stop) or (in_json and FOREIGN.search(text, inside, stop)):
        walk.dead("a backslash may be one or begin an escape", inside)


def again(walk: Walk) -> None:
    """Read the last string once more, as one that ended too early.

    What can be read as it stands is given up only for an end that leaves no doubt.

    Raises:
        DeadError: There is none.
    """
    start, after = walk.string_at, walk.token_end - 1
    while walk.changes and walk.changes[-1].start >= start:
        walk.changes.pop()
    walk.pos, walk.string_at, walk.comma = start, -1, -1
    quote = quote_at(walk.text, start, walk.end)
    if quote is None:
        walk.dead("a string does not end", start)
    if not walk.frames[-1].is_object:
        walk.dead("an item of an array does not end", start)
    if is_chain(walk, quote, start):
        walk.dead("several strings stand where one must", start)
    inside = start + len(quote.opening)
    found = [e for e in ends(walk, quote, inside, "value", after=after, again=True) if e.sure]
    if not found:
        walk.dead("a string does not end, or a key is broken", start)
    taken(walk, quote, start, found[0], "value", chosen=True)


def _first_end(quote: Quote, walk: Walk, inside: int) -> int:
    """Return where the first quote that is not escaped ends, or 0."""
    found = _loosely(quote.closing).match(walk.text, inside, walk.end)
    walk.budget.scan((found.end() if found else walk.end) - inside, inside)
    return found.end() if found else 0


@lru_cache(maxsize=64)
def _loosely(closing: str) -> re.Pattern[str]:
    if closing.startswith("\\\\"):
        return re.compile(rf"(?:(?!{closing}).)*+{closing}", re.DOTALL)
    if closing[0] == "[" or len(closing) == 1:
        inner = rf"[^\\{closing.strip('[]')}]*+"
        return re.compile(rf"{inner}(?:\\.{inner})*+{closing}", re.DOTALL)
    return re.compile(rf"(?:(?!{closing})[^\\]|\\.)*+{closing}", re.DOTALL)


def _closing_of(quote: Quote, text: str, stop: int) -> int:
    """Return how long the closing quote is that ends at a place."""
    if len(quote.opening) == 1:
        return 1
    if quote.opening[0] == "<":
        return stop - text.rindex("<|", 0, stop)
    return len(quote.opening)
