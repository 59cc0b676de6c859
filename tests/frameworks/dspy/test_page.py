"""The page of DSPy runs as printed."""

import dspy
import pytest

from tests.frameworks.pages import run_page


@pytest.mark.usefixtures("reader")
def test_the_page() -> None:
    with dspy.context():
        run_page("dspy")
