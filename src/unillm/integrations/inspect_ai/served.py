"""What each attempt took and at which rates, for the limits of cost that inspect_ai keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inspect_ai.model import ModelCost, ModelOutput, ModelUsage, ServedModelUsage

from unillm import Attempt, ChatResponse
from unillm.integrations.inspect_ai.usage import attempts_of, counted
from unillm.types.json import is_mapping

_RATES = {
    "input": "input",
    "output": "output",
    "cached_input": "input_cache_read",
    "cache_write": "input_cache_write",
}


def rated(responses: Sequence[ChatResponse]) -> list[dict[str, Any]] | None:
    """Return the attempts with their rates, as plain JSON; None: one of them has none.

    One that is known to have cost nothing is left out.
    """
    made: list[dict[str, Any]] = []
    for attempt in attempts_of(responses):
        if attempt.cost.total == 0:
            continue
        rates = _rates(attempt)
        if attempt.usage is None or rates is None:
            return None
        usage = counted(attempt.usage).model_dump(exclude_none=True)
        made.append(
            {"model": f"{attempt.provider}/{attempt.model}", "usage": usage, "rates": rates}
        )
    return made


def _rates(attempt: Attempt) -> dict[str, float] | None:
    """Return what a million tokens of each kind cost; None: it is not one figure for each."""
    rates = dict.fromkeys(_RATES.values(), 0.0)
    seen: set[str] = set()
    for line in attempt.cost.lines:
        if line.kind in seen or line.kind not in _RATES or line.per_million is None:
            return None
        seen.add(line.kind)
        rates[_RATES[line.kind]] = float(line.per_million)
    return rates if seen and attempt.cost.total is not None else None


def served_of(output: ModelOutput) -> list[ServedModelUsage] | None:
    """Read back what `rated` wrote into an output."""
    told: Any = (output.metadata or {}).get("unillm")
    parts: Any = told.get("served") if is_mapping(told) else None
    if not parts:
        return None
    return [
        ServedModelUsage(
            part["model"],
            ModelUsage.model_validate(part["usage"]),
            ModelCost.model_validate(part["rates"]),
        )
        for part in parts
    ]
