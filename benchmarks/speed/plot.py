"""The measured data as a picture: what each client takes, as a multiple of what unillm takes."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator
from html import escape

from benchmarks.speed.figures import Measured, ratios
from benchmarks.speed.peers import PEERS

ROWS = (
    *(("sync call", "call"), ("async call", "call-async"), ("streamed chunk", "stream")),
    *(
        ("chunk, async", "stream-async"),
        ("tool fragment", "tools-500"),
        ("4 MB prompt", "prompt-4"),
    ),
    *(("import", "import"), ("first answer", "answer")),
)
COLOURS = (
    *("#1a1a1a", "#4e79a7", "#f28e2b", "#76b7b2", "#e15759"),
    *("#59a14f", "#edc948", "#b07aa1", "#9c9c9c"),
)
LEFT, TOP, WIDTH, STEP = 130, 62, 600, 34
LEAST, MOST = 0.02, 200.0
TICKS = (0.1, 1, 10, 100)


def plot(data: Measured) -> str:
    """Return an SVG: a row for each measure, a dot for each client, on a logarithmic scale."""
    height = TOP + STEP * len(ROWS) + 30
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 30} {height}" '
        'font-family="sans-serif" font-size="12">\n'
        f'<rect width="100%" height="100%" fill="white"/>\n{"".join(_parts(data, height))}</svg>\n'
    )


def _parts(data: Measured, height: int) -> Iterator[str]:
    yield from _legend()
    for tick in TICKS:
        x = _x(tick)
        yield (
            f'<line x1="{x}" y1="{TOP - 8}" x2="{x}" y2="{height - 26}" stroke="#ddd"/>\n'
            f'<text x="{x}" y="{height - 10}" text-anchor="middle">{tick:g}x</text>\n'
        )
    for at, (title, job) in enumerate(ROWS):
        y = TOP + STEP * at + STEP // 2
        yield f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{escape(title)}</text>\n'
        for peer, colour in zip(PEERS, COLOURS, strict=True):
            found = ratios(data, "cpu", (job, peer.name), (job, "unillm"))
            if found:
                share = statistics.median(found)
                said = escape(f"{peer.title}, {title}: {share:.2g}x")
                yield (
                    f'<circle cx="{_x(share)}" cy="{y}" r="5" fill="{colour}">'
                    f"<title>{said}</title></circle>\n"
                )


def _legend() -> Iterator[str]:
    yield '<text x="10" y="18">CPU, as a multiple of unillm\'s (logarithmic; left is less)</text>\n'
    x = 10
    for peer, colour in zip(PEERS, COLOURS, strict=True):
        yield f'<circle cx="{x + 5}" cy="36" r="5" fill="{colour}"/>\n'
        yield f'<text x="{x + 14}" y="40">{escape(peer.title)}</text>\n'
        x += 28 + 7 * len(peer.title)


def _x(share: float) -> int:
    share = min(max(share, LEAST), MOST)
    return LEFT + round(WIDTH * math.log(share / LEAST) / math.log(MOST / LEAST))
