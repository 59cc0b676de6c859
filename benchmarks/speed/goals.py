"""What each figure is meant to be, and whether it is."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any

from benchmarks.speed.figures import Measured, median, ratios

AIO = "unillm_aiohttp"


@dataclass(frozen=True, kw_only=True)
class Goal:
    """One figure with its limit.

    Attributes:
        what: What is counted, in the words of the page.
        job: The job that measured it.
        limit: What it may be at most, in its unit.
        client: Whose figure it is.
        figure: The figure of the job.
        per: Job and client it is divided by, round by round; None for the figure itself.
        over: Job and client whose median is taken off; None for nothing.
        unit: What it is in; empty for a ratio.
        scale: What the figure is multiplied with to be in this unit.
        least: Whether the limit is what it must be at least.
    """

    what: str
    job: str
    limit: float
    client: str = "unillm"
    figure: str = "cpu"
    per: tuple[str, str] | None = None
    over: tuple[str, str] | None = None
    unit: str = ""
    scale: float = 1
    least: bool = False

    def value(self, data: Measured) -> float | None:
        """Return the figure in its unit, or None if it was not measured."""
        if self.per is not None:
            found = ratios(data, self.figure, (self.job, self.client), self.per)
            return statistics.median(found) if found else None
        value = median(data, self.job, self.client, self.figure)
        if value is not None and self.over is not None:
            base = median(data, *self.over, self.figure)
            value = None if base is None else value - base
        return None if value is None else value * self.scale

    def met(self, data: Measured) -> bool | None:
        """Tell whether it is what it is meant to be; None if it was not measured."""
        value = self.value(data)
        if value is None:
            return None
        return value >= self.limit if self.least else value <= self.limit


def _beside(
    what: str, job: str, limits: dict[str, float], client: str = "unillm", **more: Any
) -> list[Goal]:
    """Return a goal for each client that it is compared with."""
    title = f"{what}, over aiohttp" if client == AIO else what
    return [
        Goal(
            what=f"{title} ÷ {other.replace('litellm', 'LiteLLM')}",
            job=job,
            per=(job, other),
            limit=limit,
            client=client,
            **more,
        )
        for other, limit in limits.items()
    ]


def _both(what: str, job: str, limit: float, aiohttp: float, **more: Any) -> list[Goal]:
    """Return the goals of one figure over httpx and over aiohttp."""
    clients = (("unillm", what, limit), (AIO, f"{what}, over aiohttp", aiohttp))
    return [
        Goal(what=said, job=job, limit=most, client=client, **more)
        for client, said, most in clients
    ]


def _micro(what: str, job: str, limit: float, over: str | None = None) -> Goal:
    return Goal(what=what, job=job, limit=limit, unit="µs", over=(over, "unillm") if over else None)


_MS: dict[str, Any] = {"unit": "ms", "scale": 1 / 1000}
_AT_LEAST: dict[str, Any] = {"figure": "per_second", "least": True}

GOALS: tuple[Goal, ...] = (
    *_beside("a sync call", "call", {"httpx": 0.70, "openai": 0.25}),
    *_beside("an async call", "call-async", {"httpx": 0.80, "openai": 0.35}),
    *_beside("an async call", "call-async", {"httpx": 0.35, "openai": 1 / 6}, AIO),
    *_beside("calls/s, 256 in flight", "call-256", {"httpx": 3}, **_AT_LEAST),
    *_beside("calls/s, 256 in flight", "call-256", {"openai": 12}, AIO, **_AT_LEAST),
    Goal(
        what="calls/s, 256 in flight, over aiohttp",
        job="call-256",
        client=AIO,
        limit=5_000,
        unit="calls/s",
        figure="per_second",
        least=True,
    ),
    Goal(
        what="a call beside 1,000 idle connections ÷ beside one",
        job="idle-1000",
        per=("idle-1", "unillm"),
        limit=1.5,
    ),
    Goal(
        what="a call beside 1,000 idle connections ÷ beside one, over aiohttp",
        job="idle-1000",
        client=AIO,
        per=("idle-1", AIO),
        limit=1.1,
    ),
    *_both("a streamed chunk, async", "stream-async", 14, 8, unit="µs"),
    *_beside("a streamed chunk, async", "stream-async", {"openai": 1 / 7}),
    *_beside("a streamed chunk", "stream-async", {"openai": 1 / 13, "litellm": 1 / 60}, AIO),
    *_both(
        "the first event, async, over that of sockets",
        "first-async",
        *(0.7, 0.4),
        figure="first_wall",
        over=("first-async", "sockets"),
        **_MS,
    ),
    Goal(
        what="a fragment of 50,000 ÷ of 500",
        job="tools-50000",
        per=("tools-500", "unillm"),
        limit=1.15,
    ),
    Goal(what="a fragment of a tool call", job="tools-500", limit=16, unit="µs"),
    Goal(
        what="a fragment of a tool call, async, over aiohttp",
        job="tools-async",
        client=AIO,
        limit=9,
        unit="µs",
    ),
    *_both("memory of one of 1,000 open streams", "memory", 28, 16, figure="kilobytes", unit="KB"),
    Goal(what="a prompt of 2,001 messages, 4 MB", job="prompt-4", limit=9, **_MS),
    Goal(what="a prompt of 2,001 messages, 1 MB", job="prompt-1", limit=3, **_MS),
    Goal(what="the import, with both clients", job="import", limit=150, **_MS),
    *_beside("the import, with both clients", "import", {"openai": 0.3}),
    Goal(what="the import without that of others", job="import-own", limit=25, **_MS),
    Goal(what="import to the first answer", job="answer", limit=300, **_MS),
    *_beside("import to the first answer", "answer", {"openai": 0.45}),
    Goal(
        what="import to the first answer, over aiohttp", job="answer", client=AIO, limit=240, **_MS
    ),
    Goal(what="another client", job="construct", limit=60, unit="µs"),
    _micro("a cost", "micro-cost", 8),
    _micro("a record given to the ledger", "micro-ledger", 10),
    _micro("a decision among 8 targets", "micro-decision-8", 60),
    _micro("telemetry without an SDK, of a call", "micro-telemetry", 10),
    _micro("valid arguments, over parsing them", "micro-arguments", 6, over="micro-parsing"),
    _micro(
        "the same where no compiled check covers the schema",
        *("micro-arguments-uncovered", 25, "micro-parsing"),
    ),
)
"""All of them, in the order of the page."""


def table(data: Measured) -> str:
    """Return each figure, its limit, and whether it is kept."""
    lines = ["|  | measured | goal |  |\n", "| --- | --: | --: | --- |\n"]
    lines += [_line(goal, data) for goal in GOALS]
    return "".join(lines)


def summary(data: Measured) -> str:
    """Return how many goals are met."""
    met = [goal.met(data) for goal in GOALS]
    unmeasured = met.count(None)
    told = f"{met.count(True)} of {len(met)} are met"
    return f"{told}, {unmeasured} were not measured in this run" if unmeasured else told


def _line(goal: Goal, data: Measured) -> str:
    value, met = goal.value(data), goal.met(data)
    sign = "≥" if goal.least else "≤"
    said = {True: "met", False: "**missed**", None: "not measured"}[met]
    measured = "-" if value is None else _written(value, goal)
    return f"| {goal.what} | {measured} | {sign} {_written(goal.limit, goal)} | {said} |\n"


def _written(value: float, goal: Goal) -> str:
    if not goal.unit:
        return f"{value:.2g}x" if value < 1 else f"{value:.{2 if value < 2 else 1}f}x"
    digits = 0 if value >= 20 else 1
    return f"{value:,.{digits}f} {goal.unit}"
