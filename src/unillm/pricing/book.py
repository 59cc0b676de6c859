"""The price book: rows, and what a call cost by them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, fields
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Self

from unillm.errors import InvalidRequestError
from unillm.pricing import bill, genai
from unillm.pricing.checks import checked_rows, instant, money, require_apart
from unillm.pricing.index import ByName, indexed, named, rows_of
from unillm.pricing.load import read, shipped
from unillm.pricing.tariff import Tariff, absence, tariff, unchanged
from unillm.types.dataclass import dataclass
from unillm.types.price import Calendar, Price
from unillm.types.usage import Cost, Usage

_REMEMBERED = 1024
"""For how many names and tiers a book remembers what was worked out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBook:
    """Prices with their periods and sources. It cannot be changed; `with_` makes another one.

    Two books are equal if their rows and all else are. A book can be pickled; a copy is itself.

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
    usd_per: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal], hash=False)
    fallback: bool = False
    beneath: PriceBook | None = field(default=None, repr=False)
    by_name: ByName = field(init=False, repr=False, compare=False)
    _tariffs: dict[tuple[str, str, str | None], Tariff] = field(
        init=False, repr=False, compare=False, default_factory=dict[Any, Any]
    )
    _among: dict[tuple[str, tuple[str | None, ...], str | None], Tariff] = field(
        init=False, repr=False, compare=False, default_factory=dict[Any, Any]
    )
    _names: dict[tuple[str, tuple[str | None, ...]], str | None] = field(
        init=False, repr=False, compare=False, default_factory=dict[Any, Any]
    )

    def __post_init__(self) -> None:
        rows = checked_rows(self.prices)
        rates = {code: money(rate, f"usd_per[{code!r}]") for code, rate in self.usd_per.items()}
        object.__setattr__(self, "prices", rows)
        object.__setattr__(self, "usd_per", MappingProxyType(rates))
        by_name = indexed(rows)
        require_apart(by_name)
        object.__setattr__(self, "by_name", by_name)

    def __repr__(self) -> str:
        """Show how many prices it has, not each of them."""
        count = len(self.prices)
        shown = [f"{count} price" if count == 1 else f"{count} prices"]
        if self.beneath is not None:
            shown.append(f"over {sum(len(book.prices) for book in _chain(self.beneath))} others")
        return f"PriceBook({', '.join(shown)}, fallback={self.fallback})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Tell pickle how to make it again."""
        kept = {f.name: getattr(self, f.name) for f in fields(self) if f.init}
        return _made, ({**kept, "usd_per": dict(self.usd_per)},)

    def __copy__(self) -> Self:
        """Return the book itself: it cannot be changed."""
        return self

    def __deepcopy__(self, memo: Any) -> Self:
        """Return the book itself: it cannot be changed."""
        return self

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

    def with_toml(self, text: str) -> PriceBook:
        """Return a book with the rows of a text over those of this one, as `with_` does.

        The text has the form of unillm's own ``prices.toml``; docs/prices.md says what may be in
        it. No file is read: that is up to you.

        Raises:
            InvalidRequestError: It is no TOML, or something in it is not as it must be. The message
                names the row and the field.
        """
        sheet = read(text)
        own = {calendar.name for calendar in sheet.calendars}
        kept = tuple(calendar for calendar in self.calendars if calendar.name not in own)
        return PriceBook(
            prices=sheet.prices,
            calendars=(*kept, *sheet.calendars),
            usd_per={**self.usd_per, **sheet.usd_per},
            fallback=self.fallback,
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
        return self._held(provider, model, at)[0]

    def history(self, *, provider: str, model: str) -> tuple[Price, ...]:
        """Return the rows of a model at a provider, the oldest first, whenever they held.

        Args:
            provider: As in `price`.
            model: As in `price`.

        Raises:
            InvalidRequestError: An argument is not what it should be.
        """
        known = self._known(provider, model)
        return tuple(row for rows in known for row in rows)

    def name_among(
        self, names: tuple[str | None, ...], *, provider: str, at: datetime
    ) -> str | None:
        """Return the first of some names of a model under which there is a price; None: under none.

        Rows of the book come before genai-prices, which knows many by the beginning of a name.

        Args:
            names: The names; None and an empty one are passed over.
            provider: As in `price`.
            at: As in `price`; of the book's own models it does not matter.

        Raises:
            InvalidRequestError: An argument is not what it should be.
        """
        found = self.own_among(names, provider=provider)
        if found is None and self._asks_genai:
            instant(at, "at")
            found = genai.first_of(provider.lower(), names, at)
        return found

    def own_among(self, names: tuple[str | None, ...], *, provider: str) -> str | None:
        """Return the first of some names that has rows of the book's own, whenever they hold.

        Args:
            names: As in `name_among`.
            provider: As in `price`.
        """
        key = (provider, names)
        found = self._names.get(key, "")
        if found == "":
            found = next((name for name in names if name and self._known(provider, name)), None)
            _remember(self._names, key, found)
        return found

    def must_load(self, names: tuple[str | None, ...], *, provider: str) -> bool:
        """Tell whether genai-prices is to be loaded before a model is priced, for it takes long.

        Args:
            names: As in `name_among`.
            provider: As in `price`.
        """
        if not self._asks_genai or genai.is_loaded():
            return False
        return self.own_among(names, provider=provider) is None

    @staticmethod
    def load() -> None:
        """Load genai-prices, if it is installed: that takes a fifth of a second, once.

        Calls of an `AsyncClient` do it beside the event loop, when they meet a model that the book
        does not have. An estimate does not: an application may call this while it starts.
        """
        genai.load()

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
        given: Any = usage
        if given is not None and not isinstance(given, Usage):
            raise InvalidRequestError(f"usage is an unillm.Usage or None, not {given!r}")
        found = self._tariff(provider, model, service_tier, at)
        if not found.rows:
            return Cost(reason=f"no price of {provider}:{model} is known{found.reason}")
        return bill.cost(found, usage, duration)

    def cost_among(
        self,
        usage: Usage | None,
        names: tuple[str | None, ...],
        *,
        provider: str,
        at: datetime,
        service_tier: str | None = None,
        lasted: float | None = None,
    ) -> Cost | None:
        """Return what a call cost by the first of some names under which there is a price.

        None: there is none under any. What was worked out for the same names before is taken: each
        call asks this, with names that were looked at before.

        Args:
            usage: As in `cost`.
            names: As in `name_among`.
            provider: As in `price`.
            at: As in `cost`.
            service_tier: As in `cost`.
            lasted: How many seconds it had the machine, for prices by the hour.

        Raises:
            InvalidRequestError: An argument is not what it should be.
        """
        instant(at, "at")
        key = (provider, names, service_tier)
        found = self._among.get(key)
        if found is None or not found.begin <= at < found.end:
            name = self.name_among(names, provider=provider, at=at)
            if name is None:
                return None
            found = self._tariff(provider, name, service_tier, at)
            if not found.rows:
                return None
            if self.own_among(names, provider=provider) is not None:
                _remember(self._among, key, found)
        cost = None if usage is None else bill.sure(found, usage)
        if cost is not None:
            return cost
        duration = None if lasted is None else timedelta(seconds=max(0.0, lasted))
        return bill.searched(found, usage, duration)

    def most(
        self,
        *,
        input_tokens: int,
        output_tokens: int,
        provider: str,
        model: str,
        at: datetime,
        service_tier: str | None = None,
        duration: timedelta | None = None,
        until: datetime | None = None,
    ) -> Cost:
        """Return what a call costs at most, as ``high``, whatever of its input is cached.

        That covers any call that begins then with no more tokens of either kind, in the tier that
        is asked for or, as providers may fall back to it, in the standard one. It does not cover a
        tier that nobody asked for but the account's own settings.

        Args:
            input_tokens: No prompt is longer.
            output_tokens: No answer is longer.
            provider: As in `price`.
            model: As in `price`.
            at: When it begins.
            service_tier: The tier that is asked for.
            duration: No call has the machine for longer, for prices by the hour.
            until: When it begins at the latest, if that is not known; a price that ends before
                counts as well as those that follow it.

        Raises:
            InvalidRequestError: An argument is not what it should be.
        """
        usage = Usage(input_tokens=input_tokens, output_tokens=output_tokens)
        alone = service_tier is None or service_tier == "batch"  # nobody serves a batch otherwise
        tiers = [service_tier] if alone else [service_tier, None]
        bound: Cost | None = None
        for tier in tiers:
            for found in self._tariffs_in(provider, model, tier, at, until):
                if not found.rows:
                    return Cost(reason=f"no price of {provider}:{model} is known{found.reason}")
                cost = bill.most(found, usage, duration)
                if cost.high is None:
                    return cost
                if bound is None or bound.high is None or cost.high > bound.high:
                    bound = cost
        return bound or Cost()

    def dearest(
        self,
        *,
        provider: str,
        model: str,
        at: datetime,
        service_tier: str | None = None,
        prompt: int | None = None,
        until: datetime | None = None,
        unverified: bool = True,
    ) -> tuple[Decimal, Decimal] | None:
        """Return the most that a million tokens of input and of output may cost in a call.

        That is in US dollars, cached or not, in the tier that is asked for or the standard one, and
        whatever hours may be. None: there is no price, or time is paid for.

        Args:
            provider: As in `price`.
            model: As in `price`.
            at: When the call begins.
            service_tier: The tier that is asked for.
            prompt: How many tokens it has at most; None: any number.
            until: As in `most`.
            unverified: Whether prices count that nobody could verify.

        Raises:
            InvalidRequestError: An argument is not what it should be.
        """
        found: list[tuple[Decimal, Decimal]] = []
        for tier in dict.fromkeys((service_tier, None)):
            for held in self._tariffs_in(provider, model, tier, at, until):
                sure = unverified or all(row.verified for row in held.rows)
                figures = bill.dearest(held, prompt) if held.rows and sure else None
                if figures is None:
                    return None
                found.append(figures)
        return max(one for one, _ in found), max(other for _, other in found)

    def _tariffs_in(
        self,
        provider: str,
        model: str,
        service_tier: str | None,
        at: datetime,
        until: datetime | None,
    ) -> Iterator[Tariff]:
        """Give what a model costs at an instant, and until another: where it has a price."""
        found = self._tariff(provider, model, service_tier, at)
        yield found
        while until is not None and found.end <= until:
            found = self._tariff(provider, model, service_tier, found.end)
            if found.rows:
                yield found

    def _tariff(self, provider: str, model: str, service_tier: str | None, at: datetime) -> Tariff:
        """Return what a model costs, as it was worked out before if nothing changed since then."""
        instant(at, "at")
        key = (named(provider, "provider"), named(model, "model"), _tier(service_tier))
        worked_out = self._tariffs.get(key)
        if worked_out is not None and worked_out.begin <= at < worked_out.end:
            return worked_out
        rows, known = self._held(provider, model, at)
        during = unchanged(known, at)
        if not rows:
            found = Tariff(begin=during[0], end=during[1], reason=absence(known, at))
        else:
            found = tariff(
                rows,
                at=at,
                during=during,
                service_tier=service_tier,
                calendars={calendar.name: calendar for calendar in self.calendars},
                usd_per=self.usd_per,
            )
        if known or not self._asks_genai:  # which may say something else the next moment
            _remember(self._tariffs, key, found)
        return found

    def _held(
        self, provider: str, model: str, at: datetime
    ) -> tuple[tuple[Price, ...], list[Price]]:
        """Return the rows that may hold at an instant, and all that the books have of the model."""
        known = self._known(provider, model)
        rows = [row for rows in known for row in rows]
        for of_one_book in known:
            held = tuple(row for row in of_one_book if row.may_hold(at))
            if held:
                return held, rows
        if known or not self._asks_genai:
            return (), rows
        row = genai.price_of(provider.lower(), model, at)
        return () if row is None else (row,), rows

    @property
    def _asks_genai(self) -> bool:
        return self.fallback and genai.is_there()

    def _known(self, provider: str, model: str) -> list[tuple[Price, ...]]:
        """Return what each book has of a model, the uppermost first."""
        books = [book.by_name for book in _chain(self)]
        return rows_of(books, named(provider, "provider"), named(model, "model"))


@lru_cache(maxsize=1)
def _default() -> PriceBook:
    sheet = shipped()
    return PriceBook(prices=sheet.prices, calendars=sheet.calendars, fallback=True)


def _remember(known: dict[Any, Any], key: Any, value: Any) -> None:
    if len(known) >= _REMEMBERED:
        known.clear()
    known[key] = value


def _chain(book: PriceBook | None) -> Iterator[PriceBook]:
    """Give a book, and those beneath it."""
    while book is not None:
        yield book
        book = book.beneath


def _tier(name: Any) -> str | None:
    if name is not None and not isinstance(name, str):
        raise InvalidRequestError(f"service_tier is a string or None, not {name!r}")
    return name


def _made(kept: Mapping[str, Any]) -> PriceBook:
    return PriceBook(**kept)
