"""How rows of the price book, and differences from it, are shown on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import TypeVar

from rich.console import Console
from rich.table import Table
from rich.text import Text

from unillm.pricing import ContextTier, Difference, Price, PriceHours, ServiceTier
from unillm.types.price import WEEK

_WIDE = 250
_ROOM = 36
"""For what a row has more; if there is less, it stands in the notes."""
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_KINDS = ("input", "cached_input", "cache_write", "output")
_HEADS = {"input": "input", "cached_input": "cached", "cache_write": "write", "output": "output"}


class Numbered:
    """Give each of some texts a number, the same one when it comes again."""

    def __init__(self) -> None:
        self.texts: dict[str, int] = {}

    def __call__(self, text: str) -> str:
        """Return the number of a text; empty, if it is."""
        return str(self.texts.setdefault(text, len(self.texts) + 1)) if text else ""


def show_rows(rows: Sequence[Price]) -> None:
    """Print rows, and under them who says so: in one table if that fits, else one a provider."""
    console, notes = _console(), Numbered()
    if _width(_wide(rows, Numbered(), more=False)) + _ROOM <= console.width:
        console.print(_wide(rows, notes))
        console.print()
    else:
        _print_by_provider(console, rows, lambda of: _narrow(of, notes))
    _footnotes(console, notes)


def show_differences(found: Sequence[Difference]) -> None:
    """Print where the book and genai-prices differ, and under them why."""
    console, notes = _console(), Numbered()
    if not found:
        console.print("There are no differences.")
        return
    _print_by_provider(console, found, lambda of: _differing(of, notes))
    console.print("Figures: input / cached / (write /) output, as far as they differ or one is")
    console.print("not there; genai: what genai-prices has.")
    console.print()
    _footnotes(console, notes)


_Of = TypeVar("_Of", Price, Difference)


def _print_by_provider(
    console: Console, found: Sequence[_Of], table: Callable[[list[_Of]], Table]
) -> None:
    for provider, of in groupby(found, lambda one: one.provider):
        console.print(Text(provider, style="bold"))
        console.print(table(list(of)))
        console.print()


def _width(table: Table) -> int:
    """Return how wide a table would be if there were no end to the terminal."""
    endless = Console(width=10_000)
    return endless.measure(table).maximum


def _differing(found: Iterable[Difference], notes: Numbered) -> Table:
    table = _table("model", "tier", unillm="right", genai="right", why="right")
    for (model, tier), of in groupby(found, lambda d: (d.model, d.tier)):
        figures = {one.kind: one for one in of}
        ours, theirs = _pair(figures)
        told = {f"{d.why}: {d.source}" if d.why else "not explained" for d in figures.values()}
        table.add_row(model, tier, ours, theirs, ",".join(map(notes, sorted(told))))
    return table


def _pair(figures: Mapping[str, Difference]) -> tuple[str, str]:
    if "model" in figures:
        return money(figures["model"].ours), "not there"
    kinds = [kind for kind in _KINDS if kind != "cache_write" or kind in figures]
    ours = [money(figures[kind].ours) if kind in figures else "-" for kind in kinds]
    theirs = [money(figures[kind].theirs) or "-" if kind in figures else "-" for kind in kinds]
    return " / ".join(ours), " / ".join(theirs)


def _console() -> Console:
    width = None if sys.stdout.isatty() else _WIDE  # a file or a pipe has no width
    return Console(width=width, highlight=False, markup=False)


def _table(*left: str, **others: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in left:
        table.add_column(name, overflow="fold")
    for name, side in others.items():
        table.add_column(
            name,
            justify="right" if side == "right" else "left",
            no_wrap=side != "fold",
            overflow="fold",
        )
    return table


def _wide(rows: Sequence[Price], notes: Numbered, *, more: bool = True) -> Table:
    """Return a table of everything; what a row has more in a column that may be folded."""
    kinds = dict.fromkeys(_HEADS.values(), "right")
    heads = {**kinds, "since": "left", "until": "left", "more": "fold", "source": "right"}
    table = _table("provider", "model", **heads)
    for row in rows:
        period = (_period(row.perhaps_since, row.since), _period(row.until, row.perhaps_until))
        figures = [money(getattr(row, kind)) for kind in _KINDS]
        told = "; ".join(_more(row)) if more else ""
        table.add_row(row.provider, row.model, *figures, *period, told, notes(_source(row)))
    return table


def _narrow(rows: Sequence[Price], notes: Numbered) -> Table:
    """Return a table in which what a row has more stands in its notes."""
    kinds = [kind for kind in _KINDS if any(getattr(row, kind) is not None for row in rows)]
    heads = dict.fromkeys((_HEADS[kind] for kind in kinds), "right")
    table = _table("model", **heads, period="left", notes="right")
    for row in rows:
        since = _period(row.perhaps_since, row.since)
        until = _period(row.until, row.perhaps_until)
        period = f"{since} to\n{until}" if until else f"{since} on" if since else ""
        numbers = ",".join(filter(None, map(notes, ("; ".join(_more(row)), _source(row)))))
        table.add_row(row.model, *(money(getattr(row, kind)) for kind in kinds), period, numbers)
    return table


def _footnotes(console: Console, notes: Numbered) -> None:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    for text, number in notes.texts.items():
        if console.is_terminal:
            grid.add_row(str(number), text)
        else:
            console.print(f"{number:>3}  {text}", soft_wrap=True)
    if console.is_terminal:
        console.print(grid)


def money(figure: Decimal | None) -> str:
    """Return a figure with no zeros that say nothing, but two digits after the point."""
    if figure is None:
        return ""
    whole, point, rest = f"{figure.normalize():f}".partition(".")
    return f"{whole}.{rest:0<2}" if point else whole


def _period(early: datetime | None, late: datetime | None) -> str:
    """Return an instant; or the first and the last that it may have been."""
    shown = [f"{at:%Y-%m-%d %H:%M}".removesuffix(" 00:00") for at in (early, late) if at]
    return "…".join(shown)


def _more(row: Price) -> Iterable[str]:
    yield from map(_long, row.context)
    yield from map(_tier, row.tiers)
    for _, alike in groupby(row.hours, lambda h: (h.name, h.times, h.days, h.holidays)):
        yield _hours(list(alike))
    if row.gpu_hour is not None:
        yield f"{money(row.gpu_hour)} an hour"
    if row.currency != "USD":
        yield f"in {row.currency}"


def _long(tier: ContextTier) -> str:
    return f"over {tier.above:,}: {_times(tier.input)} in, {_times(tier.output)} out"


def _tier(tier: ServiceTier) -> str:
    own = [
        f"{_HEADS[kind]} {money(getattr(tier, kind))}"
        for kind in _KINDS
        if getattr(tier, kind) is not None
    ]
    all_own = tier.input is not None and tier.output is not None
    told = own if all_own else [_times(tier.times), *own]
    return f"{tier.name} {', '.join(told)}"


def _hours(alike: Sequence[PriceHours]) -> str:
    first = alike[0]
    spans = ", ".join(f"{hours.start:%H:%M}-{hours.end:%H:%M}" for hours in alike)
    free = "" if first.holidays is None else f" but holidays ({first.holidays})"
    return f"{first.name} {spans} UTC{_weekdays(first.days)}{free} {_times(first.times)}"


def _weekdays(days: tuple[int, ...]) -> str:
    if days == WEEK:
        return ""
    if len(days) > 1 and days == tuple(range(days[0], days[-1] + 1)):
        return f" {_DAYS[days[0] - 1]}-{_DAYS[days[-1] - 1]}"
    return " " + ",".join(_DAYS[day - 1] for day in days)


def _times(times: Decimal) -> str:
    return f"{times.normalize():f}x"


def _source(row: Price) -> str:
    doubt = "" if row.verified else "not verified: "
    note = f" ({doubt}{row.note})" if row.note else ""
    read = f", checked {row.checked}" if row.checked else ""
    return f"{row.source}{read}{note}"
