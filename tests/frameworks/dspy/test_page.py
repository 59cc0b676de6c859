"""The page of DSPy runs as printed."""

import dspy
import pytest

from tests.frameworks.dspy.answers import answer
from tests.frameworks.pages import run_page
from unillm.testing import FakeProvider


@pytest.mark.usefixtures("reader")
def test_the_page(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with FakeProvider(dialect="deepseek", rules="deepseek") as fake:
        monkeypatch.setenv("DEEPSEEK_BASE_URL", fake.base_url)
        fake.enqueue(*(answer(answer=name) for name in ("Paris", "Rome", "Madrid")))
        fake.enqueue(*(answer(answer="Europe") for _ in range(3)))
        fake.enqueue("Hello!")
        try:
            run_page("dspy")
        finally:
            dspy.configure(lm=None)
    printed = capsys.readouterr().out
    assert "Paris\nRome\nMadrid" in printed
    assert "LMInvalidRequestError" in printed
    assert len(fake.requests) == 8
