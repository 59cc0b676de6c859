"""Modules are named after what they hold."""

from tests.house.sources import PACKAGE, ROOT, modules

SAYS_NOTHING = {
    "utils",
    "util",
    "helpers",
    "helper",
    "manager",
    "managers",
    "base",
    "common",
    "core",
}


def test_no_module_has_a_name_that_says_nothing() -> None:
    named = {
        str(path.relative_to(ROOT))
        for path in modules()
        for part in path.relative_to(PACKAGE).with_suffix("").parts
        if part.strip("_") in SAYS_NOTHING
    }
    assert named == set()
