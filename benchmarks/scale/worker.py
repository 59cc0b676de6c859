"""Many streams at once in one process: `python -m benchmarks.scale.worker OPTIONS`, as JSON.

So many workers open one stream after the other for so many seconds, and finish the last. Each
chunk must come once, in its place, and be what the server says it sent: anything else fails.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from statistics import linear_regression, quantiles
from typing import Any
from urllib.parse import urlsplit

import unillm
from benchmarks.speed.watch import MICRO, resident

BEAT = 0.01
"""Seconds between two looks at how late the event loop is."""

FEW = 2
"""Chunks of the stream that warms up."""

LATE = 30.0
"""Seconds that the last streams may take beyond their own length."""


class LostEventError(Exception):
    """A chunk did not come, came twice, or came out of its place."""


@dataclass
class Seen:
    """What came, and how the process did meanwhile.

    Attributes:
        chunks: Chunks that came, each in its place.
        streams: Streams that came to their end.
        late: Seconds that the event loop was late, at each beat.
        held: Seconds since the start, and kilobytes of memory then.
    """

    chunks: int = 0
    streams: int = 0
    late: list[float] = field(default_factory=list)
    held: list[tuple[float, float]] = field(default_factory=list)


async def measured(
    server: str, *, streams: int, seconds: float, chunks: int, gap: float, transport: str
) -> dict[str, float]:
    """Return the figures of one point of the curve.

    Raises:
        LostEventError: What came is not what was sent.
    """
    where = {"long": chunks, "short": FEW}
    providers = [
        unillm.Provider(name, base_url=f"{server}/numbered-{count}/v1", api_key="key")
        for name, count in where.items()
    ]
    chosen: dict[str, Any] = {} if transport == "httpx" else {"transport": transport}
    seen = Seen()
    async with unillm.AsyncClient(providers=providers, **chosen) as client:
        await _stream(client, "short:m", FEW, seen)  # the first of a process is no measure
        began, cpu = time.perf_counter(), time.process_time()
        until = began + seconds
        watching = asyncio.create_task(_watch(seen, began))
        async with asyncio.timeout(seconds + chunks * gap + LATE), asyncio.TaskGroup() as group:
            for at in range(streams):
                # Spread over the gap: real streams do not begin in step.
                group.create_task(_work(client, seen, chunks, until, gap * at / streams))
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
        watching.cancel()
    sent = await _sent(server)
    if sent != {"chunks": seen.chunks, "streams": seen.streams}:
        raise LostEventError(f"sent {sent}, came {seen.chunks} chunks of {seen.streams} streams")
    return _figures(seen, took, cpu, streams / gap)


async def _work(
    client: unillm.AsyncClient, seen: Seen, chunks: int, until: float, wait: float
) -> None:
    await asyncio.sleep(wait)
    while time.perf_counter() < until:
        await _stream(client, "long:m", chunks, seen)


async def _stream(client: unillm.AsyncClient, model: str, chunks: int, seen: Seen) -> None:
    due = 0
    async with client.stream("Count.", model=model) as stream:
        async for event in stream:
            if isinstance(event, unillm.TextDelta):
                if event.text != f"{due} ":
                    raise LostEventError(f"{event.text!r} came where {due} was due")
                due += 1
                seen.chunks += 1
    if due != chunks:
        raise LostEventError(f"{due} chunks came of {chunks}")
    seen.streams += 1


async def _watch(seen: Seen, began: float) -> None:
    sampled = 0.0
    while True:
        due = time.perf_counter() + BEAT
        await asyncio.sleep(BEAT)
        now = time.perf_counter()
        seen.late.append(now - due)
        if now - sampled > 0.25:
            sampled = now
            seen.held.append((now - began, resident()))


async def _sent(server: str) -> dict[str, int]:
    where = urlsplit(server)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    writer.write(b"POST /sent HTTP/1.1\r\nhost: scale\r\n\r\n")
    told = (await reader.readuntil(b"}")).partition(b"\r\n\r\n")[2]
    writer.close()
    await writer.wait_closed()
    return json.loads(told)


def _figures(seen: Seen, took: float, cpu: float, offered: float) -> dict[str, float]:
    late = quantiles(seen.late, n=100) if len(seen.late) > 1 else [0.0] * 99
    settled = seen.held[len(seen.held) // 2 :]
    slope = linear_regression(*zip(*settled, strict=True)).slope if len(settled) > 2 else 0.0
    return {
        "offered_per_second": offered,
        "per_second": (seen.chunks - FEW) / took,
        "cpu_per_chunk": cpu / (seen.chunks - FEW) * MICRO,
        "busy": cpu / took,
        "late_half": late[49] * 1000,
        "late_99": late[98] * 1000,
        "memory": max(kilobytes for _, kilobytes in seen.held) / 1024 if seen.held else 0.0,
        "growth_per_minute": slope * 60,
        "chunks": seen.chunks,
        "streams": seen.streams,
        "lost": 0,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measured(sys.argv[1], **json.loads(sys.argv[2])))))
