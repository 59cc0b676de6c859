"""Making the parts of a value fit, in rounds: a part put right may show what is wrong in it."""

from __future__ import annotations

from typing import Any

from unillm.errors import UnrepairableError
from unillm.repair.changes import Change, applied, composed
from unillm.repair.fit.judge import Fault, faults_of
from unillm.repair.fit.one_round import Round
from unillm.repair.fit.work import Work
from unillm.repair.options import Options
from unillm.repair.strict import NotStrictError, read

_MOST_ROUNDS = 16


def fit_value(
    text: str, value: Any, faults: list[Fault], options: Options, work: Work
) -> list[Change]:
    """Return the changes that make the parts of a value fit.

    Raises:
        UnrepairableError: There are none, or several ways.
    """
    assert options.schema is not None
    total: list[Change] = []
    now = text
    for _ in range(_MOST_ROUNDS):
        work.spend(len(now))
        changes = Round(now, value, options, work, fit_value).changes(faults)
        total = composed(text, total, changes)
        now = applied(now, changes)
        try:
            value = read(now)
        except NotStrictError as error:
            raise UnrepairableError(error.reason) from None
        faults = faults_of(options.schema, value)
        if not faults:
            return total
    fault = faults[0]
    raise UnrepairableError(fault.message, schema_path=tuple(fault.absolute_path), partial=value)
