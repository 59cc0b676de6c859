"""Processes that share a budget in Redis: the provider's own bill is the judge."""

# pyright: reportOptionalMemberAccess=false, reportOptionalOperand=false, reportOperatorIssue=false
# pyright: reportOptionalSubscript=false, reportArgumentType=false

import os
import signal
import subprocess
import sys
import threading
from decimal import Decimal
from pathlib import Path

import pytest

import unillm
from tests.limits import servers
from tests.limits.purses import billed
from unillm.limits import RedisStore
from unillm.testing import Answer, faults

PROGRAM = Path(__file__).with_name("hammer.py")
USD = Decimal("0.15")
BOUND = Decimal("0.0053")
"""More than any of these calls may cost."""


def begun(fake, prefix, *, expired="released", lease=3_600):
    return subprocess.Popen(
        [
            *(sys.executable, str(PROGRAM), fake.base_url, servers.URL, prefix),
            *(str(USD), expired, str(lease)),
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )


def state(prefix, **options):
    store = RedisStore(servers.URL, prefix=prefix)
    budget = unillm.Budget(USD, name="shared", store=store, **options)
    with unillm.Client(budget=budget) as client:
        (found,) = client.budgets()
    return found


def whole(fake):
    """Have all answers be long enough to be killed in."""
    fake.enqueue(*[Answer("word " * 300) for _ in range(3_000)])


@pytest.mark.slow
def test_two_processes_never_overspend_and_what_is_counted_is_what_was_billed(fake, prefix):
    whole(fake)
    both = [begun(fake, prefix) for _ in range(2)]
    for one in both:
        one.communicate(timeout=100)
    assert [one.returncode for one in both] == [0, 0]
    found = state(prefix)
    assert found.spent == billed(fake)
    assert USD - BOUND < found.spent <= USD
    assert (found.reserved, found.expired, found.overshoot) == (0, 0, 0)


@pytest.mark.slow
def test_nor_do_they_in_bad_weather(fake, prefix):
    weather = ("cut-in-text", "status-500", "reset-in-text", "status-429", "eof-in-text")
    for number in range(1_000):
        fake.enqueue(Answer("word " * 300), faults.get(weather[number % len(weather)]))
    both = [begun(fake, prefix) for _ in range(2)]
    for one in both:
        one.communicate(timeout=100)
    assert [one.returncode for one in both] == [0, 0]
    found = state(prefix)
    assert 0 < billed(fake) <= found.spent <= USD
    assert found.spent > USD - BOUND
    assert (found.reserved, found.expired, found.overshoot) == (0, 0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("expired", ["released", "spent"])
def test_one_of_them_may_be_killed_at_any_moment(fake, prefix, expired):
    whole(fake)
    victim = begun(fake, prefix, expired=expired, lease=1)
    other = begun(fake, prefix, expired=expired, lease=1)
    for _ in range(20):  # it is in the middle of its calls
        victim.stdout.readline()
    victim.send_signal(signal.SIGKILL)
    victim.communicate(timeout=10)
    other.communicate(timeout=100)
    assert other.returncode == 0
    # What the killed one had under way is broken off; what of it was sent, the fake bills.
    waited = threading.Event()
    while fake.in_flight:
        waited.wait(0.005)
    found = state(prefix, expired=expired)
    killed = 8 * BOUND  # calls under way in it, at most
    assert billed(fake) <= (USD if expired == "spent" else USD + killed)
    assert found.spent <= USD
    assert found.reserved <= killed
