"""The world in which the documentation's examples run: keys are set, a fake provider answers."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from unillm.testing import FakeProvider


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Be where a reader of the documentation is: an empty folder, keys, and servers."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.lower().endswith(("_api_key", "_base_url", "_proxy")):
            monkeypatch.delenv(name)
    with FakeProvider() as openai, FakeProvider(dialect="deepseek") as deepseek:
        for name, fake in (("OPENAI", openai), ("DEEPSEEK", deepseek)):
            monkeypatch.setenv(f"{name}_API_KEY", "test")
            monkeypatch.setenv(f"{name}_BASE_URL", fake.base_url)
        # A day of waiting takes none.
        monkeypatch.setattr("unillm._flow.batch.FIRST_PAUSE", 0.001)
        yield
