"""What each session of a gateway may spend, and has spent."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from unillm._io import clock
from unillm.errors import BudgetExceededError, BudgetUnavailableError
from unillm.limits.memory import MemoryStore
from unillm.types.budget import Account, Budget, Claim
from unillm.types.usage import Cost, total_cost

if TYPE_CHECKING:
    from unillm.types.record import Record

DEFAULT = Decimal(20)
"""US dollars that each session may spend if nothing is said: agents loop, and nobody looks."""
NAME = "each session of the gateway"
"""What the budget is called in errors."""
IDLE = 86_400.0
"""Seconds after which a session that asked nothing more is of the past, and with it its account."""
MOST = 4_096
"""Sessions of which it is known what they have cost."""


def session_budget(usd: Decimal | int | str | None = DEFAULT) -> Budget | None:
    """Return the budget of which each session has as much for itself; None: there is none.

    It is given to the client: a call that may cost more than is left is refused before it is sent,
    and so is one of which nobody knows what it may cost. In the protocols that is a 402, which
    neither the libraries of OpenAI and Anthropic nor agents built on them try again.

    Args:
        usd: US dollars; None: no limit.

    Raises:
        InvalidRequestError: That is no amount.
    """
    return None if usd is None else Budget(usd, scope="session", name=NAME, store=SessionStore())


class SessionStore:
    """Keeps count in this process, of sessions that are going on.

    A conversation has no end that anybody tells. Without one its account would be kept as long as
    the process lives, and there is one for each: so it lapses a day after its last request.
    """

    blocks = False

    def __init__(self) -> None:
        """Begin with nothing spent."""
        self._accounts = MemoryStore()

    def reserve(self, hold: str, claims: Sequence[Claim]) -> Sequence[Account]:
        """Reserve the amount of each claim, or of none if one has no room; tell which has."""
        return self._accounts.reserve(hold, _lasting(claims))

    def settle(
        self, hold: str, claims: Sequence[Claim], spent: int, *, unheld: bool = False
    ) -> Sequence[Account]:
        """Put what was spent in the place of what was reserved."""
        return self._accounts.settle(hold, _lasting(claims), spent, unheld=unheld)

    def read(self, claims: Sequence[Claim]) -> Sequence[Account]:
        """Tell how accounts stand."""
        return self._accounts.read(claims)


def _lasting(claims: Sequence[Claim]) -> list[Claim]:
    until = clock.now().unix + IDLE
    return [replace(claim, until=until) for claim in claims]


def explained(error: BudgetExceededError) -> BudgetExceededError:
    """Return the refusal of a call with what whoever runs the gateway can do about it.

    That of a budget which he has set himself, in a file say, is returned as it is.
    """
    if isinstance(error, BudgetUnavailableError) or repr(NAME) not in error.message:
        return error
    if error.needed is None:
        hint = "or switch this limit off with --session-budget off"
    else:
        hint = "Begin a new session, or start the gateway with another --session-budget (or off)"
    made = copy(error)
    made.message = f"{error.message.removesuffix('.')}. {hint[0].upper()}{hint[1:]}."
    made.args = (made.message,)
    made.__cause__ = error.__cause__
    return made


class Spent:
    """What sessions have cost. Safe between threads; `Spent.observe` is an observer."""

    def __init__(self) -> None:
        """Begin with nothing spent."""
        self._costs: OrderedDict[str, Cost] = OrderedDict()
        self._lock = threading.Lock()

    def observe(self, record: Record) -> None:
        """Add what an operation has cost to what its session has."""
        session = record.session
        if session is None:
            return
        with self._lock:
            known = self._costs.pop(session, None)
            added = record.cost if known is None else total_cost((known, record.cost))
            # Of the sum nobody reads the lines, which would grow with every price there was.
            self._costs[session] = Cost(
                total=added.total, low=added.low, high=added.high, state=added.state
            )
            if len(self._costs) > MOST:
                self._costs.popitem(last=False)

    def of(self, session: str) -> Cost | None:
        """Return what a session has cost; None: nothing is known of it."""
        return self._costs.get(session)
