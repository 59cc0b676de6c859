"""Measure the fault matrix and write the pages: `make faults`.

`python -m benchmarks.faults [--fresh] [--only NAME]… [--write]`: `--fresh` installs the latest
releases anew, `--only` measures these clients and keeps what is known of the others, `--write`
measures nothing and writes the pages from `measured.json`.
"""

import argparse
import json
import platform
import sys
from datetime import UTC, datetime
from typing import Any

from benchmarks.environments import install
from benchmarks.faults.measurement import Worker
from benchmarks.faults.pages import MEASURED, write
from benchmarks.faults.peers import PEERS, Peer
from benchmarks.faults.play import play
from benchmarks.faults.rows import ROWS
from unillm.testing import FakeProvider


def measure(fake: FakeProvider, peer: Peer) -> dict[str, Any]:
    """Run every row against one client, and return its versions and outcomes."""
    rows: dict[str, Any] = {}
    with Worker(peer) as worker:
        print(f"{peer.title} {worker.versions}", flush=True)
        for row in ROWS:
            outcome = play(fake, row, worker.ask)
            rows[row.name] = outcome.brief()
            print(f"  {row.name:32} {json.dumps(rows[row.name])[:200]}", flush=True)
        today = datetime.now(UTC).date().isoformat()
        at = {"date": today, "python": platform.python_version()}
        return {**at, "versions": worker.versions, "rows": rows}


def _install(peer: Peer, *, fresh: bool) -> None:
    if peer.name == "unillm":
        return
    why = install(peer.name, peer.requirements, fresh=fresh)
    if why:
        sys.exit(f"{peer.title}: {why}")


def main() -> None:
    """Install, measure, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--fresh", action="store_true", help="install the latest releases anew")
    parser.add_argument("--only", action="append", choices=[peer.name for peer in PEERS])
    parser.add_argument("--write", action="store_true", help="measure nothing, write the pages")
    given = parser.parse_args()
    if not given.write:
        known: dict[str, Any] = {}
        if given.only and MEASURED.exists():
            known = json.loads(MEASURED.read_text(encoding="utf-8"))["clients"]
        with FakeProvider() as fake:
            for peer in PEERS:
                if given.only is None or peer.name in given.only:
                    _install(peer, fresh=given.fresh)
                    known[peer.name] = measure(fake, peer)
        data = {"clients": {peer.name: known[peer.name] for peer in PEERS if peer.name in known}}
        MEASURED.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for page in write():
        print(f"written: {page}")


if __name__ == "__main__":
    main()
