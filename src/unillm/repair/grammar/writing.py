"""Writing the text between two quotes, of whatever kind, as a JSON string."""

from __future__ import annotations

import re
from typing import NamedTuple

_SPECIAL = re.compile(
    r"[\x00-\x1f\"]|\\(?:[\"\\/bfnrt]|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|U[0-9a-fA-F]{8}|.|$)",
    re.DOTALL,
)
_CONTROLS = {
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
    **{chr(n): f"\\u{n:04x}" for n in (*range(8), 11, *range(14, 32))},
}
_KEPT = frozenset('"\\/bfnrtu')
_HEX = 4


_LITERAL = re.compile(r"(?<!\\)(?:\\\\)*+\\[^\"\\/bfnrtuxU'\x00-\x1f\x80-\U0010ffff]")
_TEX = re.compile(
    r"\\(?:n(?:abla|e|eg|eq|ewline|i|ot|u)|r(?:angle|ceil|floor|ho|ight|ightarrow)"
    r"|t(?:an|anh|au|ext\w*|heta|ilde|imes|o|op|riangle))(?![a-z])"
)
_WORD = re.compile(r"(?<!\\)(?:\\\\)*+\\(?![bfnrtux])[A-Za-z]{3}")
FOREIGN = re.compile(r"(?<!\\)(?:\\\\)*+\\(?:x[0-9a-fA-F]{2}|U[0-9a-fA-F]{8}|`)")
"""Escapes of Python and JavaScript: in JSON they may as well be code that was not escaped."""
_UNLIKELY = re.compile(r"(?<!\\)(?:\\\\)*+\\[bf]")
_STEPS = r"(?:\\(?!\\)[^\s\\\"'<>|]++)*"
_PATH = re.compile(rf"(?<![A-Za-z])[A-Za-z]:(?={_STEPS}\\[^bfnrtu\"\\/'\s])(?={_STEPS}\\[bfnrt])")


def doubtful(text: str, start: int, end: int) -> bool:
    r"""Tell whether a backslash may be itself or begin an escape, where others are themselves.

    In a path with a drive no escape is certain, nor in TeX, and nobody means a backspace
    beside ``\d``.
    """
    if _PATH.search(text, start, end):
        return True
    if _WORD.search(text, start, end) and _TEX.search(text, start, end):
        return True
    return bool(_LITERAL.search(text, start, end) and _UNLIKELY.search(text, start, end))


class Written(NamedTuple):
    """The part of a text that had to be written anew, and the rules that were needed."""

    start: int
    end: int
    text: str
    rules: tuple[str, ...]


def written(text: str, start: int, end: int) -> Written | None:
    r"""Return what must change for a part of a text to stand between JSON's quotes, or None.

    Escapes that JSON knows stay; ``\'`` is an apostrophe, ``\x41`` and ``\U0001F600`` are the
    characters they name in Python and JavaScript. A backslash before anything else in ASCII
    was meant as one; before another character it is what is left of a broken ``\u`` escape
    (claude-code#79339).
    """
    first = _SPECIAL.search(text, start, end)
    if first is None:
        return None
    rules: dict[str, None] = {}
    stop = start

    def put(found: re.Match[str]) -> str:
        nonlocal stop
        mark = found[0]
        stop = found.end()
        if mark == '"':
            rules["unescaped_quote"] = None
            return '\\"'
        if mark[0] != "\\":
            rules["control_character"] = None
            return _CONTROLS[mark]
        kind = mark[1:2]
        if kind in _KEPT and (kind != "u" or len(mark) > _HEX):
            return mark
        rules["bad_escape"] = None
        return _escape(mark, kind)

    content = text[first.start() : end]
    done = _SPECIAL.sub(put, content)
    if not rules:
        return None
    kept = len(content) - stop
    low, high = first.start(), first.start() + stop
    return Written(low, high, done[: len(done) - kept], tuple(rules))


def _escape(mark: str, kind: str) -> str:
    if kind in {"'", "`"}:
        return kind
    if kind == "x" and len(mark) == _HEX:
        return f"\\u00{mark[2:]}"
    if kind == "U" and len(mark) > _HEX:
        code = int(f"0x{mark[2:]}", 0)
        if code <= 0x10FFFF:
            return "".join(f"\\u{unit:04x}" for unit in _units(code))
    if kind in _CONTROLS:
        return "\\\\" + _CONTROLS[kind]
    return mark[1:] if kind > "\x7f" else "\\" + mark


def _units(code: int) -> tuple[int, ...]:
    raw = chr(code).encode("utf-16-be", "surrogatepass")
    return tuple(int.from_bytes(raw[i : i + 2]) for i in range(0, len(raw), 2))
