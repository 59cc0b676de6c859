"""The world of the tests with DSPy: a cache of their own, and no way off this machine."""

import os
import socket
from collections.abc import Iterator

import pytest

os.environ["DSPY_CACHEDIR"] = os.devnull  # read at import: nothing is kept on disk
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "true"

import dspy

import unillm
from unillm.integrations.dspy import UnillmLM, lm
from unillm.testing import FakeProvider

dspy.configure_cache(enable_disk_cache=False, enable_memory_cache=True)
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@pytest.fixture(autouse=True)
def outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """What somebody tried to reach beyond loopback: nothing, or the test fails."""
    tried: list[object] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def guarded(self: socket.socket, address: tuple[str, int]) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and address[0] not in LOOPBACK:
            tried.append(address)
            raise ConnectionRefusedError(address)
        connect(self, address)

    def guarded_look_up(host: str, *rest: object, **more: object) -> object:
        if host not in LOOPBACK:
            tried.append(host)
            raise socket.gaierror(host)
        return look_up(host, *rest, **more)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_look_up)
    yield tried
    assert tried == []


@pytest.fixture(autouse=True)
def fresh() -> None:
    """A cache in which nothing is yet."""
    dspy.cache.reset_memory_cache()


@pytest.fixture
def async_client(deepseek: unillm.Provider) -> unillm.AsyncClient:
    """An async client that knows that provider alone."""
    return unillm.AsyncClient(providers=[deepseek])


@pytest.fixture
def model(client: unillm.Client, async_client: unillm.AsyncClient) -> UnillmLM:
    """The LM that asks the fake."""
    return lm("deepseek:deepseek-v4-pro", client, async_client)


@pytest.fixture
def configured(model: UnillmLM, fake: FakeProvider) -> Iterator[UnillmLM]:
    """The same, as the one that modules ask."""
    with dspy.context(lm=model):
        yield model
