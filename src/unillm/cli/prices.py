"""``unillm prices``: the rows of the price book, each with its source."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

import click
from rich.console import Console
from rich.table import Table

from unillm.cli.amounts import read_instant
from unillm.pricing import Difference, Price, PriceBook, PriceHours, differences
from unillm.pricing.genai import installed
from unillm.types.price import WEEK

__all__ = ["prices"]

_WIDE = 250
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@click.command()
@click.argument("model", required=False)
@click.option(
    "--at",
    metavar="DATE",
    callback=read_instant,
    help="The rows that held at this date or instant (UTC, unless it says otherwise).",
)
@click.option("--provider", metavar="NAME", help="Only the rows of this provider.")
@click.option("--json", "as_json", is_flag=True, help="Print the rows as one JSON list.")
@click.option(
    "--diff", is_flag=True, help="List where the book differs from the package genai-prices."
)
def prices(
    *, model: str | None, at: datetime | None, provider: str | None, as_json: bool, diff: bool
) -> None:
    """Show what models cost, in US dollars for a million tokens, and who says so.

    Without MODEL, the rows that hold now; with it, all rows of that model, from the first on.
    """
    book = PriceBook.default()
    now = at or datetime.now(UTC)
    if diff:
        _show_differences(_chosen_differences(book, now, provider, model), as_json=as_json)
        return
    rows = _rows(book, model, provider, at)
    if not rows:
        what = ":".join(filter(None, (provider, model))) or "this"
        raise click.ClickException(f"the book has no price of {what}{f' at {at}' if at else ''}")
    if as_json:
        click.echo(json.dumps([row.to_dict() for row in rows], indent=2))
        return
    console = _console()
    sources = list(dict.fromkeys(_source(row) for row in rows))
    console.print(_table(rows, sources))
    for number, source in enumerate(sources, start=1):
        console.print(f"{number:>3}  {source}", soft_wrap=True)


def _console() -> Console:
    width = None if sys.stdout.isatty() else _WIDE  # a file or a pipe has no width
    return Console(width=width, highlight=False, markup=False)


def _rows(
    book: PriceBook, model: str | None, provider: str | None, at: datetime | None
) -> list[Price]:
    providers = dict.fromkeys(row.provider for row in book.prices)
    asked = [name for name in providers if provider is None or name == provider.lower()]
    if model is None:
        now = at or datetime.now(UTC)
        return [row for row in book.prices if row.provider in asked and row.may_hold(now)]
    named = [row for name in asked for row in book.history(provider=name, model=model)]
    return [row for row in named if at is None or row.may_hold(at)]


def _table(rows: Sequence[Price], sources: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("provider", "model"):
        table.add_column(name, overflow="fold")
    for name in ("input", "cached", "write", "output"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("since", "until"):
        table.add_column(name, no_wrap=True)
    table.add_column("more", overflow="fold")
    table.add_column("source", justify="right", no_wrap=True)
    for row in rows:
        figures = (row.input, row.cached_input, row.cache_write, row.output)
        period = (_period(row.perhaps_since, row.since), _period(row.until, row.perhaps_until))
        shown = [_money(figure) for figure in figures]
        number = str(sources.index(_source(row)) + 1)
        table.add_row(row.provider, row.model, *shown, *period, _more(row), number)
    return table


def _money(figure: Decimal | None) -> str:
    return "" if figure is None else f"{figure:f}"


def _period(early: datetime | None, late: datetime | None) -> str:
    """Return an instant; or the first and the last that it may have been."""
    shown = [f"{at:%Y-%m-%d %H:%M}".removesuffix(" 00:00") for at in (early, late) if at]
    return "…".join(shown)


def _more(row: Price) -> str:
    long = [f"over {tier.above:,}: {_times(tier.input, tier.output)}" for tier in row.context]
    tiers = [f"{tier.name} {tier.times:f}x" for tier in row.tiers]
    return "; ".join([*long, *tiers, *map(_hours, row.hours)])


def _hours(hours: PriceHours) -> str:
    days = "" if hours.days == WEEK else " " + ",".join(_DAYS[day - 1] for day in hours.days)
    free = "" if hours.holidays is None else f" but holidays ({hours.holidays})"
    return f"{hours.name} {hours.start:%H:%M}-{hours.end:%H:%M} UTC{days}{free} {hours.times:f}x"


def _times(given: Decimal, output: Decimal) -> str:
    return f"{given:f}x in, {output:f}x out"


def _source(row: Price) -> str:
    doubt = "" if row.verified else "not verified: "
    note = f" ({doubt}{row.note})" if row.note else ""
    return f"{row.source}, {row.checked}{note}"


def _chosen_differences(
    book: PriceBook, at: datetime, provider: str | None, model: str | None
) -> list[Difference]:
    if not installed():
        raise click.ClickException(
            'this compares with genai-prices: pip install "unillm-sdk[prices]"'
        )
    return [
        found
        for found in differences(book, at)
        if provider in {None, found.provider} and model in {None, found.model}
    ]


def _show_differences(found: Sequence[Difference], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([one.to_dict() for one in found], indent=2))
        return
    table = Table(box=None, pad_edge=False)
    for name in ("provider", "model", "figure", "tier"):
        table.add_column(name, overflow="fold")
    for name in ("unillm", "genai-prices"):
        table.add_column(name, justify="right")
    for one in found:
        figures = [_money(figure) or "not there" for figure in (one.ours, one.theirs)]
        table.add_row(one.provider, one.model, one.kind, one.tier, *figures)
    _console().print(table if found else "There are no differences.")
