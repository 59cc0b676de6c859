"""What deciding costs: `python -m benchmarks.deciding [targets]`.

CPU microseconds of one decision of each strategy, the strategy alone: the best of several rounds,
with 8 candidates if no other number is given, whose costs are known already.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from decimal import Decimal

from unillm.routing import (
    Candidate,
    Cascade,
    Cheapest,
    Expected,
    ExpectedCost,
    Fallback,
    Fastest,
    LeastBusy,
    MultiFactor,
    RouteRequest,
    RouteTable,
    Rules,
    Shadow,
    Stats,
    Strategy,
    Table,
    UseCase,
    Weighted,
)
from unillm.types.messages import UserMessage
from unillm.types.profile import Profile
from unillm.types.record import Scope
from unillm.types.request import ChatRequest
from unillm.types.target import Target

_ROUNDS, _CALLS = 400, 5  # short rounds: the best of many is one that nobody disturbed


def strategies(names: list[str]) -> Mapping[str, Strategy]:
    """Return one of each strategy, for some names."""
    rows = tuple(
        Expected(task=task, model=name, quality=0.5 + at / 40, cost=0.001 * (at + 1), calls=50)
        for task in ("math", "chat")
        for at, name in enumerate(names)
    )
    long = {"when": {"input_tokens": {"$gt": 100_000}}, "then": names[-1]}
    blue = {"when": {"tags.team": {"$regex": "^bl"}, "has_tools": False}, "then": names[1]}
    return {
        "fallback": Fallback(),
        "weighted": Weighted({name: at + 1 for at, name in enumerate(names)}),
        "cheapest": Cheapest(),
        "fastest": Fastest(),
        "least_busy": LeastBusy(),
        "rules": Rules([long, blue]),
        "multi_factor": MultiFactor(max_first_token=5, max_cost=1),
        "use_case": UseCase("agentic coding"),
        "cascade": Cascade(),
        "table": Table(RouteTable(rows), keep=0.95),
        "shadow": Shadow(["other"], 0.5, Fastest()),
    }


def measured(strategy: Strategy, count: int) -> float:
    """Return the CPU microseconds of one decision."""
    names = [f"m{at}" for at in range(count)]
    candidates = [_candidate(name, at) for at, name in enumerate(names)]
    stats = {
        name: Stats(first_token=0.2 + at / 10, per_token=0.01, output_tokens=300, in_flight=at % 3)
        for at, name in enumerate(names)
    }
    request = RouteRequest(
        ChatRequest(messages=(UserMessage("Hello."),)),
        scope=Scope(tags={"team": "blue"}),
        count=lambda: 1000,
        draws=(0.37, 0.61),
        task="math",
        willingness_to_pay=0.1,
    )

    def many() -> None:
        for _ in range(_CALLS):
            strategy(request, candidates, stats)

    return min(_seconds(many) for _ in range(_ROUNDS)) / _CALLS * 1e6


def _candidate(name: str, at: int) -> Candidate:
    cost = ExpectedCost(
        usd=Decimal(at + 1) / 1000, input_tokens=1000, cached_tokens=0, output_tokens=300
    )
    target = Target(
        provider="box", model=name, base_url="http://localhost/v1", profile=Profile(name="box")
    )
    return Candidate(name, target, price=lambda: cost, quality=0.5 + at / 40)


def _seconds(work: Callable[[], None]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


def main(count: int) -> None:
    """Measure, and print."""
    print(f"CPU microseconds of one decision among {count}, the strategy alone")
    for name, strategy in strategies([f"m{at}" for at in range(count)]).items():
        print(f"  {name:14s}{measured(strategy, count):8.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8)
