"""The book held against genai-prices: where the two differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from unillm.pricing import genai
from unillm.pricing.book import PriceBook
from unillm.pricing.rates import Rates, rates
from unillm.types.json import JsonRoundTrip
from unillm.types.price import Price

_KINDS = ("input", "cached_input", "cache_write", "output")
_LONG = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference(JsonRoundTrip):
    """One figure that two tables do not agree on.

    Attributes:
        provider: The provider.
        model: The model.
        kind: Which figure, such as ``cached_input``; ``model`` if one table does not have it.
        tier: Of which tier; empty: the standard price.
        ours: What the book has, for a million tokens; None: nothing.
        theirs: What genai-prices has.
    """

    provider: str
    model: str
    kind: str
    tier: str
    ours: Decimal | None
    theirs: Decimal | None


def differences(book: PriceBook, at: datetime) -> list[Difference]:
    """Return where a book and genai-prices differ at an instant.

    Of each row that held, its own figures are compared, those of long prompts and those of its
    service tiers. Rows whose model genai-prices does not have are told as such.
    """
    held = [row for row in book.prices if row.may_hold(at) and row.input is not None]
    return [found for row in held for found in _of(book, row, at)]


def _of(book: PriceBook, row: Price, at: datetime) -> Iterator[Difference]:
    names = (row.model, *row.ids)
    name = next((name for name in names if genai.price_of(row.provider, name, at)), None)
    if name is None:
        yield Difference(
            provider=row.provider,
            model=row.model,
            kind="model",
            tier="",
            ours=row.input,
            theirs=None,
        )
        return
    for service in ("", *(tier.name for tier in row.tiers)):
        context = {"processing": service} if service == "batch" else {"service_tier": service}
        theirs = genai.price_of(row.provider, name, at, context if service else None)
        for prompt in (1, _LONG):
            yield from _figures(book, row, theirs, at, service, prompt)


def _figures(
    book: PriceBook, row: Price, theirs: Price | None, at: datetime, service: str, prompt: int
) -> Iterator[Difference]:
    if prompt > 1 and not row.context and not (theirs and theirs.context):
        return
    calendars = {calendar.name: calendar for calendar in book.calendars}
    ours = rates(row, at=at, prompt=prompt, service_tier=service, calendars=calendars)
    other = theirs and rates(theirs, at=at, prompt=prompt, service_tier=None, calendars={})
    if not ours:
        return
    for kind in _KINDS:
        if getattr(row, kind) is None and (theirs is None or getattr(theirs, kind) is None):
            continue  # both say "as other input", which is compared
        mine = _figure(ours, kind)
        its = _figure(other, kind) if other else None
        if its is None or its not in {getattr(one, kind) for one in ours}:
            tier = ", ".join(filter(None, (service, "long" if prompt > 1 else "")))
            yield Difference(
                provider=row.provider, model=row.model, kind=kind, tier=tier, ours=mine, theirs=its
            )


def _figure(figures: list[Rates], kind: str) -> Decimal:
    return Decimal(getattr(figures[0], kind))
