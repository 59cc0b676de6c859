"""What may be spent, what is left of it, and who keeps count."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, field, fields
from datetime import UTC, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, InvalidOperation
from typing import Any, Literal, Protocol, TypeAlias, get_args, runtime_checkable

from unillm.errors import InvalidRequestError
from unillm.types.dataclass import dataclass
from unillm.types.json import JsonRoundTrip

Per: TypeAlias = Literal["client", "run", "hour", "day", "month"]
"""For how long a budget is: for ever, for a run, or for a calendar window in UTC."""

_EXACT = Context(prec=80)
"""More digits than any amount here has, whatever the caller's context is."""
MOST = 9_000_000
"""US dollars: Redis' scripts reckon with doubles, which are exact up to 2^53 billionths."""
LONGEST_LEASE = 30 * 86_400
_LEAST = Decimal("1E-9")
_SCOPES = ("user", "model", "provider", "task", "session")
_WHEN_DOWN = ("closed", "open")
_EXPIRED = ("released", "spent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How one account stands; amounts are billionths of a US dollar.

    Attributes:
        spent: What was spent.
        reserved: What calls under way may cost at most.
        overshoot: By how much calls cost more than was reserved for them, together.
        expired: What was reserved for calls that were never heard of again.
        room: Whether what was asked for fits in.
        soft: Whether this took it over its soft limit, for the first time.
    """

    spent: int
    reserved: int
    overshoot: int = 0
    expired: int = 0
    room: bool = True
    soft: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What an attempt asks of one account of a budget.

    Attributes:
        budget: The budget.
        account: Which account of it: the window, and of what it is.
        key: The budget's name and the account: unique in the store.
        amount: The most it may cost, in billionths of a US dollar.
        limit: What the account may hold; the same unit.
        soft: From what on the soft limit is passed; None: there is none.
        until: When the account is of the past, in seconds since 1970; None: never.
        lease: After how many seconds what is reserved lapses if nobody settles it.
        keeps: Whether what lapses counts as spent.
    """

    budget: Budget
    account: str
    key: str
    amount: int
    limit: int
    soft: int | None = None
    until: float | None = None
    lease: float = 3600.0
    keeps: bool = False

    @property
    def store(self) -> BudgetStore:
        """Return who keeps count; the client has put it there."""
        store: BudgetStore = self.budget.kept["store"]
        return store

    def state(self, account: Account) -> BudgetState:
        """Return how the account stands, in US dollars."""
        left = max(0, self.limit - account.spent - account.reserved)
        return BudgetState(
            budget=self.budget.name,
            key=self.account,
            usd=self.budget.usd,
            spent=dollars(account.spent),
            reserved=dollars(account.reserved),
            left=dollars(left),
            overshoot=dollars(account.overshoot),
            expired=dollars(account.expired),
            until=None if self.until is None else datetime.fromtimestamp(self.until, UTC),
        )


class StoreAwayError(Exception):
    """Raised by a store that cannot be asked; its message is shown, and holds no secret."""


@runtime_checkable
class BudgetStore(Protocol):
    """Keeps count of budgets, for all who share it. Must be safe between threads.

    Whatever a method raises means that the store cannot be asked at the moment. If it has a method
    ``flush(seconds)`` beside these, that is called, for so many seconds at most, when a client that
    used it is closed: to tell what could not be told before.

    Attributes:
        blocks: Whether asking it may take so long that an event loop should not wait for it.
    """

    blocks: bool

    def reserve(self, hold: str, claims: Sequence[Claim]) -> Sequence[Account]:
        """Reserve the amount of each claim, or of none if one has no room; tell which has.

        Reserving again under the same name changes nothing.

        Args:
            hold: The name of what is reserved: unique to the attempt.
            claims: What is asked for, each of another account.
        """
        ...

    def settle(
        self, hold: str, claims: Sequence[Claim], spent: int, *, unheld: bool = False
    ) -> Sequence[Account]:
        """Put what was spent in the place of what was reserved; a second time changes nothing.

        What was reserved may have lapsed meanwhile: what was spent counts all the same. What was
        never reserved counts for nothing, unless ``unheld`` says that it could not be. Returns
        nothing if it will be counted later.

        Args:
            hold: The name it was reserved under.
            claims: The same as then.
            spent: What it cost, in billionths of a US dollar.
            unheld: Whether it was spent without being reserved.
        """
        ...

    def read(self, claims: Sequence[Claim]) -> Sequence[Account]:
        """Tell how accounts stand."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetState(JsonRoundTrip):
    """How a budget stands, in US dollars.

    Attributes:
        budget: The name of the budget.
        key: Which account of it: the window, and of what it is; empty if there is but one.
        usd: What may be spent.
        spent: What was spent. Where a cost is not known to the last digit, the most it can be.
        reserved: What calls under way may cost at most.
        left: What is neither spent nor reserved.
        overshoot: By how much calls cost more than was reserved for them, together: a provider
            billed more than can be. It is part of ``spent``.
        expired: What was reserved for calls that were never heard of again, since their process
            ended; part of ``spent`` if the budget says so.
        until: When the window ends; None: it does not.
    """

    budget: str
    key: str
    usd: Decimal
    spent: Decimal
    reserved: Decimal
    left: Decimal
    overshoot: Decimal = Decimal(0)
    expired: Decimal = Decimal(0)
    until: datetime | None = None


OnSoft: TypeAlias = Callable[[BudgetState], None]
"""A synchronous, fast function; what it raises is logged and never reaches the caller."""


@dataclass(frozen=True, slots=True, eq=False, init=False)
class Budget:
    """What may be spent. A call that may cost more than is left of it is refused before it is sent.

    The object itself is the purse: what is spent under it counts together, whatever clients and
    calls it is given to. With a store that processes share, it is the name.

    Attributes:
        usd: US dollars: ``Decimal("2.50")``, a whole number, or text. No float: 0.1 is none.
        per: For how long: ``client`` is all that is ever spent under it; ``run``: each run has as
            much, and so has each call outside of one; ``hour``, ``day``, ``month``: calendar
            windows in UTC, and the start of an attempt decides.
        scope: Of what each has as much for itself: ``user``, ``model``, ``provider``, ``session``,
            ``task`` (a call counts under each task around it), or ``tag:<name>``; None: all share
            it. Calls that do not say count together.
        name: What it is called in errors and in a store that is shared.
        soft: When ``on_soft`` is told, once for each account: a float is a share, from 0 to 1; a
            Decimal, a whole number or text is US dollars; None: never.
        on_soft: Told how it stands when so much is spent; without it, the log is.
        store: Who keeps count: None: this process; a URL such as ``redis://host:6379/0`` (extra
            ``redis``; ``"redis"`` is that of ``REDIS_URL``): all processes that use the same name
            there; or a `BudgetStore`.
        when_down: What becomes of calls while the store cannot be asked: ``closed``: they are
            refused; ``open``: they are made, noted (``budget_unchecked``), and counted once it is
            back.
        expired: What becomes of what was reserved by a process that ended without a word: it is
            ``released``, or counts as ``spent``.
        lease: After how many seconds that is supposed; at least the call's ``Timeout.total``.
    """

    usd: Decimal
    _: KW_ONLY
    per: Per = "client"
    scope: str | None = None
    name: str = ""
    soft: float | Decimal | None = 0.8
    on_soft: OnSoft | None = field(default=None, repr=False)
    store: BudgetStore | str | None = field(default=None, repr=False)
    when_down: Literal["closed", "open"] = "closed"
    expired: Literal["released", "spent"] = "released"
    lease: float = 3600.0
    limit: int = field(init=False, repr=False)
    """What may be spent, in billionths of a US dollar, rounded down."""
    soft_at: int | None = field(init=False, repr=False)
    """When the soft limit is passed, in the same unit."""
    kept: dict[str, Any] = field(default_factory=dict[str, Any], init=False, repr=False)
    """What clients keep with it: its store, and the accounts that this process has used."""

    def __init__(
        self,
        usd: Decimal | int | str,
        *,
        per: Per = "client",
        scope: str | None = None,
        name: str = "",
        soft: float | Decimal | str | None = 0.8,
        on_soft: OnSoft | None = None,
        store: BudgetStore | str | None = None,
        when_down: Literal["closed", "open"] = "closed",
        expired: Literal["released", "spent"] = "released",
        lease: float = 3600.0,
    ) -> None:
        """Make one, and refuse what cannot be meant.

        Raises:
            InvalidRequestError: Something in it cannot be meant; the message says what to do.
        """
        _require("per", per, get_args(Per))
        _require("when_down", when_down, _WHEN_DOWN)
        _require("expired", expired, _EXPIRED)
        amount = _dollars("usd", usd)
        given: dict[str, Any] = {
            "usd": amount,
            "per": per,
            "scope": _scope(scope),
            "soft": _soft(soft, amount),
            "on_soft": _plain_function(on_soft),
            "store": _store(store, name),
            "when_down": when_down,
            "expired": expired,
            "lease": _lease(lease),
            "kept": {},
        }
        given["name"] = _name(name, given)
        given["limit"] = billionths(given["usd"], ROUND_FLOOR)
        given["soft_at"] = _soft_at(given["soft"], given["limit"])
        for attribute, value in given.items():
            object.__setattr__(self, attribute, value)

    def __reduce__(self) -> tuple[Any, ...]:
        """Make a copy a purse of its own: what this one has counted stays with it."""
        own = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in _NOT_GIVEN}
        return _made, (own,)


_NOT_GIVEN = {"_", "limit", "soft_at", "kept"}


def _made(given: dict[str, Any]) -> Budget:
    return Budget(**given)


def _require(name: str, value: Any, known: Sequence[str]) -> None:
    if value not in known:
        raise InvalidRequestError(f"Budget({name}=…) must be one of {known}, not {value!r}")


def _dollars(name: str, value: Any) -> Decimal:
    if isinstance(value, float):
        hint = f'write Decimal("{value}") or "{value}"'
        raise InvalidRequestError(f"Budget({name}=…) is money, and {value!r} is a float: {hint}")
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        kind = type(value).__name__
        raise InvalidRequestError(f'Budget({name}=…) must be like Decimal("2.50"), not {kind}')
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise InvalidRequestError(f"Budget({name}=…) is no number: {value!r}") from None
    if not amount.is_finite() or not 0 <= amount <= MOST:
        raise InvalidRequestError(
            f"Budget({name}=…) must be from 0 to {MOST:,} US dollars, not {str(amount)[:40]}"
        )
    if amount and amount < _LEAST:
        raise InvalidRequestError(
            f"Budget({name}=…) is counted in billionths of a US dollar, and this is less than one"
        )
    in_billionths = amount.quantize(_LEAST, ROUND_FLOOR, _EXACT)
    return abs(amount if amount == in_billionths else in_billionths)


def _scope(value: Any) -> Any:
    is_tag = isinstance(value, str) and value.startswith("tag:") and len(value) > len("tag:")
    if value is None or value in _SCOPES or is_tag:
        return value
    known = ", ".join(repr(one) for one in _SCOPES)
    raise InvalidRequestError(
        f"Budget(scope=…) must be None, {known} or 'tag:<name>', not {value!r}"
    )


def _soft(value: Any, usd: Decimal) -> float | Decimal | None:
    if value is None:
        return None
    if isinstance(value, float):
        if not 0 <= value <= 1:
            raise InvalidRequestError(
                f'Budget(soft=…) as a float is a share from 0 to 1; for dollars write "{value}"'
            )
        return value
    at = _dollars("soft", value)
    if at > usd:
        raise InvalidRequestError(
            f"Budget(soft=…) is ${at:f}, more than the whole budget of ${usd:f}, and would never "
            "be reached; a share is a float, such as 0.8"
        )
    return at


def _soft_at(soft: float | Decimal | None, limit: int) -> int | None:
    if soft is None:
        return None
    if isinstance(soft, Decimal):
        return billionths(soft)
    return int(_EXACT.multiply(limit, Decimal(str(soft))))


def _plain_function(value: Any) -> Any:
    if value is not None and (not callable(value) or inspect.iscoroutinefunction(value)):
        raise InvalidRequestError(
            f"Budget(on_soft=…) must be a plain function that takes a BudgetState, not {value!r}"
        )
    return value


def _store(value: Any, name: Any) -> Any:
    if value is None:
        return None
    is_object = isinstance(value, BudgetStore) and not inspect.isclass(value)
    if is_object and inspect.iscoroutinefunction(value.reserve):
        is_object = False
    if not (is_object or isinstance(value, str)):
        kind = value.__name__ if inspect.isclass(value) else type(value).__name__
        raise InvalidRequestError(
            "Budget(store=…) must be None, a URL such as 'redis://host:6379/0', or an object "
            f"with the methods of unillm.BudgetStore, which are not async; not {kind}"
        )
    if not name:
        message = "Budget(store=…) is shared by name: give it one, such as name='team'"
        raise InvalidRequestError(message)
    return value


def _lease(value: Any) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 < value <= LONGEST_LEASE:
        raise InvalidRequestError(
            f"Budget(lease=…) must be a number of seconds from 0 to {LONGEST_LEASE:,}, "
            f"not {value!r}"
        )
    return float(value)


def _name(value: Any, given: dict[str, Any]) -> str:
    if not isinstance(value, str):
        raise InvalidRequestError(f"Budget(name=…) must be text, not {value!r}")
    if value:
        return value
    article = "an" if given["per"] == "hour" else "a"
    per = "" if given["per"] == "client" else f" {article} {given['per']}"
    each = f" for each {given['scope']}" if given["scope"] else ""
    return f"${given['usd']:f}{per}{each}"


def dollars(amount: int) -> Decimal:
    """Return billionths of a US dollar in dollars."""
    exact = Decimal(amount).scaleb(-9, _EXACT).normalize(_EXACT)
    return exact.quantize(1) if exact == int(exact) else exact


def billionths(amount: Decimal, rounding: str = ROUND_CEILING) -> int:
    """Return US dollars in whole billionths, rounded up if nothing else is said."""
    return int(amount.scaleb(9, _EXACT).to_integral_value(rounding))
