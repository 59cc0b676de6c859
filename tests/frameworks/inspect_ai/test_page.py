"""The page works as printed."""

import pytest

from tests.frameworks.pages import run_page


@pytest.mark.usefixtures("reader")
def test_the_page():
    run_page("inspect-ai")
