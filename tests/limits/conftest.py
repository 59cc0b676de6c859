"""Coroutine tests run three ways."""

import pytest

from tests.client.three_ways import clock, drained, fake, pytest_pyfunc_call, way
from tests.limits import servers

__all__ = ["clock", "drained", "fake", "pytest_pyfunc_call", "way"]


@pytest.fixture
def own_redis(tmp_path):
    """Give a redis-server that the test may stop."""
    with servers.Server(tmp_path) as server:
        yield server


@pytest.fixture
def prefix():
    """Give a prefix in the Redis on this machine; its keys are deleted at the end."""
    client = servers.require()
    name = servers.prefix()
    yield name
    servers.sweep(client, name)
    client.close()
