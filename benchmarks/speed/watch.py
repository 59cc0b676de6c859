"""CPU, clock and memory of this process."""

import gc
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MICRO = 1e6
MOMENT = 0.25
"""Seconds of CPU after which a measurement begins nothing more."""


@dataclass(slots=True)
class Watch:
    """Microseconds of CPU and of the clock that a block took, known at its end; and its turns."""

    cpu: float = 0.0
    wall: float = 0.0
    count: int = 0


def turns(count: int, watch: Watch, *, seconds: float = MOMENT) -> Iterator[None]:
    """Give so many turns, or as many as begin within these seconds of CPU, and count them."""
    end = time.process_time() + seconds
    while watch.count < count and (not watch.count or time.process_time() < end):
        watch.count += 1
        yield


@contextmanager
def watched() -> Iterator[Watch]:
    """Measure a block. Garbage of before is collected first; the collector stays on."""
    gc.collect()
    watch = Watch()
    wall, cpu = time.perf_counter(), time.process_time()
    yield watch
    watch.cpu = (time.process_time() - cpu) * MICRO
    watch.wall = (time.perf_counter() - wall) * MICRO


def resident() -> float:
    """Return the kilobytes of memory this process holds."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024
