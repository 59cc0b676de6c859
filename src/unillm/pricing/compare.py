"""The book held against genai-prices: where the two differ, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import lru_cache

from unillm.pricing import genai
from unillm.pricing.book import PriceBook
from unillm.pricing.load import made, packaged
from unillm.pricing.rates import Rates, rates
from unillm.types.dataclass import dataclass
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
        why: Why they differ; empty: that is not known.
        source: Who says so.
    """

    provider: str
    model: str
    kind: str
    tier: str
    ours: Decimal | None
    theirs: Decimal | None
    why: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why some figures differ.

    Attributes:
        provider: Whose figures.
        why: The reason.
        source: Who says so.
        model: Of which models, a pattern.
        kind: Which figures, a pattern.
        tier: Of which tiers, a pattern.
        since: Of calls from this instant on; None: of all.
        until: Of calls before this instant.
    """

    provider: str
    why: str
    source: str
    model: str = "*"
    kind: str = "*"
    tier: str = "*"
    since: datetime | None = None
    until: datetime | None = None

    def fits(self, found: Difference, at: datetime) -> bool:
        """Tell whether it is why two tables differ at an instant."""
        named = found.provider == self.provider and fnmatchcase(found.model, self.model)
        figure = fnmatchcase(found.kind, self.kind) and fnmatchcase(found.tier, self.tier)
        begun = self.since is None or self.since <= at
        return named and figure and begun and (self.until is None or at < self.until)


@lru_cache(maxsize=1)
def reasons() -> tuple[Reason, ...]:
    """Return why the two differ, in one release of genai-prices; the first that fits counts."""
    told = packaged("compared.toml")["why"]
    return tuple(made(Reason, one, f"reason {n}") for n, one in enumerate(told, start=1))


def explained_release() -> str:
    """Return the release of genai-prices that the reasons are about."""
    release: str = packaged("compared.toml")["release"]
    return release


def differences(book: PriceBook, at: datetime) -> list[Difference]:
    """Return where a book and genai-prices differ at an instant, and why.

    Of each row that held, its own figures are compared, those of long prompts and those of its
    service tiers. Rows whose model genai-prices does not have are told as such.
    """
    held = [row for row in book.prices if row.may_hold(at) and row.input is not None]
    return [_explained(found, at) for row in held for found in _of(book, row, at)]


def _explained(found: Difference, at: datetime) -> Difference:
    why = next((reason for reason in reasons() if reason.fits(found, at)), None)
    return found if why is None else replace(found, why=why.why, source=why.source)


def _of(book: PriceBook, row: Price, at: datetime) -> Iterator[Difference]:
    names = (row.model, *row.ids)
    name = next((name for name in names if genai.price_of(row.provider, name, at)), None)
    if name is None:
        yield _difference(row, "model", "", row.input, None)
        return
    calendars = {calendar.name: calendar for calendar in book.calendars}
    for service in ("", *(tier.name for tier in row.tiers)):
        context = {"processing" if service == "batch" else "service_tier": service}
        theirs = genai.price_of(row.provider, name, at, context if service else None)
        for prompt in _prompts(row, theirs):
            ours = rates(row, at=at, prompt=prompt, service_tier=service, calendars=calendars)
            its = theirs and rates(theirs, at=at, prompt=prompt, service_tier=None, calendars={})
            tier = ", ".join(filter(None, (service, "long" if prompt > 1 else "")))
            for kind in _kinds(row, theirs) if ours else ():
                yield from _compared(row, kind, tier, ours or [], its or [])


def _prompts(row: Price, theirs: Price | None) -> tuple[int, ...]:
    """Return how long the compared prompts are: a long one too, if it makes a difference."""
    return (1, _LONG) if row.context or (theirs and theirs.context) else (1,)


def _kinds(row: Price, theirs: Price | None) -> Iterator[str]:
    """Give the figures that are compared: those that at least one of the two has."""
    for kind in _KINDS:
        if getattr(row, kind) is not None or (theirs and getattr(theirs, kind) is not None):
            yield kind


def _compared(
    row: Price, kind: str, tier: str, ours: list[Rates], theirs: list[Rates]
) -> Iterator[Difference]:
    """Give the difference of one figure, if there is one: ours may be several, in doubt."""
    mine: list[Decimal] = [getattr(figures, kind) for figures in ours]
    its: list[Decimal] = [getattr(figures, kind) for figures in theirs]
    if not its or its[0] not in mine:
        yield _difference(row, kind, tier, mine[0], its[0] if its else None)


def _difference(
    row: Price, kind: str, tier: str, ours: Decimal | None, theirs: Decimal | None
) -> Difference:
    return Difference(
        provider=row.provider, model=row.model, kind=kind, tier=tier, ours=ours, theirs=theirs
    )
