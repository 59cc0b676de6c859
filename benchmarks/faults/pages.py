"""The measured data as Markdown: `docs/faults.md`, and the excerpt in the README."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from string import Template
from typing import Any

from benchmarks.excerpt import with_excerpt
from benchmarks.faults.measurement import PATIENCE
from benchmarks.faults.outcome import Outcome
from benchmarks.faults.peers import PEERS, ROOT, Peer
from benchmarks.faults.rows import ROWS, Row
from benchmarks.faults.rules import RULES, Verdict, judge

HERE = ROOT / "benchmarks" / "faults"
MEASURED = HERE / "measured.json"
TEMPLATE = HERE / "page.md"
PAGE = ROOT / "docs" / "faults.md"
README = ROOT / "README.md"
NAME = "faults"
"""Of the markers in the README."""
MARKS = {"good": "✅", "part": "🟡", "bad": "❌"}
COMMAND = "make faults"
RAISED = re.compile(r"^raises [\w.]+")

Measured = Mapping[str, Any]


def measured() -> Measured:
    """Read what was measured."""
    return json.loads(MEASURED.read_text(encoding="utf-8"))


def verdict(data: Measured, peer: Peer, row: Row) -> Verdict:
    """Judge what was measured for one client and one row."""
    return judge(RULES[row.rule], Outcome(**data["clients"][peer.name]["rows"][row.name]))


def write() -> Iterator[str]:
    """Write the page and the excerpt, and name what was written."""
    data = measured()
    PAGE.write_text(page(data), encoding="utf-8")
    yield str(PAGE.relative_to(ROOT))
    readme = README.read_text(encoding="utf-8")
    README.write_text(with_excerpt(readme, NAME, excerpt(data)), encoding="utf-8")
    yield str(README.relative_to(ROOT))


def table(data: Measured, rows: Iterable[Row], *, brief: bool = False) -> str:
    """Return a table of rows by clients; a brief one leaves out what is raised."""
    head = ["the server sends", *(peer.title for peer in PEERS)]
    lines = [_line(head), _line(["---"] * len(head))]
    for row in rows:
        verdicts = [verdict(data, peer, row) for peer in PEERS]
        words = [RAISED.sub("raises", each.words) if brief else each.words for each in verdicts]
        cells = [f"{MARKS[each.mark]} {told}" for each, told in zip(verdicts, words, strict=True)]
        lines.append(_line([row.title, *cells]))
    return "".join(lines)


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def excerpt(data: Measured) -> str:
    """Return the rows that the README shows, with versions and date."""
    versions = ", ".join(_versions(data, peer) for peer in PEERS if peer.name != "unillm")
    since = min(each["date"] for each in data["clients"].values())
    note = (
        f"Measured {since} by `{COMMAND}` against {versions}, default settings: "
        "[all rows, the rules and how](docs/faults.md).\n"
    )
    return table(data, [row for row in ROWS if row.readme], brief=True) + "\n" + note


def _versions(data: Measured, peer: Peer) -> str:
    return ", ".join(f"{name} {at}" for name, at in data["clients"][peer.name]["versions"].items())


def page(data: Measured) -> str:
    """Return the whole page."""
    rows = [row for row in ROWS if row.fault]
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        command=COMMAND,
        patience=f"{PATIENCE:.0f}",
        matrix=table(data, rows),
        control=table(data, [row for row in ROWS if not row.fault]),
        sums=_sums(data, rows),
        rules=_rules(rows),
        clients=_clients(data),
    )


def _sums(data: Measured, rows: Sequence[Row]) -> str:
    lines = [_line(["client", *MARKS.values()]), _line(["---"] * 4)]
    for peer in PEERS:
        marks = [verdict(data, peer, row).mark for row in rows]
        lines.append(_line([peer.title, *(str(marks.count(mark)) for mark in MARKS)]))
    return "".join(lines)


def _rules(rows: Sequence[Row]) -> str:
    lines = [_line(["the server sends", "✅", "🟡", "❌"]), _line(["---"] * 4)]
    for name, rule in RULES.items():
        titles = [row.title for row in rows if row.rule == name]
        if titles:
            lines.append(_line(["<br>".join(titles), rule.good, rule.part or "-", rule.bad]))
    return "".join(lines)


def _clients(data: Measured) -> str:
    lines = [_line(["client", "versions", "measured", "used through", "set by environment"])]
    lines.append(_line(["---"] * 5))
    for peer in PEERS:
        environment = ", ".join(f"`{key}={value}`" for key, value in peer.environment)
        at = "{date}, Python {python}".format_map(data["clients"][peer.name])
        cells = [peer.title, _versions(data, peer), at, peer.how, environment or "-"]
        lines.append(_line(cells))
    return "".join(lines)
