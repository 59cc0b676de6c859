"""What was measured of many streams, as a part of `docs/benchmarks.md`."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Curve = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Transport, number of streams, figure: its value."""

MEASURED = Path(__file__).with_name("measured.json")
COMMAND = "python -m benchmarks.scale"
INTRODUCTION = (
    "Streams side by side in one process, each opened anew when it ends. A server on another core "
    "sends each a numbered chunk every {gap:g} s; the client holds each chunk against its number, "
    "and both ends count: none was lost. “Late” is how long the event loop kept others waiting; "
    "“growth” is the slope of the memory held over the second half. "
    "Measured {date}, the largest for {seconds:g} s (`{command}`).\n\n"
)
PICTURE = "![CPU of a chunk, and how late the loop was, by the number of streams](scale.svg)\n\n"
PANELS = (
    ("CPU of a chunk, µs", "cpu_per_chunk"),
    ("loop late, p99, ms", "late_99"),
    ("memory, MB", "memory"),
)
COLOURS = {"httpx": "#4e79a7", "aiohttp": "#f28e2b"}
WIDTH, HEIGHT, MARGIN = 230, 160, 50
HEAD = (
    "| transport | streams | chunks/s sent | chunks/s read | CPU a chunk, µs | core, % "
    "| late, half, ms | late, p99, ms | memory, MB | growth, KB/min |\n"
    "| --- " + "| --: " * 9 + "|\n"
)


def section(measured: Path = MEASURED) -> str:
    """Return the curve as a table, or how to measure it."""
    if not measured.exists():
        return f"Not measured yet: `{COMMAND}`, about ten minutes.\n"
    data = json.loads(measured.read_text(encoding="utf-8"))
    told = {"gap": data["gap"], "date": data["date"], "seconds": data["seconds"]}
    lines = [
        _line(transport, streams, figures)
        for transport, points in data["curve"].items()
        for streams, figures in points.items()
    ]
    return INTRODUCTION.format(**told, command=COMMAND) + PICTURE + HEAD + "".join(lines)


def plot(curve: Curve) -> str:
    """Return an SVG with a panel for each of some figures over the number of streams.

    Both scales are logarithmic.
    """
    panels = "".join(
        f'<g transform="translate({MARGIN + at * (WIDTH + MARGIN + 20)} {MARGIN})">\n'
        f"{''.join(_panel(title, figure, curve))}</g>\n"
        for at, (title, figure) in enumerate(PANELS)
    )
    size = f"{len(PANELS) * (WIDTH + MARGIN + 20) + 10} {HEIGHT + 2 * MARGIN}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" '
        'font-family="sans-serif" font-size="11">\n'
        f'<rect width="100%" height="100%" fill="white"/>\n{panels}</svg>\n'
    )


def _panel(title: str, figure: str, curve: Curve) -> Iterator[str]:
    lines = {
        transport: [
            (int(streams), max(float(each[figure]), 0.01)) for streams, each in points.items()
        ]
        for transport, points in curve.items()
    }
    across = [streams for line in lines.values() for streams, _ in line]
    up = [value for line in lines.values() for _, value in line]
    yield f'<text y="-14">{title}</text>\n'
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#ccc"/>\n'
    for value, y in ((max(up), 4), (min(up), HEIGHT + 4)):
        yield f'<text x="-4" y="{y}" text-anchor="end">{value:.3g}</text>\n'
    for streams, x in ((min(across), 0), (max(across), WIDTH)):
        yield f'<text x="{x}" y="{HEIGHT + 16}" text-anchor="middle">{streams:,}</text>\n'
    for at, (transport, line) in enumerate(lines.items()):
        colour = COLOURS.get(transport, "#59a14f")
        points = [
            f"{WIDTH * _share(streams, across):.0f},{HEIGHT * (1 - _share(value, up)):.0f}"
            for streams, value in line
        ]
        yield f'<polyline fill="none" stroke="{colour}" points="{" ".join(points)}"/>\n'
        yield f'<text x="{at * 60}" y="{HEIGHT + 34}" fill="{colour}">{transport}</text>\n'


def _share(value: float, among: list[int] | list[float]) -> float:
    least, most = min(among), max(among)
    return math.log(value / least) / math.log(most / least) if most > least else 0.5


def _line(transport: str, streams: str, figures: Mapping[str, Any]) -> str:
    cells = (
        transport,
        f"{int(streams):,}",
        f"{figures['offered_per_second']:,.0f}",
        f"{figures['per_second']:,.0f}",
        f"{figures['cpu_per_chunk']:,.0f}",
        f"{figures['busy'] * 100:.0f}",
        f"{figures['late_half']:.1f}",
        f"{figures['late_99']:.1f}",
        f"{figures['memory']:,.0f}",
        f"{figures['growth_per_minute']:+,.0f}",
    )
    return f"| {' | '.join(cells)} |\n"
