"""Coroutine tests run four ways: sync, on asyncio, on trio, and on asyncio over aiohttp."""

import pytest

from tests.client.three_ways import clock, drained, fake, pytest_pyfunc_call
from tests.client.ways import EVERY_WAY

__all__ = ["clock", "drained", "fake", "pytest_pyfunc_call"]


@pytest.fixture(params=EVERY_WAY)
def way(request):
    return EVERY_WAY[request.param]


@pytest.fixture(params=["httpx", "aiohttp"])
def over(request, monkeypatch):
    """Have async clients send with one transport, then with the other."""
    monkeypatch.setenv("UNILLM_TRANSPORT", request.param)
    return request.param


def pytest_collection_modifyitems(config, items):
    """Leave out what has a client handed in and would run over aiohttp: it would not."""
    kept, out = [], []
    for item in items:
        given = getattr(getattr(item, "callspec", None), "params", {})
        handed = {"httpx", "httpx2"} & {value for value in _flat(given) if isinstance(value, str)}
        (out if handed and given.get("way") == "aiohttp" else kept).append(item)
    config.hook.pytest_deselected(items=out)
    items[:] = kept


def _flat(given):
    for value in given.values():
        yield from value if isinstance(value, tuple) else (value,)
