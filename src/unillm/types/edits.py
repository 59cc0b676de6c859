"""What was changed to make something usable out of what was received."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from unillm.types.json import JsonRoundTrip


@dataclass(frozen=True, slots=True)
class Edit(JsonRoundTrip):
    """One change made to a text.

    Attributes:
        rule: Name of the rule that made it.
        before: The text replaced.
        after: What stands there now.
        start: Where ``before`` began in the original, in characters.
    """

    rule: str
    _: KW_ONLY
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
