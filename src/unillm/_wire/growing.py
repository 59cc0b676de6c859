"""The arguments of a call while they come: read on at every fragment, never from the start."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias

from unillm.types.json import JsonObject, is_list, is_object

MAX_DEPTH = 128
"""Arrays and objects within one another; what is deeper is not shown."""

_Step: TypeAlias = Callable[["GrowingArguments", str, int], int]

_SPACE = re.compile(r"[ \t\r\n]*")
_PLAIN = re.compile(r'[^"\\]+')
_WORD = re.compile(r"[-+.0-9A-Za-z]+")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_UNIT = re.compile(r"\\u([0-9a-fA-F]{4})")
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None}
_LOST = "\N{REPLACEMENT CHARACTER}"
_UNIT_SIZE = 6


class GrowingArguments:
    r"""Follow a JSON object that comes in fragments, for people to look at.

    Taking a fragment costs nothing; `value` reads what has come since it was last asked. The
    object is changed in place, so that all of it costs time in proportion to the text. Of a key
    nothing is shown before its value begins, of a number nothing before its end. What is no JSON
    ends the view: it stays as it was, and nothing is ever raised.
    """

    __slots__ = ("_at", "_box", "_carry", "_key", "_outer", "_root", "_step", "_unread", "_word")

    def __init__(self) -> None:
        """Start before the first fragment."""
        self._unread: list[str] = []
        self._carry = ""
        self._root: JsonObject | None = None
        self._box: Any = None
        self._at: str | int = ""
        self._outer: list[tuple[Any, str | int]] = []
        self._key: list[str] = []
        self._word: list[str] = []
        self._step: _Step = GrowingArguments._start

    def add(self, fragment: str) -> None:
        """Take more of the text."""
        self._unread.append(fragment)

    def value(self) -> JsonObject | None:
        """Return the object as far as it has come, or None before it began."""
        if self._unread:
            text = self._carry + "".join(self._unread)
            self._unread.clear()
            self._carry = ""
            try:
                self._read(text)
            except (LookupError, TypeError, ValueError):
                # What is no number after all, or somebody changed the object he was shown.
                self._step = GrowingArguments._stop
        return self._root

    def _read(self, text: str) -> None:
        at, size = 0, len(text)
        while at < size:
            at = self._step(self, text, at)

    def _stop(self, text: str, _at: int) -> int:
        return len(text)

    def _start(self, text: str, _at: int) -> int:
        """Look for the object; what a model writes before it is not shown."""
        at = text.find("{")
        if at < 0:
            return len(text)
        self._root = self._box = {}
        self._step = GrowingArguments._key_or_end
        return at + 1

    def _key_or_end(self, text: str, at: int) -> int:
        at = _past_space(text, at)
        char = text[at : at + 1]
        if char == '"':
            self._step = GrowingArguments._in_key
        elif char == "}":
            self._close()
        elif char:
            self._step = GrowingArguments._stop
        return at + 1

    def _colon(self, text: str, at: int) -> int:
        at = _past_space(text, at)
        if at < len(text):
            is_colon = text[at] == ":"
            self._step = GrowingArguments._begin if is_colon else GrowingArguments._stop
        return at + 1

    def _begin(self, text: str, at: int) -> int:
        """Begin a value, or end the array it would have been in."""
        at = _past_space(text, at)
        char = text[at : at + 1]
        if char == '"':
            self._put("")
            self._step = GrowingArguments._in_text
        elif char == "{":
            self._open({}, GrowingArguments._key_or_end)
        elif char == "[":
            self._open([], GrowingArguments._begin)
        elif char == "]" and is_list(self._box):
            self._close()
        elif char:
            self._step = GrowingArguments._in_word
            return at
        return at + 1

    def _after(self, text: str, at: int) -> int:
        at = _past_space(text, at)
        char = text[at : at + 1]
        in_object = is_object(self._box)
        if char == ",":
            self._step = GrowingArguments._key_or_end if in_object else GrowingArguments._begin
        elif char and char == ("}" if in_object else "]"):
            self._close()
        elif char:
            self._step = GrowingArguments._stop
        return at + 1

    def _in_word(self, text: str, at: int) -> int:
        found = _WORD.match(text, at)
        if found:
            self._word.append(found[0])
            at = found.end()
        if at < len(text):
            word = "".join(self._word)
            self._word.clear()
            self._put(_WORDS[word] if word in _WORDS else _number(word))
            self._step = GrowingArguments._after
        return at

    def _in_key(self, text: str, at: int) -> int:
        piece, at, ended = self._piece(text, at)
        self._key.append(piece)
        if ended:
            self._at = "".join(self._key)
            self._key.clear()
            self._step = GrowingArguments._colon
        return at

    def _in_text(self, text: str, at: int) -> int:
        piece, at, ended = self._piece(text, at)
        if piece:
            # Only a text that nobody else holds grows in place, in CPython, and only as a local.
            box, place = self._box, self._at
            grown = box[place]
            box[place] = ""
            grown += piece
            box[place] = grown
        if ended:
            self._step = GrowingArguments._after
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

    def _put(self, value: Any) -> None:
        box: Any = self._box
        if is_list(box):
            box.append(value)
            self._at = len(box) - 1
        else:
            box[self._at] = value

    def _open(self, box: Any, step: _Step) -> None:
        if len(self._outer) >= MAX_DEPTH - 1:
            self._step = GrowingArguments._stop
            return
        self._put(box)
        self._outer.append((self._box, self._at))
        self._box, self._step = box, step

    def _close(self) -> None:
        if self._outer:
            self._box, self._at = self._outer.pop()
            self._step = GrowingArguments._after
        else:
            self._step = GrowingArguments._stop


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
