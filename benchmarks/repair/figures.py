"""What was measured, summed up: plain data that goes into `measured.json`."""

from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.repair import code, suites
from benchmarks.repair.cases import CORPORA, Case
from benchmarks.repair.mutations import generated
from benchmarks.repair.outcome import OUTCOMES, Answer, judge

Judged = Sequence[tuple[Case, Answer]]
SEED = 2026
SHARES = {
    "recover": "what was meant can be known",
    "refuse": "what was meant is gone",
    "either": "exact, or refused",
    "valid": "valid: left as it is",
}


def everything(seed: int) -> list[Case]:
    """Return all cases that engines are compared on."""
    found = [case for make in CORPORA.values() for case in make()]
    return [*found, *generated(seed), *code.cases(), *suites.json_suite()]


def summed(judged: Judged) -> dict[str, Any]:
    """Return the figures of one engine."""
    suite = [pair for pair in judged if pair[0].corpus == "json_test_suite"]
    rest = [pair for pair in judged if pair[0].corpus != "json_test_suite"]
    groups = _grouped(rest, lambda case: f"{case.corpus}/{case.verdict}")
    kinds = _grouped(rest, lambda case: f"{case.corpus}/{case.kind}/{case.verdict}")
    return {
        "groups": {name: _outcomes(group) | _times(group) for name, group in groups.items()},
        "kinds": {name: [*_outcomes(group).values()] for name, group in kinds.items()},
        "suite": {
            name: [
                [suites.kept(case, answer) for case, answer in group].count(each)
                for each in suites.ANSWERS
            ]
            for name, group in _grouped(suite, lambda case: case.kind).items()
        },
    }


def _grouped(judged: Judged, key: Callable[[Case], str]) -> dict[str, list[tuple[Case, Answer]]]:
    groups: dict[str, list[tuple[Case, Answer]]] = {}
    for case, answer in judged:
        groups.setdefault(key(case), []).append((case, answer))
    return groups


def _outcomes(judged: Judged) -> dict[str, int]:
    seen = [judge(case, answer) for case, answer in judged]
    return {"cases": len(seen)} | {each: seen.count(each) for each in OUTCOMES}


def _times(judged: Judged) -> dict[str, list[float]]:
    """Return median, 99th percentile and maximum, of the whole and without validating."""
    whole = [answer.micros for _, answer in judged]
    over = [max(answer.micros - answer.checking, 0.0) for _, answer in judged]
    return {"whole": _spread(whole), "over": _spread(over)}


def _spread(figures: Sequence[float]) -> list[float]:
    ranked = sorted(figures)
    places = (0.5, 0.99, 1.0)
    return [round(ranked[min(int(share * len(ranked)), len(ranked) - 1)], 1) for share in places]
