"""Run the tests of each framework in a virtual environment of its own: `make test-frameworks`.

The environments are in `environments.toml`; names on the command line choose some of them.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.matrix import ROOT, environment

HERE = Path(__file__).resolve().parent
FOLDER = ROOT / ".venvs" / "frameworks"
TOOLS = ["pytest>=9,<10", "pytest-timeout>=2.4,<3", "hypothesis>=6.150"]


@dataclass(frozen=True, slots=True)
class Environment:
    """One virtual environment, and what is run in it."""

    name: str
    packages: tuple[str, ...]
    tests: tuple[str, ...]
    types: tuple[str, ...] = ()

    @property
    def python(self) -> Path:
        """Return its interpreter."""
        return FOLDER / self.name / "bin" / "python"


def environments(names: list[str]) -> list[Environment]:
    """Read those that are named, or all of them.

    Raises:
        SystemExit: One of that name does not exist.
    """
    text = (HERE / "environments.toml").read_text(encoding="utf-8")
    known = {
        name: Environment(name, **{key: tuple(values) for key, values in table.items()})
        for name, table in tomllib.loads(text).items()
    }
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"no environment {', '.join(unknown)}; there are: {', '.join(known)}")
    return [known[name] for name in names or known]


def prepare(made: Environment, env: Mapping[str, str]) -> None:
    """Make the environment, unless it is there for the same packages and pyproject.toml.

    Raises:
        subprocess.CalledProcessError: Something could not be installed.
    """
    stamp = FOLDER / made.name / ".made-for"
    project = (ROOT / "pyproject.toml").read_bytes()
    wanted = f"{made.packages} {TOOLS} {hashlib.sha256(project).hexdigest()}\n"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    uv = [sys.executable, "-m", "uv", "--quiet"]
    what = ["--editable", ".[testing]", *TOOLS, *made.packages]
    making = ["venv", "--clear", "--python", sys.executable, FOLDER / made.name]
    subprocess.run([*uv, *making], cwd=ROOT, env=env, check=True)
    installing = ["pip", "install", "--python", made.python, *what]
    subprocess.run([*uv, *installing], cwd=ROOT, env=env, check=True)
    stamp.write_text(wanted, encoding="utf-8")


def settings(made: Environment) -> Path:
    """Write pyright's settings: those of pyproject.toml leave these folders out, even if named."""
    path = FOLDER / made.name / "pyrightconfig.json"
    folders = [os.path.relpath(ROOT / folder, path.parent) for folder in made.types]
    told = {
        "include": folders,
        "exclude": [],
        "typeCheckingMode": "strict",
        "reportMissingTypeStubs": False,  # of packages that do not say that they are typed
        "extraPaths": [os.path.relpath(ROOT / "src", path.parent)],
        "pythonVersion": "3.11",
    }
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def checks(made: Environment) -> list[list[str | Path]]:
    """Return the commands that an environment must pass."""
    tools = ROOT / ".venv" / "bin"
    commands: list[list[str | Path]] = []
    if made.types:
        files = [file for folder in made.types for file in sorted((ROOT / folder).rglob("*.py"))]
        commands += [
            [tools / "pyright", "--pythonpath", made.python, "-p", settings(made)],
            [tools / "mypy", "--no-error-summary", "--python-executable", made.python, *files],
        ]
    # From another root a folder of tests would be imported under the name of its framework.
    pytest = [made.python, "-m", "pytest", "-c", HERE / "pytest.ini", "--rootdir", ROOT]
    return [*commands, [*pytest, *made.tests]]


def passed(made: Environment, env: Mapping[str, str]) -> bool:
    """Make an environment, run what it is for, and tell whether all of it passed."""
    print(f"\n{made.name}: {', '.join(made.packages)}", flush=True)
    try:
        prepare(made, env)
    except subprocess.CalledProcessError as error:
        print(error, flush=True)
        return False
    own = os.environ | {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    ended = [subprocess.run(c, cwd=ROOT, env=own, check=False).returncode for c in checks(made)]
    return not any(ended)


def main() -> int:
    """Run every environment, print a line about each, and return how many failed."""
    env, lines, failed = environment(), list[str](), 0
    for made in environments(sys.argv[1:]):
        start = time.monotonic()
        well = passed(made, env)
        failed += not well
        lines.append(
            f"{made.name:<20} {'passed' if well else 'failed'} {time.monotonic() - start:5.0f} s"
        )
    print("", *lines, sep="\n")
    return failed


if __name__ == "__main__":
    sys.exit(main())
