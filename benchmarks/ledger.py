"""What a ledger costs: `python -m benchmarks.ledger [operations] [path or URL]`.

Operations of 90 days, of five models, three tasks, 200 users and five teams, one attempt each, are
recorded into a new ledger, and read. Times are those of this thread's CPU where an operation is
recorded, and of the clock elsewhere; of readings the best of five.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from unillm.ledger import Ledger
from unillm.pricing import PriceBook
from unillm.types.record import Record, Scope
from unillm.types.response import Attempt
from unillm.types.usage import Cost, Usage

_MODELS = (
    ("openai", "gpt-5.5"),
    ("openai", "gpt-5.4"),
    ("deepseek", "deepseek-v4-pro"),
    ("deepseek", "deepseek-flash"),
    ("together", "deepseek-ai/DeepSeek-V4-Pro-0813"),
)
_SPAN = 90 * 86_400
_PART = 5_000  # recorded at once, and waited for
_READINGS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("day", {}),
    ("model", {}),
    ("task", {}),
    ("tag:team", {}),
    ("user", {}),
    ("model", {"baseline": "openai:gpt-5.5"}),
    ("model", {"since": "36h"}),
    ("session", {"since": "7d"}),
    ("session", {}),
)

Billed = tuple[str, str, Usage, Cost]


def _bills(chance: random.Random, now: float) -> list[Billed]:
    book, bills = PriceBook.default(), list[Billed]()
    for provider, model in _MODELS:
        for _ in range(40):
            tokens = chance.randint(100, 30_000)
            usage = Usage(
                input_tokens=tokens,
                output_tokens=chance.randint(10, 2_000),
                cached_input_tokens=chance.choice((0, tokens // 2)),
                cache_write_tokens=0,
                reasoning_tokens=5,
            )
            at = datetime.fromtimestamp(now - chance.random() * _SPAN, UTC)
            cost = book.cost(usage, provider=provider, model=model, at=at)
            bills.append((provider, model, usage, cost))
    return bills


def _records(count: int) -> Iterator[Record]:
    chance, now = random.Random(1), time.time()  # noqa: S311 - the same each time
    bills = _bills(chance, now)
    for number in range(count):
        provider, model, usage, cost = chance.choice(bills)
        at = now - _SPAN + _SPAN * number / count
        attempt = Attempt(
            number=1,
            provider=provider,
            model=model,
            outcome="ok",
            status=200,
            usage=usage,
            served_model=model,
            cost=cost,
            started_at=at,
            duration=1.5,
            first_token=0.4,
            request_id=f"req_{chance.getrandbits(64):x}",
        )
        yield Record(
            operation=uuid.UUID(int=chance.getrandbits(128)).hex,
            outcome="ok" if chance.random() > 0.02 else "error",
            provider=provider,
            model=model,
            streamed=True,
            origin="https://api.example",
            attempts=(attempt,),
            usage=usage,
            cost=cost,
            request=None,
            response=None,
            error=None,
            started_at=at,
            duration=1.6,
            scope=Scope(
                tags={"team": chance.choice("abcde")},
                session=f"s{number // 10}",
                user=f"user{chance.randint(0, 199)}",
                tasks=(chance.choice(("nightly", "chat", "eval")),),
            ),
        )


def _best(use: Callable[[], object], rounds: int = 5) -> float:
    times: list[float] = []
    for _ in range(rounds):
        began = time.perf_counter()
        use()
        times.append(time.perf_counter() - began)
    return min(times)


def _record(ledger: Ledger, count: int) -> None:
    sums, part = (0.0, 0, 0.0), list[Record]()
    for record in _records(count):
        part.append(record)
        if len(part) == min(_PART, count):
            sums = _part(ledger, part, sums)
            part.clear()
    spent, recorded, waited = sums
    print(f"recording      {spent / recorded * 1e6:.2f} µs of the caller's CPU for an operation")
    print(f"writing        {recorded / waited:,.0f} operations a second")


def _part(
    ledger: Ledger, part: list[Record], sums: tuple[float, int, float]
) -> tuple[float, int, float]:
    """Record some at once, and wait for them."""
    spent, recorded, waited = sums
    began, cpu = time.perf_counter(), time.thread_time()
    for record in part:
        ledger.record(record)
    spent += time.thread_time() - cpu
    ledger.flush(60)
    return spent, recorded + len(part), waited + time.perf_counter() - began


def main() -> None:
    """Record, and read."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        where = sys.argv[2] if len(sys.argv) > 2 else str(Path(folder) / "ledger.db")
        with Ledger(where) as ledger:
            _record(ledger, count)
            for by, more in _READINGS:
                took = _best(lambda by=by, more=more: ledger.spend(by, **more))
                said = ", ".join([f"by {by}", *(f"{name} {value}" for name, value in more.items())])
                print(f"spend          {took * 1e3:8.1f} ms  {said}")
        if "://" not in where:
            size = Path(where).stat().st_size
            print(f"size           {size / count:.0f} bytes for an operation with one attempt")


if __name__ == "__main__":
    main()
