"""Virtual environments of their own for the clients that are compared."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

VENVS = Path(__file__).resolve().parent / ".venvs"


def python_of(home: str) -> Path:
    """Return the interpreter of an environment."""
    return VENVS / home / "bin" / "python"


def install(home: str, requirements: Sequence[str], *, fresh: bool = False) -> str | None:
    """Make an environment with the latest releases, if it is not there.

    Args:
        home: Its folder in `VENVS`.
        requirements: What is installed.
        fresh: Whether to make it anew.

    Returns:
        Why that cannot be, or None.
    """
    folder, wanted = VENVS / home, "\n".join(requirements)
    ready = folder / ".ready"
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    if ready.exists() and ready.read_text(encoding="utf-8") == wanted:
        return None
    print(f"Installing {home} ...", flush=True)
    quiet = ["--quiet", "--quiet", "--disable-pip-version-check"]
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [str(python_of(home)), "-m", "pip", *quiet, "install", "--upgrade", *requirements],
    ):
        env = {**os.environ, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
        if done.returncode:
            said = (done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1]
            return f"it could not be installed: {said}"
    ready.write_text(wanted, encoding="utf-8")
    return None
