"""The willingness to pay that keeps a share of the best quality, told from a table."""

from __future__ import annotations

import math
from collections.abc import Iterable

from unillm.errors import InvalidRequestError
from unillm.routing.figures import amount, net
from unillm.routing.route_table import OVERALL, RouteTable
from unillm.routing.table import Mixed, smoothed

_LEAST, _MOST = 1e-12, 1e12
_STEPS = 80  # halvings of the range between the two, in logarithms: to nine digits


def worth_keeping(
    table: RouteTable, share: float, models: Iterable[str] | None = None, *, prior: float = 20.0
) -> float:
    """Return the least willingness to pay at which a share of the best quality is kept.

    It is for ``Route(willingness_to_pay=…)`` with the strategy ``table``, and spends where it
    helps most: single tasks may lose more than others. The best quality is that of the one model
    that is best over all tasks; tasks weigh as much as they have calls in the table.

    Args:
        table: The table.
        share: What share of the best model's quality is to be kept on average, from 0 to 1.
        models: The models to choose from; None: all of the table.
        prior: As `Table` has it.

    Returns:
        US dollars for 1.0 of quality.

    Raises:
        InvalidRequestError: The share is none, or the table has no row for the models whose cost
            is known.
    """
    amount("share", share, most=1)
    wanted = None if models is None else frozenset(models)
    tasks: list[tuple[float, list[tuple[str, float, float]]]] = []
    calls: dict[str, int] = {}
    for row in table.rows:
        calls[row.task] = calls.get(row.task, 0) + row.calls
    for task, known in smoothed(table, prior).items():
        found = _priced(known, wanted)
        if task != OVERALL and found:
            tasks.append((float(calls.get(task, 0) or 1), found))
    if not tasks:
        raise InvalidRequestError("the table has no row of a task for these models with a cost")
    goal = share * _best(tasks)
    low, high = math.log(_LEAST), math.log(_MOST)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _kept(tasks, math.exp(middle)) >= goal:
            high = middle
        else:
            low = middle
    return math.exp(high)


def _priced(
    known: dict[str, Mixed], wanted: frozenset[str] | None
) -> list[tuple[str, float, float]]:
    return [
        (model, quality, usd)
        for model, (quality, usd) in known.items()
        if usd is not None and (wanted is None or model in wanted)
    ]


def _best(tasks: list[tuple[float, list[tuple[str, float, float]]]]) -> float:
    """Return the mean quality of the model that has the highest."""
    sums: dict[str, tuple[float, float]] = {}
    for weight, found in tasks:
        for model, quality, _ in found:
            total, whole = sums.get(model, (0.0, 0.0))
            sums[model] = (total + weight * quality, whole + weight)
    return max(total / whole for total, whole in sums.values())


def _kept(tasks: list[tuple[float, list[tuple[str, float, float]]]], worth: float) -> float:
    """Return the mean quality of what the table chooses at a willingness to pay."""
    total = sum(
        weight * max(found, key=lambda one: (net(one[1], one[2], worth), one[1]))[1]
        for weight, found in tasks
    )
    return total / sum(weight for weight, _ in tasks)
