"""Records as calls leave them, without calls."""

import itertools
from datetime import UTC, datetime
from decimal import Decimal

from unillm.types.record import Record, Scope
from unillm.types.response import Attempt
from unillm.types.usage import Cost, Usage, total_cost, total_usage

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp()
_IDS = itertools.count()


def exact(usd):
    return Cost(total=Decimal(usd), state="exact")


def bounded(low, high):
    return Cost(low=Decimal(low), high=Decimal(high), state="bounded", reason="it was cut")


def attempt(
    cost: str | Cost | None = "0.001", *, number=1, provider="openai", model="gpt-5.5", **more
):
    """Give an attempt; ``cost`` may be dollars, a `Cost`, or None for one that is not known."""
    if cost is None:
        cost = Cost(reason="no usage was reported")
    elif not isinstance(cost, Cost):
        cost = exact(cost)
    given = {
        "outcome": "ok",
        "status": 200,
        "usage": Usage(input_tokens=100, output_tokens=10, cached_input_tokens=40),
        "started_at": NOON,
        "duration": 0.5,
        **more,
    }
    return Attempt(number=number, provider=provider, model=model, cost=cost, **given)


def record(*attempts, at=NOON, **more):
    """Give a record of attempts; one of a tenth of a cent, if none is given."""
    made = attempts or (attempt(),)
    scope = Scope(**{name: more.pop(name) for name in _SCOPE if name in more})
    given = {
        "operation": f"op-{next(_IDS)}",
        "outcome": "ok",
        "provider": made[-1].provider,
        "model": made[-1].model,
        "streamed": False,
        "origin": "https://api.example",
        "request": None,
        "response": None,
        "error": None,
        "duration": 0.6,
        "attempts": made,
        **more,
    }
    return Record(
        **given,
        started_at=at,
        usage=total_usage(a.usage for a in given["attempts"]),
        cost=total_cost(a.cost for a in given["attempts"]),
        scope=scope,
    )


_SCOPE = ("tags", "session", "user", "tasks", "run", "turn")


def groups(spend):
    """Give what each group cost."""
    return {row.group: row.cost.total for row in spend.rows}
