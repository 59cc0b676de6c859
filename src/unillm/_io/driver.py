"""The sync driver: performs a flow's effects by blocking. Its twin differs by ``await`` alone."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar, cast

from unillm._flow.effects import (
    Admit,
    Close,
    Count,
    Drain,
    Effect,
    Flow,
    Head,
    Read,
    Reserve,
    Reserved,
    Send,
    Settle,
    Sleep,
    Tally,
    TimedOut,
)
from unillm._flow.operation import Operation
from unillm._io import clock, foreign, interrupt, log, secrets, tokenizer
from unillm._io.running import Running
from unillm._io.user_agent import USER_AGENT
from unillm.errors import RequestTimeoutError, UnillmError
from unillm.types.events import Event
from unillm.types.health import Admission
from unillm.types.record import Observer
from unillm.types.transport import Exchange, Limits, Transport

T = TypeVar("T")


class Driver(Generic[T]):
    """Run one flow; iterating gives the events it emits."""

    _stepped = False

    def __init__(
        self,
        flow: Flow[T],
        operation: Operation,
        transport: Transport,
        observers: tuple[Observer, ...],
    ) -> None:
        """Take a flow that has not begun; nothing happens before the first step."""
        self.running = Running(flow, operation, observers)
        self._transport = transport
        self._exchange: Exchange | None = None

    def __iter__(self) -> Driver[T]:
        """Return itself."""
        return self

    def __next__(self) -> Event:
        """Return the next event, running the flow until there is one."""
        events = self.running.events
        if not events:
            self._run_until(lambda: bool(events))
        if not events:
            raise StopIteration
        return events.popleft()

    def open(self) -> None:
        """Run until an answer with a good status is there, or the flow has ended."""
        self._run_until(lambda: self.running.opened)

    def run(self) -> T:
        """Run to the end and return the result."""
        self._run_until(lambda: False)
        return cast("T", self.running.result)  # a flow that ended without an error has one

    def run_unless(self, called_off: Callable[[], bool]) -> T | None:
        """Run to the end and return the result, or stop where it is called off and return None."""
        self._run_until(called_off)
        if not self.running.over:
            self.close()
        return self.running.result

    def close(self) -> None:
        """Release the connection at once, wherever the flow stands."""
        try:
            self.running.abandon()
        finally:
            self._release()

    def __del__(self) -> None:
        """Release what was forgotten, and say so."""
        if self._stepped and not self.running.over:
            message = "a stream was neither read to its end nor closed; use `with client.stream(…)`"
            warnings.warn(message, ResourceWarning, stacklevel=2, source=self)
            self.close()

    def _run_until(self, reached: Callable[[], bool]) -> None:
        """Run to a point; release the connection at the end, and whenever it comes to that."""
        running = self.running
        running.require_one_reader()
        self._stepped = running.is_read = True
        try:
            while not (running.over or reached()):
                self._step()
        except BaseException:
            self.close()
            raise
        finally:
            running.is_read = False
        if running.over:
            self._release()

    def _release(self) -> None:
        """Release the connection, and settle and give back what is held."""
        try:
            self._close(None)
        finally:
            self.running.settle_left()

    def _step(self) -> None:
        running = self.running
        effect = running.advance()
        if effect is None:
            return
        perform = self._performs.get(type(effect))
        try:
            running.answer(perform(self, effect) if perform else running.perform(effect))
        except Exception as error:  # noqa: BLE001 - the flow decides what every failure means
            running.fail(error)

    def _send(self, effect: Send) -> Head:
        traced = self.running.operation.traced
        if traced is None:
            return self._sent(effect)
        entered = traced.enter(self.running.operation)
        try:
            return self._sent(effect)
        finally:
            traced.leave(entered)

    def _sent(self, effect: Send) -> Head:
        self._close(None)
        key = secrets.refuse_awaitable(secrets.key_of(effect.wire))
        self.running.use(effect.wire, key)
        headers = secrets.headers_with(key, effect.wire, USER_AGENT)
        left = time_left(effect.until)
        log.sent(effect)
        self.running.hand_over(effect.wire)
        limits = Limits(connect=least(effect.connect, left), head=left, read=effect.read)
        try:
            exchange = self._transport.send(effect.wire, headers, limits)
        except UnillmError as error:
            raise_timed_out(error, effect.until)
            foreign.located(error, effect.wire.url)
            raise
        except Exception as error:
            raise foreign.located(foreign.mapped(error), effect.wire.url) from error
        self._exchange = exchange
        head = Head(exchange.status, exchange.headers, clock.now())
        log.answered(head)
        return head

    def _read(self, effect: Read) -> tuple[bytes, float]:
        exchange = self._exchange
        if exchange is None:
            return b"", clock.monotonic()
        left = time_left(effect.until)
        try:
            data = exchange.read(left)
        except UnillmError as error:
            raise_timed_out(error, effect.until)
            raise
        except Exception as error:
            raise foreign.mapped(error) from error
        return data, clock.monotonic()

    def _drain(self, effect: Drain) -> None:
        if self._exchange is not None:
            self._exchange.drain(effect.seconds)

    def _count(self, effect: Count) -> tuple[int, ...] | None:
        return tokenizer.counted(effect)

    def _reserve(self, effect: Reserve) -> Reserved:
        return self.running.reserve(effect)

    def _settle(self, effect: Settle) -> None:
        self.running.settle(effect)
        self.running.tell_soft()

    def _admit(self, effect: Admit) -> Admission:
        return self.running.places().admit(effect)

    def _tally(self, effect: Tally) -> None:
        self.running.places().tally(effect)

    def _sleep(self, effect: Sleep) -> None:
        log.pausing(effect)
        interrupt.sleep(effect.seconds)

    def _close(self, _effect: Close | None) -> None:
        if self._exchange is not None:
            self._exchange.close()
            self._exchange = None

    # Functions, not bound methods: a driver that refers to itself would wait for the collector,
    # and its sockets with it.
    _performs: ClassVar[dict[type[Effect[Any]], Callable[[Any, Any], Any]]] = {
        Read: _read,
        Send: _send,
        Sleep: _sleep,
        Drain: _drain,
        Close: _close,
        Count: _count,
        Reserve: _reserve,
        Settle: _settle,
        Admit: _admit,
        Tally: _tally,
    }


def time_left(until: float | None) -> float | None:
    """Return the seconds left until a moment.

    Raises:
        TimedOut: There are none.
    """
    if until is None:
        return None
    left = until - clock.monotonic()
    if left <= 0:
        raise TimedOut
    return left


def raise_timed_out(error: UnillmError, until: float | None) -> None:
    """Say that time is up, if it is and that is what a transport failed with.

    A transport that replays need not wait for it, and says so with an error that is `TimedOut` too.

    Raises:
        TimedOut: It is.
    """
    late = until is not None and clock.monotonic() >= until
    if isinstance(error, TimedOut) or (late and isinstance(error, RequestTimeoutError)):
        raise TimedOut from None


def least(first: float | None, second: float | None) -> float | None:
    return min((limit for limit in (first, second) if limit is not None), default=None)
