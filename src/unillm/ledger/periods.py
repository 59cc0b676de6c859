"""From when to when: instants as users write them. Days are those of UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

from unillm.errors import InvalidRequestError
from unillm.ledger.rows import DAY
from unillm.types.dataclass import dataclass

When: TypeAlias = "datetime | date | str | None"
"""An instant with its time zone, a day (its first instant in UTC), or words: ``today``,
``yesterday``, ``month``, ``7d``, ``12h``, ``2026-11-01``, ``2026-11-01T08:00:00Z``. None: no
bound."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_END = 10.0**11
_AGO = re.compile(r"(\d{1,5})\s*([dhw])")


@dataclass(frozen=True, slots=True)
class Period:
    """A span of time, in seconds since 1970; ``until`` is not in it."""

    since: float = 0.0
    until: float = _END

    def days(self) -> tuple[int, int]:
        """Return the first whole day in it, and the first day that is not."""
        return int(-(-self.since // DAY)), int(self.until // DAY)

    def edges(self) -> tuple[Period, ...]:
        """Return what of it lies in no whole day."""
        first, end = self.days()
        if first >= end:
            inside = self.since < self.until
            return (self,) if inside else ()
        parts = (Period(self.since, first * DAY), Period(end * DAY, self.until))
        return tuple(part for part in parts if part.since < part.until)


def period(since: When, until: When, now: datetime) -> Period:
    """Return the period between two instants.

    Raises:
        InvalidRequestError: One of them is none, or they are the wrong way round.
    """
    begin = 0.0 if since is None else _seconds(since, now, "since")
    end = _END if until is None else _seconds(until, now, "until")
    if end < begin:
        raise InvalidRequestError(f"until={until!r} is before since={since!r}")
    return Period(begin, end)


def date_of(day: int) -> date:
    """Return the date of a day, counted from 1970."""
    return (_EPOCH + timedelta(days=day)).date()


def month_of(now: datetime) -> tuple[datetime, datetime]:
    """Return the first instant of the month in UTC, and that of the next."""
    first = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first, (first + timedelta(days=32)).replace(day=1)


def _seconds(given: Any, now: datetime, name: str) -> float:
    at = _instant(given, now, name)
    return min(max((at - _EPOCH).total_seconds(), 0.0), _END)


def _instant(given: Any, now: datetime, name: str) -> datetime:
    if isinstance(given, datetime):
        if given.tzinfo is None:
            raise InvalidRequestError(
                f"{name}={given!r} has no time zone: add one, such as tzinfo=datetime.UTC"
            )
        return given
    if isinstance(given, date):
        return datetime(given.year, given.month, given.day, tzinfo=UTC)
    if isinstance(given, str):
        return _worded(given.strip().lower(), now.astimezone(UTC), name)
    raise InvalidRequestError(f"{name} is a datetime, a date or text, not {type(given).__name__}")


def _worded(words: str, now: datetime, name: str) -> datetime:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    named = {"today": today, "yesterday": today - timedelta(days=1), "month": month_of(now)[0]}
    if words in named:
        return named[words]
    ago = _AGO.fullmatch(words)
    try:
        if ago:
            count, unit = int(ago[1]), ago[2]
            if unit == "h":
                return now - timedelta(hours=count)
            # Seven days are today and the six before it.
            return today - timedelta(days=max(count * (7 if unit == "w" else 1) - 1, 0))
        at = datetime.fromisoformat(words.upper())
    except (ValueError, OverflowError):
        raise InvalidRequestError(
            f"{name}={words!r} is no instant: write 2026-11-01, 2026-11-01T08:00:00Z, 7d, 12h, "
            "month, today or yesterday"
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
