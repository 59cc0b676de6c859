"""The clock, chance, and unique ids."""

from __future__ import annotations

import os
import random
import time
from datetime import UTC, date, datetime
from functools import lru_cache
from time import time_ns

from unillm._flow.effects import Instant


def now() -> Instant:
    """Return this moment."""
    return Instant(time.monotonic(), time.time())


def monotonic() -> float:
    """Return this moment on the monotonic clock, in seconds."""
    return time.monotonic()


def today() -> date:
    """Return this day in UTC."""
    return datetime.fromtimestamp(time.time(), UTC).date()


def draw() -> float:
    """Return a random number from 0 to 1."""
    return random.random()


def unique() -> str:
    """Return an id no other operation has, here or elsewhere: 32 hexadecimal digits.

    The moment goes into it, so that two processes woken from one snapshot have ids of their own.
    """
    return f"{_chance(os.getpid()).getrandbits(128) ^ time_ns():032x}"


@lru_cache(maxsize=1)
def _chance(pid: int) -> random.Random:
    """Return what ids are drawn from in a process: nobody seeds it, as one may the shared one."""
    return random.Random(os.urandom(32) + pid.to_bytes(8))


def sleep(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)  # what the effect `Sleep` of a flow asks for: a pause between attempts
