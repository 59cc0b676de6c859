"""What keeping the books adds to a call: `python -m benchmarks.bookkeeping [calls]`.

CPU of the calling thread for one call over a transport in memory, in microseconds, in turns:
without any bookkeeping, and with one part of it more than the line before. Shown is the median.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from decimal import Decimal
from pathlib import Path
from typing import Any

import unillm
from unillm._client.config import Config

_TURNS = 15
_BODY = (
    b'{"id":"a","object":"chat.completion","created":1,"model":"deepseek-v4-pro","choices":[{"index":0,'
    b'"message":{"role":"assistant","content":"Sunny."},"finish_reason":"stop"}],"usage":{"prompt_tokens"'
    b':900,"completion_tokens":80,"prompt_cache_hit_tokens":512,"prompt_cache_miss_tokens":388}}'
)


class _Exchange:
    status = 200

    def __init__(self) -> None:
        self.headers = {"content-type": "application/json"}
        self._parts = [_BODY, b""]

    def read(self, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the protocol's name
        return self._parts.pop(0)

    def drain(self, seconds: float) -> None:
        """Nothing is left."""

    def close(self) -> None:
        """Nothing is open."""


class _Transport:
    def send(self, request: Any, headers: Any, limits: Any) -> _Exchange:  # noqa: ARG002 - as above
        return _Exchange()

    def close(self) -> None:
        """Nothing is open."""


def main(calls: int) -> None:
    """Measure, and print."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = unillm.Ledger(Path(folder, "ledger.db"), queue=1_000_000)
        budget = unillm.Budget(Decimal(1_000_000))
        ways: dict[str, tuple[Callable[[], Any], dict[str, Any]]] = {
            "no bookkeeping": (_unbilled, {"telemetry": False}),
            "cost": (nullcontext, {"telemetry": False}),
            "cost, telemetry without an SDK": (nullcontext, {}),
            "cost, telemetry, ledger": (nullcontext, {"ledger": ledger}),
            "the same in a task": (lambda: unillm.task("t"), {"ledger": ledger}),
            "the same under a budget": (nullcontext, {"ledger": ledger, "budget": budget}),
        }
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(_TURNS):
            for name, (around, options) in ways.items():
                taken[name].append(_timed(calls, around, options))
                ledger.flush()
        ledger.close()
    base = statistics.median(taken["no bookkeeping"])
    print(f"{'µs of CPU a call':<34}{'whole':>8}{'added':>8}")
    for name, figures in taken.items():
        whole = statistics.median(figures)
        print(f"{name:<34}{whole:>8.1f}{whole - base:>8.1f}")


def _timed(calls: int, around: Callable[[], Any], options: dict[str, Any]) -> float:
    provider = unillm.Provider("deepseek", api_key="key")
    client = unillm.Client(
        providers=[provider], transport=_Transport(), model="deepseek:deepseek-v4-pro", **options
    )
    with around():
        for _ in range(20):
            client.chat("What is the weather like?", max_tokens=100)
        begin = time.thread_time()
        for _ in range(calls):
            client.chat("What is the weather like?", max_tokens=100)
        return (time.thread_time() - begin) / calls * 1e6


class _unbilled:  # noqa: N801 - used as a function is
    """Have calls reckon nothing."""

    def __enter__(self) -> None:
        self._was = Config.billing
        Config.billing = lambda _: None  # type: ignore[assignment,return-value] # measured without

    def __exit__(self, *_: object) -> None:
        Config.billing = self._was  # type: ignore[method-assign] # as it was


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
