"""Making the parts of a value fit, in rounds: a part put right may show what is wrong in it."""

from __future__ import annotations

from typing import Any

from unillm.repair.changes import Change, composed
from unillm.repair.fit.look import Look
from unillm.repair.fit.one_round import Round

_MOST_ROUNDS = 16


def parts_fitted(look: Look) -> tuple[list[Change], Any]:
    """Return the changes that make the parts of a value fit, and the value then.

    Raises:
        UnrepairableError: There are none, or several ways.
    """
    text = look.text
    total: list[Change] = []
    rounds = 0
    while look.faults:
        rounds += 1
        if rounds > _MOST_ROUNDS:
            look.refuse(look.faults[0])
        look.work.spend(len(look.text))
        changes = Round(look, parts_fitted).changes()
        total = composed(text, total, changes)
        look = look.after(changes)
    return total, look.value
