"""Many streams open at once in one process."""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from benchmarks.speed.question import First
from benchmarks.speed.watch import resident, watched

Stream = Callable[[First], Awaitable[None]]
"""Open a stream, call back at its first piece, read it to its end."""

SETTLE = 10
"""Turns of the event loop in which what came with a first piece is read."""


async def open_streams(stream: Stream, count: int, server: str) -> dict[str, float]:
    """Return kilobytes for each open stream, and microseconds of CPU from its start to its end.

    The streams stand open after five pieces; `server` releases them all.
    """
    for few in (1, 4):
        await _batch(stream, few, server)
    gc.collect()
    before = resident()
    with watched() as watch:
        during = await _batch(stream, count, server)
    return {"kilobytes": (during - before) / count, "cpu": watch.cpu / count}


async def _batch(stream: Stream, count: int, server: str) -> float:
    """Open streams, and return the memory held while all are open."""
    left = count
    all_open = asyncio.Event()

    def first() -> None:
        nonlocal left
        left -= 1
        if not left:
            all_open.set()

    async def watch() -> float:
        await all_open.wait()
        for _ in range(SETTLE):
            await asyncio.sleep(0)
        gc.collect()
        during = resident()
        await released(server)
        return during

    async with asyncio.TaskGroup() as group:
        watching = group.create_task(watch())
        for _ in range(count):
            group.create_task(_opened(stream, first))
    return watching.result()


async def _opened(stream: Stream, first: First) -> None:
    await stream(first)


async def released(server: str) -> None:
    """Have the server end the streams that it holds."""
    where = urlsplit(server)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    writer.write(b"POST /release HTTP/1.1\r\nhost: bench\r\n\r\n")
    await reader.readuntil(b"{}")
    writer.close()
    await writer.wait_closed()
