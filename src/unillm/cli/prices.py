"""``unillm prices``: the rows of the price book, each with its source."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from difflib import get_close_matches

import click

from unillm.cli.amounts import read_instant
from unillm.cli.pricelist import show_differences, show_rows
from unillm.pricing import Difference, Price, PriceBook, differences
from unillm.pricing.compare import explained_release
from unillm.pricing.genai import installed
from unillm.pricing.tariff import absence

__all__ = ["prices"]


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
    "--diff",
    is_flag=True,
    help="List where the book differs from the package genai-prices, and why.",
)
def prices(
    *, model: str | None, at: datetime | None, provider: str | None, as_json: bool, diff: bool
) -> None:
    """Show what models cost, in US dollars for a million tokens, and who says so.

    Without MODEL, the rows that hold now; with it, all rows of that model, from the first on; of
    one provider, if it is written provider:model.
    """
    book = PriceBook.default()
    left, _, right = (model or "").partition(":")
    if provider is None and right and _providers(book, left):
        provider, model = left, right
    if diff:
        _diff(book, at or datetime.now(UTC), provider, model, as_json=as_json)
        return
    rows = _rows(book, model, provider, at)
    if not rows:
        raise click.ClickException(_nothing(book, model, provider, at))
    if as_json:
        click.echo(json.dumps([row.to_dict() for row in rows], indent=2))
    else:
        show_rows(rows)


def _providers(book: PriceBook, provider: str | None) -> list[str]:
    known = dict.fromkeys(row.provider for row in book.prices)
    return [name for name in known if provider is None or name == provider.lower()]


def _rows(
    book: PriceBook, model: str | None, provider: str | None, at: datetime | None
) -> list[Price]:
    asked = _providers(book, provider)
    if model is None:
        now = at or datetime.now(UTC)
        return [row for row in book.prices if row.provider in asked and row.may_hold(now)]
    return [row for row in _named(book, model, provider) if at is None or row.may_hold(at)]


def _named(book: PriceBook, model: str, provider: str | None) -> list[Price]:
    asked = _providers(book, provider)
    return [row for name in asked for row in book.history(provider=name, model=model)]


def _nothing(book: PriceBook, model: str | None, provider: str | None, at: datetime | None) -> str:
    """Return why there is no row, and what there is instead."""
    what = ":".join(filter(None, (provider, model))) or "anything"
    if provider is not None and not _providers(book, provider):
        known = ", ".join(_providers(book, None))
        return f"the book has no price of {what}: it has {known}"
    if at is not None:
        rows = _named(book, model, provider) if model else list(book.prices)
        when = absence(rows, at)
        if when:
            return f"the book has no price of {what}{when}"
    if model is None:
        return f"the book has no price of {what}"
    names = {name for row in book.prices for name in (row.model, *row.ids)}
    close = get_close_matches(model, sorted(names), n=3)
    hint = f"; it has {', '.join(close)}" if close else ""
    return f"the book has no price of {what}{hint}"


def _diff(
    book: PriceBook, at: datetime, provider: str | None, model: str | None, *, as_json: bool
) -> None:
    if not installed():
        raise click.ClickException(
            'this compares with genai-prices: pip install "unillm-sdk[prices]"'
        )
    found = _chosen(differences(book, at), provider, model and _named(book, model, provider))
    if as_json:
        click.echo(json.dumps([one.to_dict() for one in found], indent=2))
        return
    show_differences(found)
    here = _release()
    if here != explained_release():
        click.echo(
            f"The reasons are about genai-prices {explained_release()}; {here} is installed."
        )


def _chosen(
    found: Sequence[Difference], provider: str | None, rows: Sequence[Price] | str | None
) -> list[Difference]:
    named = None if rows is None or isinstance(rows, str) else {row.model for row in rows}
    return [
        one
        for one in found
        if provider in {None, one.provider} and (named is None or one.model in named)
    ]


def _release() -> str:
    from importlib.metadata import version

    return version("genai-prices")
