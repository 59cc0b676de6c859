"""Attempts that run beside each other in tasks, for the async driver: on asyncio and trio."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import anyio
import anyio.abc

from unillm._flow.effects import Effect
from unillm._flow.race import Await, Drop, Race, Racer, Start
from unillm._io import clock, secrets
from unillm._io.beside import Beside
from unillm._io.line_async import AsyncLine
from unillm._io.running import Running
from unillm.types.response import ChatResponse
from unillm.types.transport import AsyncExchange, AsyncTransport


class CalledOff(Exception):  # noqa: N818 - a signal, for a driver that another task has closed
    """The stream was closed from another task."""


class AsyncTrack:
    """Carries out one race. Its tasks are over when it is."""

    def __init__(
        self,
        running: Running[Any],
        transport: AsyncTransport,
        perform: Callable[[Effect[Any]], Awaitable[Any]],
    ) -> None:
        """Take the operation, what its requests are sent with, and what performs other effects."""
        self._running = running
        self._transport = transport
        self._perform = perform
        self._lanes: dict[Racer, AsyncLane] = {}
        self._over: deque[AsyncLane] = deque()
        self._news = anyio.Event()
        self._is_called_off = False
        self._race: Race | None = None

    async def run(self, race: Race) -> tuple[Racer, AsyncExchange | None]:
        """Carry it out, and return whose answer is to be had, and its connection.

        Raises:
            CalledOff: Another task has closed the stream.
        """
        self._race = race
        try:
            racer = await self._carried_out(race)
            return racer, self._lanes.pop(racer).leave()
        except BaseException as error:
            self.call_off()
            race.referee.close()
            alone = await self._released(_alone(error))
            if alone is error:
                raise
            raise alone from None

    def call_off(self) -> None:
        """End every attempt where it stands. May be called twice, and by any task."""
        self._is_called_off = True
        for lane in self._lanes.values():
            lane.stop()
            self._running.learn(lane.beside.used)
        self._news.set()
        if self._race is not None:
            self._race.called_off(clock.monotonic())

    async def _released(self, error: BaseException) -> BaseException:
        """Close all that is open, whoever is cancelled meanwhile; return what is to be raised."""
        for lane in self._lanes.values():
            try:
                await lane.release()
            except BaseException as again:  # noqa: BLE001 - raised once all is closed
                error = again
        return error

    async def _carried_out(self, race: Race) -> Racer:
        failure: Exception | None = None
        racer: Racer | None = None
        async with anyio.create_task_group() as group:
            try:
                racer = await self._decided(race, group)
            except Exception as error:  # noqa: BLE001 - raised below, and not in a group
                failure = error
            group.cancel_scope.cancel()
        if racer is None:
            raise failure or CalledOff
        for other, lane in self._lanes.items():
            if other is not racer:  # it failed, and was left as it was
                await lane.release()
        return racer

    async def _decided(self, race: Race, group: anyio.abc.TaskGroup) -> Racer:
        """Run the referee to its end."""
        referee = race.referee
        answer: Any = None
        failure: Exception | None = None
        while True:
            try:
                effect = referee.send(answer) if failure is None else referee.throw(failure)
            except StopIteration as stop:
                racer: Racer = stop.value
                return racer
            answer = failure = None
            try:
                answer = await self._performed(effect, group)
            except Exception as error:  # noqa: BLE001 - the referee decides what it means
                failure = error

    async def _performed(self, effect: Effect[Any], group: anyio.abc.TaskGroup) -> Any:
        match effect:
            case Start(racer):
                if self._is_called_off:
                    raise CalledOff
                lane = self._lanes[racer] = AsyncLane(self._running, self._transport, racer)
                group.start_soon(self._run, lane)
            case Await(until):
                return await self._next(until)
            case Drop(racer):
                await self._drop(racer)
            case _:
                return await self._perform(effect)
        return None

    async def _run(self, lane: AsyncLane) -> None:
        await lane.run()
        self._over.append(lane)
        self._news.set()

    async def _next(self, until: float | None) -> Racer | None:
        while not self._over and not self._is_called_off:
            left = None if until is None else until - clock.monotonic()
            if left is not None and left <= 0:
                return None
            with anyio.move_on_after(left):
                await self._news.wait()
            self._news = anyio.Event()
        if self._is_called_off:
            raise CalledOff
        lane = self._over.popleft()
        if lane.broken is not None:
            raise lane.broken
        self._running.learn(lane.beside.used)
        return lane.racer

    async def _drop(self, racer: Racer) -> None:
        lane = self._lanes[racer]
        lane.stop()
        self._running.learn(lane.beside.used)
        await lane.release()
        self._lanes.pop(racer)


class AsyncLane(AsyncLine[ChatResponse]):
    """Runs one attempt in a task, until its answer begins, it is over, or it is dropped."""

    def __init__(self, running: Running[Any], transport: AsyncTransport, racer: Racer) -> None:
        """Take an attempt that has not begun."""
        self.running = self.beside = Beside(running, racer)
        self.racer = racer
        self.broken: Exception | None = None
        """What no attempt fails with."""
        self._transport = transport
        self._exchange = None
        self._is_dropped = False
        self._scope = anyio.CancelScope()
        self._ended = anyio.Event()
        self._is_begun = False

    async def run(self) -> None:
        """Run it, until it is dropped."""
        self._is_begun = True
        try:
            with self._scope:
                await self._run_on()
        except Exception as error:  # noqa: BLE001 - it is raised where the race is awaited
            self.broken = error
        finally:
            self._ended.set()

    def stop(self) -> None:
        """End it where it stands."""
        if not self._is_dropped:
            self._is_dropped = True
            self._scope.cancel()
            self.racer.flow.close()

    def leave(self) -> AsyncExchange | None:
        """Return its connection, which is somebody else's from now on."""
        exchange, self._exchange = self._exchange, None
        return exchange

    async def release(self) -> None:
        """Close its connection, once nobody reads from it."""
        with anyio.CancelScope(shield=True):
            if self._is_begun and not self._ended.is_set():
                await self._ended.wait()
            await self._close(None)

    async def _run_on(self) -> None:
        answer: Any = None
        failure: Exception | None = None
        while (effect := self._advanced(answer, failure)) is not None:
            answer = failure = None
            perform = self.connects.get(type(effect))
            try:
                answer = await perform(self, effect) if perform else self.running.perform(effect)
            except Exception as error:  # noqa: BLE001 - the flow decides what every failure means
                secrets.drop_frames(error)
                failure = error

    def _advanced(self, answer: Any, failure: Exception | None) -> Effect[Any] | None:
        if self._is_dropped:
            return None
        effect = self.racer.advance(answer, failure)
        if effect is None:
            self.racer.at = clock.monotonic()
        return effect


def _alone(error: BaseException) -> BaseException:
    """Return the one error in a group, as of a task group whose body it ended."""
    while len(inside := _inside(error)) == 1:
        error = inside[0]
    return error


def _inside(error: BaseException) -> Sequence[BaseException]:
    """Return the errors of a group; of what is none, nothing."""
    if not isinstance(error, BaseExceptionGroup):
        return ()
    # A group does not say of what it is.
    return getattr(error, "exceptions", ())  # pyright: ignore[reportUnknownArgumentType]
