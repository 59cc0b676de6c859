"""How targets fare, as all processes see it that use a Redis."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

from unillm.limits.health import MemoryHealth
from unillm.limits.redis_server import TIMEOUT, Named, Server, is_away
from unillm.routing import breaker, concurrency
from unillm.routing.vitals import crowded, full
from unillm.types.dataclass import dataclass
from unillm.types.health import ADMITTED, Admission, Entrant, Report, State, Stats

LEASE = 600.0
"""Seconds after which a place is free again that a process took and never gave back."""
_AGAIN = 5.0
"""Seconds for which Redis is not asked again after it did not answer: asking took time."""
_REFRESH = 1.0
"""Seconds after which what is known of the other targets is read again, with the next call."""
_BESIDE = 32
"""So many other targets are read with one call."""
_NUMBERS = json.dumps(
    {
        "window": breaker.WINDOW,
        "samples": breaker.SAMPLES,
        "least": breaker.LEAST,
        "share": breaker.SHARE,
        "first": breaker.FIRST,
        "most": breaker.MOST,
        "longest": breaker.LONGEST,
        "probe": breaker.PROBE,
        "less": concurrency.LESS,
        "calm": concurrency.CALM,
    }
)
_NAMED = Named(store="RedisHealth", option="health=…", what="health of targets")

_logger = logging.getLogger("unillm")


@dataclass(frozen=True, slots=True)
class _Heard:
    """What Redis last said of a target; ``until`` is a moment of the monotonic clock."""

    state: State
    until: float
    after: State
    in_flight: int
    limit: int | None
    requests: float
    failures: float

    @classmethod
    def read(cls, found: Sequence[Any], now: float) -> _Heard:
        """Read what the script says."""
        state, left, after, running, limit, requests, failures = (_text(one) for one in found)
        return cls(
            state=cast("State", state),
            until=now + float(left),
            after=cast("State", after),
            in_flight=int(running),
            limit=int(limit) if limit else None,
            requests=float(requests),
            failures=float(failures),
        )

    def on(self, stats: Stats, now: float) -> Stats:
        """Return what this process knows of a target, with what all of them do."""
        lasts = self.until > now
        return replace(
            stats,
            state=self.state if lasts else self.after,
            until=self.until if lasts else None,
            in_flight=max(self.in_flight, stats.in_flight),
            limit=self.limit,
            requests=self.requests,
            failures=self.failures,
        )


class RedisHealth:
    """Keeps how targets fare in a Redis (5 or later): what one process finds out, all know.

    Shared are the breakers, and how many calls are under way; how long targets take, and their
    rate limits, each process learns by itself. While Redis is away, each goes by what it has seen
    itself; that is logged. Times are those of Redis. All keys have the same hash tag.

    Args:
        redis: A URL (``redis://``, ``rediss://``, ``unix://``), or a client of redis-py, also one
            of a cluster, with time limits of its own.
        prefix: What all keys begin with.
        lease: Seconds after which a place is free again that a process took and never gave back,
            as it crashed. A call that lasts longer is not counted any more from then on.
        timeout: Seconds that connecting, and an answer, may take; for a URL. After that it is away.
        clock: Tells the time in seconds instead of Redis; for tests.

    Raises:
        InvalidRequestError: It is none of these, or redis-py is missing (extra ``redis``).
    """

    blocks = True

    def __init__(
        self,
        redis: Any,
        *,
        prefix: str = "unillm",
        lease: float = LEASE,
        timeout: float = TIMEOUT,
        clock: Callable[[], float] | None = None,
    ) -> None:
        """Take what is asked; nothing is connected before it is."""
        self._server = Server(redis, "health.lua", prefix=prefix, timeout=timeout, named=_NAMED)
        self._prefix = f"{{{prefix}}}:health:"
        self._lease = lease
        self._clock = clock
        self._own = MemoryHealth()
        self._heard: dict[str, _Heard] = {}
        self._refreshed = 0.0
        self._away_until: float | None = None

    def look(self, keys: Sequence[str], now: float) -> Sequence[Stats]:
        """Return how targets stand, in their order, as far as it was heard: nobody is asked."""
        own = self._own.look(keys, now)
        if self._away_until is not None:
            return own
        heard = [self._heard.get(key) for key in keys]
        return [
            stats if one is None else one.on(stats, now)
            for one, stats in zip(heard, own, strict=True)
        ]

    def admit(self, lease: str, entrant: Entrant, now: float) -> Admission:
        """Give an attempt a place, under a name that its report bears too."""
        drained = self._own.drained(entrant, now)
        if drained is not None:
            return drained
        limit = "" if entrant.limit is None else entrant.limit
        bulkhead = "" if entrant.bulkhead is None else entrant.bulkhead
        found = self._ask("admit", lease, entrant, now, limit, bulkhead, int(entrant.alone))
        if found is None:
            return self._own.admit(lease, entrant, now)
        said, wait, running = found
        if said not in {"ok", "probe"}:
            return _refusal(said, wait, running, entrant)
        # Here it is counted too, for when Redis is away: whatever is known here, it has a place.
        self._own.admit(lease, replace(entrant, alone=True, bulkhead=None, limit=None), now)
        return ADMITTED if said == "ok" else Admission(admitted=True, probe=True)

    def report(self, lease: str, entrant: Entrant, report: Report, now: float) -> None:
        """Take note of how an attempt ended, once, and free its place."""
        self._own.report(lease, entrant, report, now)
        after = "" if report.retry_after is None else report.retry_after
        self._ask("report", lease, entrant, now, report.outcome, report.cooling, after)

    def may_retry(self, share: float, now: float) -> bool:
        """Tell whether one more attempt at a target that has failed fits this process's budget."""
        return self._own.may_retry(share, now)

    def quantile(self, key: str, share: float, now: float, *, whole: bool = False) -> float | None:
        """Return the seconds in which a share of answers here had begun lately; None: not known."""
        return self._own.quantile(key, share, now, whole=whole)

    def keys(self) -> Sequence[str]:
        """Return the targets that this process has asked, by their keys."""
        return self._own.keys()

    def _ask(
        self, what: str, lease: str, entrant: Entrant, now: float, *given: Any
    ) -> tuple[str, float, int] | None:
        """Run the script; return what it says of the attempt, or None while Redis is away."""
        if self._away_until is not None and time.monotonic() < self._away_until:
            return None
        named = [entrant.key, *self._beside(entrant.key)]
        keys: list[str] = []
        for key in named:
            name = f"{self._prefix}{key}"
            keys += [name, f"{name}:outcomes", f"{name}:leases"]
        keys.insert(3, f"{self._prefix}provider:{entrant.provider}:leases")
        moment = "" if self._clock is None else repr(self._clock())
        try:
            answer = self._server.run(keys, [what, lease, moment, self._lease, _NUMBERS, *given])
        except Exception as error:
            if not is_away(error):
                raise
            self._miss(error)
            return None
        if self._away_until is not None:
            self._away_until = None
            _logger.warning("%s answers again: health is shared again", self._server.shown)
        said, wait, running, *standing = answer
        for key, found in zip(named, standing, strict=True):
            self._heard[key] = _Heard.read(found, now)
        return _text(said), float(wait), int(running)

    def _beside(self, key: str) -> list[str]:
        """Return which other targets are to be read as well, every second some of them."""
        moment = time.monotonic()
        if moment - self._refreshed < _REFRESH:
            return []
        self._refreshed = moment
        known = self._own.keys()
        if len(self._heard) > 2 * len(known) + _BESIDE:
            for gone in self._heard.keys() - set(known):
                self._heard.pop(gone, None)
        return [other for other in known if other != key][-_BESIDE:]

    def _miss(self, error: Exception) -> None:
        if self._away_until is None:
            _logger.warning(
                "%s does not answer (%s): until it does, health is what this process sees itself",
                self._server.shown,
                self._server.told(error),
            )
        self._away_until = time.monotonic() + _AGAIN

    def __repr__(self) -> str:
        """Show where it is, without user and password."""
        return f"RedisHealth({self._server.shown!r})"


def _refusal(said: str, wait: float, running: int, entrant: Entrant) -> Admission:
    if said == "crowded":
        return Admission(admitted=False, reason=crowded(running, entrant.provider))
    if said == "full":
        return Admission(admitted=False, reason=full(running))
    return Admission(admitted=False, reason=breaker.REASONS[said], wait=wait)


def _text(found: Any) -> str:
    """Return what Redis says as text; a client may decode it already."""
    return found.decode() if isinstance(found, bytes) else str(found)
