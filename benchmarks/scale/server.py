"""A provider of numbered chunks at a steady pace: `python -m benchmarks.scale.server GAP`.

A path like `/numbered-40/v1` streams forty chunks whose text is their number, one every GAP
seconds. `/sent` tells how many chunks have been sent, and of how many whole streams.
"""

import asyncio
import json
import sys
from dataclasses import dataclass
from functools import lru_cache

from benchmarks.speed import wire
from benchmarks.speed.server import Connection, Held, serve


@dataclass
class Sent:
    """What all connections have sent.

    Attributes:
        chunks: Chunks with a number.
        streams: Streams that were sent to their end.
    """

    chunks: int = 0
    streams: int = 0


class Numbered(Connection):
    """One connection."""

    def __init__(self, gap: float, sent: Sent) -> None:
        """Take the pace, and where what is sent is counted."""
        super().__init__(Held())
        self._gap = gap
        self._sent = sent

    def answer(self, scenario: str) -> None:
        """Begin a stream, or tell what was sent."""
        if scenario == "sent":
            self._transport.write(wire.whole(json.dumps(vars(self._sent)).encode()))
            return
        head, *writes = numbered(int(scenario.partition("-")[2]))
        self._transport.write(head)
        self._step(writes, 0, asyncio.get_running_loop())

    def _step(self, writes: list[bytes], at: int, loop: asyncio.AbstractEventLoop) -> None:
        if self._transport.is_closing():
            return
        if at == len(writes) - 1:
            self._transport.write(writes[at])
            self._sent.streams += 1
            return
        self._transport.write(writes[at])
        self._sent.chunks += 1
        loop.call_later(self._gap, self._step, writes, at + 1, loop)


@lru_cache(maxsize=4)
def numbered(count: int) -> tuple[bytes, ...]:
    """Return the head of a stream, each numbered chunk, and all that ends it."""
    head, start, *_ = wire.stream(f"stream-{count}")
    *_, finish, usage, done, end = wire.stream(f"stream-{count}")
    chunks = [wire.framed(wire.event({"content": f"{number} "})) for number in range(count)]
    return (head + start, *chunks, finish + usage + done + end)


if __name__ == "__main__":
    total = Sent()
    asyncio.run(serve(lambda: Numbered(float(sys.argv[1]), total)))
