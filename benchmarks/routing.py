"""What routing by task is worth: `python -m benchmarks.routing [folder of the corpora]`.

The folder is that of `UNILLM_CORPORA` if none is named. Of each set, 70 % of the prompts make the
table (`unillm.routing.RouteTable`) and teach which task a prompt is (`benchmarks.task_labels`);
the other 30 % are routed by `unillm.routing.Table` over the predicted labels, at 41 willingnesses
to pay. AIQ is the mean quality under the non-decreasing convex hull of (cost, quality), from the
cost of the cheapest to that of the dearest model. It is compared with the hull of single models,
which is what mixing two models at random gives. The intervals are of a bootstrap over the prompts.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.task_labels import TaskLabels
from unillm.routing import Candidate, ExpectedCost, RouteRequest, RouteTable, Table, worth_keeping
from unillm.types.messages import UserMessage
from unillm.types.profile import Profile
from unillm.types.record import Scope
from unillm.types.request import ChatRequest
from unillm.types.target import Target

VARIABLE = "UNILLM_CORPORA"
SETS = ("routellm", "llmrouter")
WORTHS = (1e12, *np.geomspace(1e2, 1e-7, 39), 1e-12)
"""US dollars for 1.0 of quality: from quality alone to cost alone."""

KEPT = 0.95
_TRAIN = 0.7
_DRAWS = 1000
Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Judged:
    """Prompts with the quality and the cost that each model had."""

    models: list[str]
    prompts: list[str]
    tasks: list[str]
    quality: np.ndarray
    cost: np.ndarray


@dataclass(frozen=True, slots=True)
class Outcome:
    """What routing one set came to, on the prompts that nothing was learnt from.

    Attributes:
        accuracy: The share of labels that were predicted right.
        single: AIQ of the hull of single models.
        table: AIQ of the table's own choices, no single model added.
        joint: AIQ of the hull of both.
        low: The lower end of the 95 % interval of ``table`` minus ``single``.
        high: Its upper end.
        kept: Quality at the willingness to pay that keeps 95 % where the table was learnt, as a
            share of the best single model's.
        paid: What that costs, as a share of what that model costs.
    """

    prompts: int
    models: int
    accuracy: float
    single: float
    table: float
    joint: float
    low: float
    high: float
    kept: float
    paid: float


def folder() -> Path | None:
    """Return where the sets are."""
    named = os.environ.get(VARIABLE)
    return Path(named, "routing") if named else None


def load(name: str, where: Path) -> Judged:
    """Read a set.

    Costs are not in either set. They are reckoned from the length of prompts, at list prices: of
    the two models that routellm's paper compares ($24.7 and $0.24 a million tokens), or the mean of
    the prices that llmrouter gives for input and output.
    """
    if name == "routellm":
        models = ["mixtral-8x7b", "gpt-4-1106-preview"]
        with gzip.open(where / "routellm_dev.csv.gz", "rt", encoding="utf-8", newline="") as file:
            rows: list[Any] = list(csv.DictReader(file))
        tokens = np.array([float(row["prompt_chars"]) / 4 + 30 for row in rows])
        prices = np.array([0.24e-6, 24.7e-6])
        quality = [[float(row[f"q|{model}"]) for model in models] for row in rows]
        tasks = [row["eval_name"] for row in rows]
    else:
        with gzip.open(where / "llmrouter_dev.jsonl.gz", "rt", encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        listed = json.loads((where / "llmrouter_candidates.json").read_text(encoding="utf-8"))
        models = [model for model in rows[0]["scores"] if model in listed]
        tokens = np.array([len(row["prompt"]) / 4 + 200 for row in rows])
        prices = np.array(
            [(listed[m]["input_price"] + listed[m]["output_price"]) / 2e6 for m in models]
        )
        quality = [[float(row["scores"][model]) for model in models] for row in rows]
        tasks = [row["task"] for row in rows]
    prompts = [row["prompt"] for row in rows]
    return Judged(models, prompts, tasks, np.array(quality), np.outer(tokens, prices))


def hull(points: Points) -> Points:
    """Return the corners of the upper hull that never falls, from the cheapest point on."""
    corners: list[tuple[float, float]] = []
    for cost, quality in sorted(points, key=lambda point: (point[0], -point[1])):
        if corners and quality <= corners[-1][1]:
            continue
        while len(corners) > 1 and _bends_up((*corners[-2:], (cost, quality))):
            corners.pop()
        corners.append((cost, quality))
    return corners


def _bends_up(three: Points) -> bool:
    (x0, y0), (x1, y1), (x2, y2) = three
    return (y1 - y0) * (x2 - x0) <= (y2 - y0) * (x1 - x0)


def aiq(points: Points, least: float, most: float) -> float:
    """Return the mean quality under the hull between two costs: 0 before its first corner."""
    corners = hull(points)
    area = 0.0
    for (x0, y0), (x1, y1) in zip(corners, (*corners[1:], (most, corners[-1][1])), strict=True):
        left, right = max(x0, least), min(x1, most)
        if right > left:
            slope = (y1 - y0) / (x1 - x0)
            area += (right - left) * (y0 + slope * ((left + right) / 2 - x0))
    return area / (most - least)


def judge(name: str, where: Path, *, seed: int = 0, draws: int = _DRAWS) -> Outcome:
    """Learn from one part of a set, route the other, and compare."""
    data = load(name, where)
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(len(data.prompts))
    cut = int(_TRAIN * len(shuffled))
    train, test = shuffled[:cut].tolist(), shuffled[cut:].tolist()
    table = RouteTable.from_results(
        (data.tasks[row], model, float(data.quality[row, at]), float(data.cost[row, at]))
        for row in train
        for at, model in enumerate(data.models)
    )
    labels = TaskLabels.learn(
        [data.prompts[row] for row in train], [data.tasks[row] for row in train]
    )
    predicted = [labels.label(data.prompts[row]) for row in test]
    right = sum(data.tasks[row] == label for row, label in zip(test, predicted, strict=True))

    chosen = np.array([routed(data, table, predicted, worth=worth) for worth in WORTHS])
    kept = routed(data, table, predicted, worth=worth_keeping(table, KEPT))
    quality, cost = data.quality[test], data.cost[test]
    rows = np.arange(len(test))
    curves = (cost[rows, chosen], quality[rows, chosen])
    every = np.full(len(test), 1 / len(test))
    single, own, joint = _areas(quality, cost, curves, every)
    resampled = rng.multinomial(len(test), every, size=draws) / len(test)
    areas = (_areas(quality, cost, curves, weights) for weights in resampled)
    gains = [after - before for before, after, _ in areas]
    low, high = np.quantile(gains, [0.025, 0.975])
    best = int(quality.mean(0).argmax())
    return Outcome(
        prompts=len(test),
        models=len(data.models),
        accuracy=right / len(test),
        single=single,
        table=own,
        joint=joint,
        low=float(low),
        high=float(high),
        kept=float(quality[rows, kept].mean() / quality[:, best].mean()),
        paid=float(cost[rows, kept].mean() / cost[:, best].mean()),
    )


def _areas(
    quality: np.ndarray,
    cost: np.ndarray,
    curves: tuple[np.ndarray, np.ndarray],
    weights: np.ndarray,
) -> tuple[float, float, float]:
    """Return AIQ of single models, of the table, and of both, with prompts weighted."""
    prices = weights @ cost
    single = list(zip(prices.tolist(), (weights @ quality).tolist(), strict=True))
    own = list(zip((curves[0] @ weights).tolist(), (curves[1] @ weights).tolist(), strict=True))
    least, most = float(prices.min()), float(prices.max())
    return aiq(single, least, most), aiq(own, least, most), aiq([*single, *own], least, most)


def routed(
    data: Judged,
    table: RouteTable,
    predicted: Sequence[str],
    *,
    worth: float,
) -> list[int]:
    """Return which model each prompt goes to, by its place."""
    waiting = iter(predicted)
    strategy = Table(table, classify=lambda _: next(waiting))
    candidates = [_candidate(model) for model in data.models]
    places = {model: at for at, model in enumerate(data.models)}
    chat = ChatRequest(messages=(UserMessage("As above."),))
    request = RouteRequest(chat, scope=Scope(), count=lambda: 0, willingness_to_pay=worth)
    return [places[strategy(request, candidates, {}).order[0]] for _ in predicted]


def _candidate(model: str) -> Candidate:
    target = Target(
        provider="box", model=model, base_url="http://localhost/v1", profile=Profile(name="box")
    )
    unknown = ExpectedCost(usd=None, input_tokens=0, cached_tokens=0, output_tokens=0)
    return Candidate(model, target, price=lambda: unknown)


def main(where: Path | None, show: Callable[[str], None] = print) -> None:
    """Judge each set, and print."""
    if where is None:
        sys.exit(f"name the folder with the sets, or set {VARIABLE} to the folder of the corpora")
    for name in SETS:
        seen = judge(name, where)
        show(
            f"{name}: {seen.prompts} prompts routed among {seen.models} models, "
            f"{seen.accuracy:.0%} of labels right\n"
            f"  AIQ of the hull of single models  {seen.single:.4f}\n"
            f"  AIQ of the table, labels predicted {seen.table:.4f} (with single models "
            f"{seen.joint:.4f})\n"
            f"  gain {seen.table - seen.single:+.4f}, 95 % interval {seen.low:+.4f} to "
            f"{seen.high:+.4f}\n"
            f"  told to keep {KEPT:.0%}: {seen.kept:.1%} of the best single model's quality for "
            f"{seen.paid:.1%} of its cost"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else folder())
