"""Calls as ``call:name{key:value}`` with strings between signs of their own."""

from __future__ import annotations

import re

from pydantic_core import to_json

from unillm.repair.formats.format import Candidate, Declared
from unillm.repair.formats.source import NotACallError, Source, Steps
from unillm.types.dataclass import dataclass

_BARE = re.compile(r"[^\s,:{}\[\]<>\"'][^,:{}\[\]<>\"]*")
_LITERAL = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")


@dataclass(frozen=True, slots=True)
class Braced:
    """Reads one call of such a format.

    Attributes:
        opens: How it begins.
        closes: How it ends.
        quote: What stands before and after a string.
    """

    opens: str
    closes: str
    quote: str

    def __call__(self, source: Source, declared: Declared) -> Steps[None]:
        """Read one call."""
        del declared
        yield from source.expect(self.opens)
        yield from source.spaces()
        yield from source.expect("call:")
        name = yield from source.word()
        if not (yield from source.stands("{")):
            raise NotACallError
        source.commit()
        pieces: list[tuple[bool, str]] = []
        end, in_string = self.quote, True
        while end == self.quote:
            in_string = not in_string
            # A string may hold anything but its own sign.
            ends = (self.quote,) if in_string else (self.quote, self.closes, self.opens)
            text, end = yield from source.until(*ends)
            pieces.append((in_string, text))
        if end != self.closes:
            raise NotACallError
        try:
            text = "".join(
                to_json(text).decode() if quoted else _literals(text) for quoted, text in pieces
            )
        except ValueError:  # half a character
            yield []
        else:
            yield [Candidate(name, text)]


def _literals(text: str) -> str:
    """Write bare keys and words as JSON strings, numbers and constants as they are."""

    def word(found: re.Match[str]) -> str:
        bare = found.group().rstrip()
        rest = found.group()[len(bare) :]
        is_key = text[found.end() : found.end() + 1] == ":"
        return (bare if _LITERAL.fullmatch(bare) and not is_key else to_json(bare).decode()) + rest

    return _BARE.sub(word, text)
