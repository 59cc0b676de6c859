"""Lines of a cost that are made when they are first looked at."""

import pickle
from copy import copy, deepcopy
from dataclasses import FrozenInstanceError, replace
from decimal import Decimal
from typing import Any

import pytest

from unillm import Cost, CostLine

LINES = (
    CostLine(kind="input", usd=Decimal("0.1"), tokens=10),
    CostLine(kind="output", usd=Decimal("0.02"), tokens=2),
)
MADE = Cost(total=Decimal("0.12"), state="exact", lines=LINES)


def late(asked: list[None] | None = None) -> Cost:
    def make():
        if asked is not None:
            asked.append(None)
        return LINES

    lines: Any = make
    return Cost(total=Decimal("0.12"), state="exact", lines=lines)


def test_they_are_made_once_and_only_for_whoever_looks():
    asked: list[None] = []
    cost = late(asked)
    assert (str(cost), repr(cost), cost.brief) == (str(MADE), repr(MADE), MADE.brief)
    assert not asked
    assert cost.lines is cost.lines is LINES
    assert len(asked) == 1


LOOKS: dict[str, Any] = {
    "copy": copy,
    "deepcopy": deepcopy,
    "pickle": lambda cost: pickle.loads(pickle.dumps(cost)),
    "replace": replace,
    "json": lambda cost: Cost.from_json(cost.to_json()),
    "dict": lambda cost: Cost.from_dict(cost.to_dict()),
    "sum": lambda cost: sum([cost]),
    "itself": lambda cost: cost,
}


@pytest.mark.parametrize("look", LOOKS)
def test_nothing_can_tell_that_they_were_not_there(look):
    got = LOOKS[look](late())
    assert got == MADE
    assert got.lines == LINES
    assert hash(late()) == hash(MADE)
    assert late() + late() == MADE + MADE
    assert late() != replace(MADE, lines=LINES[:1])


def test_they_cannot_be_replaced_in_place():
    cost: Any = late()
    with pytest.raises(FrozenInstanceError):
        cost.lines = ()
    assert cost.lines == LINES
