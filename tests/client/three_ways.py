"""The fixtures of tests whose body is a coroutine, run three ways; for conftest files to import."""

import contextlib

import pytest

from tests.client import clock as clocks
from tests.client.ways import EVERY_WAY, WAYS, run_coroutine_test
from unillm.testing import FakeProvider


@pytest.fixture(params=WAYS)
def way(request):
    return EVERY_WAY[request.param]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    return run_coroutine_test(pyfuncitem)


@pytest.fixture
def clock(monkeypatch):
    return clocks.put_in(monkeypatch)


@pytest.fixture
def fake(fake_provider):
    return fake_provider


@pytest.fixture
def hosts():
    """Give three providers, for routes that lead to them."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(FakeProvider()) for _ in range(3)]


@pytest.fixture(autouse=True)
def drained(monkeypatch):
    """Have the end of a body awaited for as long as a busy machine takes to bring it.

    And have idle connections kept for as long as it takes to come back to them. Else one is
    closed that would be kept, and counts of them depend on the load.
    """
    monkeypatch.setattr("unillm._flow.chat.DRAIN", 5.0)
    monkeypatch.setattr("unillm._io.httpx_pools.KEPT", 600.0)
    monkeypatch.setattr("unillm._io.aiohttp_sessions.KEPT", 600.0)
