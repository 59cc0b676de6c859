"""Coroutine tests run three ways; what is told goes to providers of the real SDK, in memory."""

import pytest

from tests.client.three_ways import clock, drained, fake, pytest_pyfunc_call, way
from tests.telemetry.listener import Listener

__all__ = ["clock", "drained", "fake", "heard", "pytest_pyfunc_call", "way"]


@pytest.fixture
def heard():
    """Give what takes spans, metrics and events, and shows them."""
    listener = Listener()
    yield listener
    listener.close()
