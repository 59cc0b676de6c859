"""The sync driver: performs a flow's effects by blocking. Its twin differs by ``await`` alone."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from unillm._flow.effects import (
    Admit,
    Count,
    Effect,
    Flow,
    Reserve,
    Reserved,
    Settle,
    Sleep,
    Tally,
)
from unillm._flow.operation import Operation
from unillm._flow.race import Race, Racer
from unillm._io import interrupt, log, tokenizer
from unillm._io.line import Line
from unillm._io.running import Running, has_events, is_opened
from unillm.types.events import Event
from unillm.types.health import Admission
from unillm.types.record import Observer
from unillm.types.transport import Exchange, Transport

if TYPE_CHECKING:
    from unillm._io.race import Track

T = TypeVar("T")


class Driver(Line[T]):
    """Run one flow; iterating gives the events it emits."""

    _stepped = False
    _track: Track | None = None
    """Where attempts run beside each other, if some do."""

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
            self._run_until(has_events)
            if not events:
                raise StopIteration
        return events.pop()

    def open(self) -> None:
        """Run until an answer with a good status is there, or the flow has ended."""
        self._run_until(is_opened)

    def run(self) -> T:
        """Run to the end and return the result."""
        self._run_until(None)
        return cast("T", self.running.result)  # a flow that ended without an error has one

    def run_unless(self, called_off: Callable[[], bool]) -> T | None:
        """Run to the end and return the result, or stop where it is called off and return None."""
        self._run_until(lambda _: called_off())
        if not self.running.over:
            self.close()
        return self.running.result

    def close(self) -> None:
        """Release the connection at once, wherever the flow stands."""
        track = self._track
        if track is not None:
            track.call_off()
        try:
            self.running.abandon()
        finally:
            if track is not None:
                track.let_go()
            self._release()

    def __del__(self) -> None:
        """Release what was forgotten, and say so."""
        if self._stepped and not self.running.over:
            message = "a stream was neither read to its end nor closed; use `with client.stream(…)`"
            warnings.warn(message, ResourceWarning, stacklevel=2, source=self)
            self.close()

    def _run_until(self, reached: Callable[[Running[Any]], bool] | None) -> None:
        """Run to a point, or to the end; release the connection whenever it comes to that."""
        running = self.running
        running.require_one_reader()
        self._stepped = running.is_read = True
        try:
            while not running.over and (reached is None or not reached(running)):
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
            running.answer = perform(self, effect) if perform else running.perform(effect)
        except Exception as error:  # noqa: BLE001 - the flow decides what every failure means
            running.fail(error)

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

    def _race(self, effect: Race) -> Racer:
        from unillm._io.race import Track  # few need it

        track = self._track = Track(self.running, self._transport, self._performed)
        try:
            racer, exchange = track.run(effect)
        finally:
            self._track = None
        self._exchange = exchange
        self.running.opened = racer.error is None
        return racer

    def _performed(self, effect: Effect[Any]) -> Any:
        perform = self._performs.get(type(effect))
        return perform(self, effect) if perform else self.running.perform(effect)

    def _sleep(self, effect: Sleep) -> None:
        log.pausing(effect)
        interrupt.sleep(effect.seconds)

    # Functions, not bound methods: a driver that refers to itself would wait for the collector,
    # and its sockets with it.
    _performs: ClassVar[dict[type[Effect[Any]], Callable[[Any, Any], Any]]] = {
        **Line.connects,
        Sleep: _sleep,
        Count: _count,
        Reserve: _reserve,
        Settle: _settle,
        Admit: _admit,
        Tally: _tally,
        Race: _race,
    }
