"""How many instructions a path is, by valgrind: exact to a few in a thousand, and slow.

All paths run in one process, since most of the time goes into its start. Nothing there is timed.
"""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.paths import prepared

ROOT = Path(__file__).resolve().parents[2]
UNPACKED = ROOT / ".venvs" / "valgrind" / "usr"
MARK = "getloadavg"
"""A function of C that nothing else calls: there callgrind writes its counts and begins anew."""

TURNS = {"prompt-2001": 2, "stream-500": 2, "tools-500": 2}
FEW = 10
"""Turns of a path that is short; as many warm it up."""


def found() -> tuple[list[str], Mapping[str, str]] | None:
    """Return how valgrind is started here and what it needs set; None if there is none."""
    if (UNPACKED / "bin" / "valgrind.bin").exists():
        return [str(UNPACKED / "bin" / "valgrind.bin")], {
            "VALGRIND_LIB": str(UNPACKED / "libexec" / "valgrind")
        }
    installed = shutil.which("valgrind")
    return ([installed], {}) if installed else None


def instructions(names: Sequence[str]) -> dict[str, int]:
    """Return the instructions of one turn of each path.

    Raises:
        RuntimeError: There is no valgrind, or it failed.
    """
    how = found()
    if how is None:
        raise RuntimeError("there is no valgrind here: make instructions unpacks one")
    command, more = how
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "counted")
        grind = ["--tool=callgrind", f"--dump-before={MARK}", f"--callgrind-out-file={out}"]
        done = subprocess.run(
            [*command, *grind, sys.executable, "-m", __spec__.name, *names],
            cwd=ROOT,
            env={**os.environ, **more, "PYTHONHASHSEED": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
        # Two marks a path: what came before the first is its preparation, then come its turns.
        dumps = [Path(f"{out}.{2 * at + 2}") for at in range(len(names))]
        if done.returncode or not all(dump.exists() for dump in dumps):
            raise RuntimeError(f"{' '.join(command)} failed: {done.stderr[-1000:]}")
        return {
            name: total(dump) // TURNS.get(name, FEW)
            for name, dump in zip(names, dumps, strict=True)
        }


def total(dump: Path) -> int:
    """Return what a file of callgrind's counts in all."""
    lines = dump.read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(("totals:", "summary:")))


def main(names: Sequence[str]) -> None:
    """Take the turns of each path between two marks."""
    gc.disable()
    for name in names:
        with prepared(name) as once:
            for _ in range(TURNS.get(name, FEW)):
                once()
            gc.collect()
            os.getloadavg()
            for _ in range(TURNS.get(name, FEW)):
                once()
            os.getloadavg()


if __name__ == "__main__":
    main(sys.argv[1:])
