"""The hot paths are no more work than their budgets allow: counted, so no busy machine matters."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.instructions import budgets as budgets_module
from benchmarks.instructions.budgets import GUARDED, TOLERANCE, Budgets, budgets, here
from benchmarks.instructions.bytecodes import bytecodes, counted
from benchmarks.instructions.callgrind import total
from benchmarks.paths import PATHS

ROOT = Path(__file__).resolve().parents[2]
REWRITE = "where that is meant: python -m benchmarks.instructions --write"
COUNT = """
import sys
from benchmarks.instructions.bytecodes import bytecodes
for name in sys.argv[1:]:
    print(name, bytecodes(name))
"""


@pytest.fixture(scope="module")
def counts() -> dict[str, int]:
    """Count in a process of its own: no tracer of coverage, and nothing that a test left behind."""
    command = [sys.executable, "-c", COUNT, *GUARDED]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {name: int(count) for name, count in map(str.split, done.stdout.splitlines())}


@pytest.mark.parametrize("name", GUARDED)
def test_a_path_stays_within_its_budget(name: str, counts: dict[str, int]):
    known = budgets("bytecodes")
    assert known is not None
    assert 0 < counts[name] <= known.allowed(name), REWRITE


def test_every_path_has_a_budget_and_every_budget_a_path():
    known = budgets("bytecodes")
    assert known is not None
    assert tuple(known.counts) == GUARDED
    assert set(GUARDED) <= set(PATHS)


def test_a_count_is_the_same_each_time():
    assert bytecodes("cost") == bytecodes("cost") > 0


def test_more_work_is_counted():
    few, many = (counted(lambda n=n: sum(i for i in range(n))) for n in (10, 1000))
    assert many > few * 20


def test_a_budget_of_this_python_is_tight_and_of_another_loose():
    mine = Budgets(python=here(), counts={"path": 1000})
    other = Budgets(python="3.0", counts={"path": 1000})
    assert mine.allowed("path") == 1000 * (1 + TOLERANCE) < other.allowed("path")


def test_new_counts_are_kept_beside_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(budgets_module, "BUDGETS", tmp_path / "budgets.json")
    assert budgets("bytecodes") is None
    budgets_module.keep("bytecodes", {"chat": 5, "cost": 7})
    budgets_module.keep("bytecodes", {"cost": 8})
    known = budgets("bytecodes")
    assert known is not None
    assert known.counts == {"chat": 5, "cost": 8}


def test_what_callgrind_writes_down_is_read(tmp_path: Path):
    dump = tmp_path / "counted.2"
    dump.write_text("# callgrind format\nevents: Ir\nfn=(1)\n1 5\n\ntotals: 4321\n")
    assert total(dump) == 4321
