"""The processes of a run: the server, and a worker for each client. Leaving `with` ends them."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from benchmarks.speed.peers import ROOT, Peer

PATIENCE = 180.0
"""Seconds one measurement may take; the longest take a quarter of that."""

_KEPT = ("PATH", "HOME", "LANG", "SYSTEMROOT", "TMPDIR")


def environment(peer: Peer | None = None) -> dict[str, str]:
    """Return what a client may see: no key, no proxy and no setting of whoever runs this."""
    kept = {key: os.environ[key] for key in _KEPT if key in os.environ}
    return {**kept, "NO_PROXY": "127.0.0.1", **dict(peer.environment if peer else ())}


class Process:
    """A process of this package, spoken with over its standard streams."""

    def __init__(self, python: Path, *arguments: str, env: Mapping[str, str]) -> None:
        """Start it."""
        self._process = subprocess.Popen(
            [str(python), "-m", *arguments],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.pid = self._process.pid
        self._says = f"{python} -m {' '.join(arguments)}"

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it: it ends with its standard input, and is killed if that takes long."""
        with suppress(BrokenPipeError):
            pipe(self._process.stdin).close()
        try:
            self._process.wait(timeout=0 if kind else 10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        pipe(self._process.stdout).close()

    def pin(self, core: int | None) -> None:
        """Have it run on one core, if one is named."""
        if core is not None:
            os.sched_setaffinity(self.pid, [core])

    def tell(self, line: str) -> None:
        """Write a line to it."""
        with suppress(BrokenPipeError):  # it has ended, which reading its answer tells
            print(line, file=self._process.stdin, flush=True)

    def line(self) -> str:
        """Return the next line it writes.

        Raises:
            RuntimeError: It ended, or none came in time.
        """
        output = pipe(self._process.stdout)
        ready, _, _ = select.select([output], [], [], PATIENCE)
        line = output.readline() if ready else ""
        if not line:
            what = "ended" if ready else f"said nothing for {PATIENCE:.0f} s"
            raise RuntimeError(f"A process {what}. To see why: {self._says}")
        return line


class Server(Process):
    """The server."""

    def __init__(self, module: str = "benchmarks.speed.server", *arguments: str) -> None:
        """Start it and learn its port."""
        super().__init__(Path(sys.executable), module, *arguments, env=environment())
        self.url = f"http://127.0.0.1:{int(self.line())}"


class Worker(Process):
    """A process in which one client is measured."""

    def __init__(self, peer: Peer, server: str) -> None:
        """Start it."""
        self._peer = peer
        module = ("benchmarks.speed.worker", peer.name, server)
        super().__init__(peer.python, *module, env=environment(peer))

    def measure(self, operation: str, options: Mapping[str, Any]) -> dict[str, float]:
        """Return the figures of one measurement.

        Raises:
            RuntimeError: The client failed, or its process did.
        """
        self.tell(json.dumps({"operation": operation, **options}))
        told = json.loads(self.line())
        if "error" in told:
            raise RuntimeError(f"{self._peer.title}, {operation} {options}: {told['error']}")
        return told["figures"]


@contextmanager
def apart(*, pinned: bool = True) -> Iterator[int | None]:
    """Keep this process and those it starts to one core; give another one for the server.

    None where there is but one core, or nothing is to be pinned.
    """
    cores = sorted(os.sched_getaffinity(0))
    if not pinned or len(cores) < 2:
        yield None
        return
    os.sched_setaffinity(0, cores[:1])
    try:
        yield cores[-1]
    finally:
        os.sched_setaffinity(0, cores)


def pipe(stream: IO[str] | None) -> IO[str]:
    """Return a pipe that was asked for."""
    assert stream is not None  # noqa: S101
    return stream
