"""Fixtures: load them with ``pytest_plugins = ["unillm.testing.pytest_plugin"]``."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from unillm.testing._scripted import FakeOptions
from unillm.testing.fake import FakeProvider
from unillm.testing.recordings import Mode, Recording, RecordingError
from unillm.testing.recordings import recording as record

__all__ = ["fake_provider", "fake_provider_options", "recording", "recording_options"]

_MODES: dict[str, Mode] = {"none": "replay", "once": "auto", "all": "record"}
_RECORDING = pytest.StashKey[Recording]()
_UNSAFE = re.compile(r"[^\w.=,-]+")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--unillm-record``."""
    parser.getgroup("unillm").addoption(
        "--unillm-record",
        choices=tuple(_MODES),
        default="none",
        help="what the fixture `recording` does: replay only (none, the default), "
        "record what is not recorded yet (once), or record everything anew (all)",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """End the recording of a test as part of the test, so that it is the test that fails."""
    try:
        result = yield
    except BaseException:
        if _RECORDING in item.stash:
            item.stash[_RECORDING].abandon()
        raise
    if _RECORDING in item.stash:
        item.stash[_RECORDING].finish()
    return result


@pytest.fixture
def fake_provider_options() -> FakeOptions:
    """Give the options of `fake_provider`, such as ``strict``; override it where you need it."""
    return {}


@pytest.fixture
def fake_provider(fake_provider_options: FakeOptions) -> Iterator[FakeProvider]:
    """Give a running `FakeProvider` to one test."""
    with FakeProvider(**fake_provider_options) as fake:
        yield fake


@pytest.fixture
def recording_options() -> dict[str, Any]:
    """Give the options of `recording`; override it in a conftest, a module or by parametrising."""
    return {}


@pytest.fixture
def recording(
    request: pytest.FixtureRequest, recording_options: dict[str, Any]
) -> Iterator[Recording]:
    """Give the `Recording` of one test, ``recordings/<module>/<test>.tape`` beside its file.

    It replays. ``pytest --unillm-record=once`` records what is missing, ``=all`` everything.
    """
    chosen = str(request.config.getoption("--unillm-record", "none"))
    beside = request.path.parent / "recordings" / request.path.stem
    name = _UNSAFE.sub("_", str(request.node.nodeid).partition("::")[2].replace("::", "."))
    try:
        made = record(beside / f"{name}.tape", _MODES[chosen], **recording_options)
    except RecordingError as problem:
        pytest.fail(problem.message, pytrace=False)
    request.node.stash[_RECORDING] = made
    with made:
        yield made
        made.abandon()  # the call has finished it, if it came to that
