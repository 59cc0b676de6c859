"""Performs the effects of one operation in a world, as the drivers do in this one."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.simulator.hosts import Host
from tests.simulator.line import Line
from tests.simulator.racing import Track
from tests.simulator.world import World
from unillm._flow.effects import (
    Admit,
    Close,
    Count,
    Drain,
    Effect,
    Emit,
    Flow,
    Reserve,
    Send,
    Settle,
    Tally,
)
from unillm._flow.operation import Operation
from unillm._flow.race import Race, Racer
from unillm._io.running import Running
from unillm.errors import UnillmError
from unillm.types.response import ChatResponse


class Driving:
    """One operation under way, or over.

    Attributes:
        running: What it is run by: the drivers' own.
        began: When it did.
        ended: When it did; None: it has not.
        first_at: When the caller had the first event of it.
        error: What it failed with; None: it has not.
        effects: How many effects it has asked for.
        stops_at: After how many it is called off; None: it is not.
    """

    def __init__(
        self,
        world: World,
        hosts: Mapping[str, Host],
        flow: Flow[ChatResponse],
        operation: Operation,
    ) -> None:
        """Take a flow that has not begun."""
        self.running = Running[ChatResponse](flow, operation, ())
        self.began = world.now
        self.ended: float | None = None
        self.first_at: float | None = None
        self.error: UnillmError | None = None
        self.effects = 0
        self.stops_at: int | None = None
        self._world, self._hosts = world, hosts
        self._line = Line(world, hosts, streamed=operation.streamed)
        self._track: Track | None = None

    @property
    def operation(self) -> Operation:
        """Return the memory of it."""
        return self.running.operation

    @property
    def lasted(self) -> float:
        """Return the seconds it took."""
        assert self.ended is not None
        return self.ended - self.began

    def go(self) -> None:
        """Run it until it waits for something, or is over."""
        running = self.running
        while not running.over:
            if self.effects == self.stops_at:
                self.call_off()
                return
            try:
                effect = running.advance()
            except UnillmError as error:
                self.error = error
                break
            if effect is None:
                break
            self.effects += 1
            if self._waits(effect):
                return
        self._end()

    def call_off(self) -> None:
        """End it where it stands, if it is not over."""
        if self.ended is None:
            if self._track is not None:
                self._track.call_off()
            self.running.abandon()
            self._end()

    def _end(self) -> None:
        self._line.release()
        self.running.settle_left()
        self.ended = self._world.now

    def _waits(self, effect: Effect[Any]) -> bool:
        """Do what an effect says; tell whether it is still to be waited for."""
        running = self.running
        if isinstance(effect, Race):
            self._track = Track(self._world, self._hosts, running, self._perform)
            self._track.run(effect, self._raced)
            return True
        if isinstance(effect, Send):
            running.use(effect.wire, None)
            running.hand_over(effect.wire)
        if self._line.waits(effect, self._resume):
            return True
        try:
            running.answer = self._perform(effect)
        except Exception as error:  # noqa: BLE001 - the flow decides what every failure means
            running.fail(error)
        if isinstance(effect, Emit) and self.first_at is None:
            self.first_at = self._world.now
        return False

    def _resume(self, answer: Any, failure: Exception | None) -> None:
        if self.ended is not None:
            return
        if failure is None:
            self.running.answer = answer
        else:
            self.running.fail(failure)
        self.go()

    def _raced(self, racer: Racer, line: Line) -> None:
        self._track, self._line = None, line
        self._world.at(self._world.now, lambda: self._resume(racer, None))

    def _perform(self, effect: Effect[Any]) -> Any:
        perform = self._performs.get(type(effect))
        return perform(self, effect) if perform else self.running.perform(effect)

    _performs: Mapping[type[Effect[Any]], Callable[[Any, Any], Any]] = {
        Close: lambda self, _: self._line.release(),
        Drain: lambda _, __: None,
        Count: lambda _, __: None,
        Admit: lambda self, effect: self.running.places().admit(effect),
        Tally: lambda self, effect: self.running.places().tally(effect),
        Reserve: lambda self, effect: self.running.reserve(effect),
        Settle: lambda self, effect: self.running.settle(effect),
    }
