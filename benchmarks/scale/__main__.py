"""Measure one machine under many streams: `python -m benchmarks.scale`, about ten minutes.

For each transport, streams from one to two thousand: the last of them for `--seconds`, the smaller
ones for a quarter of that. A server in another process, on another core if there is one, sends
each a numbered chunk every `--gap` seconds; both ends count, and a chunk that is lost ends the run.
Nothing leaves this machine. `--only` takes a part of the curve, `--write FILE` writes elsewhere.
"""

import argparse
import json
import resource
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.speed.peers import ROOT
from benchmarks.speed.processes import Server, apart, environment
from benchmarks.speed.run import machine

MEASURED = Path(__file__).with_name("measured.json")
CURVE = (1, 10, 50, 200, 500, 1_000, 2_000)
TRANSPORTS = {"httpx": "httpx", "aiohttp": "unillm._io.aiohttp_async"}
"""The transports, and a module each of them needs."""

OVERHEAD = 100
"""Files a process has open beside its streams."""


def raise_limit(streams: int) -> None:
    """Let this process and those it starts have a file open for each stream.

    Raises:
        SystemExit: The machine does not allow that many.
    """
    needed = streams + OVERHEAD
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        sys.exit(
            f"{streams:,} streams need {needed:,} open files and this machine allows {hard:,} "
            f"(ulimit -Hn). Raise it, or measure less: --only {max(1, hard - OVERHEAD)}"
        )
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def point(transport: str, streams: int, *, seconds: float, gap: float) -> dict[str, Any]:
    """Return the figures of one point, of new processes.

    Raises:
        RuntimeError: A chunk was lost, or the client failed.
    """
    chunks = max(2, min(40, int(10 / gap), int(seconds / gap)))
    options = {"streams": streams, "seconds": seconds, "chunks": chunks, "gap": gap}
    with apart() as core, Server("benchmarks.scale.server", str(gap)) as server:
        server.pin(core)
        done = subprocess.run(
            [
                *(sys.executable, "-m", "benchmarks.scale.worker", server.url),
                json.dumps({**options, "transport": transport}),
            ],
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds + chunks * gap + 120,
        )
    if done.returncode:
        raise RuntimeError(f"{transport}, {streams} streams: {done.stderr.strip()[-1000:]}")
    return {name: float(f"{value:.4g}") for name, value in json.loads(done.stdout).items()}


def curve(
    transports: Sequence[str], counts: Sequence[int], *, seconds: float, gap: float
) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the figures of each point by transport and number of streams."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for transport in transports:
        for streams in counts:
            long = seconds if streams == max(counts) else seconds / 4
            figures = point(transport, streams, seconds=long, gap=gap)
            found.setdefault(transport, {})[str(streams)] = figures
            print(
                f"{transport:<8}{streams:>6} streams {figures['per_second']:>9,.0f} chunks/s, "
                f"loop late {figures['late_99']:.1f} ms (p99), {figures['memory']:.0f} MB, "
                f"{figures['growth_per_minute']:+.0f} KB/min",
                flush=True,
            )
    return found


def main() -> None:
    """Measure, and write the data."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--transport", action="append", choices=TRANSPORTS)
    parser.add_argument("--only", type=int, nargs="+", metavar="STREAMS")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--gap", type=float, default=0.25)
    parser.add_argument("--write", type=Path, default=MEASURED, metavar="FILE")
    given = parser.parse_args()
    counts = given.only or CURVE
    raise_limit(max(counts))
    asked = given.transport or list(TRANSPORTS)
    there = [name for name in asked if find_spec(TRANSPORTS[name]) and find_spec(name)]
    for name in asked:
        if name not in there:
            print(f"{name} is left out: it is not installed", flush=True)
    data = {
        **machine(),
        "seconds": given.seconds,
        "gap": given.gap,
        "curve": curve(there, counts, seconds=given.seconds, gap=given.gap),
    }
    given.write.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    print(f"written: {given.write}. For the page: python -m benchmarks.speed --write")


if __name__ == "__main__":
    main()
