"""Measuring a peer in a process of its own, bounded in time."""

import json
import os
import queue
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self

from benchmarks.faults.outcome import Case, Outcome
from benchmarks.faults.peers import ROOT, Peer

PATIENCE = 20.0
"""Seconds that a case may take; the longest that ends at all takes about eight."""

_START = 120.0
_KEPT = ("PATH", "HOME", "LANG", "SYSTEMROOT", "TMPDIR")


class Worker:
    """A process that serves one peer; it is ended and begun anew when a case takes too long."""

    def __init__(self, peer: Peer) -> None:
        """Describe it; nothing runs yet."""
        self.peer = peer
        self.versions: dict[str, str] = {}
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Start the process."""
        self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process."""
        self._end()

    def ask(self, case: Case) -> Outcome:
        """Ask one case; a client that does not come back is not waited for.

        Raises:
            RuntimeError: The process died.
        """
        if self._process is None:
            self._start()
        stdin = None if self._process is None else self._process.stdin
        print(json.dumps(asdict(case)), file=stdin, flush=True)
        try:
            return Outcome(**self._line(PATIENCE))
        except queue.Empty:
            self._end()
            return Outcome(returned=False)

    def _start(self) -> None:
        # No key, no proxy and no setting of whoever runs this reaches a client.
        environment = {key: os.environ[key] for key in _KEPT if key in os.environ}
        environment |= {"NO_PROXY": "127.0.0.1", **dict(self.peer.environment)}
        module = ["-m", "benchmarks.faults.worker", self.peer.name, *self.peer.distributions]
        self._process = subprocess.Popen(
            [str(self.peer.python), *module],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._lines = queue.Queue()
        self._reader = threading.Thread(
            target=_read, args=(self._process, self._lines), daemon=True
        )
        self._reader.start()
        self.versions = dict(self._line(_START))

    def _line(self, patience: float) -> Mapping[str, Any]:
        line = self._lines.get(timeout=patience)
        if not line:
            self._end()
            message = (
                f"The process of {self.peer.title} died. To see why: "
                f"{self.peer.python} -m benchmarks.faults.worker {self.peer.name}"
            )
            raise RuntimeError(message)
        return json.loads(line)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        if self._reader is not None:
            self._reader.join()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _read(process: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
    """Pass on the lines of a process, and an empty one at its end."""
    assert process.stdout is not None  # noqa: S101
    for line in process.stdout:
        lines.put(line)
    lines.put("")
