"""The API reference shows every public name."""

import re

import pytest

import unillm
import unillm.testing
from tests.house.sources import ROOT

SECTION = re.compile(r"^::: (unillm[\w.]*)$", re.MULTILINE)
SHOWN = {
    section
    for page in (ROOT / "docs" / "api").glob("*.md")
    for section in SECTION.findall(page.read_text(encoding="utf-8"))
}
PUBLIC = [
    *(("unillm", name) for name in unillm.__all__ if name != "__version__"),
    *(("unillm.testing", name) for name in unillm.testing.__all__),
]


@pytest.mark.parametrize(("module", "name"), PUBLIC)
def test_a_public_name_is_in_the_reference(module: str, name: str) -> None:
    defined_in = getattr(getattr(__import__(module, fromlist=[name]), name), "__module__", "")
    assert SHOWN & {f"{module}.{name}", defined_in}, f"add '::: {module}.{name}' to docs/api/"
