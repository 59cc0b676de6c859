"""Fuzz with atheris: `make fuzz`, or `make fuzz SECONDS=600 TARGETS="sse answers"`.

Each target runs in a process of its own for so many seconds. What it learns is kept in
`.cache/fuzz/`, and an input that fails in `tests/fuzz/findings/`, where the tests replay it.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.fuzz.targets import HERE, NAMES, Target, target_named

CORPUS = HERE.parents[1] / ".cache" / "fuzz"
LONGEST = 4096
INPUT_SECONDS = 20
MEMORY = 2048


def main() -> int:
    """Fuzz the targets that are asked for, and return how many had a finding."""
    parser = argparse.ArgumentParser(prog="tests.fuzz.run", description="Fuzz with atheris.")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--here", action="store_true", help="in this process; it ends by itself")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(NAMES))
    given = parser.parse_args()
    unknown = set(given.targets) - set(NAMES)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; targets are {', '.join(NAMES)}")
    if given.here:
        fuzz(given.targets[0], given.seconds)
    failed = [name for name in given.targets or NAMES if not passes(name, given.seconds)]
    if failed:
        print(f"findings: {', '.join(failed)}; look into tests/fuzz/findings")
    return len(failed)


def passes(name: str, seconds: int) -> bool:
    """Fuzz a target in a process of its own, and tell whether it found nothing."""
    print(f"\n{name}", flush=True)
    command = [sys.executable, "-m", "tests.fuzz.run", "--here", "--seconds", str(seconds), name]
    # It ends by itself; a minute more is for the inputs it begins with.
    return subprocess.run(command, check=False).returncode == 0


def fuzz(name: str, seconds: int) -> None:
    """Fuzz a target until the time is over or something is found; this ends the process."""
    atheris: Any = import_module("atheris")
    with atheris.instrument_imports(include=["unillm"]):
        target = target_named(name)
    corpus, seeds = CORPUS / name, CORPUS / f"{name}-seeds"
    for folder in (corpus, seeds, target.findings):
        folder.mkdir(parents=True, exist_ok=True)
    write(seeds, [seed for seed in target.seeds() if len(seed) <= LONGEST])
    options = [
        f"-max_total_time={seconds}",
        f"-timeout={INPUT_SECONDS}",
        f"-rss_limit_mb={MEMORY}",
        f"-max_len={LONGEST}",
        f"-dict={HERE / 'dictionary.txt'}",
        f"-artifact_prefix={target.findings}/",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    atheris.Setup([name, *options, str(corpus), str(seeds)], keeping(target))
    atheris.Fuzz()


def keeping(target: Target) -> Callable[[bytes], None]:
    """Return the check of a target that keeps what fails: of the corpus libFuzzer keeps nothing."""

    def check(data: bytes) -> None:
        try:
            target.check(data)
        except Exception:
            named = target.findings / f"crash-{hashlib.sha1(data).hexdigest()}"
            named.write_bytes(data)
            raise

    return check


def write(folder: Path, seeds: Sequence[bytes]) -> None:
    """Put inputs to begin with into a folder, one a file."""
    for number, seed in enumerate(seeds):
        (folder / f"{number:04}").write_bytes(seed)


if __name__ == "__main__":
    sys.exit(main())
