"""Attempts that run beside each other in threads, for the sync driver."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from queue import Empty, SimpleQueue
from typing import Any

from unillm._flow.effects import Effect
from unillm._flow.race import Await, Drop, Race, Racer, Start
from unillm._io import clock, interrupt, secrets, threads
from unillm._io.beside import Beside
from unillm._io.line import Line
from unillm._io.running import Running
from unillm.types.response import ChatResponse
from unillm.types.transport import Exchange, Transport

_TURN = 0.5
"""Seconds of one wait: on Windows Ctrl-C is heard between two of them only."""


class CalledOff(Exception):  # noqa: N818 - a signal, for a driver that another thread has closed
    """The stream was closed from another thread."""


class Track:
    """Carries out one race. Its threads are over when it is, or as soon as what they wait for is.

    A thread that waits for an answer is woken by shutting its socket down; one that makes a
    connection goes on to the end of its time limit, and closes it then.
    """

    def __init__(
        self,
        running: Running[Any],
        transport: Transport,
        perform: Callable[[Effect[Any]], Any],
    ) -> None:
        """Take the operation, what its requests are sent with, and what performs other effects."""
        self._running = running
        self._transport = transport
        self._perform = perform
        self._lanes: dict[Racer, Lane] = {}
        self._over: SimpleQueue[Lane | None] = SimpleQueue()
        self._is_called_off = False
        self._is_closed = threads.Flag()
        self._race: Race | None = None

    def run(self, race: Race) -> tuple[Racer, Exchange | None]:
        """Carry it out, and return whose answer is to be had, and its connection.

        Raises:
            CalledOff: Another thread has closed the stream.
        """
        self._race = race
        try:
            racer = self._decided(race)
            exchange = self._lanes.pop(racer).leave()
            self._drop_all()
        except BaseException:
            self.call_off()
            race.referee.close()
            raise
        return racer, exchange

    def call_off(self) -> None:
        """Close everything at once. May be called twice, and by any thread.

        Another thread than that of `run` calls `let_go` once it has closed the operation as well.
        """
        self._is_called_off = True
        self._drop_all()
        self._over.put(None)
        if self._race is not None:
            self._race.called_off(clock.monotonic())

    def let_go(self) -> None:
        """Let the thread of `run` go on, which finds the operation closed."""
        self._is_closed.set()

    def _drop_all(self) -> None:
        for racer in list(self._lanes):
            self._drop(racer)

    def _drop(self, racer: Racer) -> None:
        lane = self._lanes.pop(racer, None)
        if lane is not None:
            lane.drop()
            self._running.learn(lane.beside.used)

    def _decided(self, race: Race) -> Racer:
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
                answer = self._performed(effect)
            except Exception as error:  # noqa: BLE001 - the referee decides what it means
                failure = error

    def _performed(self, effect: Effect[Any]) -> Any:
        match effect:
            case Start(racer):
                if self._is_called_off:
                    raise CalledOff
                lane = self._lanes[racer] = Lane(self._running, self._transport, racer, self._over)
                lane.start()
            case Await(until):
                return self._next(until)
            case Drop(racer):
                self._drop(racer)
            case _:
                return self._perform(effect)
        return None

    def _next(self, until: float | None) -> Racer | None:
        while True:
            left = None if until is None else max(0.0, until - clock.monotonic())
            try:
                lane = self._over.get(timeout=_TURN if left is None else min(left, _TURN))
            except Empty:
                if left is not None and left <= _TURN:
                    return None
                continue
            if lane is None or self._is_called_off:
                self._is_closed.wait(_TURN)
                raise CalledOff
            if lane.broken is not None:
                raise lane.broken
            self._running.learn(lane.beside.used)
            return lane.racer


class Lane(Line[ChatResponse]):
    """Runs one attempt in a thread, until its answer begins, it is over, or it is dropped."""

    def __init__(
        self,
        running: Running[Any],
        transport: Transport,
        racer: Racer,
        over: SimpleQueue[Lane | None],
    ) -> None:
        """Take an attempt that has not begun, and where it is told that it stands."""
        self.running = self.beside = Beside(running, racer)
        self.racer = racer
        self.broken: BaseException | None = None
        """What no attempt fails with."""
        self._transport = transport
        self._exchange = None
        self._over = over
        self._is_dropped = False
        self._dropped: Exchange | None = None
        """The connection it had when it was dropped."""
        # Held while the flow runs and not while it waits, so that whoever drops it may close it.
        self._lock = threading.RLock()
        self._interrupt = interrupt.Interrupt(interrupt.current.get())

    def start(self) -> None:
        """Begin, in a thread of its own; where there are no more threads, here."""
        run = copy_context().run
        try:
            threads.start(
                threading.Thread(target=run, args=(self._run,), name="unillm-race", daemon=True)
            )
        except RuntimeError:
            run(self._run)

    def drop(self) -> None:
        """End it where it stands, and close its connection at once."""
        with self._lock:
            self._is_dropped = True
            self.racer.flow.close()
            exchange = self._dropped = self.leave()
        self._interrupt.set()
        if exchange is not None:
            with suppress(Exception):  # somebody is reading: his thread closes it once more
                exchange.close()

    def leave(self) -> Exchange | None:
        """Return its connection, which is somebody else's from now on."""
        self._interrupt.end()
        with self._lock:
            exchange, self._exchange = self._exchange, None
        return exchange

    def _run(self) -> None:
        interrupt.current.set(self._interrupt)
        try:
            self._run_on()
        except BaseException as error:  # noqa: BLE001 - it is raised where the race is awaited
            self.broken = error
        finally:
            self._over.put(self)
            self._close_if_dropped()

    def _run_on(self) -> None:
        answer: Any = None
        failure: Exception | None = None
        while (effect := self._advanced(answer, failure)) is not None:
            answer = failure = None
            perform = self.connects.get(type(effect))
            try:
                answer = perform(self, effect) if perform else self.running.perform(effect)
            except Exception as error:  # noqa: BLE001 - the flow decides what every failure means
                secrets.drop_frames(error)
                failure = error

    def _advanced(self, answer: Any, failure: Exception | None) -> Effect[Any] | None:
        with self._lock:
            if self._is_dropped:
                return None
            effect = self.racer.advance(answer, failure)
            if effect is None:
                self.racer.at = clock.monotonic()
            return effect

    def _close_if_dropped(self) -> None:
        """Close a connection that was made, or read from, while it was dropped."""
        with self._lock:
            open_still = (self._dropped, self._exchange) if self._is_dropped else ()
        for exchange in open_still:
            if exchange is not None:
                with suppress(Exception):
                    exchange.close()
