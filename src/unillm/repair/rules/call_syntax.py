"""Arguments written as a call: ``f({…})`` or ``f(a=1)``."""

from __future__ import annotations

import re

from unillm.repair.changes import Change
from unillm.repair.grammar.walk import Frame
from unillm.repair.rules.opening import Opening

_CALL = re.compile(r"(?:await\s++)?[A-Za-z_][\w.]*+\s*+\(\s*+")
_KEYWORD = re.compile(r"[A-Za-z_]\w*+\s*+=(?!=)|\)")


def call_syntax(text: str, start: int, end: int) -> Opening | None:
    """Return the opening inside the parentheses of a call, if the text is one."""
    call = _CALL.match(text, start, end)
    if call is None:
        return None
    at = call.end()
    if _KEYWORD.match(text, at, end):
        frame = Frame(is_object=True, close=")", opened=start, name=None)
        return Opening((Change(start, at, "{", "call_syntax", "protocol"),), at, end, frame)
    tail = text[start:end].rstrip(" \t\r\n;")
    if text[at : at + 1] not in "{\"'" or not tail.endswith(")"):
        return None
    stop = start + len(tail) - 1
    return Opening(
        (Change(start, at, "", "call_syntax", "protocol"),),
        at,
        stop,
        behind=(Change(stop, end, "", "call_syntax", "protocol"),),
    )
