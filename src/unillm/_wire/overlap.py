"""Where a text that was broken off and what goes on from it say the same: it is kept once."""

from __future__ import annotations

MOST = 4096
"""Characters that are looked at for what is said twice; a text that is said again from its
beginning is seen however long it is."""
LETTERS = 3
"""Letters that a repeated word, or words, must have: ``ha`` may be meant to follow ``ha``."""
LONG = 20
"""Characters, spaces not counted, from which it may be code, or several lines."""
_PLAIN = frozenset(" '\u2019-\u2013\u2014")
_CODE = frozenset('{}[]()<>=;/\\|*#_"&$@`~\t\r\n')
_WIDE = 0x2E80
"""From here on are scripts that put no spaces between words."""


class Overlap:
    """Takes what goes on from a text, piece by piece, and gives out what is new in it.

    Models that are told to go on often say their last words again, and some hosts give back the
    beginning they were handed. Nothing is given out for as long as all that came may be such a
    repetition: never for longer than the text before, and in time linear in what came.
    """

    __slots__ = ("_at", "_before", "_echo", "_held", "_size", "_whole_only", "cut", "decided")

    def __init__(self, before: str, *, whole_only: bool = False) -> None:
        """Start before the first piece.

        Args:
            before: The text that was broken off.
            whole_only: Whether only all of it counts as repeated: whoever goes on from its very
                end, as hosts do that complete a prefix, means what he says twice.
        """
        self._whole_only = whole_only
        self._before = "" if whole_only else before[-MOST:]
        self._echo: str | None = before
        self._at = 0
        self._held: list[str] = []
        self._size = 0
        self.cut = 0
        """How many characters were left out at the beginning, once it is decided."""
        self.decided = not before
        """Whether it is known what is repeated."""

    def feed(self, piece: str) -> str:
        """Take more and return what is certain to be new."""
        if self.decided or not piece:
            return piece
        echoes = self._echo is not None and self._echo.startswith(piece, self._size)
        follows = self._follows(piece)
        self._held.append(piece)
        self._size += len(piece)
        if follows or (echoes and self._size < len(self._echo or "")):
            if not echoes:
                self._echo = None
            return ""
        return self.close()

    def close(self) -> str:
        """Take the end and return the rest: now it is known what is repeated."""
        if self.decided:
            return ""
        self.decided = True
        text = "".join(self._held)
        self._held.clear()
        if self._echo is not None and text.startswith(self._echo) and _counts(self._echo, ""):
            self.cut = len(self._echo)
        elif not self._whole_only:
            self.cut = repeated(self._before, text)
        return text[self.cut :]

    def _follows(self, piece: str) -> bool:
        """Tell whether all that came stands somewhere in the text before, so that more may."""
        before, end = self._before, self._at + self._size
        if before.startswith(piece, end) and end + len(piece) < len(before):
            return True
        if self._at >= len(before):
            return False
        found = before.find("".join((*self._held, piece)), self._at + 1)
        self._at = found if found >= 0 else len(before)
        return found >= 0 and found + self._size + len(piece) < len(before)


def repeated(before: str, after: str) -> int:
    """Return how many characters of a text repeat the end of the one before it.

    It is the longest repetition that counts: one that begins where a word does, and is of words
    alone, or long. A short line of code that is the same as the last one is none, nor is ``null, ``
    in a list.
    """
    if not after:
        return 0
    after = after[: len(before)]
    borders = _borders(after)
    matched = 0
    for character in before[-len(after) :]:
        while matched and (matched == len(after) or after[matched] != character):
            matched = borders[matched - 1]
        if after[matched] == character:
            matched += 1
    while matched:
        if _counts(after[:matched], before[: len(before) - matched]):
            return matched
        matched = borders[matched - 1]
    return 0


def _borders(text: str) -> list[int]:
    """Return, for each beginning of a text, how much of its end is its own beginning again."""
    borders = [0] * len(text)
    size = 0
    for place in range(1, len(text)):
        while size and text[size] != text[place]:
            size = borders[size - 1]
        if text[size] == text[place]:
            size += 1
        borders[place] = size
    return borders


def _counts(said: str, before: str) -> bool:
    """Tell whether a text that is said twice was said again, and does not merely come twice."""
    first, last = said[0], before[-1:]
    if first.isalnum() and last.isalnum() and ord(first) < _WIDE:
        return False  # in the middle of a word: "a bal" and "loon"
    if sum(character.isalpha() for character in said) < LETTERS:
        return False
    if all(character.isalpha() or character in _PLAIN for character in said):
        return True
    words = {"".join(filter(str.isalnum, word)) for word in said.split()}
    words = {word for word in words if not word.isdecimal() and word}
    if len(words) < 2 and all(ord(character) < _WIDE for character in said):
        return False  # the same again and again, as in a list
    return _CODE.isdisjoint(said) or sum(not character.isspace() for character in said) >= LONG
