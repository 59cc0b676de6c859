"""The async twin of a line to one provider."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import anyio

from unillm._flow.effects import Close, Drain, Effect, Head, Read, Send, TimedOutError
from unillm._io import clock, foreign, log, secrets
from unillm._io.line import least, raise_timed_out, time_left
from unillm._io.running import Running
from unillm._io.user_agent import USER_AGENT
from unillm._io.within import within
from unillm.errors import UnillmError
from unillm.types.transport import AsyncExchange, AsyncTransport, Limits

if TYPE_CHECKING:
    from unillm._flow.traced import Traced

T = TypeVar("T")


class AsyncLine(Generic[T]):
    """Sends the requests of a flow and reads the answers, one after the other, by awaiting."""

    running: Running[T]
    _transport: AsyncTransport
    _exchange: AsyncExchange | None

    def _send(self, effect: Send) -> Awaitable[Head]:
        traced = self.running.operation.traced
        return self._sent(effect) if traced is None else self._sent_in(traced, effect)

    async def _sent_in(self, traced: Traced, effect: Send) -> Head:
        entered = traced.enter(self.running.operation)
        try:
            return await self._sent(effect)
        finally:
            traced.leave(entered)

    async def _sent(self, effect: Send) -> Head:
        await self._close(None)
        key: Any = secrets.key_of(effect.wire)
        if inspect.isawaitable(key):
            key = await _within(time_left(effect.until), secrets.awaited, key)
        self.running.use(effect.wire, key)
        headers = secrets.headers_with(key, effect.wire, USER_AGENT)
        left = time_left(effect.until)
        log.sent(effect)
        self.running.hand_over(effect.wire)
        limits = Limits(connect=least(effect.connect, left), head=left, read=effect.read)
        try:
            with _scope(left):
                exchange = await self._transport.send(effect.wire, headers, limits)
                self._exchange = exchange
                head = Head(exchange.status, exchange.headers, clock.now())
                log.answered(head)
                return head
        except UnillmError as error:
            raise_timed_out(error, effect.until)
            foreign.located(error, effect.wire.url)
            raise
        except Exception as error:
            raise foreign.located(foreign.mapped(error), effect.wire.url) from error
        raise TimedOutError

    async def _read(self, effect: Read) -> tuple[bytes, float]:
        exchange = self._exchange
        if exchange is None:
            return b"", clock.monotonic()
        left = time_left(effect.until)
        try:
            if _is_whole(exchange):
                return await exchange.read(), clock.monotonic()
            with within(left):
                return await exchange.read(), clock.monotonic()
        except UnillmError as error:
            raise_timed_out(error, effect.until)
            raise
        except Exception as error:
            raise foreign.mapped(error) from error
        raise TimedOutError

    async def _drain(self, effect: Drain) -> None:
        exchange = self._exchange
        if exchange is not None:
            with suppress(Exception), anyio.move_on_after(effect.seconds):
                while await exchange.read():
                    pass

    async def _close(self, _effect: Close | None) -> None:
        exchange, self._exchange = self._exchange, None
        if exchange is None:
            return
        if _is_whole(exchange):
            await exchange.aclose()
            return
        with anyio.CancelScope(shield=True):
            await exchange.aclose()

    # Functions, not bound methods: what refers to itself would wait for the collector, and its
    # sockets with it.
    connects: ClassVar[dict[type[Effect[Any]], Callable[[Any, Any], Awaitable[Any]]]] = {
        Read: _read,
        Send: _send,
        Drain: _drain,
        Close: _close,
    }


def _is_whole(exchange: AsyncExchange) -> bool:
    """Tell whether all of a body has arrived, where an exchange says so: ours then never wait.

    So they need no time limit and no shield, which take as long as a small answer to decode.
    """
    return getattr(exchange, "is_whole", False)


def _scope(seconds: float | None) -> AbstractContextManager[Any]:
    """Limit what may shield itself, as `within` does not heed: keys of the user's, httpx's auth."""
    return nullcontext() if seconds is None else anyio.move_on_after(seconds)


async def _within(seconds: float | None, call: Callable[..., Awaitable[T]], *args: Any) -> T:
    """Await a call for so long at most.

    Raises:
        TimedOutError: It was not done in time.
        UnillmError: It failed.
    """
    try:
        with _scope(seconds):
            return await call(*args)
    except UnillmError:
        raise
    except Exception as error:
        raise foreign.mapped(error) from error
    raise TimedOutError
