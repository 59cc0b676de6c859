"""Members without the brace that opens their object."""

from __future__ import annotations

import re

from unillm.repair.changes import Change
from unillm.repair.grammar.quotes import MARKS
from unillm.repair.grammar.shapes import Shape
from unillm.repair.grammar.walk import Frame
from unillm.repair.rules.opening import Opening

_KEY = re.compile(
    rf"(?:[{MARKS}](?P<quoted>[^{MARKS}\\\n]++)[{MARKS}]|(?P<bare>[A-Za-z_$][\w$-]*+))\s*+[:=]"
)


def missing_brace(text: str, start: int, end: int, shape: Shape) -> Opening | None:
    """Return the opening with the brace put in, if the text begins with a member."""
    key = _KEY.match(text, start, end)
    if key is None:
        return None
    if key["bare"] is not None and key["bare"] not in shape.names:
        return None
    frame = Frame(is_object=True, close="}", opened=start, name=None)
    before = (Change(start, start, "{", "missing_brace", "structure"),)
    return Opening(before, start, end, frame)
