"""What a provider asks for a model, from when to when, and who says so."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

from unillm.types.dataclass import dataclass
from unillm.types.json import JsonRoundTrip

WEEK = (1, 2, 3, 4, 5, 6, 7)
"""The days of the week, Monday first, as `datetime.date.isoweekday` counts them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextTier(JsonRoundTrip):
    """What a long prompt costs more: the whole request, not only the tokens above the line.

    Attributes:
        above: Tokens of input, cached ones included; the tier begins with one more.
        input: Times the price of input.
        cached_input: Times the price of cached input.
        cache_write: Times the price of what is written to the cache.
        output: Times the price of output.
    """

    above: int
    input: Decimal = Decimal(1)
    cached_input: Decimal = Decimal(1)
    cache_write: Decimal = Decimal(1)
    output: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTier(JsonRoundTrip):
    """What a service tier costs: so many times the standard price, or figures of its own.

    Attributes:
        name: ``flex``, ``batch``, ``priority`` (``fast`` is another word for it).
        times: Times the standard price, where there is no figure of its own.
        input: A figure of its own, for a million tokens. Such figures are of short prompts: in a
            `ContextTier` a price is `times` the standard one.
        cached_input: The same for cached input.
        cache_write: The same for what is written to the cache.
        output: The same for output.
        since: Since when it is known; None: as long as the row.
        long_context: Whether it is known what long prompts cost in it. If not, a cost is bounded:
            at least as a short prompt, at most as the context tier says.
    """

    name: str
    times: Decimal = Decimal(1)
    input: Decimal | None = None
    cached_input: Decimal | None = None
    cache_write: Decimal | None = None
    output: Decimal | None = None
    since: datetime | None = None
    long_context: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceHours(JsonRoundTrip):
    """Hours in which everything costs more, or less. All of it is UTC.

    Attributes:
        name: What they are called, such as ``peak``.
        start: When they begin, this second included.
        end: When they end, this second not included; on the same day.
        times: Times the price of other hours.
        days: On which days of the week, Monday is 1.
        holidays: The name of a calendar on whose days they do not apply.
    """

    name: str
    start: time
    end: time
    times: Decimal
    days: tuple[int, ...] = WEEK
    holidays: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar(JsonRoundTrip):
    """Public holidays of a country.

    Attributes:
        name: What rows call it.
        days: The holidays.
        since: The first day on which it is known what is a holiday.
        until: The first day on which that is not known any more.
        source: Who says so.
        checked: The day it was read, ``YYYY-MM-DD``.
    """

    name: str
    days: frozenset[date]
    since: date
    until: date
    source: str
    checked: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Price(JsonRoundTrip):
    """A row of a price book: what one provider asks for one model during one period.

    Attributes:
        provider: Who asks it, as providers are named here.
        model: The id of the catalog, or the provider's own where the catalog has none.
        input: For a million tokens of input; None: not by the token.
        output: For a million tokens of output, reasoning included.
        cached_input: For a million tokens of input served from the cache; None: as other input.
        cache_write: For a million tokens of input written to the cache; None: as other input.
        gpu_hour: For an hour of the machine, all its GPUs together, where that is what is paid.
        currency: Of all figures (ISO 4217).
        ids: Other names under which the provider has it at this price.
        since: From this instant on it held for certain; None: nobody knows since when.
        until: Up to this instant, which is not included; None: it still does.
        perhaps_since: From this instant on it may have held: the change came between the two.
        perhaps_until: Up to this instant it may have held.
        context: What long prompts cost, the longest last.
        tiers: What service tiers cost. Of a tier that is not here nothing is known.
        hours: Hours with a price of their own.
        source: The page, specification or issue that says so.
        checked: The day it was read, ``YYYY-MM-DD``; empty where a caller declares it.
        verified: Whether it was seen, or said by the vendor; else the doubt is in ``note``. What
            is not verified makes a cost an estimate.
        note: What there is to say of it.
    """

    provider: str
    model: str
    input: Decimal | None = None
    output: Decimal | None = None
    cached_input: Decimal | None = None
    cache_write: Decimal | None = None
    gpu_hour: Decimal | None = None
    currency: str = "USD"
    ids: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    perhaps_since: datetime | None = None
    perhaps_until: datetime | None = None
    context: tuple[ContextTier, ...] = ()
    tiers: tuple[ServiceTier, ...] = ()
    hours: tuple[PriceHours, ...] = ()
    source: str = ""
    checked: str = ""
    verified: bool = True
    note: str = ""

    def may_hold(self, at: datetime) -> bool:
        """Tell whether it held at an instant, or may have."""
        begin, end = self.perhaps_since or self.since, self.perhaps_until or self.until
        return (begin is None or begin <= at) and (end is None or at < end)
