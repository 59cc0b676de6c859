"""Money that is reserved for an operation: whatever becomes of it, it is settled once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import field

from unillm._flow.budget import charge
from unillm._flow.effects import Reserve, Reserved, Settle
from unillm._flow.operation import Operation
from unillm._io import log, threads
from unillm.types.budget import Account, BudgetState, BudgetStore, Claim, StoreAwayError
from unillm.types.dataclass import dataclass

SEEN = 10_000
"""Accounts of a budget that are remembered, to tell how they stand."""


@dataclass(slots=True)
class _Share:
    """What is reserved in one store; ``unheld``: it could not be, and is spent all the same."""

    store: BudgetStore
    claims: tuple[Claim, ...]
    unheld: bool = False


@dataclass(slots=True)
class _Held:
    """What is reserved under one name, for the attempt of a number."""

    number: int
    shares: list[_Share] = field(default_factory=list[_Share])


class Holdings:
    """What is reserved for one operation.

    A share is noted before its store is asked, and until the store was told what was spent: so a
    call that is cancelled, or Ctrl-C, leaves either nothing or what is settled at the end. A store
    takes each name once, which makes it harmless to tell it again. The lock is for async drivers,
    which ask stores in threads: there a cancelled reservation may still be on its way.
    """

    __slots__ = ("_held", "_lock", "_over", "_soft")

    def __init__(self) -> None:
        """Begin with nothing reserved."""
        self._held: dict[str, _Held] = {}
        self._soft: list[tuple[Claim, BudgetState]] = []
        # Reentrant: a forgotten stream may be collected, and settled, at any allocation under it.
        self._lock = threading.RLock()
        self._over = False

    @property
    def blocks(self) -> bool:
        """Tell whether something is not settled yet, and settling it may take long."""
        return any(share.store.blocks for held in [*self._held.values()] for share in held.shares)

    def reserve(self, effect: Reserve) -> Reserved:
        """Reserve an amount under several budgets, or under none."""
        with self._lock:
            if self._over:  # it was cancelled before it came to this
                return Reserved(down="the call was called off")
            held = self._held[effect.hold] = _Held(int(effect.hold.rpartition(".")[2]))
            found: dict[str, Account] = {}
            for share in _shares(effect.claims):
                held.shares.append(share)
                try:
                    accounts = share.store.reserve(effect.hold, share.claims)
                except Exception as error:  # noqa: BLE001 - whatever it is, it cannot be asked
                    down = _down(share, error)
                    if down is not None:
                        self._tell(effect.hold, held, 0)
                        return Reserved(down=down)
                    share.unheld = True
                    continue
                found |= {claim.key: it for claim, it in zip(share.claims, accounts, strict=True)}
                if not all(account.room for account in accounts):
                    held.shares.pop()
                    for taken in held.shares:
                        taken.unheld = False
                    self._tell(effect.hold, held, 0)
                    break
            return Reserved(
                accounts=tuple(found.get(claim.key) for claim in effect.claims),
                unchecked=tuple(
                    claim.budget.name
                    for share in held.shares
                    if share.unheld
                    for claim in share.claims
                ),
            )

    def settle(self, effect: Settle) -> None:
        """Tell the stores what was spent."""
        with self._lock:
            held = self._held.get(effect.hold)
            if held is not None:
                self._tell(effect.hold, held, effect.spent)

    def conclude(self, operation: Operation) -> None:
        """Settle what is left of an operation that is over, by what its attempts have cost."""
        with self._lock:
            self._over = True
            if not self._held:
                return
            made = {attempt.number: attempt for attempt in operation.attempts}
            for hold, held in list(self._held.items()):
                attempt = made.get(held.number)  # there is none if it was never begun
                self._tell(hold, held, 0 if attempt is None else charge(attempt))

    def tell_soft(self) -> None:
        """Tell whom it may concern that a soft limit was passed."""
        while self._soft:
            claim, state = self._soft.pop(0)
            log.soft_limit(claim.budget, state)

    def _tell(self, hold: str, held: _Held, spent: int | None) -> None:
        while held.shares:
            share = held.shares[0]
            amount = share.claims[0].amount if spent is None else spent
            try:
                accounts = share.store.settle(hold, share.claims, amount, unheld=share.unheld)
            except Exception as error:  # noqa: BLE001 - the answer stands; what is reserved lapses
                log.unsettled(share.claims[0].budget, error)
            else:
                self._soft += [
                    (claim, claim.state(account))
                    for claim, account in zip(share.claims, accounts, strict=False)
                    if account.soft
                ]
            held.shares.pop(0)
        self._held.pop(hold, None)


def _shares(claims: Sequence[Claim]) -> Iterator[_Share]:
    """Give what is asked of each store; the accounts are remembered."""
    by_store: dict[int, list[Claim]] = {}
    for claim in claims:
        by_store.setdefault(id(claim.store), []).append(claim)
        _remember(claim)
    for asked in by_store.values():
        yield _Share(asked[0].store, tuple(asked))


def _remember(claim: Claim) -> None:
    if claim.budget.per == "run":
        return
    seen: dict[str, Claim] = claim.budget.kept.setdefault("seen", {})
    if claim.key in seen:
        return
    seen[claim.key] = claim
    if len(seen) > SEEN:
        with suppress(KeyError, RuntimeError):  # another thread was here
            seen.pop(next(iter(seen)))


def _down(share: _Share, error: Exception) -> str | None:
    """Return why nothing may be sent while a store cannot be asked; None: all lets it pass."""
    closed = [claim.budget for claim in share.claims if claim.budget.when_down == "closed"]
    if not closed:
        return None
    why = str(error) if isinstance(error, StoreAwayError) else type(error).__name__
    return f"the budget {closed[0].name!r} cannot be asked what is left of it ({why})"


def in_thread(call: Callable[[], None]) -> None:
    """Call a function beside an event loop that cannot wait for it; at the end of all, here."""
    try:
        threads.start(threading.Thread(target=call, name="unillm-settle"))
    except RuntimeError:  # the interpreter ends and starts no more threads
        call()
