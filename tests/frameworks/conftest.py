"""What the tests of frameworks share: a fake as strict as DeepSeek, and the pages' world."""

from collections.abc import Iterator

import pytest

import unillm
from tests.docs.conftest import reader
from unillm.testing import FakeProvider

__all__ = ["reader"]

MODEL = "deepseek:deepseek-v4-pro"


@pytest.fixture
def fake() -> Iterator[FakeProvider]:
    """A provider that refuses what DeepSeek's own API refuses."""
    with FakeProvider(dialect="deepseek", rules="deepseek") as provider:
        yield provider


@pytest.fixture
def deepseek(fake: FakeProvider) -> unillm.Provider:
    """The provider named `deepseek`, at the fake."""
    return unillm.Provider("deepseek", base_url=fake.base_url, api_key="test")


@pytest.fixture
def client(deepseek: unillm.Provider) -> Iterator[unillm.Client]:
    """A sync client that knows that provider alone."""
    with unillm.Client(providers=[deepseek]) as made:
        yield made
