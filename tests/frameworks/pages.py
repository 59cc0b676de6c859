"""Run the Python blocks of a framework's page: each folder's tests call it for theirs."""

from tests.docs.blocks import blocks, run
from tests.matrix import ROOT


def run_page(name: str) -> None:
    """Run every block of `docs/frameworks/<name>.md`, in order, in one module.

    Raises:
        AssertionError: The page has none.
    """
    page = ROOT / "docs" / "frameworks" / f"{name}.md"
    found = [b for b in blocks(page) if b.language == "python" and not b.skipped]
    assert found, f"{page.name} has no example"
    run(page, found)
