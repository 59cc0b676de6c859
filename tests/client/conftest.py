"""Coroutine tests run three ways."""

from tests.client.three_ways import clock, drained, fake, hosts, pytest_pyfunc_call, way

__all__ = ["clock", "drained", "fake", "hosts", "pytest_pyfunc_call", "way"]
