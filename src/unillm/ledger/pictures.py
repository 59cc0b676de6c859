"""How spending looks in a notebook, and as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

from unillm.types.money import amount, span
from unillm.types.usage import Cost, highest, lowest

if TYPE_CHECKING:
    from unillm.ledger.spend import Spend, SpendRow

MOST_BARS = 31
_WIDTH, _BAR, _LABEL = 640, 18, 200
_HEADS = ("calls", "failed", "input", "cached", "output", "cost")


def money(cost: Cost) -> str:
    """Return an amount as a table has it: ``$1.20``, ``~$1.20``, ``$1.00-1.40``, ``≥ $1.00``."""
    if cost.total is not None:
        return f"{'~' if cost.state == 'estimated' else ''}{amount(cost.total)}"
    if cost.low is not None and cost.high is not None:
        return span(cost.low, cost.high)
    if cost.high is not None:
        return f"≤ {amount(cost.high)}"
    return f"≥ {amount(cost.low)}" if cost.low else "?"


def whole(spend: Spend) -> Iterator[str]:
    """Give the sentences below a table: the month, the cache, the comparison, what is missing."""
    month = spend.projection
    so_far = f"{month.since:%B}: {money(month.so_far)} so far"
    yield so_far if month.cost is None else f"{so_far}, {money(month.cost)} at this pace"
    total = spend.total
    if total.cache_savings:
        yield f"the prompt cache saved {amount(total.cache_savings)}"
    again = [
        f"{count:,} {one if count == 1 else many}"
        for count, one, many in (
            (total.retries, "retry", "retries"),
            (total.fallbacks, "fallback", "fallbacks"),
            (total.hedges, "hedge", "hedges"),
        )
        if count
    ]
    if again:
        yield f"{', '.join(again)} among {total.attempts:,} attempts"
    if total.saved is not None and total.baseline is not None:
        yield (
            f"always {spend.baseline}: {money(total.baseline)} for the same tokens; "
            f"{_saved(total.saved)}"
        )
    yield from doubts(spend)


def _saved(saved: Cost) -> str:
    low, high = lowest(saved), highest(saved)
    if low is None or high is None or high >= 0:
        return f"saved {money(saved)}"
    more = replace(saved, total=saved.total and -saved.total, low=-high, high=-low)
    return f"that is {money(more)} less than was spent"


def doubts(spend: Spend) -> Iterator[str]:
    """Give what keeps the figures from being exact."""
    total = spend.total
    for count, what in (
        (total.unknown, "are not in the cost: it is not known"),
        (total.bounded, "have a cost with two bounds"),
        (total.estimated, "have an estimated cost"),
        (total.unreported, "reported no tokens"),
    ):
        if count:
            yield f"{count:,} of {total.attempts:,} attempts {what}"
    if spend.dropped:
        yield f"{spend.dropped:,} operations are missing: there was no room for them"
    if spend.at_most:
        yield (
            f"up to {spend.at_most:,} operations may be missing: a process ended without closing "
            "the ledger"
        )


def text(spend: Spend) -> str:
    """Return a table, and what there is to say, without what would move a cursor."""
    rows = [(spend.by, *_HEADS), *_rows(spend)]
    names = ["".join(c if c.isprintable() else "\ufffd" for c in row[0]) for row in rows]
    columns = [names, *zip(*(row[1:] for row in rows), strict=True)]
    wide = [max(map(len, column)) for column in columns]
    lines = (
        "  ".join([line[0].ljust(wide[0]), *map(str.rjust, line[1:], wide[1:])])
        for line in zip(*columns, strict=True)
    )
    return "\n".join([*lines, *whole(spend)])


def markdown(spend: Spend) -> str:
    """Return a table as Markdown, and what there is to say: for those that show no HTML."""
    from unillm._markdown import inert, table

    said = "\n".join(f"- {inert(line)}" for line in whole(spend))
    return f"{table((spend.by, *_HEADS), _rows(spend), {spend.by})}\n\n{said}"


def _rows(spend: Spend) -> list[tuple[str, ...]]:
    rows = [("(none)" if row.group is None else row.group, *_figures(row)) for row in spend.rows]
    return [*rows, ("total", *_figures(spend.total))]


def html(spend: Spend) -> str:
    """Return a table, a picture of it, and what there is to say."""
    heads = (spend.by, *_HEADS)
    sides = ("text-align:left", *(_FIGURE for _ in heads[1:]))
    head = "".join(
        f'<th style="{side}">{escape(name)}</th>' for name, side in zip(heads, sides, strict=True)
    )
    body = "".join(_row(row, row.group) for row in spend.rows)
    total = _row(spend.total, "total", tag="th") if len(spend.rows) != 1 else ""
    said = "".join(f"<div>{escape(line)}</div>" for line in whole(spend))
    return (
        # Not drawn as mathematics, between one dollar and the next.
        f'<div class="mathjax_ignore">{svg(spend)}<table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}{total}</tbody></table><small>{said}</small></div>"
    )


def svg(spend: Spend) -> str:
    """Return a bar for each group, as SVG: what is known, and lighter what may be."""
    rows = _drawn(spend)
    most = max((float(_most(row.cost)) for row in rows), default=0.0)
    if most <= 0:
        return ""
    room = _WIDTH - _LABEL - 110
    bars: list[str] = []
    for place, row in enumerate(rows):
        y = place * (_BAR + 4)
        low, high = (room * float(v) / most for v in (_least(row.cost), _most(row.cost)))
        name = escape(_short(row.group))
        bars.append(
            f'<text x="{_LABEL - 6}" y="{y + 13}" text-anchor="end">{name}</text>'
            f'<rect x="{_LABEL}" y="{y}" width="{high:.1f}" height="{_BAR}" fill="#9ec5e8"/>'
            f'<rect x="{_LABEL}" y="{y}" width="{low:.1f}" height="{_BAR}" fill="#2b6ca3"/>'
            f'<text x="{_LABEL + high + 6:.1f}" y="{y + 13}">{escape(money(row.cost))}</text>'
        )
    height = len(rows) * (_BAR + 4)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'font-family="sans-serif" font-size="12" fill="currentColor" role="img" '
        f'aria-label="cost by {escape(spend.by, quote=True)}">{"".join(bars)}</svg>'
    )


def plotted(spend: Spend, ax: Any) -> Any:
    """Draw what each group cost with matplotlib, and return the axes.

    Raises:
        ImportError: matplotlib is not installed.
    """
    if ax is None:
        try:
            import matplotlib.pyplot as plt
        except ImportError as missing:
            message = 'a plot needs matplotlib: pip install "unillm-sdk[notebook]"'
            raise ImportError(message) from missing
        made: Any = plt.subplots(figsize=(8, 0.35 * len(_drawn(spend)) + 1.2))
        ax = made[1]
    rows = list(reversed(_drawn(spend)))
    places = range(len(rows))
    lows = [float(_least(row.cost)) for row in rows]
    gaps = [float(_most(row.cost)) - low for row, low in zip(rows, lows, strict=True)]
    ax.barh(places, lows, color="#2b6ca3")
    ax.barh(places, gaps, left=lows, color="#9ec5e8")
    # Names may hold what matplotlib would read as mathematics.
    names = [_short(row.group).replace("$", r"\$") for row in rows]
    ax.set_yticks(list(places), names)
    ax.set_xlabel("US dollars")
    ax.set_title(f"cost by {spend.by}".replace("$", r"\$"))
    return ax


def _row(row: SpendRow, name: str | None, tag: str = "td") -> str:
    cells = "".join(f'<{tag} style="{_FIGURE}">{escape(f)}</{tag}>' for f in _figures(row))
    label = escape("(none)" if name is None else name)
    return f'<tr><{tag} style="text-align:left">{label}</{tag}>{cells}</tr>'


def _figures(row: SpendRow) -> tuple[str, ...]:
    return (
        *(f"{n:,}" for n in (row.calls, row.errors, row.input_tokens)),
        *(f"{n:,}" for n in (row.cached_input_tokens, row.output_tokens)),
        money(row.cost),
    )


_FIGURE = "text-align:right;white-space:nowrap;padding-left:1em"


def _drawn(spend: Spend) -> tuple[SpendRow, ...]:
    return spend.rows[-MOST_BARS:] if spend.by == "day" else spend.rows[:MOST_BARS]


def _short(name: str | None) -> str:
    text = "(none)" if name is None else name
    return text if len(text) <= 32 else f"{text[:31]}…"


def _least(cost: Cost) -> Decimal:
    return lowest(cost) or Decimal(0)


def _most(cost: Cost) -> Decimal:
    return max(_least(cost), highest(cost) or Decimal(0), cost.total or Decimal(0))
