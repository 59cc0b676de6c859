"""Compare gateways with coding agents before them, and write docs/agents/comparison.md.

`python -m benchmarks.agents [--only WAY]… [--agent NAME]… [--trouble NAME]… [--write]`: `--only`
measures these ways alone, the next two these runs, and what is known of others is kept; `--latency`
measures what calls cost alone; `--write` measures nothing, and writes the page from
`measured.json`.
"""

from __future__ import annotations

import argparse
import json
import platform
from datetime import UTC, datetime
from typing import Any

from benchmarks.agents.latency import measure
from benchmarks.agents.pages import COMPARED, MEASURED, versions, write
from tests.agents.agents import AGENTS
from tests.agents.playing import Played
from tests.agents.run import Cell, cells, played
from tests.agents.troubles import TROUBLES
from tests.agents.ways import WAYS


def brief(run: Played) -> dict[str, Any]:
    """Return what is kept of a run."""
    return {
        "made": run.made,
        "half": run.half,
        "looped": run.looped,
        "late": run.late,
        "requests": len(run.asked),
        "upstream": run.upstream,
        "seconds": round(run.seconds, 1),
        "problems": list(run.problems),
    }


def _named(options: argparse.Namespace) -> list[Cell]:
    ways = [WAYS[name] for name in options.only or COMPARED if WAYS[name].installed]
    agents = [AGENTS[name] for name in options.agent or AGENTS if AGENTS[name].installed]
    return list(cells(agents, ways, [TROUBLES[name] for name in options.trouble or TROUBLES]))


def main() -> None:
    """Measure, and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.agents", description=__doc__)
    parser.add_argument("--only", action="append", choices=COMPARED)
    parser.add_argument("--agent", action="append", choices=tuple(AGENTS))
    parser.add_argument("--trouble", action="append", choices=tuple(TROUBLES))
    parser.add_argument("--latency", action="store_true", help="measure what calls cost alone")
    parser.add_argument("--write", action="store_true", help="measure nothing, write the page")
    given = parser.parse_args()
    known = _known()
    if not given.write:
        at: dict[str, Any] = {
            "date": datetime.now(UTC).date().isoformat(),
            "python": platform.python_version(),
        }
        about = {"at": at, "versions": versions()}
        known |= about
        if not given.latency:
            for cell, run in played(_named(given)):
                known = _known() | about  # another one may measure other ways at the same time
                way = known["runs"].setdefault(cell.way.name, {})
                way.setdefault(cell.agent.name, {})[cell.trouble.name] = brief(run)
                print(cell, json.dumps(brief(run)), flush=True)
                _keep(known)
        if given.latency or given.only is None:
            known = _known() | about
            known["latency"] = measure([name for name in COMPARED if WAYS[name].installed])
            print(json.dumps(known["latency"], indent=1))
        _keep(known)
    print(f"written: {write()}")


def _known() -> dict[str, Any]:
    if not MEASURED.exists():
        return {"runs": {}, "latency": {}}
    return json.loads(MEASURED.read_text(encoding="utf-8"))


def _keep(known: dict[str, Any]) -> None:
    MEASURED.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
