"""The price book: rows, and what a call cost by them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from unillm.catalog import find
from unillm.errors import InvalidRequestError
from unillm.pricing import genai
from unillm.pricing.bill import Call, cost
from unillm.pricing.checks import checked_rows, instant, money
from unillm.pricing.load import shipped
from unillm.types.price import Calendar, Price
from unillm.types.usage import Cost, Usage

ByName = Mapping[tuple[str, str], tuple[Price, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBook:
    """Prices with their periods and sources. It cannot be changed; `with_` makes another one.

    Attributes:
        prices: The rows.
        calendars: The holidays that rows speak of.
        usd_per: What one unit of another currency is in US dollars, by its code. A price in a
            currency that is not here is not converted: what it comes to is unknown.
        fallback: Whether models that the book does not have are looked up in the package
            genai-prices, if it is installed. A cost from there is an estimate.
        beneath: The book that is asked where this one has no row for an instant.
        by_name: The rows by provider and name, in lower case; of ``prices`` alone.
    """

    prices: tuple[Price, ...] = ()
    calendars: tuple[Calendar, ...] = ()
    usd_per: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    fallback: bool = False
    beneath: PriceBook | None = field(default=None, repr=False)
    by_name: ByName = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rows = checked_rows(self.prices)
        rates = {code: money(rate, f"usd_per[{code!r}]") for code, rate in self.usd_per.items()}
        object.__setattr__(self, "prices", rows)
        object.__setattr__(self, "usd_per", MappingProxyType(rates))
        object.__setattr__(self, "by_name", _indexed(rows))

    @staticmethod
    def default() -> PriceBook:
        """Return the book that comes with unillm, always the same one.

        Its file is read when this is first called. Nothing is fetched, ever.
        """
        return _default()

    def with_(
        self,
        *prices: Price,
        usd_per: Mapping[str, Decimal] | None = None,
        fallback: bool | None = None,
    ) -> PriceBook:
        """Return a book with rows of your own over those of this one.

        For the instants at which a row of yours holds it replaces those beneath of the same
        provider and name; at others they go on to count.

        Args:
            *prices: The rows.
            usd_per: What one unit of other currencies is in US dollars; beside those known.
            fallback: Whether genai-prices is asked for what the book does not have; None: as
                before.

        Raises:
            InvalidRequestError: A row has no figure, or one that is no `Decimal` or below zero, or
                an instant without a time zone.
        """
        return PriceBook(
            prices=prices,
            calendars=self.calendars,
            usd_per={**self.usd_per, **(usd_per or {})},
            fallback=self.fallback if fallback is None else fallback,
            beneath=self,
        )

    def price(self, *, provider: str, model: str, at: datetime) -> Price | None:
        """Return the row that held at an instant; None: no price is known.

        Where the price changed between two instants and nobody says when, it is the row that held
        before. Where the book does not have the model, it may be one of genai-prices.

        Args:
            provider: The provider, such as ``deepseek``.
            model: The model: an id or alias of the catalog, or the provider's own name for it.
            at: The instant, with its time zone.

        Raises:
            InvalidRequestError: An argument is not what it should be.
        """
        found = self.find(provider=provider, model=model, at=at)
        return found[0] if found else None

    def find(self, *, provider: str, model: str, at: datetime) -> tuple[Price, ...]:
        """Return every row that held at an instant, or may have; the oldest first.

        There are two where a price changed between two instants and nobody says when.

        Args:
            provider: As in `price`.
            model: As in `price`.
            at: As in `price`.

        Raises:
            InvalidRequestError: An argument is not what it should be.
        """
        instant(at, "at")
        known = self._rows(_named(provider, "provider"), _named(model, "model"))
        for rows in known:
            held = tuple(row for row in rows if row.may_hold(at))
            if held:
                return held
        if known or not self.fallback:
            return ()
        row = genai.price_of(provider.lower(), model, at)
        return () if row is None else (row,)

    def history(self, *, provider: str, model: str) -> tuple[Price, ...]:
        """Return the rows of a model at a provider, the oldest first, whenever they held.

        Args:
            provider: As in `price`.
            model: As in `price`.

        Raises:
            InvalidRequestError: An argument is not what it should be.
        """
        known = self._rows(_named(provider, "provider"), _named(model, "model"))
        return tuple(row for rows in known for row in rows)

    def cost(
        self,
        usage: Usage | None,
        *,
        provider: str,
        model: str,
        at: datetime,
        service_tier: str | None = None,
        duration: timedelta | None = None,
    ) -> Cost:
        """Return what a call cost: exact, estimated, bounded, or unknown; never a made-up 0.

        Args:
            usage: Its tokens; None: not reported, and the cost is unknown.
            provider: As in `price`.
            model: As in `price`.
            at: When it began. Where prices differ by the hour, that decides.
            service_tier: The tier that served it, as the response says; None: the standard one.
            duration: How long it had the machine, for prices by the hour.

        Raises:
            InvalidRequestError: An argument is not what it should be.
        """
        tier: Any = service_tier
        if tier is not None and not isinstance(tier, str):
            raise InvalidRequestError(f"service_tier is a string or None, not {tier!r}")
        rows = self.find(provider=provider, model=model, at=at)
        if not rows:
            return Cost(reason=f"no price of {provider}:{model} at {at.isoformat()} is known")
        call = Call(usage=usage, at=at, service_tier=service_tier, duration=duration)
        calendars = {calendar.name: calendar for calendar in self.calendars}
        return cost(call, rows, calendars=calendars, usd_per=self.usd_per)

    def _rows(self, provider: str, model: str) -> list[tuple[Price, ...]]:
        """Return the rows of a name, book by book: of exactly that name, else of its model."""
        name = model.removeprefix(f"{provider}:")
        return _exactly(self, provider, name) or _exactly(self, provider, _catalog_id(name))


@lru_cache(maxsize=1)
def _default() -> PriceBook:
    rows, calendars = shipped()
    return PriceBook(prices=rows, calendars=calendars, fallback=True)


def _indexed(rows: Iterable[Price]) -> ByName:
    index: dict[tuple[str, str], list[Price]] = {}
    for row in rows:
        for name in {row.model.lower(), *(name.lower() for name in row.ids)}:
            index.setdefault((row.provider.lower(), name), []).append(row)
    return MappingProxyType({key: tuple(sorted(held, key=_begin)) for key, held in index.items()})


def _exactly(book: PriceBook | None, provider: str, name: str) -> list[tuple[Price, ...]]:
    found: list[tuple[Price, ...]] = []
    while book is not None:
        rows = book.by_name.get((provider, name))
        found += [rows] if rows else []
        book = book.beneath
    return found


def _begin(row: Price) -> float:
    begin = row.perhaps_since or row.since
    return begin.timestamp() if begin else float("-inf")


def _catalog_id(name: str) -> str:
    info = find(name)
    return name if info is None else info.id


def _named(name: Any, argument: str) -> str:
    if not isinstance(name, str) or not name:
        raise InvalidRequestError(f"{argument} is a name, not {name!r}")
    return name.lower()
