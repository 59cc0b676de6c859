"""The world in which the documentation's examples run: keys are set, a fake provider answers."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from unillm.providers import names, profile_named
from unillm.testing import FakeProvider


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Be where a reader of the documentation is: an empty folder, keys, and servers."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.lower().endswith(("_api_key", "_base_url", "_proxy")):
            monkeypatch.delenv(name)
    with FakeProvider() as others, FakeProvider(dialect="deepseek") as deepseek:
        for name in names():
            fake = deepseek if name == "deepseek" else others
            profile = profile_named(name)
            for variable in filter(None, (profile.base_url_env, profile.api_version_env)):
                monkeypatch.delenv(variable, raising=False)
            monkeypatch.setenv(profile.api_key_env or "", "test")
            monkeypatch.setenv(f"{name.upper()}_BASE_URL", fake.base_url)
        yield
