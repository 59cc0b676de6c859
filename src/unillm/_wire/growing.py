"""JSON while it comes: read on at every fragment, never from the start."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias

from unillm.types.json import JsonObject
from unillm.types.shape import HIDDEN, RAW, Opened, Opener, Shape

MAX_DEPTH = 128
"""Arrays and objects within one another; what is deeper is not shown."""

_Step: TypeAlias = Callable[["GrowingValue", str, int], int]

_SPACE = re.compile(r"[ \t\r\n]*")
_PLAIN = re.compile(r'[^"\\]+')
_WORD = re.compile(r"[-+.0-9A-Za-z]+")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_UNIT = re.compile(r"\\u([0-9a-fA-F]{4})")
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None}
_LOST = "\N{REPLACEMENT CHARACTER}"
_UNIT_SIZE = 6


class _Level:
    """An object or a list that is open."""

    __slots__ = ("box", "depth", "is_list", "item", "opened", "outer", "place", "to")

    def __init__(
        self, opened: Opened, *, is_list: bool, outer: _Level | None, to: Any, place: Any
    ) -> None:
        """Open one.

        Args:
            opened: What it is.
            is_list: Whether it is a list.
            outer: What it is inside of.
            to: What it is written into itself.
            place: Where.
        """
        self.opened = opened
        self.box = opened.box
        self.is_list = is_list
        self.outer = outer
        self.depth: int = 1 if outer is None else outer.depth + 1
        self.to = to
        self.place = place
        item = opened.inner("") if is_list and opened.inner is not None else None
        self.item: Shape = RAW if item is None else item[1]
        """The shape of what is in it, if it is a list."""


class GrowingValue:
    r"""Follow a JSON value that comes in fragments, for people to look at.

    Taking a fragment costs nothing; `value` reads what has come since it was last asked. The
    value is changed in place, so that all of it costs time in proportion to the text. Of a key
    nothing is shown before its value begins, of a number nothing before its end. What is no JSON
    ends the view: it stays as it was, and nothing is ever raised.

    It is an object or a list; whatever else is written before it is not shown.
    """

    __slots__ = (
        *("_carry", "_key", "_level", "_openers", "_place", "_shape", "_step", "_to", "_top"),
        *("_unread", "_word"),
    )

    def __init__(self, shape: Shape = RAW, *, openers: str = "{") -> None:
        """Start before the first fragment.

        Args:
            shape: What the value becomes.
            openers: What it may begin with: ``{``, ``[`` or both.
        """
        self._unread: list[str] = []
        self._carry = ""
        self._openers = re.compile(f"[{re.escape(openers)}]")
        self._top: list[Any] = []
        self._level: _Level | None = None
        self._shape = shape
        self._to: Any = self._top
        self._place: Any = 0
        self._key: list[str] = []
        self._word: list[str] = []
        self._step: _Step = GrowingValue._start

    def add(self, fragment: str) -> None:
        """Take more of the text."""
        self._unread.append(fragment)

    def value(self) -> Any:
        """Return the value as far as it has come, or None before it began."""
        if self._unread:
            text = self._carry + "".join(self._unread)
            self._unread.clear()
            self._carry = ""
            try:
                self._read(text)
            except Exception:  # noqa: BLE001 - a view must not end the stream it looks at
                # What is no number after all, somebody changed the object he was shown, or a
                # type of the user's own cannot be made so.
                self._step = GrowingValue._stop
        return self._top[0] if self._top else None

    def _read(self, text: str) -> None:
        at, size = 0, len(text)
        while at < size:
            at = self._step(self, text, at)

    def _stop(self, text: str, _at: int) -> int:
        return len(text)

    def _start(self, text: str, at: int) -> int:
        """Look for the value; what a model writes before it is not shown."""
        found = self._openers.search(text, at)
        if found is None:
            return len(text)
        self._open("{" if found[0] == "{" else "[")
        return found.end()

    def _key_or_end(self, text: str, at: int) -> int:
        at = _past_space(text, at)
        char = text[at : at + 1]
        if char == '"':
            self._step = GrowingValue._in_key
        elif char == "}":
            self._close()
        elif char:
            self._step = GrowingValue._stop
        return at + 1

    def _colon(self, text: str, at: int) -> int:
        at = _past_space(text, at)
        if at < len(text):
            is_colon = text[at] == ":"
            self._step = GrowingValue._begin if is_colon else GrowingValue._stop
        return at + 1

    def _begin(self, text: str, at: int) -> int:
        """Begin a value, or end the list it would have been in."""
        at = _past_space(text, at)
        char = text[at : at + 1]
        if char == "]" and self._level is not None and self._level.is_list:
            self._close()
            return at + 1
        if self._level is not None and self._level.is_list:
            self._shape = self._level.item
        if char == '"':
            if self._shape.shows_text:
                self._put("")
                self._step = GrowingValue._in_text
            else:
                self._step = GrowingValue._in_hidden_text
        elif char in _OPENERS:
            self._open(_OPENERS[char])
        elif char:
            self._step = GrowingValue._in_word
            return at
        return at + 1

    def _after(self, text: str, at: int) -> int:
        at = _past_space(text, at)
        char = text[at : at + 1]
        in_list = self._level is not None and self._level.is_list
        if char == ",":
            self._step = GrowingValue._begin if in_list else GrowingValue._key_or_end
        elif char and char == ("]" if in_list else "}"):
            self._close()
        elif char:
            self._step = GrowingValue._stop
        return at + 1

    def _in_word(self, text: str, at: int) -> int:
        found = _WORD.match(text, at)
        if found:
            self._word.append(found[0])
            at = found.end()
        if at < len(text):
            word = "".join(self._word)
            self._word.clear()
            self._put_leaf(_WORDS[word] if word in _WORDS else _number(word))
            self._step = GrowingValue._after
        return at

    def _in_key(self, text: str, at: int) -> int:
        piece, at, ended = self._piece(text, at)
        self._key.append(piece)
        if ended:
            self._find("".join(self._key))
            self._key.clear()
            self._step = GrowingValue._colon
        return at

    def _find(self, key: str) -> None:
        """Find out where the value of a key is written, and what it becomes."""
        level: Any = self._level
        self._to, self._place, self._shape = level.box, key, RAW
        if level.opened.inner is not None:
            found = level.opened.inner(key)
            if found is None:
                self._to = {}
            else:
                self._place, self._shape = found

    def _in_text(self, text: str, at: int) -> int:
        piece, at, ended = self._piece(text, at)
        if piece:
            # Only a text that nobody else holds grows in place, in CPython, and only as a local.
            box, place = self._to, self._place
            grown = box[place]
            box[place] = ""
            grown += piece
            box[place] = grown
        if ended:
            self._step = GrowingValue._after
        return at

    def _in_hidden_text(self, text: str, at: int) -> int:
        piece, at, ended = self._piece(text, at)
        self._word.append(piece)
        if ended:
            whole = "".join(self._word)
            self._word.clear()
            self._put_leaf(whole)
            self._step = GrowingValue._after
        return at

    def _piece(self, text: str, at: int) -> tuple[str, int, bool]:
        """Return more of a string, where to read on, and whether the string has ended."""
        plain = _PLAIN.match(text, at)
        if plain:
            return plain[0], plain.end(), False
        if text[at] == '"':
            return "", at + 1, True
        return (*self._escaped(text, at), False)

    def _escaped(self, text: str, at: int) -> tuple[str, int]:
        kind = text[at + 1 : at + 2]
        if not kind or (kind == "u" and len(text) - at < _UNIT_SIZE):
            self._carry = text[at:]
            return "", len(text)
        if kind != "u":
            return _ESCAPES.get(kind, kind), at + 2
        unit = _UNIT.match(text, at)
        if unit is None:
            return _LOST, at + 2
        first, at = int(unit[1], 16), unit.end()
        if 0xD800 <= first <= 0xDFFF:
            return self._half(text, at, first)
        return chr(first), at

    def _half(self, text: str, at: int, first: int) -> tuple[str, int]:
        """Return the character whose first half ends here, if its other half follows."""
        rest = text[at : at + _UNIT_SIZE]
        if first <= 0xDBFF and len(rest) < _UNIT_SIZE and "\\u".startswith(rest[:2]):
            self._carry = text[at - _UNIT_SIZE :]
            return "", len(text)
        other = _UNIT.match(rest)
        second = int(other[1], 16) if other else 0
        if first > 0xDBFF or not 0xDC00 <= second <= 0xDFFF:
            return _LOST, at
        return chr(0x10000 + (first - 0xD800) * 0x400 + second - 0xDC00), at + _UNIT_SIZE

    def _put_leaf(self, value: Any) -> None:
        """Write what has ended, unless it may not stand there."""
        try:
            made = self._shape.leaf(value)
        except ValueError:
            return
        self._put(made)
        level = self._level
        if level is not None and level.opened.decided is not None:
            decided = level.opened.decided(self._place, made)
            if decided is not None:
                self._show(level, decided)

    def _show(self, level: _Level, decided: Opened) -> None:
        """Show an object that was hidden, now that it is known what it is."""
        known: Any = level.box
        if any(isinstance(held, dict | list) for held in known.values()):
            return  # their parts have been read as JSON has them: it is shown at its end
        self._level, self._to, self._place = level.outer, level.to, level.place
        self._put(decided.value)
        level.place = self._place
        self._level, level.opened, level.box = level, decided, decided.box
        for key, held in known.items():
            self._find(key)
            try:
                self._put(self._shape.leaf(held))
            except ValueError:
                continue

    def _put(self, value: Any) -> None:
        level = self._level
        if level is None or level.is_list:
            self._to.append(value)
            self._place = len(self._to) - 1
            return
        self._to[self._place] = value
        if level.opened.came is not None and self._to is level.box:
            level.opened.came.add(self._place)

    def _open(self, opener: Opener) -> None:
        outer = self._level
        if outer is not None and outer.depth >= MAX_DEPTH:
            self._step = GrowingValue._stop
            return
        opened = self._shape.opened(opener)
        if opened.value is not HIDDEN:
            self._put(opened.value)
        is_list = opener == "["
        self._level = _Level(opened, is_list=is_list, outer=outer, to=self._to, place=self._place)
        self._to = opened.box
        self._step = GrowingValue._begin if is_list else GrowingValue._key_or_end

    def _close(self) -> None:
        level: Any = self._level
        self._level, self._to, self._place = level.outer, level.to, level.place
        self._step = GrowingValue._stop if level.outer is None else GrowingValue._after
        opened, shown = level.opened, level.opened.value is not HIDDEN
        if opened.closed is None:
            return
        try:
            made = opened.closed(opened.value if shown else opened.box)
        except ValueError:
            return
        if shown:
            self._to[self._place] = made
        else:
            self._put(made)


class GrowingArguments(GrowingValue):
    """Follow the arguments of a call."""

    __slots__ = ()

    def value(self) -> JsonObject | None:
        """Return the object as far as it has come, or None before it began."""
        shown: JsonObject | None = super().value()
        return shown


_OPENERS: dict[str, Opener] = {"{": "{", "[": "["}


def _past_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _number(word: str) -> int | float:
    """Return a JSON number.

    Raises:
        ValueError: It is none, or no number that a value can hold.
    """
    found = _NUMBER.fullmatch(word)
    if found is None:
        raise ValueError(word)
    if found[1] is None and found[2] is None:
        return int(word)
    number = float(word)
    if number in {float("inf"), float("-inf")}:
        raise ValueError(word)
    return number
