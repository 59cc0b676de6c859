"""What was changed to make something usable out of what was received."""

from __future__ import annotations

from dataclasses import KW_ONLY
from typing import Literal, TypeAlias

from unillm.types.dataclass import dataclass
from unillm.types.json import JsonRoundTrip

EditKind: TypeAlias = Literal["syntax", "structure", "coerce", "protocol", "lossy"]
"""What an edit touches: how the value is written (``syntax``), where its parts begin and end
(``structure``), of what type they are (``coerce``), what a model wrapped around the value
(``protocol``), or what the value says (``lossy``)."""


Level: TypeAlias = Literal["off", "syntax", "schema", "salvage"]
"""How far a repair may go.

``off``: nothing is changed. ``syntax``: how the value is written, never what it says.
``schema``: also what the schema leaves only one reading of. ``salvage``: also what loses data.
"""


@dataclass(frozen=True, slots=True)
class Edit(JsonRoundTrip):
    """One change made to a text.

    Attributes:
        rule: Name of the rule that made it; names joined by ``+`` if several made it together.
        kind: What it touches.
        before: The text replaced.
        after: What stands there now.
        start: Where ``before`` began in the original, in characters.
    """

    rule: str
    _: KW_ONLY
    kind: EditKind
    before: str
    after: str
    start: int


@dataclass(frozen=True, slots=True)
class Note(JsonRoundTrip):
    """Something a careful reader of a response should know, that is not an error.

    Attributes:
        code: A stable word to test for, such as ``dropped_setting``.
        message: The same for people.
    """

    code: str
    message: str
