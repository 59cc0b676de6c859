"""What one attempt asks of a world, and has to wait for: a host that answers, or time."""

from collections.abc import Callable, Mapping
from math import inf
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from tests.simulator.hosts import Exchange, Host
from tests.simulator.world import World
from unillm._flow.effects import Effect, Head, Instant, Read, Send, Sleep, TimedOutError

Resume: TypeAlias = Callable[[Any, Exception | None], None]
"""Takes the answer to an effect, or what it failed with."""


class Line:
    """A connection to whoever is asked."""

    def __init__(self, world: World, hosts: Mapping[str, Host], *, streamed: bool) -> None:
        """Take who may be asked."""
        self._world, self._hosts, self._streamed = world, hosts, streamed
        self.exchange: Exchange | None = None

    def waits(self, effect: Effect[Any], resume: Resume) -> bool:
        """Begin what an effect says if it is to be waited for, and tell whether it is."""
        match effect:
            case Send():
                self._send(effect, resume)
            case Read():
                self._read(effect, resume)
            case Sleep():
                self._later(self._world.now + effect.seconds, lambda: None, resume)
            case _:
                return False
        return True

    def release(self) -> None:
        """Hang up."""
        if self.exchange is not None:
            self.exchange.close()
            self.exchange = None

    def _send(self, effect: Send, resume: Resume) -> None:
        self.release()
        host = self._hosts[str(urlsplit(effect.wire.url).hostname).partition(".")[0]]
        exchange = self.exchange = host.answer(self._world, streamed=self._streamed)

        def head() -> Head:
            if exchange.error is not None:
                raise exchange.error
            now = self._world.now
            return Head(exchange.status, exchange.headers, Instant(now, now))

        self._later(exchange.head_at, head, resume, effect.until)

    def _read(self, effect: Read, resume: Resume) -> None:
        exchange, now = self.exchange, self._world.now
        at, data = exchange.body.pop(0) if exchange and exchange.body else (now, b"")

        def read() -> tuple[bytes, float]:
            if isinstance(data, Exception):
                raise data
            return data, self._world.now

        self._later(max(now, at), read, resume, effect.until)

    def _later(
        self, at: float, answer: Callable[[], Any], resume: Resume, until: float | None = None
    ) -> None:
        """Resume at a moment with an answer, or when it is late with that."""

        def go() -> None:
            try:
                found = answer()
            except Exception as error:  # noqa: BLE001 - the flow decides what every failure means
                resume(None, error)
            else:
                resume(found, None)

        if until is not None and until < at:
            self._world.at(until, lambda: resume(None, TimedOutError()))
        else:
            assert at != inf, "nothing ends this wait"
            self._world.at(at, go)
