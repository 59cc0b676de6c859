"""Every Python block of the documentation runs, page by page, against a fake provider."""

from pathlib import Path

import pytest

from tests.docs.blocks import blocks, faults, run
from tests.house.sources import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
RUNNABLE = {
    page: found
    for page in PAGES
    if "frameworks" not in page.parts  # they run where those packages are: `make test-frameworks`
    and (found := [b for b in blocks(page) if b.language == "python" and not b.skipped])
}


def test_every_block_is_marked_as_it_should_be() -> None:
    assert [fault for page in PAGES for block in blocks(page) for fault in faults(block)] == []


def test_the_readme_has_examples() -> None:
    assert ROOT / "README.md" in RUNNABLE


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    "page", [pytest.param(page, id=str(page.relative_to(ROOT))) for page in RUNNABLE]
)
def test_the_blocks_of_a_page_run(page: Path) -> None:
    run(page, RUNNABLE[page])
    assert RUNNABLE[page]
