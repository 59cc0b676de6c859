"""A gateway for a module of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gateway.running import Gateway, running
from unillm.testing import AsyncFakeTransport, FakeProvider


@pytest.fixture
def fake() -> Iterator[FakeProvider]:
    with FakeProvider() as made:
        yield made


@pytest.fixture
def gateway(fake: FakeProvider) -> Iterator[Gateway]:
    with running(fake) as made:
        yield made


@pytest.fixture
def unplugged() -> AsyncFakeTransport:
    return AsyncFakeTransport(dialect="deepseek", rules="deepseek")
