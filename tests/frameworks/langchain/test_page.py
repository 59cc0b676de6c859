"""The examples of the page run as they are printed."""

import gc
from collections.abc import Iterator

import pytest

from tests.frameworks.pages import run_page


@pytest.fixture(autouse=True)
def nothing_left_open() -> Iterator[None]:
    """Let what a page's models made go where its own test ends."""
    yield
    gc.collect()


@pytest.mark.usefixtures("reader")
def test_the_page() -> None:
    run_page("langchain")
