"""The page about what was measured."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from string import Template
from typing import Any

from benchmarks.excerpt import with_excerpt
from tests.agents.agent import FOLDER, ROOT
from tests.agents.agents import AGENTS
from tests.agents.run import applies
from tests.agents.troubles import TROUBLES
from tests.agents.ways import WAYS

__all__ = ["COMPARED", "MEASURED", "NAME", "PAGE", "README", "excerpt", "page", "versions", "write"]

HERE = Path(__file__).resolve().parent
MEASURED = HERE / "measured.json"
PAGE = ROOT / "docs" / "agents" / "comparison.md"
README = ROOT / "README.md"
NAME = "agents"
"""Of the markers in the README."""
_TITLES = {
    "direct": "nothing between",
    "unillm": "`unillm serve`",
    "litellm": "LiteLLM proxy",
    "litellm-vllm": "LiteLLM proxy, Messages (provider `hosted_vllm`)",
    "ccr": "claude-code-router",
}
COMPARED = tuple(_TITLES)
"""The names of the ways that are compared."""
_KINDS = {
    "chat": "a small call, Chat Completions",
    "chat stream": "first event of a stream, Chat Completions",
    "messages": "a small call, Messages",
    "messages stream": "first event of a stream, Messages",
}


def versions() -> dict[str, str]:
    """Return the versions of what is installed, by the name of its package."""
    found: dict[str, str] = {}
    for tier in ("tier1", "tier2"):
        path = FOLDER / tier / "package.json"
        if path.exists():
            found |= json.loads(path.read_text(encoding="utf-8"))["dependencies"]
    for folder, package in (
        (FOLDER / "aider", "aider_chat"),
        (FOLDER / "mini", "mini_swe_agent"),
        (ROOT / ".venvs" / "litellm", "litellm"),
    ):
        for info in folder.glob(f"lib/python*/site-packages/{package}-*.dist-info"):
            name, _, version = info.name.removesuffix(".dist-info").rpartition("-")
            found[name.replace("_", "-")] = version
    return found


def mark(run: dict[str, Any], clean: int, *, hopeless: bool = False) -> str:
    """Return a run in a sign or two."""
    if hopeless:
        return "∞" if run["looped"] else str(run["upstream"])
    if run["made"]:
        extra = run["requests"] - clean
        return f"🟡 +{extra}" if extra > 0 else "✅"
    if run["looped"]:
        return "❌ ∞"
    return "❌ ½" if run["half"] else "❌"


def _row(cells: Iterable[object]) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |\n"


def _table(head: list[str], rows: Iterable[Iterable[object]]) -> str:
    return _row(head) + _row("---" for _ in head) + "".join(_row(row) for row in rows)


def _matrix(way: str, runs: dict[str, Any]) -> str:
    def cell(agent: str, trouble: str) -> str:
        run = runs.get(agent, {}).get(trouble)
        if run is not None:
            return mark(run, AGENTS[agent].requests, hopeless=TROUBLES[trouble].hopeless)
        possible = applies(AGENTS[agent], WAYS[way], TROUBLES[trouble])
        return "not run" if possible else ""

    speaking = [name for name, agent in AGENTS.items() if agent.face in WAYS[way].faces]
    rows = ([name, *(cell(name, trouble) for trouble in TROUBLES)] for name in speaking)
    return f"### {_TITLES[way][:1].upper() + _TITLES[way][1:]}\n\n{_table(['', *TROUBLES], rows)}\n"


def _sums(runs: dict[str, Any]) -> str:
    def row(way: str) -> list[object]:
        of_way = [
            (run, AGENTS[agent].requests)
            for agent, by_trouble in runs[way].items()
            for trouble, run in by_trouble.items()
            if not TROUBLES[trouble].hopeless
        ]
        made = [run for run, clean in of_way if run["made"] and run["requests"] <= clean]
        more = [run for run, clean in of_way if run["made"] and run["requests"] > clean]
        extra = sum(max(0, run["requests"] - clean) for run, clean in of_way)
        looped = sum(run["looped"] for run, _ in of_way)
        share = f"{100 * (len(made) + len(more)) / len(of_way):.0f} %"
        return [_TITLES[way], len(of_way), len(made), len(more), share, looped, extra]

    head = ["", "runs", "done", "done with more requests", "share", "in circles", "more requests"]
    return _table(head, (row(way) for way in COMPARED if way in runs))


def _latency(latency: dict[str, Any]) -> str:
    def row(way: str) -> list[object]:
        figures = latency[way]
        cells: list[object] = [_TITLES[way]]
        for kind in _KINDS:
            told = figures.get(kind)
            base = latency["direct"][kind.replace("messages", "chat")][0]
            cells.append("" if told is None else _added(told[0], base, direct=way == "direct"))
        memory = f"{figures['memory']} MB" if "memory" in figures else ""
        return [*cells, memory, f"{figures['start']} s" if memory else ""]

    head = ["", *_KINDS.values(), "memory", "start"]
    return _table(head, (row(way) for way in COMPARED if way in latency))


def _added(told: float, base: float, *, direct: bool) -> str:
    return f"{told:.1f} ms" if direct else f"+{told - base:.1f} ms"


def page(known: dict[str, Any]) -> str:
    """Return the page about what was measured."""
    runs = known["runs"]
    return Template((HERE / "page.md").read_text(encoding="utf-8")).substitute(
        sums=_sums(runs),
        matrices="".join(_matrix(way, runs[way]) for way in COMPARED if way in runs),
        latency=_latency(known["latency"]) if known["latency"] else "",
        troubles=_table(["", "on every turn"], ((t.name, t.summary) for t in TROUBLES.values())),
        versions=", ".join(f"{name} {version}" for name, version in known["versions"].items()),
        date=known["at"]["date"],
        python=known["at"]["python"],
    )


def excerpt(known: dict[str, Any]) -> str:
    """Return what the README shows of it."""
    return _sums(known["runs"])


def write() -> Path:
    """Write the page and what the README shows of it, and return where the page is."""
    known = json.loads(MEASURED.read_text(encoding="utf-8"))
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(known), encoding="utf-8")
    readme = README.read_text(encoding="utf-8")
    README.write_text(with_excerpt(readme, NAME, excerpt(known)), encoding="utf-8")
    return PAGE
