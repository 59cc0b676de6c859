"""CPU, clock and memory of this process."""

import gc
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MICRO = 1e6
MOMENT = 0.25
"""Seconds of CPU after which a measurement begins no further turn."""


class Watch:
    """Microseconds of CPU and of the clock between its start and its stop, and turns taken."""

    def __init__(self) -> None:
        """Make it, stopped."""
        self.cpu = self.wall = 0.0
        self.count = 0

    def start(self) -> None:
        """Start. Garbage of before is collected first; the collector stays on."""
        gc.collect()
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def stop(self) -> None:
        """Stop."""
        self.cpu = (time.process_time() - self._cpu) * MICRO
        self.wall = (time.perf_counter() - self._wall) * MICRO

    def turns(self, count: int, *, warm_up: int, abreast: int = 1) -> Iterator[None]:
        """Give turns to warm up, then measured ones: so many, or as many as a moment allows.

        With several workers as many are in flight when the first measured turn is given as when
        the last has been: neither the rush of their start nor their end is measured.
        """
        for _ in range(warm_up):
            yield
        self.start()
        end = time.process_time() + MOMENT
        while self.count < count and (self.count < abreast or time.process_time() < end):
            self.count += 1
            yield
        self.stop()


@contextmanager
def watched() -> Iterator[Watch]:
    """Measure a block."""
    watch = Watch()
    watch.start()
    yield watch
    watch.stop()


def resident() -> float:
    """Return the kilobytes of memory this process holds."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024
