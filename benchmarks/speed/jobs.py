"""Everything that is measured, with its size; `--quick` takes the smaller one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CLIENTS = ("unillm", "httpx", "openai", "litellm", "any_llm", "pydantic_ai")
ALL = (*CLIENTS, "sockets")
OVER_AIOHTTP = ("unillm_aiohttp", "aiohttp")  # async only
MAKERS = ("unillm", "httpx", "openai")  # of the others one is made of functions or of an openai
OWN = ("unillm",)
POOLS = ("unillm", "unillm_aiohttp", "aiohttp")  # httpx's takes half a minute for a thousand


@dataclass(frozen=True, kw_only=True)
class Job:
    """One measurement.

    Attributes:
        name: Its name in the measured data.
        operation: A method of `Bench`, or `imported` or `answered` of `cold`.
        options: How it is run.
        quick: What of this is smaller in a quick run.
        clients: Whom it is measured of.
        fresh: Whether it needs a process of its own.
    """

    name: str
    operation: str
    options: Mapping[str, Any]
    quick: Mapping[str, Any]
    clients: tuple[str, ...] = CLIENTS
    fresh: bool = False


def _calls(name: str, count: int, quick: int, **options: Any) -> Job:
    options["count"] = count
    few = {"count": quick, "abreast": min(quick, options.get("abreast", 1))}
    return Job(name=name, operation="calls", options=options, quick=few, clients=_whom(options))


def _streams(name: str, scenario: str, count: int, quick: int = 1, **options: Any) -> Job:
    options |= {"scenario": scenario, "count": count}
    few = {"count": quick, "scenario": f"{scenario.partition('-')[0]}-20"}
    return Job(name=name, operation="streams", options=options, quick=few, clients=_whom(options))


def _whom(options: Mapping[str, Any]) -> tuple[str, ...]:
    return (*ALL, *OVER_AIOHTTP) if options["awaited"] else ALL


def _idle(count: int) -> Job:
    options = {"count": 100, "idle": count}
    few = {"count": 5, "idle": min(count, 20)}
    return Job(
        name=f"idle-{count}",
        operation="idle",
        options=options,
        quick=few,
        clients=POOLS,
        fresh=True,
    )


def _micro(path: str) -> Job:
    few = {"count": 2}
    name, options = f"micro-{path}", {"path": path, "count": 2_000}
    return Job(name=name, operation="path", options=options, quick=few, clients=OWN)


def _prompt(name: str, megabytes: int, clients: tuple[str, ...], *, objects: bool = False) -> Job:
    options = {"count": 3, "turns": 2_001, "megabytes": megabytes, "objects": objects}
    few = {"count": 1, "turns": 51}
    return Job(name=name, operation="prompt", options=options, quick=few, clients=clients)


def _construct(name: str, *, awaited: bool) -> Job:
    options = {"count": 10, "awaited": awaited}
    few = {"count": 2}
    return Job(name=name, operation="construct", options=options, quick=few, clients=MAKERS)


def _cold(name: str, operation: str, clients: tuple[str, ...] = CLIENTS) -> Job:
    return Job(name=name, operation=operation, options={}, quick={}, clients=clients)


MICRO = (
    *("cost", "ledger", "decision-8", "telemetry"),
    *("arguments", "arguments-uncovered", "parsing"),
)
"""Paths of `benchmarks.paths` that are timed on their own."""

JOBS = (
    _calls("call", 100, 10, awaited=False),
    _calls("call-async", 100, 10, awaited=True),
    _calls("call-16", 320, 32, awaited=True, abreast=16),
    _calls("call-256", 512, 64, awaited=True, abreast=256),
    _streams("stream", "stream-500", 8, awaited=False),
    _streams("stream-async", "stream-500", 8, awaited=True),
    _streams("stream-paced", "paced-200", 8, 8, awaited=True, abreast=8),
    _streams("first", "stream-20", 40, 5, awaited=False),
    _streams("first-async", "stream-20", 40, 5, awaited=True),
    _streams("tools-500", "tools-500", 8, awaited=False),
    Job(
        name="tools-50000",
        operation="streams",
        options={"scenario": "tools-50000", "count": 1, "awaited": False, "warm_up": 0},
        quick={"scenario": "tools-1000"},
        clients=("unillm", "httpx", "openai", "sockets"),  # it would take LiteLLM a minute
    ),
    _streams("tools-async", "tools-500", 8, awaited=True),
    _idle(1),
    _idle(1_000),
    _prompt("prompt-1", 1, CLIENTS),
    _prompt("prompt-4", 4, CLIENTS),
    _prompt("prompt-1-objects", 1, OWN, objects=True),
    _prompt("prompt-4-objects", 4, OWN, objects=True),
    _construct("construct", awaited=False),
    _construct("construct-async", awaited=True),
    Job(name="visit", operation="visit", options={"count": 10}, quick={"count": 2}),
    Job(
        name="memory",
        operation="memory",
        options={"count": 1_000},
        quick={"count": 20},
        clients=tuple(name for name in (*ALL, *OVER_AIOHTTP) if name != "httpx"),  # as of idle ones
        fresh=True,
    ),
    _cold("import", "imported"),
    _cold("import-own", "own", OWN),
    _cold("answer", "answered", (*CLIENTS, "unillm_aiohttp")),
    *map(_micro, MICRO),
)
