"""Serving one row to one client, and what the provider saw of it."""

import time
from itertools import pairwise

from benchmarks.faults.outcome import Outcome, Run
from benchmarks.faults.rows import Row
from unillm.testing import FakeProvider


def play(fake: FakeProvider, row: Row, run: Run) -> Outcome:
    """Run one row against the provider, and count the requests that were made."""
    fake.clear()
    start = time.monotonic()
    outcome = run(row.case(fake.base_url))
    outcome.seconds = round(time.monotonic() - start, 2)
    times = [seen.at for seen in fake.requests]
    outcome.wire = len(times)
    outcome.gap = round(min(b - a for a, b in pairwise(times)), 2) if len(times) > 1 else None
    return outcome
