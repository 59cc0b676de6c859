"""Budgets in a Redis, for all processes that use it."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from math import ceil
from typing import Any, NamedTuple

from unillm.limits.redis_server import TIMEOUT, Named, Server, is_away, is_refusal
from unillm.types.budget import MOST, Account, Claim, StoreAwayError

KEPT = 3600
"""Seconds that the keys of an account of the past are kept beyond its lease."""
WAITING = 10_000
"""What was spent while Redis was away: so many are kept until it is back."""
MOST_SPENT = MOST * 10**9
"""Billionths of a US dollar: no more is counted of one call, whatever its provider says."""
_AT_ONCE = 200
"""How many of these are told in one go: others wait meanwhile."""
_AGAIN = 1.0
"""Seconds for which nothing is settled after Redis did not answer: it goes to those that wait."""
_REFUSED = 3
"""How many of those that Redis answers with an error hold up a call, before it goes on."""
_NAMED = Named(store="RedisStore", option="Budget(store=…)", what="budgets")

_logger = logging.getLogger("unillm")


class _Unsettled(NamedTuple):
    hold: str
    claims: Sequence[Claim]
    spent: int
    unheld: bool


class _RefusedError(StoreAwayError):
    """Redis answers, with an error."""


class RedisStore:
    """Keeps count in a Redis (5 or later), by one script, so that whatever happens, happens whole.

    All keys have the same hash tag, ``{prefix}``, as a script in a cluster demands. Time is that of
    Redis. What cannot be told to it because it is away is kept and told when it is back; the last
    10,000, as long as this process lives.

    Args:
        redis: A URL (``redis://``, ``rediss://``, ``unix://``), or a client of redis-py, also one
            of a cluster, with time limits of its own.
        prefix: What all keys begin with.
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
        timeout: float = TIMEOUT,
        clock: Callable[[], float] | None = None,
    ) -> None:
        """Take what is asked; nothing is connected before it is."""
        self._server = Server(redis, "budgets.lua", prefix=prefix, timeout=timeout, named=_NAMED)
        self._shown, self._prefix = self._server.shown, prefix
        self._clock = clock
        self._waiting: deque[_Unsettled] = deque(maxlen=WAITING)
        self._away_since: float | None = None

    def reserve(self, hold: str, claims: Sequence[Claim]) -> Sequence[Account]:
        """Reserve the amount of each claim, or of none if one has no room; tell which has.

        Raises:
            StoreAwayError: Redis does not answer.
        """
        self.flush()
        return self._ask("reserve", hold, claims)

    def settle(
        self, hold: str, claims: Sequence[Claim], spent: int, *, unheld: bool = False
    ) -> Sequence[Account]:
        """Put what was spent in the place of what was reserved; later, if Redis is away."""
        spent = min(spent, MOST_SPENT)
        told = _Unsettled(hold, claims, spent, unheld)
        away = self._away_since
        if away is not None and time.monotonic() - away < _AGAIN:
            self._keep(told)
            return ()
        try:
            return self._ask("settle", hold, claims, spent, unheld=unheld)
        except StoreAwayError:
            self._keep(told)
            return ()

    def read(self, claims: Sequence[Claim]) -> Sequence[Account]:
        """Tell how accounts stand.

        Raises:
            StoreAwayError: Redis does not answer.
        """
        self.flush()
        return self._ask("read", "", claims) if claims else ()

    def flush(self, seconds: float | None = None) -> None:
        """Tell Redis what could not be told before.

        What it answers with an error goes on waiting, behind the others: it is not held up by what
        is wrong with one account.

        Args:
            seconds: How long this may go on, but for one answer; None: as long as a call can wait.

        Raises:
            StoreAwayError: Redis does not answer.
        """
        end = None if seconds is None else time.monotonic() + seconds
        refused = 0
        for _ in range(_AT_ONCE if end is None else len(self._waiting)):
            if refused >= _REFUSED or (end is not None and time.monotonic() >= end):
                return
            try:
                told = self._waiting.popleft()
            except IndexError:
                return
            try:
                self._ask("settle", told.hold, told.claims, told.spent, unheld=told.unheld)
            except _RefusedError:
                self._waiting.append(told)
                refused += 1
            except BaseException:
                self._waiting.appendleft(told)
                raise

    @property
    def waiting(self) -> int:
        """Return how many calls Redis has not been told the cost of yet."""
        return len(self._waiting)

    def _keep(self, told: _Unsettled) -> None:
        if len(self._waiting) == WAITING:
            _logger.warning("%s is away: what one more call has spent is not counted", self._shown)
        self._waiting.append(told)

    def _ask(
        self,
        what: str,
        hold: str,
        claims: Sequence[Claim],
        spent: int = 0,
        *,
        unheld: bool = False,
    ) -> Sequence[Account]:
        now = "" if self._clock is None else repr(self._clock())
        keys: list[str] = []
        given: list[Any] = [what, hold, spent, int(unheld), now]
        for claim in claims:
            key = f"{{{self._prefix}}}:budget:{claim.key}"
            keys += [key, f"{key}:leases"]
            given += _written(claim)
        try:
            answer = self._server.run(keys, given)
        except Exception as error:
            if not is_away(error):
                raise
            raise self._failed(error) from None
        if self._away_since is not None:
            self._away_since = None
            _logger.warning("%s answers again", self._shown)
        return [_account(one) for one in answer]

    def _failed(self, error: Exception) -> StoreAwayError:
        told = self._server.told(error)
        if is_refusal(error):
            return _RefusedError(f"{self._shown} refuses: {told}")
        why = f"{self._shown} does not answer: {told}"
        if self._away_since is None:
            _logger.warning("%s", why)
        self._away_since = time.monotonic()
        return StoreAwayError(why)

    def __repr__(self) -> str:
        """Show where it is, without user and password."""
        return f"RedisStore({self._shown!r})"


def _written(claim: Claim) -> list[Any]:
    gone = "" if claim.until is None else ceil(claim.until + claim.lease) + KEPT
    soft = "" if claim.soft is None else claim.soft
    return [claim.amount, claim.limit, soft, claim.lease, int(claim.keeps), gone]


def _account(found: Sequence[Any]) -> Account:
    spent, reserved, overshoot, expired, room, soft = (int(one) for one in found)
    return Account(
        spent=spent,
        reserved=reserved,
        overshoot=overshoot,
        expired=expired,
        room=bool(room),
        soft=bool(soft),
    )
