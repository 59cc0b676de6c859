"""The async driver: performs a flow's effects by awaiting. Works on asyncio and trio."""

from __future__ import annotations

import warnings
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

import anyio
import anyio.to_thread

from unillm._flow.effects import (
    Admit,
    Count,
    Effect,
    Flow,
    Prepare,
    Reserve,
    Reserved,
    Settle,
    Sleep,
    Tally,
)
from unillm._flow.operation import Operation
from unillm._flow.race import Race, Racer
from unillm._io import log, stores, tokenizer
from unillm._io.holdings import in_thread
from unillm._io.line_async import AsyncLine
from unillm._io.running import Running, has_events, is_opened
from unillm.types.events import Event
from unillm.types.health import Admission
from unillm.types.record import Observer
from unillm.types.transport import AsyncExchange, AsyncTransport

if TYPE_CHECKING:
    from unillm._io.race_async import AsyncTrack

T = TypeVar("T")


class AsyncDriver(AsyncLine[T]):
    """Run one flow; iterating gives the events it emits."""

    _stepped = False
    _track: AsyncTrack | None = None
    """Where attempts run beside each other, if some do."""

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
            await self._run_until(has_events)
            if not events:
                raise StopAsyncIteration
        return events.pop()

    async def open(self) -> None:
        """Run until an answer with a good status is there, or the flow has ended."""
        await self._run_until(is_opened)

    async def run(self) -> T:
        """Run to the end and return the result."""
        await self._run_until(None)
        return cast("T", self.running.result)  # a flow that ended without an error has one

    async def aclose(self) -> None:
        """Release the connection at once, wherever the flow stands."""
        if self._track is not None:
            self._track.call_off()
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

    async def _run_until(self, reached: Callable[[Running[Any]], bool] | None) -> None:
        """Run to a point, or to the end; release the connection whenever it comes to that."""
        running = self.running
        running.require_one_reader()
        self._stepped = running.is_read = True
        try:
            while not running.over and (reached is None or not reached(running)):
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
            running.answer = await perform(self, effect) if perform else running.perform(effect)
        except Exception as error:  # noqa: BLE001 - the flow decides what every failure means
            running.fail(error)

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

    async def _race(self, effect: Race) -> Racer:
        from unillm._io.race_async import AsyncTrack  # few need it

        track = self._track = AsyncTrack(self.running, self._transport, self._performed)
        try:
            racer, exchange = await track.run(effect)
        finally:
            self._track = None
        self._exchange = exchange
        self.running.opened = racer.error is None
        return racer

    async def _performed(self, effect: Effect[Any]) -> Any:
        perform = self._performs.get(type(effect))
        return await perform(self, effect) if perform else self.running.perform(effect)

    async def _prepare(self, effect: Prepare) -> None:
        # Who is cancelled does not wait for it: the thread goes on, and it is done for the next.
        await anyio.to_thread.run_sync(effect.call, abandon_on_cancel=True)

    async def _sleep(self, effect: Sleep) -> None:
        log.pausing(effect)
        await anyio.sleep(effect.seconds)

    # Functions, not bound methods: a driver that refers to itself would wait for the collector,
    # and its sockets with it.
    _performs: ClassVar[dict[type[Effect[Any]], Callable[[Any, Any], Awaitable[Any]]]] = {
        **AsyncLine.connects,
        Sleep: _sleep,
        Prepare: _prepare,
        Count: _count,
        Reserve: _reserve,
        Settle: _settle,
        Admit: _admit,
        Tally: _tally,
        Race: _race,
    }
