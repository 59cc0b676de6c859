"""The ledger: where operations are kept, and what they say."""

from __future__ import annotations

import math
import os
import weakref
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import localcontext
from os import PathLike
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Self, TypeVar

from unillm.errors import InvalidRequestError, LedgerError, UnillmError
from unillm.ledger.backlog import Backlog, Flushed
from unillm.ledger.held import held
from unillm.ledger.periods import Period, When, period
from unillm.ledger.place import Place, place_of
from unillm.ledger.writer import Writer

if TYPE_CHECKING:
    from unillm.ledger.connection import Connection
    from unillm.ledger.entries import Entry
    from unillm.ledger.sessions import Loss
    from unillm.ledger.spend import Spend
    from unillm.pricing import PriceBook
    from unillm.types.record import Record
    from unillm.types.replay import PastCall

T = TypeVar("T")

_ROOM, _ROOM_WITH_CONTENT = 10_000, 1_000
_FLUSH = 10.0
_DIGITS = 80


class Ledger:
    """Keep what every operation used and cost, in a file or a PostgreSQL database.

    Give it to a client, or to several: ``Client(ledger=Ledger("ledger.db"))``. Nothing is opened
    and no thread is started before the first operation. What is recorded is written by a thread of
    its own; whatever happens to the database, no call fails or waits because of it, unless
    ``when_full="wait"``. Threads, forked processes and any number of other processes may record
    into the same ledger. It is read at any time, after it was closed too.

    Args:
        where: A path, ``sqlite:///ledger.db``, or ``postgresql://user@host/database`` (extra
            ``postgres``), to which ``?schema=name`` may be added; the schema is ``unillm`` else.
        content: Whether the messages sent and received, and the messages of errors, are kept too.
        keep_days: For how many whole days the rows are kept, in UTC; older ones are deleted, and
            the daily sums stay. None: for ever.
        queue: How many operations may wait to be written; so many can be lost at the most. 10,000
            if nothing is said, and 1,000 with content, which is held as long.
        when_full: What becomes of an operation for which there is no room: ``drop`` (it is counted,
            logged once, and told by `flush`, `close`, `losses` and `spend`), or ``wait`` for
            ``max_wait`` seconds, and drop it then. Waiting blocks the thread, an event loop too.
        max_wait: How many seconds to wait.
        durable: Whether what is committed survives a loss of power too (SQLite's
            ``synchronous=FULL``); it always survives the end of the process. For PostgreSQL that
            is the server's own setting.

    Raises:
        InvalidRequestError: There can be no ledger there, or an argument is not what it should be.
    """

    def __init__(
        self,
        where: str | PathLike[str],
        *,
        content: bool = False,
        keep_days: int | None = None,
        queue: int | None = None,
        when_full: Literal["drop", "wait"] = "drop",
        max_wait: float = 5.0,
        durable: bool = False,
    ) -> None:
        usual = _ROOM_WITH_CONTENT if content else _ROOM
        room = usual if queue is None else _whole(queue, "queue")
        if keep_days is not None:
            _whole(keep_days, "keep_days")
        if when_full not in {"drop", "wait"}:
            raise InvalidRequestError(f"when_full must be 'drop' or 'wait', not {when_full!r}")
        wait = _seconds(max_wait, "max_wait") if when_full == "wait" else None
        self._place: Place = place_of(where, durable=durable)
        self._place.check()
        self._content = content
        self._keep_days = keep_days
        self._new_backlog: Callable[[], Backlog] = lambda: Backlog(room=room, wait=wait)
        self._writers: dict[int, Writer] = {}

    def record(self, record: Record) -> None:
        """Take an operation to write: what an observer does. It raises nothing.

        It costs the caller some microseconds: the record is put into a queue, without what was
        said unless ``content``.
        """
        self._writer().put(held(record, content=self._content))

    def flush(self, timeout: float = _FLUSH) -> Flushed:
        """Wait until all that this process recorded is committed, and tell what became of it.

        Args:
            timeout: For how many seconds at the most; what is still to be written then is
                ``pending``.

        Raises:
            InvalidRequestError: The time is none.
        """
        seconds = _seconds(timeout, "timeout")
        writer = self._writers.get(os.getpid())
        if writer is None:
            return Flushed(written=0, pending=0, dropped=0)
        return writer.backlog.flush(seconds)

    def close(self, timeout: float = _FLUSH) -> Flushed:
        """Write what there is, end the thread, and tell what became of it. May be called twice.

        What is recorded afterwards, such as a stream that was still open, opens it again, and the
        end of the program closes it.

        Args:
            timeout: For how many seconds it is tried, if the database is away.

        Raises:
            InvalidRequestError: The time is none.
        """
        seconds = _seconds(timeout, "timeout")
        writer = self._writers.get(os.getpid())
        if writer is None:
            return Flushed(written=0, pending=0, dropped=0)
        return writer.close(seconds)

    def spend(
        self,
        by: str = "model",
        *,
        since: When = None,
        until: When = None,
        baseline: str | None = None,
        prices: PriceBook | None = None,
    ) -> Spend:
        """Return what was spent. What this process recorded before is in it.

        Days are those of UTC, and an operation counts for the day on which it began. Whole days are
        read from daily sums, which stay when rows are deleted.

        Args:
            by: ``model``, ``provider``, ``day``, ``task`` (the outermost), ``subtask`` (all of
                them), ``user``, ``route``, ``strategy``, ``role`` (why an attempt was made),
                ``session`` (of rows that are still there), ``tag:<key>``, or ``agent``, which is
                short for ``tag:agent``. Several, with commas: ``agent,session``; also of rows that
                are still there.
            since: From when on: an instant with its time zone, a date, or text such as
                ``2026-11-01``, ``7d``, ``month``.
            until: Until when, which is not included.
            baseline: A model to compare with, such as ``openai:gpt-5.5``: what the same tokens
                would have cost there.
            prices: The price book for that; None: that of unillm.

        Raises:
            InvalidRequestError: An argument is not what it should be, or there is no ledger yet.
            LedgerError: The database cannot be read.
        """
        from unillm.ledger.reports import spend_of

        now = _now()
        span = period(since, until, now)
        with localcontext(prec=_DIGITS):  # whatever the caller reckons with
            return self._read(
                lambda connection: spend_of(
                    connection, by, span, now=now, baseline=baseline, prices=prices
                )
            )

    def operations(self, *, since: When = None, until: When = None) -> Iterator[Entry]:
        """Give the operations of a period with their attempts, the oldest first.

        Args:
            since: As for `spend`.
            until: As for `spend`.

        Raises:
            InvalidRequestError: As `spend`.
            LedgerError: As `spend`.
        """
        from unillm.ledger.entries import entries

        span = period(since, until, _now())
        self._catch_up()
        return self._given(lambda connection: entries(connection, span))

    def operation(self, operation: str) -> Entry | None:
        """Return one operation with its attempts; None: there is none of this id.

        What this process recorded before is found. A call is recorded when it is over, so one that
        still runs is not there yet, nor is one whose rows were deleted (``keep_days``).

        Args:
            operation: Its id, as ``stream.operation``, ``error.operation`` and
                `unillm.Record` have it.

        Raises:
            InvalidRequestError: The id is no string, or there is no ledger yet.
            LedgerError: The database cannot be read.
        """
        from unillm.ledger.entries import entry

        given: Any = operation
        if not isinstance(given, str):
            message = f"the id of an operation is a string, not {type(given).__name__}"
            raise InvalidRequestError(message)
        return self._read(lambda connection: entry(connection, operation))

    def calls(self, *, since: When = None, until: When = None) -> Iterator[PastCall]:
        """Give the calls of a period as far as one chooses by them, the oldest first.

        It is what `unillm.replay` decides again. They are read in parts: a ledger may have
        more of them than there is memory.

        Args:
            since: As for `spend`.
            until: As for `spend`.

        Raises:
            InvalidRequestError: As `spend`.
            LedgerError: As `spend`.
        """
        from unillm.ledger.past import past_calls

        span = period(since, until, _now())
        self._catch_up()
        return self._given(lambda connection: past_calls(connection, span))

    def to_pandas(
        self,
        table: Literal["operations", "attempts"] = "operations",
        *,
        since: When = None,
        until: When = None,
    ) -> Any:
        """Return the rows of a period as a data frame.

        Amounts are there twice: as floats in US dollars (``cost_usd``, NaN where it is not known),
        and exactly, as whole billionths (``cost_nano``). Instants are in UTC.

        Args:
            table: ``operations`` or ``attempts``.
            since: As for `spend`.
            until: As for `spend`.

        Raises:
            ImportError: pandas is not installed.
            InvalidRequestError: As `spend`.
            LedgerError: As `spend`.
        """
        from unillm.ledger.entries import flat_rows
        from unillm.ledger.frames import frame_of_rows

        if table not in {"operations", "attempts"}:
            raise InvalidRequestError(f"table must be 'operations' or 'attempts', not {table!r}")
        span = period(since, until, _now())
        return frame_of_rows(*self._read(lambda connection: flat_rows(connection, table, span)))

    @property
    def where(self) -> str:
        """Return where it is: the path, or the URL without a password."""
        return self._place.shown

    @property
    def losses(self) -> tuple[Loss, ...]:
        """Return what is missing or may be, process by process.

        Raises:
            InvalidRequestError: There is no ledger yet.
            LedgerError: The database cannot be read.
        """
        from unillm.ledger.sessions import losses

        always = Period()
        return tuple(self._read(lambda c: losses(c, always.since, always.until)))

    def prune(self, keep_days: int | None = None) -> int:
        """Delete the rows of operations before some whole days, and return how many there were.

        The daily sums stay.

        Args:
            keep_days: For how many days rows are kept, this one not counted; None: as many as the
                ledger was made with.

        Raises:
            InvalidRequestError: No number of days was given, here or there.
            LedgerError: The database cannot be written.
        """
        from unillm.ledger.rows import DAY
        from unillm.ledger.store import prune

        days = _whole(self._keep_days if keep_days is None else keep_days, "keep_days")
        before = int(_now().timestamp() // DAY) - days
        self._catch_up()
        return self._with(self._place.open, lambda connection: prune(connection, before))

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def __repr__(self) -> str:
        """Show where it is, without a password."""
        return f"Ledger({self._place.shown!r})"

    def __reduce__(self) -> NoReturn:
        """Refuse to be copied or pickled: its queue, and a password, stay in this process.

        Raises:
            TypeError: Always; the message says what to do instead.
        """
        message = "a ledger is neither copied nor pickled: make one in each process"
        raise TypeError(message)

    def _writer(self) -> Writer:
        """Return the writer of this process; a forked one makes its own."""
        pid = os.getpid()
        writer = self._writers.get(pid)
        if writer is None:
            made = Writer(self._place, self._new_backlog(), keep_days=self._keep_days)
            writer = self._writers.setdefault(pid, made)
            if writer is made:
                # Dropped without being closed, it is written to its end.
                weakref.finalize(self, made.stop).atexit = False
        return writer

    def _read(self, read: Callable[[Connection], T]) -> T:
        self._catch_up()
        return self._with(self._place.open_to_read, read)

    def _catch_up(self) -> None:
        """Have written what was recorded before, unless the database is away."""
        writer = self._writers.get(os.getpid())
        if writer is not None:
            writer.backlog.flush(_FLUSH, away=False)

    def _with(self, open_: Callable[[], Connection], use: Callable[[Connection], T]) -> T:
        try:
            with closing(open_()) as connection:
                return use(connection)
        except (UnillmError, ImportError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a database raises
            said = self._place.said(error)
        advice = "See that it can be reached; a damaged file is to be moved aside, for a new one"
        raise LedgerError(f"the ledger {self._place.shown} cannot be used: {said}. {advice}.")

    def _given(self, give: Callable[[Connection], Iterator[T]]) -> Iterator[T]:
        try:
            with closing(self._place.open_to_read()) as connection:
                yield from give(connection)
        except (UnillmError, GeneratorExit):
            raise
        except Exception as error:  # noqa: BLE001 - as above
            said = self._place.said(error)
        else:
            return
        raise LedgerError(f"the ledger {self._place.shown} cannot be read: {said}")


def _now() -> datetime:
    return datetime.now(UTC)


def _whole(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value < 2**31:
        raise InvalidRequestError(f"{name} must be a whole number from 1 on, not {value!r}")
    return value


def _seconds(value: Any, name: str) -> float:
    known = isinstance(value, int | float) and not isinstance(value, bool)
    if not known or not math.isfinite(value) or value < 0:
        raise InvalidRequestError(f"{name} must be a number of seconds, not {value!r}")
    return float(min(value, timedelta(days=365).total_seconds()))
