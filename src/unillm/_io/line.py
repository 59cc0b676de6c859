"""A line to one provider: what a driver and an attempt in a race do with a connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar

from unillm._flow.effects import Close, Drain, Effect, Head, Read, Send, TimedOutError
from unillm._io import clock, foreign, log, secrets
from unillm._io.running import Running
from unillm._io.user_agent import USER_AGENT
from unillm.errors import RequestTimeoutError, UnillmError
from unillm.types.transport import Exchange, Limits, Transport

T = TypeVar("T")


class Line(Generic[T]):
    """Sends the requests of a flow and reads the answers, one after the other, by blocking."""

    running: Running[T]
    _transport: Transport
    _exchange: Exchange | None

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

    def _close(self, _effect: Close | None) -> None:
        if self._exchange is not None:
            self._exchange.close()
            self._exchange = None

    # Functions, not bound methods: what refers to itself would wait for the collector, and its
    # sockets with it.
    connects: ClassVar[dict[type[Effect[Any]], Callable[[Any, Any], Any]]] = {
        Read: _read,
        Send: _send,
        Drain: _drain,
        Close: _close,
    }


def time_left(until: float | None) -> float | None:
    """Return the seconds left until a moment.

    Raises:
        TimedOutError: There are none.
    """
    if until is None:
        return None
    left = until - clock.monotonic()
    if left <= 0:
        raise TimedOutError
    return left


def raise_timed_out(error: UnillmError, until: float | None) -> None:
    """Say that time is up, if it is and that is what a transport failed with.

    A transport that replays need not wait for it, and says so with an error that is `TimedOutError`
    too.

    Raises:
        TimedOutError: It is.
    """
    late = until is not None and clock.monotonic() >= until
    if isinstance(error, TimedOutError) or (late and isinstance(error, RequestTimeoutError)):
        raise TimedOutError from None


def least(first: float | None, second: float | None) -> float | None:
    """Return the lower of two limits; None is none."""
    if first is None or second is None:
        return second if first is None else first
    return min(first, second)
