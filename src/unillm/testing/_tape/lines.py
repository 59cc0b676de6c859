r"""Bytes as lines of text that can be read in review, and back, exactly.

A line that is printable text stands as it is after a space. Any other stands after a backslash,
with ``\\``, ``\r``, ``\t`` and ``\xNN`` for what cannot be shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["cut", "joined", "shown", "unshown"]

_ESCAPE = re.compile(rb"\\(x[0-9a-f]{2}|[\\rt])")
_NAMED = {"\\": "\\\\", "\r": "\\r", "\t": "\\t"}
_MEANT = {b"\\": b"\\", b"r": b"\r", b"t": b"\t"}
_ENDS = {"~": b"\n\n", "|": b"\n", "+": b""}


def cut(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Cut bytes into lines, each with its mark.

    The mark says what follows the line: ``~`` a newline and an empty line, as after a server-sent
    event; ``|`` a newline; ``+`` nothing.
    """
    *lines, last = data.split(b"\n")
    at = 0
    while at < len(lines):
        pair = at + 1 < len(lines) and not lines[at + 1]
        yield ("~" if pair else "|"), lines[at]
        at += 2 if pair else 1
    if last:
        yield "+", last


def joined(mark: str, line: bytes) -> bytes:
    """Return the bytes of a line that `cut` gave."""
    return line + _ENDS[mark]


def shown(line: bytes) -> str:
    """Return bytes as text: nothing, a space and the text, or a backslash and escaped text."""
    if not line:
        return ""
    text = line.decode("utf-8", "surrogateescape")
    if text.isprintable() and not text.endswith(" "):
        return f" {text}"
    escaped = "".join(_escaped(character) for character in text)
    return "\\" + (f"{escaped[:-1]}\\x20" if escaped.endswith(" ") else escaped)


def unshown(text: str) -> bytes:
    """Return the bytes that `shown` was given.

    Raises:
        ValueError: It begins neither with a space nor with a backslash.
    """
    if not text:
        return b""
    raw = text[1:].encode("utf-8", "surrogatepass")
    if text[0] == " ":
        return raw
    if text[0] == "\\":
        return _ESCAPE.sub(_meant, raw)
    message = "a space or a backslash must follow the mark"
    raise ValueError(message)


def _escaped(character: str) -> str:
    if character in _NAMED:
        return _NAMED[character]
    if character.isprintable():
        return character
    raw = character.encode("utf-8", "surrogateescape")
    return "".join(f"\\x{byte:02x}" for byte in raw)


def _meant(found: re.Match[bytes]) -> bytes:
    code = found[1]
    return _MEANT[code] if code in _MEANT else bytes([int(code[1:], 16)])
