"""A clock that can be put forward: time passes without being waited for."""

import time
from types import SimpleNamespace


class Clock:
    """The clock of unillm, as much ahead of the real one as a test wants it."""

    def __init__(self):
        self.ahead = 0.0

    def monotonic(self):
        return time.monotonic() + self.ahead

    def skip(self, seconds):
        self.ahead += seconds

    def while_serving(self, *segments, seconds):
        """Give segments to serve, the clock being put forward before the last of them."""
        yield from segments[:-1]
        self.skip(seconds)
        yield segments[-1]


def put_in(monkeypatch):
    clock = Clock()
    replaced = SimpleNamespace(monotonic=clock.monotonic, time=time.time, sleep=time.sleep)
    monkeypatch.setattr("unillm._io.clock.time", replaced)
    return clock
