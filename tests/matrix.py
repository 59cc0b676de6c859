"""Run the offline tests on every Python of this machine: `make test-all`.

Once on each Python from 3.11 on that is on PATH or in pyenv's folder, with the newest releases of
everything, and once more on the lowest Python with the lowest releases that pyproject.toml allows.
"""

from __future__ import annotations

import ast
import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".venvs"
LOWEST = (3, 11)
EXTRAS = "aiohttp,cli,http2,testing"
PROBE = """
import platform, sys, sysconfig
usable = (
    platform.python_implementation() == "CPython"
    and sys.version_info.releaselevel == "final"
    and not sysconfig.get_config_var("Py_GIL_DISABLED")
)
if usable:
    print(*sys.version_info[:3], sys.executable)
"""
# pip's settings and where uv reads the same, with what stands between several values.
SETTINGS = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "constraint": ("UV_CONSTRAINT", " "),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", " "),
}

Version: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Job:
    """One run of the tests.

    Attributes:
        python: The interpreter.
        version: Its version, three numbers.
        resolution: Which releases to install, as uv names it: ``highest`` or ``lowest-direct``.
    """

    python: Path
    version: Version
    resolution: str = "highest"

    @property
    def name(self) -> str:
        """Return a name that no other job has."""
        lowest = "-lowest" if self.resolution != "highest" else ""
        return ".".join(map(str, self.version)) + lowest

    @property
    def venv(self) -> Path:
        """Return the folder it is installed into; a later patch release takes the same."""
        lowest = "-lowest" if self.resolution != "highest" else ""
        return FOLDER / (".".join(map(str, self.version[:2])) + lowest)


def candidates(path: str, pyenv: Path) -> list[Path]:
    """Return every file that is named as an interpreter: on PATH, then in pyenv's folder."""
    places = [Path(place) for place in path.split(os.pathsep) if place]
    on_path = [
        file
        for place in places
        for file in sorted(place.glob("python3.*"))
        if re.fullmatch(r"python3\.\d+", file.name)
    ]
    return [*on_path, *sorted(pyenv.glob("versions/*/bin/python"))]


def probed(python: Path) -> tuple[Version, Path] | None:
    """Ask an interpreter for its version and its own path, behind links and shims.

    None if it does not run, or is not a finished release of plain CPython.
    """
    try:
        asked = subprocess.run(
            [python, "-c", PROBE], capture_output=True, text=True, check=False, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if asked.returncode != 0 or not asked.stdout:
        return None
    *numbers, executable = asked.stdout.rstrip("\n").split(" ", 3)
    return tuple(map(int, numbers)), Path(executable)


def jobs_for(found: Iterable[tuple[Version, Path]]) -> list[Job]:
    """Choose the newest patch release of each Python, and the lowest Python once more."""
    newest: dict[Version, Job] = {}
    for version, python in found:
        known = newest.get(version[:2])
        if version >= LOWEST and (known is None or known.version < version):
            newest[version[:2]] = Job(python, version)
    jobs = [newest[minor] for minor in sorted(newest)]
    return [*jobs, *(Job(job.python, job.version, "lowest-direct") for job in jobs[:1])]


def settings_from(listing: str) -> dict[str, str]:
    """Return what `pip config list` says as the environment that tells uv the same.

    Of a setting that is there several times the environment's counts, as with pip.
    """
    found: dict[str, str] = {}
    for line in sorted(listing.splitlines(), key=lambda line: line.startswith(":env:")):
        key, _, value = line.partition("=")
        name, between = SETTINGS.get(key.rpartition(".")[2], ("", ""))
        if name:
            found[name] = between.join(str(ast.literal_eval(value)).split())
    return found


def environment() -> Mapping[str, str]:
    """Return this environment, with pip's settings for uv where uv has none of its own."""
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    )
    # The best of all indexes counts, as with pip.
    own = {"UV_INDEX_STRATEGY": "unsafe-best-match", **settings_from(asked.stdout)}
    return own | os.environ


def prepare(job: Job, env: Mapping[str, str]) -> None:
    """Make the job's virtual environment, unless it is there for the same pyproject.toml.

    Raises:
        subprocess.CalledProcessError: Something could not be installed.
    """
    stamp = job.venv / ".made-for"
    project = (ROOT / "pyproject.toml").read_bytes()
    wanted = f"{job.name} {job.python} {hashlib.sha256(project).hexdigest()}\n"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    print(f"Setting up {job.venv.relative_to(ROOT)} ...", flush=True)
    uv = [sys.executable, "-m", "uv", "--quiet"]
    # With pip, by which the tests build a wheel.
    making = ["venv", "--clear", "--seed", "--python", job.python, job.venv]
    installing = ["pip", "install", "--python", job.venv, "--resolution", job.resolution]
    what = ["--editable", f".[{EXTRAS}]", "--group", "tests"]
    subprocess.run([*uv, *making], cwd=ROOT, env=env, check=True)
    subprocess.run([*uv, *installing, *what], cwd=ROOT, env=env, check=True)
    stamp.write_text(wanted, encoding="utf-8")


def run(job: Job, env: Mapping[str, str], arguments: Iterable[str]) -> bool:
    """Run the job's tests and tell whether all of them passed."""
    try:
        prepare(job, env)
    except subprocess.CalledProcessError as error:
        print(f"{job.name}: {error}", flush=True)
        return False
    print(f"\nPython {job.name}", flush=True)
    pytest = [job.venv / "bin" / "python", "-m", "pytest", "-q", "-m", "not live", *arguments]
    return subprocess.run(pytest, cwd=ROOT, check=False).returncode == 0


def main() -> int:
    """Run every job, print a line about each, and return how many failed."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    files = candidates(os.environ.get("PATH", ""), pyenv)
    jobs = jobs_for(found for file in files if (found := probed(file)))
    env, lines, failed = environment(), list[str](), 0
    for job in jobs:
        start = time.monotonic()
        passed = run(job, env, sys.argv[1:])
        failed += not passed
        word = "passed" if passed else "failed"
        lines.append(f"{job.name:<16} {word}  {time.monotonic() - start:5.0f} s")
    print("", *lines, sep="\n")
    return failed if lines else sys.exit("no Python from 3.11 on was found")


if __name__ == "__main__":
    sys.exit(main())
