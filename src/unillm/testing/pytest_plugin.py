"""Fixtures: load them with ``pytest_plugins = ["unillm.testing.pytest_plugin"]``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from unillm.testing.fake import FakeProvider

__all__ = ["fake_provider"]


@pytest.fixture
def fake_provider() -> Iterator[FakeProvider]:
    """Give a running `FakeProvider` to one test."""
    with FakeProvider() as fake:
        yield fake
