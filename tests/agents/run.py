"""Run coding agents against a model that goes wrong: `make test-agents`.

Names on the command line choose agents; `--tier 2` adds those that are run at times, `--way` takes
another way than by `unillm serve`, `--trouble` chooses some of what goes wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.agents.agent import Agent
from tests.agents.agents import AGENTS
from tests.agents.playing import Played
from tests.agents.stand import Stand
from tests.agents.troubles import LONGER, TROUBLES, Trouble
from tests.agents.ways import WAYS, Way

__all__ = ["Cell", "cells", "failure", "played"]

AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Cell:
    """One run: who, by which way, with what going wrong."""

    agent: Agent
    way: Way
    trouble: Trouble

    def __str__(self) -> str:
        """Name it."""
        return f"{self.agent.name:<9} {self.way.name:<8} {self.trouble.name:<10}"


def applies(agent: Agent, way: Way, trouble: Trouble) -> bool:
    """Tell whether there is such a run: the way speaks the agent's face, and the fault is of it."""
    if agent.face not in way.faces:
        return False
    if not agent.calls_tools and trouble.name not in {"ok", "no-usage", "strict"}:
        return False
    # Directly, an agent meets the provider's face that it speaks itself.
    return way.start is not None or agent.face in trouble.faces


def cells(
    agents: Iterable[Agent], ways: Iterable[Way], troubles: Sequence[Trouble]
) -> Iterator[Cell]:
    """Return all runs of these agents, by these ways, with these troubles."""
    for way in ways:
        for agent in agents:
            for trouble in troubles:
                if applies(agent, way, trouble):
                    yield Cell(agent, way, trouble)


def played(wanted: Iterable[Cell], at_once: int = AT_ONCE) -> Iterator[tuple[Cell, Played]]:
    """Play runs, some at once, and give each as it ends; a stand is kept for each way."""
    by_way: dict[str, list[Cell]] = {}
    for cell in wanted:
        by_way.setdefault(cell.way.name, []).append(cell)
    for of_way in by_way.values():
        waiting: queue.SimpleQueue[Cell] = queue.SimpleQueue()
        for cell in of_way:
            waiting.put(cell)
        done: queue.SimpleQueue[tuple[Cell, Played] | BaseException | None] = queue.SimpleQueue()
        count = min(at_once, len(of_way))
        threads = [threading.Thread(target=_work, args=(waiting, done)) for _ in range(count)]
        for thread in threads:
            thread.start()
        while count:
            got = done.get()
            if got is None:
                count -= 1
            elif isinstance(got, BaseException):
                raise got
            else:
                yield got


def _work(
    waiting: queue.SimpleQueue[Cell],
    done: queue.SimpleQueue[tuple[Cell, Played] | BaseException | None],
) -> None:
    stand: Stand | None = None
    try:
        while True:
            cell = waiting.get_nowait()
            if stand is None:
                stand = Stand(cell.way).__enter__()
            done.put((cell, stand.play(cell.agent, cell.trouble)))
    except queue.Empty:
        pass
    except BaseException as error:  # noqa: BLE001 - raised where the runs are asked for
        done.put(error)
    finally:
        if stand is not None:
            stand.__exit__()
        done.put(None)


def failure(cell: Cell, run: Played) -> str | None:
    """Return what is wrong with a run by `unillm serve`, or None."""
    if cell.trouble.hopeless:
        return _not_ended(cell, run)
    wrong = list(run.problems)
    if not run.made:
        wrong.append("half of the files are there" if run.half else "the file is not there")
    clean = cell.agent.requests + cell.trouble.turns - 1
    if len(run.asked) > clean:
        wrong.append(f"{len(run.asked)} requests where a clean run makes {clean}")
    if run.upstream > len(run.asked) + cell.trouble.broken:
        wrong.append(f"{run.upstream} requests to the provider for {len(run.asked)} of the agent's")
    if any(not one.named for one in run.asked):
        wrong.append("it named another host than it asked")
    return "; ".join(wrong) or None


def _not_ended(cell: Cell, run: Played) -> str | None:
    """Return what is wrong with a run in which nothing can be made, or None.

    The same call may come three times in a conversation; then no more is sent to the provider, but
    for what an agent asked for meanwhile.
    """
    wrong = list(run.problems)
    if run.looped:  # some wait longer between tries than a run may take: that costs nothing
        wrong.append("it did not end")
    if run.made or run.half:
        wrong.append("a file is there, of a call that nobody can have understood")
    if run.upstream > cell.agent.requests + 2:
        wrong.append(f"{run.upstream} requests to the provider before it ended")
    return "; ".join(wrong) or None


def _chosen(options: argparse.Namespace) -> list[Agent]:
    unknown = [name for name in options.agents if name not in AGENTS]
    if unknown:
        sys.exit(f"no agent {', '.join(unknown)}; there are: {', '.join(AGENTS)}")
    named = options.agents or [a.name for a in AGENTS.values() if a.tier <= options.tier]
    agents = [AGENTS[name] for name in named]
    for agent in agents:
        if not agent.installed:
            tier = f" TIER={agent.tier}" if agent.tier > 1 else ""
            print(f"{agent.name:<9} skipped: not installed (make test-agents{tier})")
    return [agent for agent in agents if agent.installed]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("agents", nargs="*", metavar="AGENT")
    parser.add_argument("--tier", type=int, choices=(1, 2), default=1)
    parser.add_argument("--way", choices=tuple(WAYS), default="unillm")
    parser.add_argument("--trouble", choices=(*TROUBLES, *LONGER), action="append")
    parser.add_argument("--keep", type=Path, help="a folder for the requests of runs that fail")
    return parser.parse_args()


def main() -> int:
    """Run what is asked for, print a line about each run, and return how many failed."""
    options = _options()
    way, start = WAYS[options.way], time.monotonic()
    known = TROUBLES | LONGER
    troubles = [known[name] for name in options.trouble or known]
    agents = _chosen(options)
    if not agents and os.environ.get("CI") == "true":
        print("failed: in CI nothing may be skipped without being seen")
        return 1
    wanted = list(cells(agents, [way], troubles))
    if way.name == "unillm":
        wanted += cells(agents, [WAYS["printed"]], [TROUBLES["ok"]])
    if not wanted:  # what is not installed was named
        print("skipped: there is nothing to run")
        return 0
    failed = 0
    for cell, run in played(wanted):
        wrong = failure(cell, run)
        failed += wrong is not None
        print(f"{cell} {run.seconds:5.1f} s  {wrong or 'ok'}", flush=True)
        if wrong is not None:
            print(_indented(run.output[-800:]), flush=True)
            _keep(options.keep, cell, run)
    print(f"\n{len(wanted) - failed} passed, {failed} failed in {time.monotonic() - start:.0f} s")
    return min(failed, 100)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.strip().splitlines())


def _keep(folder: Path | None, cell: Cell, run: Played) -> None:
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for number, asked in enumerate(run.asked):
        name = f"{cell.agent.name}-{cell.way.name}-{cell.trouble.name}-{number}.json"
        told = {"path": asked.path, "headers": asked.headers, "body": json.loads(asked.body)}
        (folder / name).write_text(json.dumps(told, indent=1), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
