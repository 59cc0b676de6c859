"""The tests that docs/testing.md shows pass, as a reader's pytest runs them."""

import re

import pytest

from tests.docs.blocks import blocks
from tests.house.sources import ROOT

TITLE = re.compile(r'title="(?P<name>\w+\.py)"')
FILES = {
    found["name"]: block.source
    for block in blocks(ROOT / "docs" / "testing.md")
    if (found := TITLE.search(block.info))
}


@pytest.mark.usefixtures("reader")
def test_the_tests_of_the_page_pass(pytester, monkeypatch):
    for name, source in FILES.items():
        (pytester.path / name).write_text(source, encoding="utf-8")
    monkeypatch.chdir(pytester.path)
    monkeypatch.syspath_prepend(pytester.path)
    count = sum(source.count("def test_") for source in FILES.values()) + 3  # one has four cases

    def run(*options, **outcomes):
        result = pytester.runpytest_inprocess("-p", "no:cacheprovider", *options)
        result.assert_outcomes(**outcomes)
        return result.stdout.str()

    assert "pytest --unillm-record=once" in run(passed=count - 1, errors=1)
    run("--unillm-record=once", passed=count)
    monkeypatch.delenv("DEEPSEEK_API_KEY")
    monkeypatch.setenv("DEEPSEEK_BASE_URL", "http://127.0.0.1:9/v1")
    run(passed=count)
    assert (pytester.path / "recordings/test_recorded/test_what_deepseek_says.tape").exists()


def test_every_file_of_the_page_is_run():
    assert len(FILES) >= 6
    skipped = [b for b in blocks(ROOT / "docs" / "testing.md") if b.skipped]
    assert all(TITLE.search(block.info) for block in skipped)
