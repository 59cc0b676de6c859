"""The text a reader of calls reads from, which may still be coming."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")

Steps: TypeAlias = Generator[Any, None, T]
"""Reading in steps: yields None where it needs more text, and returns what it read.

A reader of calls also yields lists of `Candidate`, each as soon as it is there.
"""

NAME = 160
"""Characters looked at for a name, before something is known to be a call."""

_GAP = 256
_LONGEST_OPTION = 256
_SPACES = re.compile(rf"\s{{0,{_GAP}}}")
_WORD = re.compile(r"[\w.\-:/]*")
_TAG = re.compile(r"<[^<>]{1,240}>")
_TAG_BEGUN = re.compile(r"<[^<>]{0,240}\Z")
_IN_STRING = {'"': re.compile(r'["\\]'), "'": re.compile(r"['\\]")}


class NotACallError(Exception):
    """What looked like a call is none: all of it is text."""


class Source:
    """A window on text that comes in pieces, and a place in it.

    What was read is not looked at again, so that reading is linear however the text is cut into
    pieces. Until `commit` the place can go back to where the block began; what is read before
    that is bounded.

    Attributes:
        window: The text at hand.
        at: The place in it.
        ended: Whether nothing more will come.
    """

    __slots__ = (
        "_anchor",
        "_committed",
        "_gone",
        "_hold",
        "_kept",
        "_low",
        "_size",
        "at",
        "ended",
        "window",
    )

    def __init__(self) -> None:
        """Start before the first character."""
        self.window = ""
        self.at = 0
        self.ended = False
        self._anchor = 0
        self._committed = True
        self._low = 0  # what is before it was given out
        self._kept: list[str] = []  # what is not in the window any more, and was not given out
        self._size = 0
        self._hold = -1  # where to go back to if what is looked for does not follow
        self._gone = 0  # characters that are not in the window any more

    def feed(self, text: str) -> None:
        """Take more text."""
        gone = self.at if self._committed else self._anchor
        if self._hold >= 0:
            gone = min(gone, self._hold)
            self._hold -= gone
        if gone > self._low:
            self._kept.append(self.window[self._low : gone])
            self._size += gone - self._low
        self.window = self.window[gone:] + text
        self.at -= gone
        self._gone += gone
        self._anchor = max(self._anchor - gone, 0)
        self._low = max(self._low - gone, 0)

    def begin(self) -> int:
        """Begin a block here; return what `passed` says here."""
        self._anchor, self._committed = self.at, False
        return self.passed()

    def passed(self) -> int:
        """Return how many characters are before this place, from the first."""
        return self._gone + self.at

    def rewind(self) -> None:
        """Go back to where the block began."""
        self.at, self._committed = self._anchor, True

    def commit(self) -> None:
        """Decide that what was read so far begins a block: there is no way back."""
        self._committed = True

    @property
    def committed(self) -> bool:
        """Tell whether there is no way back."""
        return self._committed

    def unread(self) -> int:
        """Return how much text is at hand that was not given out."""
        return self._size + len(self.window) - self._low

    def uncut(self) -> int:
        """Return how much text up to here was not given out."""
        return self._size + self.at - self._low

    def cut(self) -> str:
        """Give out the text up to here."""
        text = "".join(self._kept) + self.window[self._low : self.at]
        self._kept.clear()
        self._size, self._low = 0, self.at
        return text

    def more(self) -> Steps[None]:
        """Wait for more text.

        Raises:
            NotACallError: Nothing more will come.
        """
        if self.ended:
            raise NotACallError
        yield None

    def spaces(self) -> Steps[None]:
        """Skip white space, if there is some."""
        left = _GAP
        while True:
            found = _SPACES.match(self.window, self.at)
            end = min(found.end(), self.at + left) if found else self.at
            left -= end - self.at
            self.at = end
            if self.at < len(self.window) or not left or self.ended:
                return
            yield None

    def one_of(self, *options: str) -> Steps[str]:
        """Skip the longest option that stands here and return it; an empty string if none does."""
        while True:
            rest = self.window[self.at : self.at + _LONGEST_OPTION]
            best = ""
            for option in options:
                if rest.startswith(option):
                    if len(option) > len(best):
                        best = option
                elif len(option) > len(rest) and not self.ended and option.startswith(rest):
                    break
            else:
                self.at += len(best)
                return best
            yield None

    def follows(self, *options: str) -> Steps[str]:
        """Skip white space and the longest option after it; nothing if none follows."""
        self.hold()
        yield from self.spaces()
        found = yield from self.one_of(*options)
        self.release(back=not found)
        return found

    def hold(self) -> None:
        """Keep this place, to go back to it with `release`."""
        self._hold = self.at

    def release(self, *, back: bool) -> None:
        """Go back to the place that was kept, or forget it."""
        if back:
            self.at = self._hold
        self._hold = -1

    def expect(self, *options: str) -> Steps[str]:
        """Skip one of the options.

        Raises:
            NotACallError: Something else stands here.
        """
        found = yield from self.one_of(*options)
        if not found:
            raise NotACallError
        return found

    def stands(self, *options: str) -> Steps[str]:
        """Return the longest option that stands here, without skipping it."""
        found = yield from self.one_of(*options)
        self.at -= len(found)
        return found

    def word(self) -> Steps[str]:
        """Read a name.

        Raises:
            NotACallError: There is none, or too long a one.
        """
        while True:
            found = _WORD.match(self.window, self.at)
            end = found.end() if found else self.at
            if end - self.at > NAME or (end == self.at and end < len(self.window)):
                raise NotACallError
            if end < len(self.window) or self.ended:
                word, self.at = self.window[self.at : end], end
                return word
            yield None

    def head(self, *ends: str) -> Steps[tuple[str, str]]:
        """Read a short text up to the first of its ends; return both.

        Raises:
            NotACallError: None of them comes soon.
        """
        reach = NAME + max(map(len, ends))
        pattern = any_of(ends)
        while True:
            found = pattern.search(self.window, self.at, self.at + reach)
            if found and (self.ended or not self._longer(found, ends)):
                text = self.window[self.at : found.start()]
                self.at = found.end()
                return text, found.group()
            if len(self.window) - self.at >= reach:
                raise NotACallError
            yield from self.more()

    def _longer(self, found: re.Match[str], ends: tuple[str, ...]) -> bool:
        rest = self.window[found.start() : found.start() + _LONGEST_OPTION]
        return any(len(end) > len(rest) and end.startswith(rest) for end in ends)

    def until(self, *ends: str) -> Steps[tuple[str, str]]:
        """Read up to the first of its ends; return both.

        Raises:
            NotACallError: None of them comes.
        """
        pattern, back = any_of(ends), max(map(len, ends)) - 1
        parts: list[str] = []
        while True:
            found = pattern.search(self.window, self.at)
            if found:
                parts.append(self.window[self.at : found.start()])
                self.at = found.end()
                return "".join(parts), found.group()
            self._pass(parts, len(self.window) - back)
            yield from self.more()

    def tag(self) -> Steps[str]:
        """Read a tag, ``<…>``; return an empty string if none stands here."""
        while True:
            found = _TAG.match(self.window, self.at)
            if found:
                self.at = found.end()
                return found.group()
            begun = self.at == len(self.window) or _TAG_BEGUN.match(self.window, self.at)
            if not begun or self.ended:
                return ""
            yield None

    def value(self, is_end: Callable[[str], bool]) -> Steps[tuple[str, str]]:
        """Read up to the first tag that ends a value; return both, the tag empty at the end."""
        parts: list[str] = []
        while True:
            found = self.window.find("<", self.at)
            self._pass(parts, len(self.window) if found < 0 else found)
            if found < 0:
                if self.ended:
                    return "".join(parts), ""
                yield None
                continue
            tag = yield from self.tag()
            if tag and is_end(tag):
                return "".join(parts), tag
            if not tag:
                tag = "<"
                self.at += 1
            parts.append(tag)

    def balanced(self, quotes: str = '"', *, depth: int = 0) -> Steps[str]:
        """Read one value in brackets up to its closing bracket.

        Args:
            quotes: What strings are put in.
            depth: How many brackets were opened before.

        Raises:
            NotACallError: It is not closed.
        """
        text, _ = yield from self._brackets(quotes, (), (), depth)
        return text

    def body(self, closers: tuple[str, ...], openers: tuple[str, ...]) -> Steps[tuple[str, str]]:
        """Read JSON, as good as it is, up to a closer outside of its strings; return both.

        An opener after a whole value ends it as well, and is not skipped; so does the end of the
        text: then the closer is empty.

        Raises:
            NotACallError: It ends in the middle, or a block begins there.
        """
        return (yield from self._brackets('"', closers, openers))

    def _brackets(
        self, quotes: str, closers: tuple[str, ...], openers: tuple[str, ...], depth: int = 0
    ) -> Steps[tuple[str, str]]:
        marks = (*closers, *openers)
        outside = _tokens(quotes, marks)
        back = max(map(len, marks), default=1) - 1
        parts: list[str] = []
        opened = False
        while True:
            found = outside.search(self.window, self.at)
            if found is None:
                self._pass(parts, len(self.window) - (0 if self.ended else back))
                if self.ended and closers and opened and not depth:
                    return "".join(parts), ""
                yield from self.more()
                continue
            token = found.group()
            if token in marks:
                self._pass(parts, found.start())
                if token in closers:
                    self.at = found.end()
                    return "".join(parts), token
                if depth or not opened:
                    raise NotACallError
                return "".join(parts), ""
            self._pass(parts, found.end())
            if token in quotes:
                yield from self._string(parts, token)
                continue
            opened = True
            depth += 1 if token in "{[(" else -1
            if depth <= 0 and not closers:
                return "".join(parts), ""

    def _string(self, parts: list[str], quote: str) -> Steps[None]:
        """Read on to after the quote that ends a string."""
        while True:
            found = _IN_STRING[quote].search(self.window, self.at)
            if found is None:
                self._pass(parts, len(self.window))
                yield from self.more()
            elif found.group() == quote:
                self._pass(parts, found.end())
                return
            elif found.end() == len(self.window):
                self._pass(parts, found.start())
                yield from self.more()
            else:
                self._pass(parts, found.end() + 1)

    def _pass(self, parts: list[str], end: int) -> None:
        if end > self.at:
            parts.append(self.window[self.at : end])
            self.at = end

    def over(self) -> Steps[bool]:
        """Tell whether nothing but white space is left."""
        while True:
            found = _SPACES.match(self.window, self.at)
            self.at = found.end() if found else self.at
            if self.at == len(self.window):
                if self.ended:
                    return True
                yield None
            elif not found or not found.group():
                return False


@lru_cache(maxsize=256)
def any_of(texts: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern that finds any of some texts, the longest first."""
    return re.compile("|".join(map(re.escape, sorted(texts, key=len, reverse=True))))


@lru_cache(maxsize=256)
def _tokens(quotes: str, marks: tuple[str, ...]) -> re.Pattern[str]:
    longest = sorted(marks, key=len, reverse=True)
    brackets = "[{}()" if len(quotes) > 1 else "[{}"
    return re.compile("|".join([*map(re.escape, longest), rf"[{quotes}{re.escape(brackets)}\]]"]))
