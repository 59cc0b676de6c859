"""Every script in examples/ runs as a reader runs it, unless its first line says what it needs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import ROOT

NEEDS = "# needs:"
EXAMPLES = sorted((ROOT / "examples").rglob("*.py"))


def first_line(path: Path) -> str:
    return path.read_text(encoding="utf-8").partition("\n")[0]


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    "example",
    [
        pytest.param(path, id=path.name)
        for path in EXAMPLES
        if not first_line(path).startswith(NEEDS)
    ],
)
def test_an_example_runs_and_prints(example: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(example)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=dict(os.environ),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip(), "an example shows something"


def test_an_example_that_is_not_run_says_what_it_needs() -> None:
    wants = [first_line(path) for path in EXAMPLES if first_line(path).startswith(NEEDS)]
    assert [line for line in wants if len(line.removeprefix(NEEDS).strip()) < len("a key")] == []
