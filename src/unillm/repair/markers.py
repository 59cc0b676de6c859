"""Where in a text a block of calls may begin."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from unillm.repair.formats import Format, Source

THINK_END = "</think>"
"""After this an answer begins, as at the beginning of a text."""

_WORD = re.compile(r"[\w.\-]")


class Markers:
    """The markers of some formats, for some tools."""

    __slots__ = (
        "_after_name",
        "_bare",
        "_beginning",
        "_by_marker",
        "_first",
        "_longest",
        "_marked",
        "_prefixes",
    )

    def __init__(self, formats: tuple[Format, ...], names: Collection[str]) -> None:
        """Prepare to look for them; without tools there is nothing to look for."""
        self._by_marker: dict[str, list[Format]] = {}
        self._after_name: set[str] = set()
        bare: set[str] = set()
        for format_ in formats if names else ():
            for marker in format_.markers:
                self._by_marker.setdefault(marker, []).append(format_)
            for marker in (name + rest for rest in format_.after_name for name in names if name):
                self._by_marker.setdefault(marker, []).append(format_)
                self._after_name.add(marker)
            for marker in format_.bare:
                self._by_marker.setdefault(marker, []).append(format_)
                bare.add(marker)
        self._bare = bare
        if bare:
            self._by_marker.setdefault(THINK_END, [])
        self._marked = _finder({*self._by_marker} - bare), _finder({*self._by_marker})
        self._beginning: dict[str, list[str]] = {}
        for marker in self._by_marker:
            self._beginning.setdefault(marker[0], []).append(marker)
        signs = "".join(re.escape(sign) for sign in self._beginning)
        self._first = re.compile(f"[{signs}]") if signs else None
        self._longest = max(map(len, self._by_marker), default=0)
        self._prefixes = {
            marker[:size] for marker in self._by_marker for size in range(1, len(marker))
        }

    def next_in(self, source: Source, *, fresh: bool) -> tuple[int, bool]:
        """Return up to where no marker begins in the text at hand, and whether one begins there.

        If none does, either all of the text was looked at, or its end may be the beginning of one.

        Args:
            source: The text.
            fresh: Whether nothing was said before: then an answer may be nothing but calls.
        """
        text, finder = source.window, self._marked[fresh]
        found = finder.search(text, source.at) if finder else None
        place = found.start() if found else len(text)
        # One that has not come whole yet may begin before one that has, and hold it.
        if self._first and not source.ended and place > len(text) - self._longest:
            start = max(source.at, len(text) - self._longest + 1)
            for begun in self._first.finditer(text, start, place):
                if text[begun.start() :] in self._prefixes:
                    return begun.start(), False
        return place, found is not None

    def undecided(self, source: Source) -> bool:
        """Tell whether a longer marker may stand here than what is at hand of it."""
        rest = source.window[source.at : source.at + self._longest]
        return not source.ended and rest in self._prefixes

    def step(self, source: Source) -> int:
        """Return how far to go from here if no block begins here."""
        return len(THINK_END) if source.window.startswith(THINK_END, source.at) else 1

    def formats_at(self, source: Source, before: str, *, fresh: bool) -> Iterator[Format]:
        """Give the formats of which a marker stands here.

        Args:
            source: The text.
            before: The character before.
            fresh: As for `next_in`.
        """
        given: set[str] = set()
        rest = source.window[source.at : source.at + self._longest]
        for marker in self._beginning.get(rest[:1], ()):
            if not rest.startswith(marker) or (marker in self._bare and not fresh):
                continue
            if marker in self._after_name and _WORD.fullmatch(before):
                continue
            for format_ in self._by_marker[marker]:
                if format_.name not in given:
                    given.add(format_.name)
                    yield format_


@lru_cache(maxsize=64)
def markers_of(formats: tuple[Format, ...], names: tuple[str, ...]) -> Markers:
    """Return the markers of some formats for some tools."""
    return Markers(formats, names)


def _finder(markers: set[str]) -> re.Pattern[str] | None:
    """Return a pattern that finds where any of the markers begins."""
    return re.compile(_either(sorted(markers))) if markers else None


def _either(markers: list[str]) -> str:
    """Write sorted texts as a tree, so that a place in a text is held against few of them."""
    if markers[0] == "":
        return ""  # where a marker begins is all that is asked
    branches = [
        re.escape(sign) + _either([marker[1:] for marker in rest])
        for sign, rest in groupby(markers, key=itemgetter(0))
    ]
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"
