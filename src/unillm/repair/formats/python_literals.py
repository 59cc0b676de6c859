"""Python's calls with literals, read without Python: nothing is evaluated."""

from __future__ import annotations

import re
from typing import Any

from unillm.types.json import JsonObject

_DEPTH = 64
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<string>'''(?:[^'\\]|\\.|'(?!''))*'''|\"""(?:[^"\\]|\\.|"(?!""))*\"""
      |'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    |(?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
    |(?P<name>[^\W\d][\w.]*)
    |(?P<sign>[\[\](){},:=;])
    |(?P<end>\Z)
    )""",
    re.DOTALL | re.VERBOSE,
)
_CONSTANTS = {
    "True": True, "False": False, "None": None, "true": True, "false": False, "null": None,
}  # fmt: skip
_ESCAPE = re.compile(
    r"\\(?:x(?P<two>[0-9a-fA-F]{2})|u(?P<four>[0-9a-fA-F]{4})|U(?P<eight>[0-9a-fA-F]{8})"
    r"|(?P<octal>[0-7]{1,3})|(?P<other>.))",
    re.DOTALL,
)
_ESCAPES = {
    "n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "a": "\a", "v": "\v",
    "\\": "\\", "'": "'", '"': '"', "\n": "",
}  # fmt: skip


class NotLiteralError(Exception):
    """A text is no list of calls with literals."""


class TwoReadingsError(Exception):
    """A string is followed by another: joined, as Python has it, or one with quotes in it."""


class _Reading:
    """Reads tokens one after the other."""

    __slots__ = ("_at", "_text", "kind", "token")

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self.kind = self.token = ""
        self.step()

    def step(self) -> str:
        """Go to the next token and return the last one."""
        last = self.token
        found = _TOKEN.match(self._text, self._at)
        if found is None or found.lastgroup is None:
            raise NotLiteralError
        self._at = found.end()
        self.kind, self.token = found.lastgroup, found[found.lastgroup]
        return last

    def skip(self, *tokens: str) -> bool:
        """Skip one of some signs if it stands here."""
        if self.kind == "sign" and self.token in tokens:
            self.step()
            return True
        return False

    def expect(self, token: str) -> None:
        """Skip a sign."""
        if not self.skip(token):
            raise NotLiteralError

    def value(self, depth: int = 0) -> Any:
        """Read a literal."""
        if depth > _DEPTH:
            raise NotLiteralError
        if self.kind == "string":
            said = _unquoted(self.step())
            if self.kind == "string":
                raise TwoReadingsError
            return said
        if self.kind == "number":
            return _number(self.step())
        if self.kind == "name" and self.token in _CONSTANTS:
            return _CONSTANTS[self.step()]
        if self.skip("["):
            return self._items("]", depth)
        if self.skip("("):
            return self._items(")", depth)
        if self.skip("{"):
            return self._members(depth)
        raise NotLiteralError

    def _items(self, end: str, depth: int) -> list[Any]:
        items: list[Any] = []
        comma = True
        while not self.skip(end):
            if not comma:
                raise NotLiteralError
            items.append(self.value(depth + 1))
            comma = self.skip(",")
        if end == ")" and len(items) == 1 and not comma:
            raise NotLiteralError  # brackets around an expression
        return items

    def _members(self, depth: int) -> JsonObject:
        members: JsonObject = {}
        comma = True
        while not self.skip("}"):
            key = self.value(depth + 1) if comma and self.kind == "string" else None
            if key is None or key in members:
                raise NotLiteralError
            self.expect(":")
            members[key] = self.value(depth + 1)
            comma = self.skip(",")
        return members

    def call(self) -> tuple[str, JsonObject]:
        """Read ``name(key=literal, …)``."""
        if self.kind != "name":
            raise NotLiteralError
        name = self.step()
        self.expect("(")
        arguments: JsonObject = {}
        comma = True
        while not self.skip(")"):
            if not comma or self.kind != "name" or self.token in arguments:
                raise NotLiteralError
            key = self.step()
            self.expect("=")
            arguments[key] = self.value()
            comma = self.skip(",")
        return name, arguments


def literal_calls(text: str) -> list[tuple[str, JsonObject]]:
    """Return the calls of a list, or of lines, with their arguments.

    Raises:
        NotLiteralError: There is anything else in the text.
    """
    reading = _Reading(text)
    found: list[tuple[str, JsonObject]] = []
    listed = reading.skip("[")
    while not (listed and reading.skip("]")) and reading.kind != "end":
        found.append(reading.call())
        reading.skip(",", ";")
    if reading.kind != "end":
        raise NotLiteralError
    return found


def _number(text: str) -> int | float:
    if text.lstrip("+-").isdigit():
        if len(text) > 1_000 or (text.lstrip("+-")[0] == "0" and text.lstrip("+-") != "0"):
            raise NotLiteralError
        return int(text)
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise NotLiteralError
    return number


def _unquoted(text: str) -> str:
    size = 3 if text[:3] in {"'''", '"""'} else 1
    return _ESCAPE.sub(_escaped, text[size:-size])


def _escaped(found: re.Match[str]) -> str:
    code = found["two"] or found["four"] or found["eight"]
    if code or found["octal"]:
        number = int(code, 16) if code else int(found["octal"], 8)
        if number > 0x10FFFF or 0xD800 <= number < 0xE000:
            raise NotLiteralError
        return chr(number)
    return _ESCAPES.get(found["other"], found.group())
