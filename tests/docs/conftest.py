"""The world in which the documentation's examples run: keys are set, a fake provider answers."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from unillm.testing import FakeProvider

_SUFFIXES = ("_api_key", "_base_url", "_proxy", "_endpoint", "_api_version", "_api_base", "_token")


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Be where a reader of the documentation is: an empty folder, keys, and servers."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.lower().endswith(_SUFFIXES):
            monkeypatch.delenv(name)
    with (
        FakeProvider() as openai,
        FakeProvider(dialect="deepseek") as deepseek,
        FakeProvider(rules="azure", api_key="test") as azure,
        FakeProvider(rules="openrouter") as openrouter,
        FakeProvider(rules="litellm") as litellm,
        FakeProvider(rules="huggingface") as huggingface,
    ):
        for name, fake in (
            ("OPENAI", openai),
            ("DEEPSEEK", deepseek),
            ("OPENROUTER", openrouter),
            ("HUGGINGFACE", huggingface),
        ):
            monkeypatch.setenv(f"{name}_API_KEY", "test")
            monkeypatch.setenv(f"{name}_BASE_URL", fake.base_url)
        monkeypatch.setenv("HF_TOKEN", "test")
        monkeypatch.setenv("AZURE_OPENAI_API_KEY", "test")
        monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", azure.url)
        monkeypatch.setenv("LITELLM_PROXY_API_BASE", litellm.url)
        yield
