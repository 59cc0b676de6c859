"""The page on clients of openai does what it says."""

import pytest

from tests.docs.conftest import reader
from tests.frameworks.pages import run_page

__all__ = ["reader"]


@pytest.mark.usefixtures("reader")
def test_the_page_runs() -> None:
    run_page("openai")
