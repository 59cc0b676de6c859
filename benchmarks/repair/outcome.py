"""What an engine made of a case, judged."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import jsonschema

from benchmarks.repair.cases import Case

Outcome = Literal["exact", "silent", "caught", "refused"]
OUTCOMES: tuple[Outcome, ...] = ("exact", "silent", "caught", "refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an engine gave back.

    Attributes:
        value: The value it read; nothing if it refused.
        error: Why it refused; None if it did not.
        edits: How many edits it told of; None if it tells of none.
        reason: The reason of a refusal without the place and the like, where it has one.
        micros: Microseconds for the whole.
        checking: Microseconds for validating the value alone, where the engine validates.
    """

    value: Any = None
    error: str | None = None
    edits: int | None = None
    reason: str | None = None
    micros: float = 0.0
    checking: float = 0.0


def judge(case: Case, answer: Answer) -> Outcome:
    """Return the outcome.

    ``exact`` is what was meant; ``silent`` another value that nobody would notice: it satisfies
    the schema, or there is none; ``caught`` another value that validation would stop; ``refused``
    an error, or no object where the tool wants one. Where refusal is right nothing is exact: what
    was cut off may have been anything, and the first of two objects loses the second.
    """
    if answer.error is not None:
        return "refused"
    if case.verdict != "refuse" and same(answer.value, case.truth):
        return "exact"
    if not isinstance(answer.value, dict):
        return "refused"
    return "silent" if _valid(answer.value, case.schema) else "caught"


def right(case: Case, outcome: Outcome) -> bool:
    """Tell whether the outcome is what the case asks for."""
    if case.verdict == "refuse":
        return outcome == "refused"
    return outcome == "exact" or (case.verdict == "either" and outcome == "refused")


def same(left: Any, right: Any) -> bool:
    """Tell whether two JSON values are equal; true and 1 are not, 1 and 1.0 are."""
    pairs = [(left, right)]  # no recursion: some values are deep
    while pairs:
        one, other = pairs.pop()
        if isinstance(one, dict) and isinstance(other, dict):
            if one.keys() != other.keys():
                return False
            pairs += [(one[key], other[key]) for key in one]
        elif isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False
            pairs += zip(one, other, strict=True)
        elif one != other or isinstance(one, bool) is not isinstance(other, bool):
            return False
    return True


def _valid(value: Any, schema: dict[str, Any] | None) -> bool:
    return schema is None or _validator(_Key(schema)).is_valid(value)


class _Key:
    """A schema that a cache can hold, by identity: each is made once and lives on."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema = schema

    def __hash__(self) -> int:
        return id(self.schema)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.schema is other.schema


@cache
def _validator(key: _Key) -> Any:
    return jsonschema.Draft202012Validator(key.schema)
