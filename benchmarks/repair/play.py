"""Giving cases to an engine, and timing it: standard library alone, as it runs everywhere."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from time import perf_counter_ns
from types import ModuleType
from typing import Any, TypeAlias

Repair: TypeAlias = Callable[[str, str | None], tuple[Any, int | None]]
"""From a text and a finish reason to the value and the number of edits; raises to refuse."""

REPEATS = 5
ENOUGH = 200_000_000
"""Nanoseconds after which a case is not timed again."""


def play(module: ModuleType, asked: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Give each text to an engine, and tell what came of it.

    Each schema is prepared once, outside of what is timed. The time of a case is the best of a
    few: what the engine needs, not what else the machine did.
    """
    made: dict[str, tuple[Repair, Any]] = {}
    for each in asked:
        key = each["schema_id"]
        if key not in made:
            checks = getattr(module, "check", None)
            schema = each["schema"]
            made[key] = (module.engine(schema), checks(schema) if checks else None)
        repair, check = made[key]
        yield _attempt(repair, check, each["text"], each["finish_reason"])


def _attempt(repair: Repair, check: Any, text: str, finish: str | None) -> dict[str, Any]:
    told: dict[str, Any] = {}
    try:
        told["value"], told["edits"] = repair(text, finish)
    except Exception as error:  # noqa: BLE001 (a peer refuses in its own way)
        told["error"] = f"{type(error).__name__}: {error}"[:300]
        told["reason"] = getattr(error, "reason", None)
    told["micros"] = _best(lambda: repair(text, finish))
    if check is not None and "error" not in told:
        told["checking"] = _best(lambda: check(told["value"]))
    return told


def _best(work: Callable[[], object]) -> float:
    best = spent = 0
    for again in range(REPEATS):
        start = perf_counter_ns()
        with suppress(Exception):  # timed all the same
            work()
        took = perf_counter_ns() - start
        best = took if not again else min(best, took)
        spent += took
        if spent > ENOUGH:
            break
    return best / 1000
