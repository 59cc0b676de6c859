"""Every input that fuzzing found, and every one it begins with, is checked without a fuzzer."""

from __future__ import annotations

import pytest

from tests.fuzz.targets import HERE, NAMES, target_named

# Millions of steps over lines that other tests cover: counting these too only takes time.
pytestmark = pytest.mark.no_cover

FINDINGS = [
    pytest.param(name, path, id=f"{name}/{path.name}")
    for name in NAMES
    for path in sorted(target_named(name).findings.glob("*"))
]


@pytest.mark.parametrize("name", NAMES)
def test_every_seed_holds(name):
    target = target_named(name)
    seeds = target.seeds()
    assert len(set(seeds)) > 5
    for seed in seeds:
        target.check(seed)


@pytest.mark.parametrize("name", NAMES)
def test_the_least_inputs_hold(name):
    check = target_named(name).check
    for data in (b"", *(bytes([byte]) for byte in range(256))):
        check(data)


@pytest.mark.parametrize(("name", "path"), FINDINGS)
def test_what_was_found_holds(name, path):
    target_named(name).check(path.read_bytes())


def test_every_finding_belongs_to_a_target():
    folders = {path.name for path in (HERE / "findings").glob("*")}
    assert folders <= set(NAMES)


def test_every_module_that_can_be_fuzzed_is():
    found = {path.stem for path in HERE.glob("*.py") if "\ndef check(" in path.read_text("utf-8")}
    assert found == set(NAMES)
