"""Coroutine tests run three ways."""

import pytest

from tests.client.ways import WAYS, run_coroutine_test


@pytest.fixture(params=WAYS)
def way(request):
    return WAYS[request.param]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    return run_coroutine_test(pyfuncitem)


@pytest.fixture
def fake(fake_provider):
    return fake_provider
