"""What a flow may ask of the outside world.

Nobody changes these. They are not frozen, for a call makes a dozen of them, and making a frozen one
takes three times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, Generic, TypeAlias, TypeVar

from unillm.errors import UnillmError
from unillm.types.budget import Account, Claim
from unillm.types.dataclass import dataclass
from unillm.types.events import Event
from unillm.types.health import Admission, Entrant, HealthStore, Report, Stats
from unillm.types.policy import RetryPolicy
from unillm.types.transport import WireRequest

T = TypeVar("T")


class Effect(Generic[T]):
    """One thing a flow asks for. ``answer = yield from Effect(…)`` gives the typed answer."""

    __slots__ = ()

    def __iter__(self) -> Generator[Effect[Any], Any, T]:
        """Yield the effect itself and return what the driver answers."""
        answer: T = yield self
        return answer


Flow: TypeAlias = Generator[Effect[Any], Any, T]
"""A policy: yields effects, receives their answers, returns a result."""


class TimedOutError(Exception):
    """The driver's answer when an effect was not done by its deadline."""


@dataclass(slots=True)
class Instant:
    """A moment: seconds on the monotonic clock, and since 1970."""

    monotonic: float
    unix: float


@dataclass(slots=True)
class Head:
    """Status and headers of an answer, and when they came."""

    status: int
    headers: Mapping[str, str]
    at: Instant


@dataclass(slots=True)
class Send(Effect[Head]):
    """Send a request and wait for its head, until a moment (monotonic; None: for ever).

    Attributes:
        wire: The request.
        until: When to give up.
        connect: The most seconds a connection may take.
        read: The most seconds any one read of the body may take, for transports that cannot
            be told so read by read.
    """

    wire: WireRequest
    until: float | None
    connect: float | None
    read: float | None


@dataclass(slots=True)
class Read(Effect[tuple[bytes, float]]):
    """Wait for more of the body: the bytes, empty at its proper end, and when they came."""

    until: float | None


@dataclass(slots=True)
class Close(Effect[None]):
    """Release the connection of the answer being read."""


@dataclass(slots=True)
class Drain(Effect[None]):
    """Read the rest of a body that says nothing more, for some seconds, to keep the connection."""

    seconds: float


@dataclass(slots=True)
class Opened(Effect[None]):
    """Tell that an answer with a good status is there."""


@dataclass(slots=True)
class Emit(Effect[None]):
    """Hand events to whoever iterates over the stream."""

    events: Sequence[Event]


@dataclass(slots=True)
class Now(Effect[Instant]):
    """Read the clock."""


@dataclass(slots=True)
class Prepare(Effect[None]):
    """Do what takes long the first time, such as loading a package; never on an event loop."""

    call: Callable[[], None]


@dataclass(slots=True)
class Draw(Effect[float]):
    """Draw a random number from 0 to 1."""


@dataclass(slots=True)
class Sleep(Effect[None]):
    """Wait some seconds. ``reason`` is the error that is waited out, for the log; None: none."""

    seconds: float
    reason: UnillmError | None


@dataclass(slots=True)
class Tell(Effect[None], Generic[T]):
    """Hand something to what was handed in for it: a file that keeps it, a bar that shows it.

    Attributes:
        to: Takes it, at once and without waiting for anything long.
        what: It.
        error: An error in it, which is to be told without keys.
    """

    to: Callable[[T], None]
    what: T
    error: UnillmError | None = None

    def tell(self) -> None:
        """Hand it over."""
        self.to(self.what)


@dataclass(slots=True)
class Backoff(Effect[float | None]):
    """Ask the policy's tenacity objects: seconds to wait, or None to stop.

    Attributes:
        policy: The policy; at least one of its ``wait`` and ``stop`` is set.
        attempt: How many attempts were made.
        elapsed: Seconds since the operation began.
        slept: Seconds of that spent in pauses.
        drawn: The pause our own rule gives, used where ``policy.wait`` is None.
        error: The error of the last attempt.
    """

    policy: RetryPolicy
    attempt: int
    elapsed: float
    slept: float
    drawn: float
    error: UnillmError


@dataclass(slots=True)
class Count(Effect[tuple[int, ...] | None]):
    """Count the tokens of texts exactly, each by itself; None: they cannot be, here.

    Attributes:
        model: One of OpenAI's.
        texts: The texts.
    """

    model: str
    texts: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Reserved:
    """What came of reserving.

    Attributes:
        accounts: How the account of each claim stands, in their order; None: it could not be asked.
            It is reserved if each has room.
        unchecked: The names of budgets that could not be asked and let calls pass then.
        down: Why a budget could not be asked that lets none pass; None: that is not so.
    """

    accounts: tuple[Account | None, ...] = ()
    unchecked: tuple[str, ...] = ()
    down: str | None = None


@dataclass(slots=True)
class Reserve(Effect[Reserved]):
    """Reserve an amount under several budgets, or under none.

    Attributes:
        hold: The name of what is reserved.
        claims: What is asked of each.
    """

    hold: str
    claims: tuple[Claim, ...]


@dataclass(slots=True)
class Settle(Effect[None]):
    """Put what was spent in the place of what was reserved.

    Attributes:
        hold: The name it was reserved under.
        spent: What it cost at most, in billionths of a US dollar; None: all that was reserved.
    """

    hold: str
    spent: int | None


@dataclass(slots=True)
class Look(Effect[Sequence[Stats]]):
    """Tell how targets stand, by their keys. Never waits: a store that blocks tells what it knows.

    Attributes:
        store: Who knows.
        keys: The targets.
    """

    store: HealthStore
    keys: tuple[str, ...]


@dataclass(slots=True)
class Admit(Effect[Admission]):
    """Ask for a place for an attempt; the driver frees it, should the flow not come to report.

    Attributes:
        store: Who gives it.
        lease: The name of the place.
        entrant: Who asks.
    """

    store: HealthStore
    lease: str
    entrant: Entrant


@dataclass(slots=True)
class Tally(Effect[None]):
    """Report how an attempt ended that was admitted.

    Attributes:
        lease: The name of its place.
        report: How it ended.
    """

    lease: str
    report: Report


@dataclass(slots=True)
class MayRetry(Effect[bool]):
    """Tell whether one more attempt at a target that has failed fits the retry budget.

    Attributes:
        store: Who keeps it.
        share: What share of all requests such attempts may be (`RetryPolicy.budget`).
    """

    store: HealthStore
    share: float


@dataclass(slots=True)
class Quantile(Effect[float | None]):
    """Tell in how many seconds a share of a target's answers had begun lately; None: not known.

    Attributes:
        store: Who knows.
        key: The target.
        share: The share, from 0 to 1.
        whole: Whether it is asked of those that came in one piece.
    """

    store: HealthStore
    key: str
    share: float
    whole: bool


@dataclass(slots=True)
class Begun(Effect[None]):
    """Tell, of an attempt that others run beside, that the first of its answer is there."""
