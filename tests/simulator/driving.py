"""Performs the effects of one operation in a world, as the drivers do in this one."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from tests.simulator.hosts import Exchange, Host
from tests.simulator.world import World
from unillm._flow.effects import (
    Admit,
    Close,
    Count,
    Drain,
    Effect,
    Emit,
    Flow,
    Head,
    Instant,
    Read,
    Reserve,
    Send,
    Settle,
    Sleep,
    Tally,
    TimedOut,
)
from unillm._flow.operation import Operation
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
        self._exchange: Exchange | None = None

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
                running.abandon()
                break
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
        self._release()
        running.settle_left()
        self.ended = self._world.now

    def _waits(self, effect: Effect[Any]) -> bool:
        """Do what an effect says; tell whether it is still to be waited for."""
        running = self.running
        waiting = self._waiting.get(type(effect))
        if waiting is not None:
            waiting(self, effect)
            return True
        perform = self._performs.get(type(effect))
        try:
            running.answer(perform(self, effect) if perform else running.perform(effect))
        except Exception as error:  # noqa: BLE001 - the flow decides what every failure means
            running.fail(error)
        if isinstance(effect, Emit) and self.first_at is None:
            self.first_at = self._world.now
        return False

    def _later(self, at: float, answer: Callable[[], Any], until: float | None = None) -> None:
        """Go on at a moment with an answer, or when it is late with that."""

        def go() -> None:
            try:
                self.running.answer(answer())
            except Exception as error:  # noqa: BLE001 - as above
                self.running.fail(error)
            self.go()

        def late() -> None:
            self.running.fail(TimedOut())
            self.go()

        if until is not None and until < at:
            self._world.at(until, late)
        else:
            assert at != float("inf"), "nothing ends this wait"
            self._world.at(at, go)

    def _send(self, effect: Send) -> None:
        self._release()
        running, wire = self.running, effect.wire
        running.use(wire, None)
        running.hand_over(wire)
        host = self._hosts[str(urlsplit(wire.url).hostname).partition(".")[0]]
        exchange = self._exchange = host.answer(
            self._world, streamed=self.running.operation.streamed
        )

        def head() -> Head:
            if exchange.error is not None:
                raise exchange.error
            now = self._world.now
            return Head(exchange.status, exchange.headers, Instant(now, now))

        self._later(exchange.head_at, head, effect.until)

    def _read(self, effect: Read) -> None:
        exchange, now = self._exchange, self._world.now
        at, data = exchange.body.pop(0) if exchange and exchange.body else (now, b"")

        def read() -> tuple[bytes, float]:
            if isinstance(data, Exception):
                raise data
            return data, self._world.now

        self._later(max(now, at), read, effect.until)

    def _sleep(self, effect: Sleep) -> None:
        self._later(self._world.now + effect.seconds, lambda: None)

    def _release(self, _effect: Close | None = None) -> None:
        if self._exchange is not None:
            self._exchange.close()
            self._exchange = None

    _waiting: Mapping[type[Effect[Any]], Callable[[Any, Any], None]] = {
        Send: _send,
        Read: _read,
        Sleep: _sleep,
    }
    _performs: Mapping[type[Effect[Any]], Callable[[Any, Any], Any]] = {
        Close: _release,
        Drain: lambda _, __: None,
        Count: lambda _, __: None,
        Admit: lambda self, effect: self.running.places().admit(effect),
        Tally: lambda self, effect: self.running.places().tally(effect),
        Reserve: lambda self, effect: self.running.reserve(effect),
        Settle: lambda self, effect: self.running.settle(effect),
    }
