"""The measured data as Markdown: `docs/benchmarks.md`, and the line in the README."""

import json
from collections.abc import Iterable, Iterator
from string import Template

from benchmarks.excerpt import with_excerpt
from benchmarks.scale import pages as scale
from benchmarks.speed import goals
from benchmarks.speed.figures import Measured, median, ratio, spreads
from benchmarks.speed.peers import PEERS, PINNED, ROOT, Peer
from benchmarks.speed.plot import plot
from benchmarks.speed.rows import LINE, TABLES, Row

HERE = ROOT / "benchmarks" / "speed"
MEASURED = HERE / "measured.json"
TEMPLATE = HERE / "page.md"
PAGE = ROOT / "docs" / "benchmarks.md"
PLOT = ROOT / "docs" / "benchmarks.svg"
SCALE = ROOT / "docs" / "scale.svg"
README = ROOT / "README.md"
NAME = "benchmarks"
"""Of the markers in the README."""
COMMAND = "make bench"
NOTHING = "-"
US = PEERS[0]
COMPARED = ("httpx", "openai", "litellm")


def measured() -> Measured:
    """Read what was measured."""
    return json.loads(MEASURED.read_text(encoding="utf-8"))


def write() -> Iterator[str]:
    """Write the page and the line in the README, and name what was written."""
    data = measured()
    PAGE.write_text(page(data), encoding="utf-8")
    yield str(PAGE.relative_to(ROOT))
    PLOT.write_text(plot(data), encoding="utf-8")
    yield str(PLOT.relative_to(ROOT))
    if scale.MEASURED.exists():
        curve = json.loads(scale.MEASURED.read_text(encoding="utf-8"))["curve"]
        SCALE.write_text(scale.plot(curve), encoding="utf-8")
        yield str(SCALE.relative_to(ROOT))
    readme = README.read_text(encoding="utf-8")
    README.write_text(with_excerpt(readme, NAME, excerpt(data)), encoding="utf-8")
    yield str(README.relative_to(ROOT))


def excerpt(data: Measured) -> str:
    """Return the ratios that the README tells."""
    told = [
        f"{what} {_ratio(data, row, 'httpx')} and {_ratio(data, row, 'openai')}"
        for what, row in LINE
        if median(data, row.job, US.name, row.figure) is not None
    ]
    return (
        "- **Measured cost.** CPU beside raw httpx and beside the openai package: "
        f"{'; '.join(told)} ([benchmarks](docs/benchmarks.md)).\n"
    )


def page(data: Measured) -> str:
    """Return the whole page."""
    spread = spreads(data, US.name) or [0.0]
    machine = data["machine"]
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        command=COMMAND,
        date=data["date"],
        rounds=data["rounds"],
        seconds=data["seconds"],
        cores=machine["cores"],
        processor=machine["processor"],
        system=machine["system"],
        python=machine["python"],
        load=machine["load"],
        half=f"{spread[len(spread) // 2]:.0%}",
        most=f"{spread[len(spread) * 9 // 10]:.0%}",
        **{name: table(data, rows) for name, rows in TABLES.items()},
        goals=goals.table(data),
        summary=goals.summary(data),
        scale=scale.section(),
        pinned=PINNED,
        clients="".join(_client(data, peer) for peer in PEERS),
    )


def table(data: Measured, rows: Iterable[Row]) -> str:
    """Return rows of measures: ratios first, then the figures of each client."""
    titles = {peer.name: peer.title for peer in PEERS}
    ratios = [f"{US.title} ÷ {titles[name]}" for name in COMPARED]
    head = ["", *ratios, *titles.values()]
    lines = [_line(head), _line(["---"] + ["--:"] * (len(head) - 1))]
    for row in rows:
        shares = [_ratio(data, row, name) for name in COMPARED]
        figures = [_figure(data, row, name) for name in titles]
        lines.append(_line([f"{row.title}, {row.unit}", *shares, *figures]))
    return "".join(lines)


def _ratio(data: Measured, row: Row, other: str) -> str:
    share = ratio(data, row.job, row.figure, US.name, other)
    if share is None:
        return NOTHING
    return f"{share:.2g}x" if share < 1 else f"{share:.{1 if share < 10 else 0}f}x"


def _figure(data: Measured, row: Row, client: str) -> str:
    value = median(data, row.job, client, row.figure)
    if value is None:
        return NOTHING
    scaled = value * row.scale
    return f"{scaled:,.{0 if scaled >= 20 else 1}f}"


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"


def _client(data: Measured, peer: Peer) -> str:
    if peer.name not in data["versions"]:
        why = data["left_out"].get(peer.title, "not measured")
        return f"- **{peer.title}**: left out of this run: {why}.\n"
    found = ", ".join(f"{name} {at}" for name, at in data["versions"][peer.name].items())
    return f"- **{peer.title}**{f' ({found})' if found else ''}: {peer.how}.\n"
