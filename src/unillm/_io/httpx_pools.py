"""Connections of httpx, each in a pool of its own, and those that wait to be used again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeAlias, TypeVar

from unillm._io import clock

T = TypeVar("T")

Origin: TypeAlias = tuple[str, str, int | None]
"""Scheme, host and port."""

KEPT = 5.0
"""Seconds a connection is kept without carrying anything: httpx's own default."""


class Pooled(Generic[T]):
    """A transport of httpx that holds one connection, and where that leads."""

    __slots__ = ("left_at", "origin", "transport")

    def __init__(self, transport: T, origin: Origin) -> None:
        """Take a transport, made here."""
        self.transport = transport
        self.origin = origin
        self.left_at = 0.0


class Pools(Generic[T]):
    """The transports of one client. With thousands of them it never looks at all.

    Those of an origin are used in turn, the last one first: so the first of them has waited
    longest, and whatever is no longer wanted is found there.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._all: dict[Pooled[T], None] = {}
        self._idle: dict[Origin, deque[Pooled[T]]] = {}
        self._looked_at = clock.monotonic()

    def __iter__(self) -> Iterator[T]:
        """Give each of the transports, whether at work or idle."""
        return iter([pooled.transport for pooled in self._all])

    def take(self, origin: Origin, make: Callable[[], T]) -> Pooled[T]:
        """Return one that carries nothing, which may have to be made."""
        idle = self._idle.get(origin)
        if idle and clock.monotonic() - idle[-1].left_at <= KEPT:
            return idle.pop()
        pooled = Pooled(make(), origin)
        self._all[pooled] = None
        return pooled

    def leave(self, pooled: Pooled[T]) -> None:
        """Keep one whose exchange is over, to be used again."""
        if pooled in self._all:
            pooled.left_at = clock.monotonic()
            self._idle.setdefault(pooled.origin, deque()).append(pooled)

    def drop(self, pooled: Pooled[T]) -> None:
        """Forget one that is not to be used again; whoever calls this closes it."""
        self._all.pop(pooled, None)

    def stale(self) -> list[T]:
        """Return those to be closed, which are its own no more: they waited for too long."""
        now = clock.monotonic()
        if now - self._looked_at <= KEPT / 5:
            return []
        self._looked_at = now
        found: list[T] = []
        for origin, idle in list(self._idle.items()):
            while idle and now - idle[0].left_at > KEPT:
                pooled = idle.popleft()
                self.drop(pooled)
                found.append(pooled.transport)
            if not idle:
                del self._idle[origin]
        return found

    def clear(self) -> list[T]:
        """Return all of them; they are its own no more."""
        made = list(self)
        self._all, self._idle = {}, {}
        return made
