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

    def while_serving(self, begin, drop, *, seconds):
        """Give a begin to serve, then drops, the clock being put forward before each of them.

        One drop may be read together with what was before it; of several, one is not.
        """
        yield begin
        for _ in range(50):
            yield 0.005
            self.skip(seconds)
            yield drop


def put_in(monkeypatch):
    clock = Clock()
    replaced = SimpleNamespace(monotonic=clock.monotonic, time=time.time, sleep=time.sleep)
    monkeypatch.setattr("unillm._io.clock.time", replaced)
    return clock
