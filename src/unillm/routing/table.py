"""Table: by what evals found for each kind of task."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any, ClassVar, Literal, TypeAlias

from unillm.errors import InvalidRequestError
from unillm.routing.figures import amount, costs_of, money_counts, names_of, net, qualities_of
from unillm.routing.route_table import OVERALL, Expected, RouteTable
from unillm.types.dataclass import dataclass
from unillm.types.health import Stats
from unillm.types.json import is_mapping
from unillm.types.routing import Candidate, Ranked, RouteRequest

Classify: TypeAlias = Callable[[RouteRequest], str | Mapping[str, float] | None]
"""Tells what kind of task a call is: a label, or labels with how likely each is. Plain and quick.
None: it cannot tell."""

Mixed: TypeAlias = tuple[float, float | None]
"""A quality, and a cost in US dollars; None: not known."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rank candidates by the quality and the cost that a table expects for the call's task.

    The task is the tag ``task``, else what ``classify`` says. A task that the table does not have,
    or not with that model, is judged by the model's row about all tasks; a model that it does not
    have at all by the route's ``quality``, else it comes last.

    With ``willingness_to_pay`` the score is quality minus cost ÷ willingness to pay; who has no
    known cost comes after those who have one. Without, it is the quality. With ``keep`` the
    cheapest goes first among those that have that share of the best quality; the others follow.

    Attributes:
        table: The table; or its rows as decoded JSON or TOML.
        classify: Tells the task of calls that have no tag.
        keep: What share of the best quality is enough, from 0 to 1; None: not said.
        cost: Whose cost counts: the ``table``'s for the task, or that of the very ``call``, which
            knows its prompt, its cache and the hour, but not its task. Where the first is not
            known the other one is taken.
        prior: How many calls the row about all tasks weighs in each task's row, which keeps rows
            of a few calls from deciding by luck. Where a row does not say its calls it stands.

    Raises:
        InvalidRequestError: An option is wrong.
    """

    name: ClassVar[str] = "table"

    table: RouteTable
    classify: Classify | None = None
    keep: float | None = None
    cost: Literal["table", "call"] = "table"
    prior: float = 20.0
    _rows: Mapping[str, Mapping[str, Mixed]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Look at what was given, and work out the rows."""
        given: Any = self.table
        if not isinstance(given, RouteTable):
            object.__setattr__(self, "table", RouteTable.from_data(given))
        if self.classify is not None and not callable(self.classify):
            raise InvalidRequestError(f"classify must be a function, not {self.classify!r}")
        if self.keep is not None:
            amount("keep", self.keep, most=1)
        if self.cost not in {"table", "call"}:
            raise InvalidRequestError(f"cost must be 'table' or 'call', not {self.cost!r}")
        prior = amount("prior", self.prior)
        object.__setattr__(self, "_rows", smoothed(self.table, prior))

    def __call__(
        self, request: RouteRequest, candidates: Sequence[Candidate], _stats: Mapping[str, Stats]
    ) -> Ranked:
        """Rank the candidates; what ``classify`` raises comes out.

        Raises:
            InvalidRequestError: Two of them have the same name.
        """
        names = names_of(candidates)
        label = request.task
        task = label if label is not None or self.classify is None else self.classify(request)
        rows = self._weighed(task)
        found = {one.name: self._expected(one, rows) for one in candidates}
        worth = money_counts(request)
        scores: dict[str, float] = {}
        for name, (quality, usd) in found.items():
            if quality is not None and worth is None:
                scores[name] = quality
            elif quality is not None and usd is not None and worth is not None:
                scores[name] = net(quality, usd, worth)
        known = [quality for quality, _ in found.values() if quality is not None]
        enough = -math.inf if self.keep is None else self.keep * max(known, default=0.0)

        def key(name: str) -> tuple[float, float, float]:
            quality, usd = found[name]
            price = math.inf if usd is None else usd
            if quality is None:
                return (3.0, price, 0.0)
            if quality < enough:
                return (2.0, -quality, price)
            if self.keep is not None and worth is None:
                return (0.0, price, -quality)
            return (0.0, -scores[name], price) if name in scores else (1.0, -quality, 0.0)

        order = tuple(sorted(names, key=key))
        reasons = dict.fromkeys(order[:1], _told(task, self._rows))
        unknown = [name for name, (quality, _) in found.items() if quality is None]
        return Ranked(
            order, scores, reasons | dict.fromkeys(unknown, "not in the table"), sticks=False
        )

    def _weighed(self, task: Any) -> list[tuple[float, Mapping[str, Mixed]]]:
        """Return the rows of a task, or of several with how likely each is."""
        if isinstance(task, str):
            task = {task: 1.0}
        likely = task.items() if is_mapping(task) else ()
        rows = [
            (float(share), self._rows[name])
            for name, share in likely
            if name in self._rows and share > 0 and math.isfinite(share)
        ]
        return rows or [(1.0, self._rows[OVERALL])]

    def _expected(
        self, candidate: Candidate, rows: Sequence[tuple[float, Mapping[str, Mixed]]]
    ) -> tuple[float | None, float | None]:
        overall = self._rows[OVERALL]
        model: str | None = candidate.name
        if model not in overall:
            model = next((name for name in _names(candidate) if name in overall), None)
        if model is None:
            return qualities_of([candidate])[0], _call(candidate)
        quality = cost = whole = 0.0
        priced = True
        for share, row in rows:
            each = row.get(model) or overall[model]
            quality += share * each[0]
            whole += share
            priced = priced and each[1] is not None
            cost += share * (each[1] or 0.0)
        paid = cost / whole if priced else None
        if self.cost == "call" or paid is None:
            call = _call(candidate)
            paid = paid if call is None else call
        return quality / whole, paid


def _call(candidate: Candidate) -> float | None:
    usd = costs_of([candidate])[0]
    return None if usd is None else float(usd)


def _names(candidate: Candidate) -> tuple[str, ...]:
    target = candidate.target
    names = (str(target), target.model)
    return names if target.info is None else (*names, target.info.id)


def _told(task: Any, rows: Mapping[str, Any]) -> str:
    if is_mapping(task):
        task = max(task, key=lambda name: task[name], default=None)
    known = isinstance(task, str) and task in rows and task != OVERALL
    return f"expected for the task {task}" if known else "expected over all tasks"


def smoothed(table: RouteTable, prior: float) -> dict[str, dict[str, Mixed]]:
    """Return what a table expects by task and model, rows of few calls drawn towards the usual.

    The usual is the model's quality over all tasks, and how much harder or easier the task is for
    all models together.

    Args:
        table: The table.
        prior: How many calls the usual weighs.
    """
    overall = _overall(table.rows)
    found: dict[str, dict[str, Mixed]] = {OVERALL: overall}
    harder: dict[str, list[float]] = {}
    rows = [row for row in table.rows if row.task != OVERALL]
    for row in rows:
        harder.setdefault(row.task, []).append(row.quality - overall[row.model][0])
    for row in rows:
        differences = harder[row.task]
        usual = overall[row.model][0] + sum(differences) / len(differences)
        weight = prior if row.calls else 0.0
        whole = max(row.calls, 1) + weight
        quality = (max(row.calls, 1) * row.quality + weight * usual) / whole
        found.setdefault(row.task, {})[row.model] = (quality, row.cost)
    return found


def _overall(rows: Sequence[Expected]) -> dict[str, Mixed]:
    found: dict[str, Mixed] = {
        row.model: (row.quality, row.cost) for row in rows if row.task == OVERALL
    }
    by_model: dict[str, list[Expected]] = {}
    for row in rows:
        if row.model not in found:
            by_model.setdefault(row.model, []).append(row)
    for model, several in by_model.items():
        quality = _mean([(row.quality, row.calls) for row in several])
        costs = [(row.cost, row.calls) for row in several if row.cost is not None]
        found[model] = (quality, _mean(costs) if costs else None)
    return found


def _mean(values: Sequence[tuple[float, int]]) -> float:
    """Return the mean of values, weighted by calls where all say them."""
    weights = [calls if all(calls for _, calls in values) else 1 for _, calls in values]
    return sum(value * weight for (value, _), weight in zip(values, weights, strict=True)) / sum(
        weights
    )
