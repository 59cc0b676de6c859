"""Measure what clients cost and write the pages: `make bench`.

`python -m benchmarks.speed [--rounds N] [--write]` measures for about a quarter of an hour;
`--write` measures nothing and writes the pages from `measured.json`. `--only JOB` prints the jobs
whose names begin so and writes nothing; `--quick FILE` takes one short round of the clients that
need no environment of their own, and writes the data to a file and no page.
"""

import argparse
import json
import sys
from pathlib import Path

from benchmarks.environments import install
from benchmarks.speed.pages import MEASURED, US, write
from benchmarks.speed.peers import PEERS, Peer, here, lacking
from benchmarks.speed.run import measured

ROUNDS = 5


def _peers(*, quick: bool) -> tuple[list[Peer], dict[str, str]]:
    """Return the clients to measure, and why others are left out.

    Raises:
        SystemExit: unillm itself could not be installed.
    """
    if quick:
        peers = [here(peer) for peer in PEERS if peer.home == US.home]
        return [peer for peer in peers if not lacking(peer)], {}
    reasons = {peer: install(peer.home, peer.requirements) or lacking(peer) for peer in PEERS}
    left_out = {peer.title: why for peer, why in reasons.items() if why}
    for title, why in left_out.items():
        print(f"{title} is left out: {why}", flush=True)
    if US.title in left_out:
        sys.exit(f"nothing to measure: {left_out[US.title]}")
    return [peer for peer in PEERS if peer.title not in left_out], left_out


def main() -> None:
    """Install, measure, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", default="", metavar="JOB", help="print these, write nothing")
    parser.add_argument("--quick", type=Path, metavar="FILE")
    parser.add_argument("--write", action="store_true", help="measure nothing, write the pages")
    given = parser.parse_args()
    if not given.write:
        if sys.platform != "linux":
            parser.error("memory and processor are read from /proc: this needs Linux")
        peers, left_out = _peers(quick=bool(given.quick))
        rounds = 1 if given.quick else given.rounds
        data = measured(
            peers, rounds=rounds, quick=bool(given.quick), left_out=left_out, only=given.only
        )
        if given.only:
            print(json.dumps(data["figures"], indent=1))
            return
        target: Path = given.quick or MEASURED
        target.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        if given.quick:
            return
    for page in write():
        print(f"written: {page}")


if __name__ == "__main__":
    main()
