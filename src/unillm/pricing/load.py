"""Rows written as TOML: those of the package, and those of users."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import MISSING, field, fields
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache, partial
from typing import Any, TypeVar

from unillm.errors import InvalidRequestError
from unillm.types.dataclass import dataclass
from unillm.types.json import JsonObject, is_list, is_object
from unillm.types.price import Calendar, ContextTier, Price, PriceHours, ServiceTier

_Made = TypeVar("_Made")
_TABLES = ("prices", "calendars", "shared", "usd_per")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What a text has.

    Attributes:
        prices: The rows.
        calendars: Holidays.
        usd_per: What one unit of other currencies is in US dollars.
    """

    prices: tuple[Price, ...] = ()
    calendars: tuple[Calendar, ...] = ()
    usd_per: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])


@lru_cache(maxsize=1)
def shipped() -> Sheet:
    """Return what the package has; its file is read once, when this is first called."""
    return _sheet(packaged("prices.toml"))


def packaged(name: str) -> JsonObject:
    """Return what a file of the package has."""
    import tomllib
    from pkgutil import get_data  # importlib.resources takes ten times as long to import

    return tomllib.loads((get_data("unillm.pricing", name) or b"").decode())


def read(text: str) -> Sheet:
    """Read what ``prices.toml`` has, or a text of the same form.

    Raises:
        InvalidRequestError: It is no TOML, or not of that form. The message names the place.
    """
    import tomllib

    given: Any = text
    if not isinstance(given, str):
        raise InvalidRequestError(f"prices are read from a text, not from {type(given).__name__}")
    try:
        told = tomllib.loads(text, parse_float=Decimal)  # as written, not the nearest float
    except tomllib.TOMLDecodeError as problem:
        hint = "" if "\n" in text else "; it is the text that is wanted, not the name of a file"
        raise InvalidRequestError(f"the prices are no TOML: {problem}{hint}") from problem
    return _sheet(told)


def _sheet(told: JsonObject) -> Sheet:
    _refuse_unknown(told, _TABLES, "the prices")
    shared: Any = told.get("shared", {})
    rows = _list(told.get("prices", []), "prices")
    calendars = _list(told.get("calendars", []), "calendars")
    rates: Any = told.get("usd_per", {})
    if not is_object(rates) or not is_object(shared):
        raise InvalidRequestError("usd_per and shared are tables, such as [usd_per]")
    return Sheet(
        prices=tuple(_row(row, number, shared) for number, row in enumerate(rows, start=1)),
        calendars=tuple(
            made(Calendar, entry, f"calendar {number}")
            for number, entry in enumerate(calendars, start=1)
        ),
        usd_per={code: _money(rate, f"usd_per.{code}") for code, rate in rates.items()},
    )


def _row(row: Any, number: int, shared: Mapping[str, Any]) -> Price:
    place = f"price {number}"
    if is_object(row):
        place += f" ({row.get('provider', '?')}:{row.get('model', '?')})"
        own = dict(row)
        alike: Any = _meant("like", own.pop("like", {}), shared, place)
        if not is_object(alike):
            raise InvalidRequestError(f'{place}: like is a name in [shared.like], such as "@mine"')
        row = {key: _meant(key, value, shared, place) for key, value in {**alike, **own}.items()}
    return made(Price, row, place)


def _meant(key: str, value: Any, shared: Mapping[str, Any], place: str) -> Any:
    """Return a value; that of [shared], if it is a name of one, such as ``@deepseek``."""
    if not isinstance(value, str) or not value.startswith("@"):
        return value
    try:
        return shared[key][value[1:]]
    except (KeyError, TypeError):
        raise InvalidRequestError(f"{place}: there is no {value[1:]!r} in [shared.{key}]") from None


def made(kind: type[_Made], table: Any, place: str) -> _Made:
    """Return a value whose fields are in a table.

    Args:
        kind: What it is, a dataclass.
        table: The table, as TOML has it.
        place: Where it stands, for messages.

    Raises:
        InvalidRequestError: A field is missing, not known, or not of its type.
    """
    if not is_object(table):
        raise InvalidRequestError(f"{place} is a table, not {table!r}")
    of: Any = kind
    readers, required = _fields(of)
    _refuse_unknown(table, readers, place)
    missing = [name for name in required if name not in table]
    if missing:
        raise InvalidRequestError(f"{place} has no {' and no '.join(missing)}")
    told = {name: readers[name](value, f"{place}: {name}") for name, value in table.items()}
    return kind(**told)


@lru_cache(maxsize=8)
def _fields(kind: Any) -> tuple[Mapping[str, Callable[[Any, str], Any]], tuple[str, ...]]:
    """Return how each field of a type is read, and which of them have to be there."""
    of = fields(kind)
    needed = [f.name for f in of if f.default is MISSING and f.default_factory is MISSING]
    return {f.name: _READERS[str(f.type)] for f in of}, tuple(needed)


def _refuse_unknown(table: Mapping[str, Any], known: Collection[str], place: str) -> None:
    for name in table:
        if name not in known:
            from difflib import get_close_matches

            close = get_close_matches(name, known, n=1)
            hint = f": {close[0]!r}?" if close else f"; it may have {', '.join(known)}"
            raise InvalidRequestError(f"{place} has no field {name!r}{hint}")


def _list(value: Any, name: str) -> list[Any]:
    if not is_list(value):
        raise InvalidRequestError(f"{name} are written as tables [[{name}]]")
    return value


def _money(value: Any, place: str) -> Decimal:
    try:
        if isinstance(value, str | Decimal) or type(value) is int:
            return Decimal(value)
    except InvalidOperation:
        pass
    raise InvalidRequestError(f'{place} is a number, such as "0.15", not {value!r}')


def _instant(value: Any, place: str) -> datetime:
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise InvalidRequestError(f"{place}: {value} has no time zone; end it with Z for UTC")
        return value
    day = _plain(date, "a day or an instant, such as 2026-04-25 or 2026-04-25T12:15:00Z")
    return datetime.combine(day(value, place), time.min, UTC)


def _plain(kind: type[_Made], such: str) -> Callable[[Any, str], _Made]:
    def reader(value: Any, place: str) -> _Made:
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise InvalidRequestError(f"{place} is {such}, not {value!r}")
        return value

    return reader


def _several(one: Callable[[Any, str], Any], value: Any, place: str) -> tuple[Any, ...]:
    if not is_list(value):
        raise InvalidRequestError(f"{place} is a list, not {value!r}")
    return tuple(one(entry, place) for entry in value)


def _days(value: Any, place: str) -> frozenset[date]:
    return frozenset(day for span in _several(_text, value, place) for day in _span(span, place))


def _span(span: str, place: str) -> Iterator[date]:
    """Give the days of a span such as ``2026-10-01..2026-10-07``, both ends included."""
    first, _, last = span.partition("..")
    try:
        day, end = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        such = "2026-10-01 or 2026-10-01..2026-10-07"
        raise InvalidRequestError(f"{place}: {span!r} is no span of days, such as {such}") from None
    while day <= end:
        yield day
        day += timedelta(days=1)


_text = _plain(str, "a text")
_whole = _plain(int, "a whole number")
_READERS: Mapping[str, Callable[[Any, str], Any]] = {
    "str": _text,
    "str | None": _text,
    "int": _whole,
    "bool": _plain(bool, "true or false"),
    "date": _plain(date, "a day, such as 2026-04-25"),
    "time": _plain(time, "a time of the day, such as 01:00:00"),
    "Decimal": _money,
    "Decimal | None": _money,
    "datetime | None": _instant,
    "tuple[str, ...]": partial(_several, _text),
    "tuple[int, ...]": partial(_several, _whole),
    "frozenset[date]": _days,
    "tuple[ContextTier, ...]": partial(_several, partial(made, ContextTier)),
    "tuple[ServiceTier, ...]": partial(_several, partial(made, ServiceTier)),
    "tuple[PriceHours, ...]": partial(_several, partial(made, PriceHours)),
}
