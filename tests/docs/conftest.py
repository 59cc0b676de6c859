"""The world in which the documentation's examples run: keys are set, a fake provider answers."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from unillm.providers import names, profile_named
from unillm.testing import FakeOptions, FakeProvider

_FAKES: dict[str, FakeOptions] = {
    "openai": {},
    "deepseek": {"dialect": "deepseek"},
    "azure": {"rules": "azure", "api_key": "test"},
}
"""How the fakes are that are not simply as strict as the host."""

_SUFFIXES = ("_api_key", "_base_url", "_proxy", "_endpoint", "_api_version", "_api_base", "_token")


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Be where a reader of the documentation is: an empty folder, keys, and servers."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.lower().endswith(_SUFFIXES):
            monkeypatch.delenv(name)
    with ExitStack() as stack:
        for name in names():
            profile, usual = profile_named(name), f"{name.upper()}_BASE_URL"
            fake = stack.enter_context(FakeProvider(**_FAKES.get(name, {"rules": name})))
            monkeypatch.setenv(profile.api_key_env or "", "test")
            monkeypatch.delenv(profile.api_version_env or "", raising=False)
            if profile.base_url_env:
                monkeypatch.setenv(profile.base_url_env, fake.url)
            else:
                monkeypatch.setenv(usual, fake.base_url)
        # A day of waiting takes none.
        monkeypatch.setattr("unillm._flow.batch.FIRST_PAUSE", 0.001)
        yield
