"""Coroutine tests run three ways, and two hosts of which one must not be touched."""

import pytest

from tests.client.three_ways import clock, drained, fake, pytest_pyfunc_call, way
from tests.constraints.watched import Watched

__all__ = ["clock", "drained", "fake", "pytest_pyfunc_call", "watched", "way"]


@pytest.fixture
def watched():
    with Watched.running() as both:
        yield both
