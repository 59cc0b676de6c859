"""One run: every job of every client, round after round."""

import os
import platform
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.speed import cold
from benchmarks.speed.jobs import JOBS, Job
from benchmarks.speed.peers import PEERS, Peer, versions
from benchmarks.speed.processes import Server, Worker, apart

ALLOWANCE = 15.0
"""Seconds that one job of one client may take over all rounds; it is not begun again after."""

TOTAL = 840.0
"""Seconds after which nothing is measured that was measured before."""

Figures = dict[str, dict[str, dict[str, list[float]]]]
"""Job, client, figure: a value for each round."""


class Run:
    """The figures of a run, and the processes that give them."""

    def __init__(self, peers: Iterable[Peer], *, quick: bool, only: str = "") -> None:
        """Take the clients to measure, and the beginning of the names of the jobs."""
        self._peers = tuple(peers)
        self._jobs = [job for job in JOBS if job.name.startswith(only)]
        self._quick = quick
        self._spent: dict[tuple[str, str], float] = {}
        self._server = ""
        self._workers: dict[str, Worker] = {}
        self.figures: Figures = {}

    def measure(self, rounds: int) -> None:
        """Measure everything, so many times at most."""
        began = time.monotonic()
        with self._processes():
            for turn in range(rounds):
                for job in self._jobs:
                    for peer in self._order(job, turn):
                        late = turn > 0 and time.monotonic() - began > TOTAL
                        if not late and self._spent.get((job.name, peer.name), 0) < ALLOWANCE:
                            self._take(job, peer)
                print(f"round {turn + 1}: {time.monotonic() - began:.0f} s", flush=True)

    @contextmanager
    def _processes(self) -> Iterator[None]:
        with ExitStack() as stack:
            core = stack.enter_context(apart(pinned=not self._quick))
            server = stack.enter_context(Server())
            server.pin(core)
            self._server = server.url
            for peer in self._peers:
                worker = Worker(peer, self._server)
                self._workers[peer.name] = stack.enter_context(worker)
            yield

    def _order(self, job: Job, turn: int) -> list[Peer]:
        """Return the clients of a job, another one first in every round."""
        peers = [peer for peer in self._peers if peer.name in job.clients]
        shift = turn % (len(peers) or 1)
        return peers[shift:] + peers[:shift]

    def _take(self, job: Job, peer: Peer) -> None:
        began, key = time.monotonic(), (job.name, peer.name)
        try:
            took = self._measured(job, peer)
        except RuntimeError as error:
            if peer.home == PEERS[0].home:  # ours, and the plain ones beside it
                raise
            # Others may not be up to a job: LiteLLM cannot hold a thousand streams open.
            print(f"{peer.title} fails at {job.name}: {error}", flush=True)
            self.figures.get(job.name, {}).pop(peer.name, None)
            self._spent[key] = ALLOWANCE
            return
        self._spent[key] = self._spent.get(key, 0) + time.monotonic() - began
        values = self.figures.setdefault(job.name, {}).setdefault(peer.name, {})
        for name, value in took.items():
            values.setdefault(name, []).append(float(f"{value:.4g}"))

    def _measured(self, job: Job, peer: Peer) -> dict[str, float]:
        if job.operation == "imported":
            return cold.imported(peer)
        if job.operation == "own":
            return cold.own(peer)
        if job.operation == "answered":
            return cold.answered(peer, self._server)
        options = {**job.options, **(job.quick if self._quick else {})}
        if self._quick or not job.fresh:
            return self._workers[peer.name].measure(job.operation, options)
        with Worker(peer, self._server) as worker:
            return worker.measure(job.operation, options)


def measured(
    peers: Iterable[Peer],
    *,
    rounds: int,
    quick: bool,
    left_out: Mapping[str, str],
    only: str = "",
) -> dict[str, Any]:
    """Return the data of a run; `left_out` tells why a client is missing."""
    peers = tuple(peers)
    began, where = time.monotonic(), machine()
    run = Run(peers, quick=quick, only=only)
    run.measure(rounds)
    return {
        **where,
        "rounds": max(
            len(values)
            for clients in run.figures.values()
            for figures in clients.values()
            for values in figures.values()
        ),
        "seconds": round(time.monotonic() - began),
        "versions": {peer.name: versions(peer) for peer in peers},
        "left_out": dict(left_out),
        "figures": run.figures,
    }


def machine() -> dict[str, Any]:
    """Return the day, and where this runs and how busy that is."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "system": f"{platform.system()} {platform.release().partition('-')[0]}",
            "python": platform.python_version(),
            "load": round(os.getloadavg()[0], 1),
        },
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
