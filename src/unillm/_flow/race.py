"""Attempts that run beside each other: what a flow asks of a driver, and what it learns of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from unillm._flow.course import Leg
from unillm._flow.effects import Begun, Effect, Emit, Flow
from unillm._flow.operation import Trial
from unillm.errors import UnillmError
from unillm.types.dataclass import dataclass
from unillm.types.response import ChatResponse


@dataclass(slots=True, eq=False, kw_only=True)
class Racer:
    """An attempt in a race. Its driver runs it until its answer begins, or it is over.

    Attributes:
        leg: Whom it asks.
        trial: The attempt.
        flow: It.
        asked: What it may cost at most, in billionths of a US dollar.
        standing: The effect its flow stands at, whose answer has begun; None: it has not.
        response: Its answer, if it came in one piece.
        error: What it failed with.
        at: When it came to that (monotonic).
    """

    leg: Leg
    trial: Trial
    flow: Flow[ChatResponse]
    asked: int = 0
    standing: Effect[Any] | None = None
    response: ChatResponse | None = None
    error: UnillmError | None = None
    at: float | None = None

    def advance(self, answer: Any, failure: Exception | None) -> Effect[Any] | None:
        """Go on to the next thing it asks for; None: its answer has begun, or it is over.

        Args:
            answer: The answer to what it asked for last.
            failure: What that failed with; None: it did not.
        """
        try:
            effect = self.flow.send(answer) if failure is None else self.flow.throw(failure)
        except StopIteration as stop:
            self.response = stop.value
        except UnillmError as error:
            self.error = error
        else:
            if not isinstance(effect, Begun | Emit):
                return effect
            self.standing = effect
        return None

    def finished(self) -> Flow[ChatResponse]:
        """Go on with it, from where it stands.

        Raises:
            UnillmError: It failed.
        """
        if self.error is not None:
            raise self.error
        if self.response is not None:
            return self.response
        if isinstance(self.standing, Emit):
            yield from self.standing
        return (yield from self.flow)


@dataclass(frozen=True, slots=True)
class Race(Effect[Racer]):
    """Run attempts beside each other, and return whose answer is to be had.

    What still runs then, except the one returned, is closed; all is if this is cut short.

    Attributes:
        referee: Starts them and decides between them: only it may ask for `Start`, `Await` and
            `Drop`, besides anything else that a flow may ask for.
        called_off: Told the moment (monotonic) where the race is cut short, once all is closed.
    """

    referee: Flow[Racer]
    called_off: Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Start(Effect[None]):
    """Start an attempt beside those that run."""

    racer: Racer


@dataclass(frozen=True, slots=True)
class Await(Effect[Racer | None]):
    """Wait for the next answer that begins, or attempt that fails; None: time is up.

    Attributes:
        until: When that is (monotonic); None: never.
    """

    until: float | None


@dataclass(frozen=True, slots=True)
class Drop(Effect[None]):
    """Close an attempt at once, with its connection."""

    racer: Racer
