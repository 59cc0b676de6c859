"""A value written as a string once too often, as a whole."""

from __future__ import annotations

import ast
import json
import re

from unillm.repair.rules.opening import Layer

_PAIRS = {'"': '"', "'": "'", "`": "`", "\u201c": "\u201d", "\u2018": "\u2019"}
_BEGINS = re.compile(r"\s*+(?:\\+[nrt]|\s)*+[{\[]")
_ENDS = frozenset("}])")
_OVER_ESCAPED = re.compile(r"[{\[](?:\s|\\+[nrt])*+[{\[]*+\s*+\\+[\"']")


def string_encoding(text: str, start: int, end: int) -> Layer | None:
    """Return what a string around the whole text says, if that begins and ends as a value."""
    if end - start < 2 or _PAIRS.get(text[start]) != text[end - 1]:
        return None
    inner = _said(text[start:end])
    if not _BEGINS.match(inner) or inner.rstrip()[-1:] not in _ENDS:
        return None
    return Layer(start, end, inner, "string_encoding")


def _said(text: str) -> str:
    try:
        if text[0] == '"':
            said = json.loads(text, strict=False)
        elif text[0] == "'":
            said = ast.literal_eval(text)
        else:
            return text[1:-1]
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text[1:-1]
    return said if isinstance(said, str) else ""


def over_escaped(text: str, start: int, end: int) -> Layer | None:
    """Return the text with one level of escaping taken away, if it begins with escaped quotes."""
    if not _OVER_ESCAPED.match(text, start, end):
        return None
    part = text[start:end]
    try:
        inner = json.loads(f'"{part}"', strict=False)
    except ValueError:
        return None
    return Layer(start, end, inner, "over_escaped")
