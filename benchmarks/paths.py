"""The hot paths on their own: one turn of each, over transports in memory.

What `benchmarks.instructions` counts and what the small rows of `benchmarks.speed` time.
"""

from __future__ import annotations

import asyncio
import importlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import unillm
from benchmarks.memory import Answering, AsyncAnswering
from benchmarks.speed import wire
from benchmarks.speed.question import long, short
from unillm.pricing import PriceBook
from unillm.routing import Cheapest
from unillm.telemetry.follow import traced

Once = Callable[[], object]
"""One turn of a path."""

_COVERED = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "days": {"type": "integer", "minimum": 1, "maximum": 14},
        "units": {"enum": ["metric", "imperial"]},
    },
    "required": ["city", "days"],
    "additionalProperties": False,
}
_UNCOVERED = {**_COVERED, "dependentRequired": {"days": ["units"]}}
_ARGUMENTS = '{"city": "Porto", "days": 3, "units": "metric"}'


def _body(scenario: str) -> bytes:
    """Return a stream as one read gives it: its head, then its events without HTTP chunks."""
    head, *chunks = wire.stream(scenario)
    return head + b"".join(chunk.partition(b"\r\n")[2][:-2] for chunk in chunks[:-1])


def _options(http: bytes, kind: type[Answering] = Answering, **more: Any) -> dict[str, Any]:
    box = unillm.Provider("box", base_url="http://127.0.0.1:9/v1", api_key="key")
    return {"providers": [box], "transport": kind(http), "model": "box:m", **more}


def _chat() -> Iterator[Once]:
    with unillm.Client(**_options(wire.text())) as client:
        yield lambda: client.chat("Hello.")


def _telemetry() -> Iterator[Once]:
    """Ask who listens, as each call does, where OpenTelemetry is loaded and nobody does."""
    importlib.import_module("opentelemetry.metrics")
    importlib.import_module("opentelemetry.trace")
    telemetry = unillm.Telemetry()
    yield lambda: traced(telemetry)


def _chat_async() -> Iterator[Once]:
    with asyncio.Runner() as runner:
        client = unillm.AsyncClient(**_options(wire.text(), AsyncAnswering))

        async def ask() -> object:
            return await client.chat("Hello.")

        yield lambda: runner.run(ask())
        runner.run(client.close())


def _stream(scenario: str) -> Callable[[], Iterator[Once]]:
    def path() -> Iterator[Once]:
        asked = short(tools=scenario.startswith("tools"))

        def read() -> None:
            with client.stream(asked.messages, tools=asked.tools) as stream:
                for _ in stream:
                    pass

        with unillm.Client(**_options(_body(scenario))) as client:
            yield read

    return path


def _prompt(turns: int) -> Callable[[], Iterator[Once]]:
    def path() -> Iterator[Once]:
        asked = long(turns, 1)
        with unillm.Client(**_options(wire.text())) as client:
            yield lambda: client.chat(asked.messages)

    return path


def _cost() -> Iterator[Once]:
    book, at = PriceBook.default(), datetime(2026, 11, 20, tzinfo=UTC)
    usage = unillm.Usage(input_tokens=900, output_tokens=80, cached_input_tokens=512)
    yield lambda: book.cost(usage, provider="openai", model="gpt-5.5", at=at)


def _ledger() -> Iterator[Once]:
    records: list[Any] = []
    with unillm.Client(**_options(wire.text(), observers=[records.append])) as client:
        client.chat("Hello.")
    with (
        tempfile.TemporaryDirectory() as folder,
        unillm.Ledger(Path(folder, "ledger.db"), queue=1_000_000) as ledger,
    ):
        yield lambda: ledger.record(records[0])


def _decision() -> Iterator[Once]:
    from benchmarks.deciding_whole import config_for, decision

    names = [f"box:m{at}" for at in range(8)]
    yield decision(config_for(names, Cheapest(), constrained=False))


def _arguments(schema: dict[str, Any]) -> Callable[[], Iterator[Once]]:
    def path() -> Iterator[Once]:
        from unillm._flow.calls import finisher_for
        from unillm._wire.calls import WholeCall

        tool = unillm.Tool(name="forecast", description="A forecast.", parameters=schema)
        call = WholeCall(id="call_1", name="forecast", raw=_ARGUMENTS, cut=False)
        finish = finisher_for([tool])
        yield lambda: finish(call)

    return path


def _parsing() -> Iterator[Once]:
    from pydantic_core import from_json

    yield lambda: from_json(_ARGUMENTS)


PATHS: dict[str, Callable[[], Iterator[Once]]] = {
    "chat": _chat,
    "chat-async": _chat_async,
    "telemetry": _telemetry,
    "stream-500": _stream("stream-500"),
    "tools-500": _stream("tools-500"),
    "prompt-2001": _prompt(2_001),
    "cost": _cost,
    "ledger": _ledger,
    "decision-8": _decision,
    "arguments": _arguments(_COVERED),
    "arguments-uncovered": _arguments(_UNCOVERED),
    "parsing": _parsing,
}
"""The paths by their names."""


@contextmanager
def prepared(name: str) -> Iterator[Once]:
    """Make one turn of a path ready to be taken as often as one likes."""
    with contextmanager(PATHS[name])() as once:
        yield once
