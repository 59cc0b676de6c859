"""How many instructions a path is, by valgrind: exact to a few in a thousand, and slow.

Every path runs in one process of its own. A function of Python that nothing else calls marks where
its turns begin and end: there callgrind writes down what it has counted, and begins anew.
"""

from __future__ import annotations

import ctypes
import gc
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.paths import prepared

ROOT = Path(__file__).resolve().parents[2]
UNPACKED = ROOT / ".venvs" / "valgrind" / "usr"
MARK = "Py_GetCopyright"
WARM_UP, TURNS = 5, {"prompt-2001": 2, "stream-500": 2, "tools-500": 2}
FEW = 10
"""Turns of a path that is short."""


def found() -> tuple[list[str], Mapping[str, str]] | None:
    """Return how valgrind is started here and what it needs set; None if there is none."""
    if (UNPACKED / "bin" / "valgrind.bin").exists():
        return [str(UNPACKED / "bin" / "valgrind.bin")], {
            "VALGRIND_LIB": str(UNPACKED / "libexec" / "valgrind")
        }
    installed = shutil.which("valgrind")
    return ([installed], {}) if installed else None


def instructions(name: str) -> int:
    """Return the instructions of one turn of a path.

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
            [*command, *grind, sys.executable, "-m", __spec__.name, name],
            cwd=ROOT,
            env={**os.environ, **more, "PYTHONHASHSEED": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
        dumps = sorted(Path(folder).glob("counted.*"), key=lambda path: int(path.suffix[1:]))
        if done.returncode or len(dumps) < 2:
            raise RuntimeError(f"{' '.join(command)} failed: {done.stderr[-1000:]}")
        # The last is what came before the second mark: the turns, and nothing else.
        return _total(dumps[-1]) // TURNS.get(name, FEW)


def _total(dump: Path) -> int:
    lines = dump.read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(("totals:", "summary:")))


def main(name: str) -> None:
    """Take the turns of a path, between two marks."""
    mark = getattr(ctypes.pythonapi, MARK)
    with prepared(name) as once:
        for _ in range(WARM_UP):
            once()
        gc.collect()
        gc.disable()
        mark()
        for _ in range(TURNS.get(name, FEW)):
            once()
        mark()


if __name__ == "__main__":
    main(sys.argv[1])
