"""Which figures of a row apply to one call; where that is not known, each that may."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal

from unillm.types.dataclass import dataclass
from unillm.types.price import Calendar, ContextTier, Price, PriceHours, ServiceTier

STANDARD = frozenset({"", "auto", "default", "standard"})
"""Words for the tier that costs the standard price."""
_SAME = {"fast": "priority"}
"""Two words of OpenAI's for one tier: responses say ``priority`` to either (openai-python 3.54,
openai/types/responses/service_tier.py, read 2026-11-23)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What a million tokens of each kind cost in one call, in the currency of the row.

    Attributes:
        input: Input that was neither cached nor written to the cache.
        cached_input: Input served from the cache.
        cache_write: Input written to the cache.
        output: Output.
        tier: Why it is not the standard price; empty if it is.
        doubt: Why these figures may not be the ones; empty if they are.
    """

    input: Decimal
    cached_input: Decimal
    cache_write: Decimal
    output: Decimal
    tier: str = ""
    doubt: str = ""


def rates(
    price: Price,
    *,
    at: datetime,
    prompt: int,
    service_tier: str | None,
    calendars: Mapping[str, Calendar],
) -> list[Rates] | None:
    """Return the figures that may apply to a call; None: of its service tier nothing is known.

    Args:
        price: The row. It has prices by the token.
        at: The instant that decides.
        prompt: The tokens of the prompt, all of them.
        service_tier: The tier that served it.
        calendars: Holidays, by name.
    """
    service = tier_named(price, service_tier, at)
    if service is None:
        return None
    found: list[Rates] = []
    for long, why_long in _lengths(price, service, prompt):
        for hours, why_hours in _hours(price, at, calendars):
            doubt = "; ".join(filter(None, (why_long, why_hours)))
            found.append(_figures(price, service, long, hours, doubt))
    return found


def tier_named(price: Price, asked: str | None, at: datetime) -> ServiceTier | None:
    """Return a service tier of a row, if it is known what it cost then."""
    name = (asked or "").lower()
    if name in STANDARD:
        return ServiceTier(name="")
    name = _SAME.get(name, name)
    for tier in price.tiers:
        if _SAME.get(tier.name, tier.name) == name and (tier.since is None or tier.since <= at):
            return tier
    return None


def _lengths(
    price: Price, service: ServiceTier, prompt: int
) -> Iterator[tuple[ContextTier | None, str]]:
    """Give the context tier of a prompt; both with and without, if it is not known."""
    reached = [tier for tier in price.context if prompt > tier.above]
    if not reached:
        yield None, ""
    elif service.long_context:
        yield reached[-1], ""
    else:
        doubt = f"what {service.name} costs above {reached[-1].above:,} tokens is not published"
        yield None, doubt
        yield reached[-1], doubt


def _hours(
    price: Price, at: datetime, calendars: Mapping[str, Calendar]
) -> Iterator[tuple[PriceHours | None, str]]:
    """Give the hours that an instant is in; both in and out, if its day may be a holiday."""
    moment = at.astimezone(UTC)
    for hours in price.hours:
        if moment.isoweekday() not in hours.days or not hours.start <= moment.time() < hours.end:
            continue
        if hours.holidays is None:
            yield hours, ""
            return
        calendar = calendars.get(hours.holidays)
        day = moment.date()
        if calendar is None or not calendar.since <= day < calendar.until:
            doubt = f"whether {day} is a holiday of the calendar {hours.holidays!r} is not known"
            yield None, doubt
            yield hours, doubt
            return
        if day not in calendar.days:
            yield hours, ""
            return
    yield None, ""


def _figures(
    price: Price,
    service: ServiceTier,
    long: ContextTier | None,
    hours: PriceHours | None,
    doubt: str,
) -> Rates:
    more = hours.times if hours else Decimal(1)
    named = (service.name, f"over {long.above:,}" if long else "", hours.name if hours else "")
    return Rates(
        input=_figure(price, "input", service, long) * more,
        cached_input=_figure(price, "cached_input", service, long) * more,
        cache_write=_figure(price, "cache_write", service, long) * more,
        output=_figure(price, "output", service, long) * more,
        tier=", ".join(filter(None, named)),
        doubt=doubt,
    )


def _figure(price: Price, kind: str, service: ServiceTier, long: ContextTier | None) -> Decimal:
    own: Decimal | None = getattr(service, kind)
    if own is not None and long is None:
        return own
    standard: Decimal | None = getattr(price, kind)
    if standard is None:
        return _figure(price, "input", service, long) if kind != "input" else Decimal(0)
    times = Decimal(1) if long is None else Decimal(getattr(long, kind))
    return standard * service.times * times
