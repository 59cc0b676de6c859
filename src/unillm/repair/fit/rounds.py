"""Making the parts of a value fit, in rounds: a part put right may show what is wrong in it."""

from __future__ import annotations

from unillm.errors import UnrepairableError
from unillm.repair.changes import Change, applied, composed
from unillm.repair.fit.judge import Fault, faults_of
from unillm.repair.fit.look import Look, path_of
from unillm.repair.fit.one_round import Round
from unillm.repair.strict import NotStrictError, read

_MOST_ROUNDS = 16


def parts_fitted(look: Look, faults: list[Fault]) -> list[Change]:
    """Return the changes that make the parts of a value fit.

    Raises:
        UnrepairableError: There are none, or several ways.
    """
    total: list[Change] = []
    text = look.text
    for _ in range(_MOST_ROUNDS):
        look.work.spend(len(look.text))
        changes = Round(look, parts_fitted).changes(faults)
        total = composed(text, total, changes)
        now = applied(look.text, changes)
        try:
            value = read(now)
        except NotStrictError as error:
            raise UnrepairableError(error.reason) from None
        faults = faults_of(look.schema, value)
        if not faults:
            return total
        look = Look(now, value, look.schema, look.options, look.work)
    raise UnrepairableError(faults[0].message, schema_path=path_of(faults[0]), partial=look.value)
