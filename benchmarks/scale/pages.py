"""What was measured of many streams, as a part of `docs/benchmarks.md`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MEASURED = Path(__file__).with_name("measured.json")
COMMAND = "python -m benchmarks.scale"
INTRODUCTION = (
    "Streams side by side in one process, each opened anew when it ends. A server on another core "
    "sends each a numbered chunk every {gap:g} s; the client holds each chunk against its number, "
    "and both ends count: none was lost. “Late” is how long the event loop kept others waiting; "
    "“growth” is the slope of the memory held over the second half. "
    "Measured {date}, the largest for {seconds:g} s (`{command}`).\n\n"
)
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
    return INTRODUCTION.format(**told, command=COMMAND) + HEAD + "".join(lines)


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
