"""The clock, chance, and unique ids."""

from __future__ import annotations

import random
import time
import uuid
from datetime import UTC, date, datetime

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
    """Return an id no other operation has."""
    return uuid.uuid4().hex


def sleep(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)  # what the effect `Sleep` of a flow asks for: a pause between attempts
