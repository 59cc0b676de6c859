"""What a call cost, where DSPy's users look for it."""

from __future__ import annotations

from typing import Any, cast

from dspy import lm15

import unillm
from unillm.types.json import JsonObject

_SURE = ("exact", "estimated")
_REUSED = "the answer came from DSPy's cache: nothing was asked, nothing was billed"


def priced(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry of an LM's history with its cost.

    Several answers of one call are counted together; unknown, if one of them is.
    """
    found: Any = entry.get("response")
    answers = cast("tuple[object, ...]", found if isinstance(found, tuple) else (found,))
    told = [_told(answer) for answer in answers if isinstance(answer, lm15.Response)]
    known = [cost for cost in told if cost is not None]
    if not known or len(known) < len(answers):
        return entry
    if _was_reused(entry, answers):
        details: JsonObject = {"kind": "reused", "currency": "USD", "reason": _REUSED}
        return {**entry, "cost": 0.0, "cost_details": details}
    cost = sum(known[1:], start=known[0])
    sure = cost.state in _SURE and cost.total is not None
    details = {"kind": cost.state, "currency": "USD", **_bounds(cost)}
    return {
        **entry,
        "cost": float(cost.total) if sure and cost.total is not None else None,
        "cost_details": details,
    }


def _told(answer: lm15.Response) -> unillm.Cost | None:
    ours: Any = (answer.provider_data or {}).get("unillm")
    return unillm.Cost.from_dict(ours["cost"]) if ours else None


def _was_reused(entry: dict[str, Any], answers: tuple[object, ...]) -> bool:
    """Tell an answer from the cache: it has its usage, and DSPy counted none for the call."""
    return not entry.get("usage") and any(
        isinstance(one, lm15.Response) and one.usage != lm15.Usage() for one in answers
    )


def _bounds(cost: unillm.Cost) -> JsonObject:
    found = {"total": cost.total, "low": cost.low, "high": cost.high, "reason": cost.reason}
    return {name: str(value) for name, value in found.items() if value not in {None, ""}}
