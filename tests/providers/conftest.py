"""Coroutine tests run three ways."""

from tests.client.three_ways import drained, pytest_pyfunc_call, way

__all__ = ["drained", "pytest_pyfunc_call", "way"]
