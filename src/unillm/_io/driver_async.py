"""The async driver: performs a flow's effects by awaiting. Works on asyncio and trio."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, ClassVar, Generic, TypeVar, cast

import anyio
import anyio.to_thread

from unillm._flow.effects import (
    Admit,
    Close,
    Count,
    Drain,
    Effect,
    Flow,
    Head,
    Prepare,
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
from unillm._io import clock, foreign, log, secrets, stores, tokenizer
from unillm._io.driver import least, raise_timed_out, time_left
from unillm._io.holdings import in_thread
from unillm._io.running import Running
from unillm._io.user_agent import USER_AGENT
from unillm.errors import UnillmError
from unillm.types.events import Event
from unillm.types.health import Admission
from unillm.types.record import Observer
from unillm.types.transport import AsyncExchange, AsyncTransport, Limits

T = TypeVar("T")


class AsyncDriver(Generic[T]):
    """Run one flow; iterating gives the events it emits."""

    _stepped = False

    def __init__(
        self,
        flow: Flow[T],
        operation: Operation,
        transport: AsyncTransport,
        observers: tuple[Observer, ...],
    ) -> None:
        """Take a flow that has not begun; nothing happens before the first step."""
        self.running = Running(flow, operation, observers)
        self._transport = transport
        self._exchange: AsyncExchange | None = None

    def __aiter__(self) -> AsyncDriver[T]:
        """Return itself."""
        return self

    async def __anext__(self) -> Event:
        """Return the next event, running the flow until there is one."""
        events = self.running.events
        if not events:
            await self._run_until(lambda: bool(events))
        if not events:
            raise StopAsyncIteration
        return events.popleft()

    async def open(self) -> None:
        """Run until an answer with a good status is there, or the flow has ended."""
        await self._run_until(lambda: self.running.opened)

    async def run(self) -> T:
        """Run to the end and return the result."""
        await self._run_until(lambda: False)
        return cast("T", self.running.result)  # a flow that ended without an error has one

    async def aclose(self) -> None:
        """Release the connection at once, wherever the flow stands."""
        try:
            self.running.abandon()
        finally:
            await self._release()

    def __del__(self) -> None:
        """Say what was forgotten; releasing it needs the event loop."""
        if self._stepped and not self.running.over:
            message = (
                "a stream was neither read to its end nor closed; use `async with client.stream(…)`"
            )
            warnings.warn(message, ResourceWarning, stacklevel=2, source=self)
            self.running.abandon()
            if self.running.waits_for_stores():
                in_thread(self.running.settle_left)
            else:
                self.running.settle_left()

    async def _run_until(self, reached: Callable[[], bool]) -> None:
        """Run to a point; release the connection at the end, and whenever it comes to that."""
        running = self.running
        running.require_one_reader()
        self._stepped = running.is_read = True
        try:
            while not (running.over or reached()):
                await self._step()
        except BaseException:
            await self.aclose()
            raise
        finally:
            running.is_read = False
        if running.over:
            await self._release()

    async def _release(self) -> None:
        """Release the connection, and settle and give back what is held."""
        try:
            await self._close(None)
        finally:
            await self._settle_left()

    async def _settle_left(self) -> None:
        settle = self.running.settle_left
        if not self.running.waits_for_stores():
            settle()
            return
        try:
            with anyio.CancelScope(shield=True):
                await stores.ask(settle)
        except BaseException:
            # Asyncio's own cancelling knows no shield, and may have kept it from being begun.
            if self.running.waits_for_stores():
                in_thread(settle)
            raise

    async def _step(self) -> None:
        running = self.running
        effect = running.advance()
        if effect is None:
            return
        perform = self._performs.get(type(effect))
        try:
            running.answer(await perform(self, effect) if perform else running.perform(effect))
        except Exception as error:  # noqa: BLE001 - the flow decides what every failure means
            running.fail(error)

    async def _send(self, effect: Send) -> Head:
        traced = self.running.operation.traced
        if traced is None:
            return await self._sent(effect)
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
            exchange = await _within(left, self._transport.send, effect.wire, headers, limits)
        except UnillmError as error:
            raise_timed_out(error, effect.until)
            foreign.located(error, effect.wire.url)
            raise
        self._exchange = exchange
        head = Head(exchange.status, exchange.headers, clock.now())
        log.answered(head)
        return head

    async def _read(self, effect: Read) -> tuple[bytes, float]:
        exchange = self._exchange
        if exchange is None:
            return b"", clock.monotonic()
        try:
            data = await _within(time_left(effect.until), exchange.read)
        except UnillmError as error:
            raise_timed_out(error, effect.until)
            raise
        return data, clock.monotonic()

    async def _drain(self, effect: Drain) -> None:
        exchange = self._exchange
        if exchange is not None:
            with suppress(Exception), anyio.move_on_after(effect.seconds):
                while await exchange.read():
                    pass

    async def _count(self, effect: Count) -> tuple[int, ...] | None:
        if tokenizer.is_quick(effect):
            return tokenizer.counted(effect)
        return await stores.ask(tokenizer.counted, effect)

    async def _reserve(self, effect: Reserve) -> Reserved:
        if any(claim.store.blocks for claim in effect.claims):
            return await stores.ask(self.running.reserve, effect)
        return self.running.reserve(effect)

    async def _settle(self, effect: Settle) -> None:
        if self.running.waits_for_stores():
            await stores.ask(self.running.settle, effect)
        else:
            self.running.settle(effect)
        self.running.tell_soft()

    async def _admit(self, effect: Admit) -> Admission:
        places = self.running.places()
        if effect.store.blocks:
            return await stores.ask(places.admit, effect)
        return places.admit(effect)

    async def _tally(self, effect: Tally) -> None:
        places = self.running.places()
        if places.blocks:
            await stores.ask(places.tally, effect)
        else:
            places.tally(effect)

    async def _prepare(self, effect: Prepare) -> None:
        # Who is cancelled does not wait for it: the thread goes on, and it is done for the next.
        await anyio.to_thread.run_sync(effect.call, abandon_on_cancel=True)

    async def _sleep(self, effect: Sleep) -> None:
        log.pausing(effect)
        await anyio.sleep(effect.seconds)

    async def _close(self, _effect: Close | None) -> None:
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            with anyio.CancelScope(shield=True):
                await exchange.aclose()

    # Functions, not bound methods: a driver that refers to itself would wait for the collector,
    # and its sockets with it.
    _performs: ClassVar[dict[type[Effect[Any]], Callable[[Any, Any], Awaitable[Any]]]] = {
        Read: _read,
        Send: _send,
        Sleep: _sleep,
        Prepare: _prepare,
        Drain: _drain,
        Close: _close,
        Count: _count,
        Reserve: _reserve,
        Settle: _settle,
        Admit: _admit,
        Tally: _tally,
    }


async def _within(seconds: float | None, call: Callable[..., Awaitable[T]], *args: Any) -> T:
    """Await a transport's call for so long at most.

    Raises:
        TimedOut: It was not done in time.
        UnillmError: It failed.
    """
    try:
        if seconds is None:
            return await call(*args)
        with anyio.move_on_after(seconds):
            return await call(*args)
    except UnillmError:
        raise
    except Exception as error:
        raise foreign.mapped(error) from error
    raise TimedOut
