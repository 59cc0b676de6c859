"""What keeping the books adds to a call: `python -m benchmarks.bookkeeping [turns]`.

CPU for one call over a transport in memory, in microseconds, in turns: without any bookkeeping, and
with one part of it more than the line before. Shown are the best turns, which nobody disturbed: of
the thread that makes the call, and of the whole process until the ledger has written it, which its
own thread does later.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from decimal import Decimal
from pathlib import Path
from typing import Any

import unillm
from benchmarks.memory import Answering
from unillm._client.config import Config

_CALLS = 50  # twice as many are done before the ledger begins to write: its thread is counted apart
_BODY = (
    b'{"id":"a","object":"chat.completion","created":1,"model":"deepseek-v4-pro","choices":[{"index":0,'
    b'"message":{"role":"assistant","content":"Sunny."},"finish_reason":"stop"}],"usage":{"prompt_tokens"'
    b':900,"completion_tokens":80,"prompt_cache_hit_tokens":512,"prompt_cache_miss_tokens":388}}'
)
_ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n" + _BODY


def main(turns: int) -> None:
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
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for _ in range(turns):
            for name, (around, options) in ways.items():
                taken[name].append(_timed(around, options, ledger))
        ledger.close()
    shown = {
        name: tuple(min(figures) for figures in zip(*timed, strict=True))
        for name, timed in taken.items()
    }
    thread, process = shown["no bookkeeping"]
    print(f"{'µs of CPU a call':<34}{'thread':>9}{'added':>8}{'process':>10}{'added':>8}")
    for name, (own, whole) in shown.items():
        print(f"{name:<34}{own:>9.1f}{own - thread:>8.1f}{whole:>10.1f}{whole - process:>8.1f}")


def _timed(
    around: Callable[[], Any], options: dict[str, Any], ledger: unillm.Ledger
) -> tuple[float, float]:
    client = unillm.Client(
        providers=[unillm.Provider("deepseek", api_key="key")],
        transport=Answering(_ANSWER),
        model="deepseek:deepseek-v4-pro",
        **options,
    )
    with around():
        client.chat("What is the weather like?", max_tokens=100)
        ledger.flush()
        time.sleep(0.02)  # what its thread does after that is none of these calls'
        process = time.process_time()
        for _ in range(_CALLS):
            client.chat("What is the weather like?", max_tokens=100)
        thread = time.thread_time()
        for _ in range(_CALLS):
            client.chat("What is the weather like?", max_tokens=100)
        thread = time.thread_time() - thread
        ledger.flush()
        process = time.process_time() - process
    return thread / _CALLS * 1e6, process / _CALLS / 2 * 1e6


class _unbilled:  # noqa: N801 - used as a function is
    """Have calls reckon nothing."""

    def __enter__(self) -> None:
        self._was = Config.billing
        Config.billing = lambda _: None  # type: ignore[assignment,return-value] # measured without

    def __exit__(self, *_: object) -> None:
        Config.billing = self._was  # type: ignore[method-assign] # as it was


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 25)
