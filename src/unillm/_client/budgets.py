"""Budgets as clients are given them, and how they stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from weakref import ref

from unillm._flow.budget import Spending, claim_of
from unillm._io import clock
from unillm.errors import BudgetUnavailableError, InvalidRequestError
from unillm.types.budget import Budget, BudgetState, BudgetStore, Claim
from unillm.types.json import is_iterable
from unillm.types.record import Scope

if TYPE_CHECKING:
    from unillm._client.config import Config

REDIS_URL = "REDIS_URL"
_LOCAL = "redis://127.0.0.1:6379/0"


class Stores:
    """The stores that a client and those made of it have used, and that may have to be flushed."""

    __slots__ = ("_used",)

    def __init__(self) -> None:
        """Begin with none."""
        self._used: list[ref[Any]] = []

    def use(self, store: Any) -> None:
        """Take note of one; it is not kept alive."""
        if hasattr(store, "flush") and all(store is not known for known in self.used()):
            with suppress(TypeError):  # one of the user's own that cannot be referred to
                self._used.append(ref(store, self._used.remove))

    def used(self) -> list[Any]:
        """Return those that are still there."""
        return [store for one in [*self._used] if (store := one()) is not None]


def budgets_given(value: Any) -> tuple[Budget, ...]:
    """Return the budgets that ``budget=`` names.

    Raises:
        InvalidRequestError: It names something else.
    """
    listed: tuple[Any, ...] = tuple(value) if is_iterable(value) else (value,)
    for budget in listed:
        if not isinstance(budget, Budget):
            raise InvalidRequestError(
                'budget must be a unillm.Budget, such as Budget(usd=Decimal("5"), per="day"), or '
                f"several; not {budget!r}"
            )
    return listed


def together(
    known: tuple[Budget, ...], more: Iterable[Budget], environment: Mapping[str, str]
) -> tuple[Budget, ...]:
    """Return the budgets of a client and those of a call, each with its store: all of them hold.

    Raises:
        InvalidRequestError: A store cannot be used, or two have one name in one store, and could
            not be told apart.
    """
    found = list(known)
    for budget in more:
        if any(budget is other for other in found):
            continue
        if "store" not in budget.kept:
            budget.kept.setdefault("store", _opened(budget, found, environment))
        for other in found:
            if other.name == budget.name and other.kept["store"] is budget.kept["store"]:
                raise InvalidRequestError(
                    f"two budgets are named {budget.name!r} in one store: give each its own name"
                )
        found.append(budget)
    return tuple(found)


def spending_of(config: Config, scope: Scope) -> Spending | None:
    """Return what a call may spend; None: there is no budget. Its options are in here already."""
    if not config.budget:
        return None
    return Spending(
        budgets=config.budget,
        scope=scope,
        billing=config.billing(),
        total=config.timeout.total,
    )


def states(config: Config) -> tuple[BudgetState, ...]:
    """Return how the accounts of a client's budgets stand that are open now.

    Raises:
        BudgetUnavailableError: A store cannot be asked.
    """
    return tuple(state for budget in config.budget for state in _states(budget))


def _states(budget: Budget) -> Sequence[BudgetState]:
    if budget.per == "run":
        return ()
    now = clock.now().unix
    seen: dict[str, Claim] = dict(budget.kept.get("seen", {}))
    claims = [claim for claim in seen.values() if claim.until is None or claim.until > now]
    if budget.scope is None and not claims:
        claims = [claim_of(budget, now)]
    store: BudgetStore = budget.kept["store"]
    try:
        accounts = store.read(claims)
    except Exception as error:
        raise BudgetUnavailableError(
            f"the budget {budget.name!r} cannot be asked what is left of it "
            f"({type(error).__name__})",
            budget=budget.name,
        ) from error
    return [claim.state(account) for claim, account in zip(claims, accounts, strict=True)]


def _opened(
    budget: Budget, beside: Sequence[Budget], environment: Mapping[str, str]
) -> BudgetStore:
    """Return the store of a budget; those that name the same URL share one."""
    given = budget.store
    if given is None:
        from unillm.limits.memory import MemoryStore

        return MemoryStore()
    if not isinstance(given, str):
        return given
    from unillm.limits.redis import RedisStore

    for other in beside:
        made: BudgetStore = other.kept["store"]
        if other.store == given:
            return made
    return RedisStore(environment.get(REDIS_URL, _LOCAL) if given == "redis" else given)
