"""``unillm estimate``: what so many tokens a month cost, model by model."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from unillm.catalog.lookup import close_to, vendor_of
from unillm.cli.amounts import read_instant, read_mix, read_share, read_tokens
from unillm.cli.month import Bill, Load, month
from unillm.pricing import Price, PriceBook
from unillm.types.dataclass import dataclass
from unillm.types.money import amount

__all__ = ["estimate"]

MODELS = ("gpt-5.5-pro", "gpt-5.5", "gpt-5.4", "deepseek-v4-pro", "deepseek-v4-flash")
"""What is compared if nothing is said: the dearest first."""
_WIDE = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One model: what it is called, and its bills."""

    asked: str
    provider: str
    model: str
    bill: Bill
    today: Bill | None


@click.command()
@click.option("--tokens", required=True, callback=read_tokens, help="A month: 40M, 1.5B, 250k.")
@click.option(
    "--mix",
    default="50/50",
    show_default=True,
    callback=read_mix,
    help="Input to output: 80/20, or 3:1.",
)
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="MODEL",
    help=f"An id, or provider:model. May be repeated. Without it: {', '.join(MODELS)}.",
)
@click.option(
    "--at",
    metavar="DATE",
    callback=read_instant,
    help="The prices of this date or instant (UTC), beside those of today.",
)
@click.option(
    "--cached",
    metavar="SHARE",
    callback=read_share,
    help="How much of the input comes from the cache: 30%. Without it, from none to all may.",
)
@click.option("--tier", metavar="NAME", help="The service tier, such as flex or batch.")
@click.option("--json", "as_json", is_flag=True, help="Print figures and rows as one JSON object.")
def estimate(
    *,
    tokens: int,
    mix: Fraction,
    models: Sequence[str],
    at: datetime | None,
    cached: Fraction | None,
    tier: str | None,
    as_json: bool,
) -> None:
    """Show what so many tokens a month cost, in US dollars, at the prices of one instant.

    As if that price held for the whole month, and every call were billed once.
    """
    given = round(tokens * mix)
    load = Load(input=given, output=tokens - given, cached=cached, tier=tier)
    book, now = PriceBook.default(), datetime.now(UTC)
    when = at or now
    lines: list[_Line] = []
    for asked in dict.fromkeys(models or MODELS):
        provider, model = _named(book, asked)
        bill = month(book, load, provider=provider, model=model, at=when)
        today = month(book, load, provider=provider, model=model, at=now) if at else None
        lines.append(_Line(asked=asked, provider=provider, model=model, bill=bill, today=today))
    if as_json:
        click.echo(json.dumps(_plain(load, lines, when), indent=2))
    else:
        _show(load, lines, when)
    if all(line.bill.usd is None for line in lines):
        raise click.exceptions.Exit(1)


def _named(book: PriceBook, asked: str) -> tuple[str, str]:
    """Return the provider and the model that a name means.

    Raises:
        click.BadParameter: It may mean several, or none.
    """
    providers = dict.fromkeys(row.provider for row in book.prices)
    left, colon, right = asked.partition(":")
    if colon and left.lower() in providers and right:
        return left.lower(), right
    vendor = vendor_of(asked)
    if vendor is not None:
        return vendor, asked
    have = [name for name in providers if book.history(provider=name, model=asked)]
    close = [name for name in MODELS if asked and asked.lower() in name] or close_to(asked)
    known = [f"{name}:{asked}" for name in have] or [f"{vendor_of(name)}:{name}" for name in close]
    hint = f": did you mean {' or '.join(known)}?" if known else "; see `unillm prices`"
    message = f"the book has no price of {asked!r} under this name{hint}"
    raise click.BadParameter(message, param_hint="--model")


def _times_cheaper(bills: Sequence[Bill]) -> list[Decimal | None]:
    """Return how many times cheaper than the dearest each is."""
    dearest = max((bill.usd or Decimal(0) for bill in bills), default=Decimal(0))
    return [dearest / bill.usd if bill.usd else None for bill in bills]


def _show(load: Load, lines: Sequence[_Line], at: datetime) -> None:
    width = None if sys.stdout.isatty() else _WIDE  # a file or a pipe has no width
    console = Console(width=width, highlight=False, markup=False)
    cached = "" if load.cached is None else f", {float(load.cached * 100):.4g}% of it cached"
    tier = f", {load.tier}" if load.tier else ""
    console.print(
        f"{load.input + load.output:,} tokens a month: {load.input:,} in{cached}, "
        f"{load.output:,} out{tier}\n"
    )
    console.print(_bills(lines, at))
    console.print()
    sources = list(dict.fromkeys(_source(bill.price) for _, bill in _all(lines) if bill.price))
    console.print("US dollars for a million tokens, in the standard tier:")
    console.print(_prices(lines, at, sources))
    console.print()
    for note in (*_ends(load), *_notes(lines)):
        console.print(f"- {note}", soft_wrap=width is not None)
    for number, source in enumerate(sources, start=1):
        console.print(f"{number:>3}  {source}", soft_wrap=True)


def _all(lines: Sequence[_Line]) -> Iterator[tuple[_Line, Bill]]:
    for line in lines:
        yield line, line.bill
        if line.today is not None:
            yield line, line.today


def _bills(lines: Sequence[_Line], at: datetime) -> Table:
    table = _begun(lines)
    for name in ("at least", "a month", "at most", "cheaper"):
        table.add_column(name, justify="right", no_wrap=True)
    then = _times_cheaper([line.bill for line in lines])
    now = _times_cheaper([line.today for line in lines if line.today is not None])
    for place, line in enumerate(lines):
        table.add_row(*_first(line, at), *_figures(line.bill, then[place]))
        if line.today is not None:
            table.add_row("", "today", *_figures(line.today, now[place]))
    return table


def _begun(lines: Sequence[_Line]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="")
    table.add_column("model", overflow="fold")
    if any(line.today for line in lines):
        table.add_column("prices of", no_wrap=True)
    return table


def _first(line: _Line, at: datetime) -> list[str]:
    return [line.asked, *([f"{at:%Y-%m-%d}"] if line.today is not None else [])]


def _figures(bill: Bill, times: Decimal | None) -> list[str]:
    shown = ["" if usd is None else amount(usd) for usd in (bill.low, bill.usd, bill.high)]
    return [shown[0], shown[1] or "unknown", shown[2], _ratio(times)]


def _ratio(times: Decimal | None) -> str:
    """Return how many times: two digits or more."""
    if times is None or times == 1:
        return ""
    return f"{times:,.0f}x" if times >= 10 else f"{times:.1f}x".replace(".0x", "x")


def _prices(lines: Sequence[_Line], at: datetime, sources: Sequence[str]) -> Table:
    table = _begun(lines)
    for name in ("in", "cached", "write", "out", "source"):
        table.add_column(name, justify="right", no_wrap=True)
    named: _Line | None = None
    for line, bill in _all(lines):
        price = bill.price
        if price is not None:
            figures = (price.input, price.cached_input, price.cache_write, price.output)
            shown = ["" if figure is None else f"{figure:f}" for figure in figures]
            first = _first(line, at) if bill is line.bill else [line.asked, "today"]
            if line is named:
                first[0] = ""
            named = line
            table.add_row(*first, *shown, str(sources.index(_source(price)) + 1))
    return table


def _source(price: Price) -> str:
    return f"{price.source}, checked {price.checked}"


def _ends(load: Load) -> Iterator[str]:
    """Give what the ends of the ranges stand for."""
    if load.cached is None:
        yield "a month: nothing comes from the cache; at least: all of the input does"
    yield "at most: what does not come from the cache is written to it, where that costs more"


def _notes(lines: Sequence[_Line]) -> Iterator[str]:
    """Give what there is to say of prices, each thing once, with whom it is about."""
    about: dict[str, list[str]] = {}
    for line, bill in _all(lines):
        for note in bill.notes:
            about.setdefault(note, []).append(line.asked)
    for note, names in about.items():
        yield f"{', '.join(dict.fromkeys(names))}: {note}"


def _plain(load: Load, lines: Sequence[_Line], at: datetime) -> dict[str, Any]:
    """Return everything as plain JSON types."""
    return {
        "tokens": load.input + load.output,
        "input_tokens": load.input,
        "output_tokens": load.output,
        "cached": None if load.cached is None else float(load.cached),
        "tier": load.tier,
        "at": at.isoformat(),
        "models": [
            {
                "provider": line.provider,
                "model": line.model,
                **_plain_bill(line.bill),
                "times_cheaper": None if times is None else round(float(times), 3),
                "today": None if line.today is None else _plain_bill(line.today),
            }
            for line, times in zip(
                lines, _times_cheaper([line.bill for line in lines]), strict=True
            )
        ],
    }


def _plain_bill(bill: Bill) -> dict[str, Any]:
    figures = {"usd": bill.usd, "low": bill.low, "high": bill.high}
    return {
        **{name: None if usd is None else f"{usd.normalize():f}" for name, usd in figures.items()},
        "price": None if bill.price is None else bill.price.to_dict(),
        "notes": list(bill.notes),
    }
