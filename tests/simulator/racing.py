"""Attempts that run beside each other in a world, as the drivers run them in this one."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from tests.simulator.hosts import Host
from tests.simulator.line import Line
from tests.simulator.world import World
from unillm._flow.effects import Close, Drain, Effect, Send
from unillm._flow.race import Await, Drop, Race, Racer, Start
from unillm._io.beside import Beside
from unillm._io.running import Running


class Lane:
    """One attempt of a race."""

    def __init__(
        self, racer: Racer, beside: Beside, line: Line, world: World, over: Callable[["Lane"], None]
    ):
        """Take an attempt that has not begun."""
        self.racer, self.beside, self.line = racer, beside, line
        self._world, self._over = world, over
        self.is_stopped = False

    def go(self, answer: Any = None, failure: Exception | None = None) -> None:
        """Run it until it waits, its answer begins, or it is over."""
        while not self.is_stopped:
            effect = self.racer.advance(answer, failure)
            answer = failure = None
            if effect is None:
                self.racer.at = self._world.now
                self._over(self)
                return
            if isinstance(effect, Send):
                self.beside.use(effect.wire, None)
                self.beside.hand_over(effect.wire)
            if self.line.waits(effect, self.go):
                return
            if isinstance(effect, Close | Drain):
                self.line.release()
            else:
                answer = self.beside.perform(effect)

    def stop(self) -> None:
        """End it where it stands."""
        self.is_stopped = True
        self.racer.flow.close()
        self.line.release()


class Track:
    """Carries out one race, and tells whose answer is to be had, and its connection."""

    def __init__(
        self,
        world: World,
        hosts: Mapping[str, Host],
        running: Running[Any],
        perform: Callable[[Effect[Any]], Any],
    ) -> None:
        """Take the operation."""
        self._world, self._hosts, self._running, self._perform = world, hosts, running, perform
        self._lanes: dict[Racer, Lane] = {}
        self._over: deque[Lane] = deque()
        self._waits = 0
        """Counts what is awaited, so that a time that is up too late is nobody's."""
        self._is_waiting = False

    def run(self, race: Race, done: Callable[[Racer, Line], None]) -> None:
        """Carry it out."""
        self._race, self._done = race, done
        self._go(None)

    def call_off(self) -> None:
        """End every attempt where it stands."""
        self._is_waiting = False
        for lane in self._lanes.values():
            lane.stop()
            self._running.learn(lane.beside.used)
        self._race.called_off(self._world.now)
        self._race.referee.close()

    def _go(self, answer: Any) -> None:
        while True:
            try:
                effect = self._race.referee.send(answer)
            except StopIteration as stop:
                for racer, lane in self._lanes.items():
                    if racer is not stop.value:
                        lane.line.release()
                self._done(stop.value, self._lanes[stop.value].line)
                return
            answer = None
            match effect:
                case Start(racer):
                    line = Line(self._world, self._hosts, streamed=self._running.operation.streamed)
                    beside = Beside(self._running, racer)
                    lane = self._lanes[racer] = Lane(racer, beside, line, self._world, self._ended)
                    self._world.at(self._world.now, lane.go)
                case Await(until):
                    if not self._over:
                        self._wait(until)
                        return
                    answer = self._next()
                case Drop(racer):
                    lane = self._lanes.pop(racer)
                    lane.stop()
                    self._running.learn(lane.beside.used)
                case _:
                    answer = self._perform(effect)

    def _wait(self, until: float | None) -> None:
        self._is_waiting, self._waits = True, self._waits + 1
        number = self._waits

        def late() -> None:
            if self._is_waiting and self._waits == number:
                self._is_waiting = False
                self._go(None)

        if until is not None:
            self._world.at(until, late)

    def _ended(self, lane: Lane) -> None:
        self._over.append(lane)
        if self._is_waiting:
            self._is_waiting = False
            self._go(self._next())

    def _next(self) -> Racer:
        lane = self._over.popleft()
        self._running.learn(lane.beside.used)
        return lane.racer
