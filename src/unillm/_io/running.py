"""A flow being run: everything a driver does that is neither blocking nor awaited."""

from __future__ import annotations

from typing import Any, Generic, TypeVar, cast

from unillm._flow.effects import (
    Backoff,
    Draw,
    Effect,
    Emit,
    Flow,
    Look,
    MayRetry,
    Now,
    Opened,
    Prepare,
    Quantile,
    Reserve,
    Reserved,
    Settle,
    Tell,
)
from unillm._flow.operation import Operation
from unillm._io import backoff, clock, leases, log, secrets
from unillm._io.holdings import Holdings
from unillm._io.leases import Leases
from unillm.errors import InvalidRequestError, UnillmError
from unillm.types.events import Event, Finished
from unillm.types.record import Observer
from unillm.types.response import Outcome
from unillm.types.transport import WireRequest

T = TypeVar("T")


class Running(Generic[T]):
    """Holds a flow between two steps, hands out its effects, and tells how it ended."""

    __slots__ = (
        *("_error", "_flow", "_observers", "_secrets", "answer", "begun", "events", "holdings"),
        *("is_read", "leases", "opened", "operation", "over", "result"),
    )

    def __init__(
        self, flow: Flow[T], operation: Operation, observers: tuple[Observer, ...]
    ) -> None:
        """Take a flow that has not begun."""
        self.operation = operation
        self.events: list[Event] = []
        """What was emitted and is not handed out yet, the next one last."""
        self.result: T | None = None
        self.begun = False
        self.opened = False
        self.over = False
        self.is_read = False
        """Whether somebody is running it at this moment."""
        self.holdings: Holdings | None = None
        """What is reserved for it; None: nothing ever was."""
        self.leases: Leases | None = None
        """What places its attempts have; None: none was ever asked for."""
        self._secrets: secrets.Secrets = ()
        self._flow = flow
        self._observers = observers
        self.answer: Any = None
        """The answer to the last effect, for the next step."""
        self._error: Exception | None = None

    def advance(self) -> Effect[Any] | None:
        """Run the flow to its next effect; None if it has ended.

        Raises:
            UnillmError: What the flow raised, free of keys.
        """
        if not self.begun:
            self.begun = True
            if self.operation.traced is not None:
                self.operation.traced.begin(self.operation)
        try:
            answer, self.answer = self.answer, None  # not held while more is waited for
            if self._error is None:
                return self._flow.send(answer)
            failure, self._error = self._error, None
            return self._flow.throw(failure)
        except StopIteration as stop:
            self.result = stop.value
            self._conclude("ok", None)
            return None
        except UnillmError as error:
            secrets.scrub(error, self._secrets)
            error.operation = self.operation.id
            self._conclude("error", error)
            raise
        except Exception:
            self._conclude("error", None)
            raise
        except BaseException:
            self._conclude("cancelled", None)
            raise

    def use(self, wire: WireRequest, key: str | None) -> None:
        """Take note of what the next attempt is sent with, so that nothing told shows secrets."""
        self._scrub_attempts()
        self._secrets = secrets.secrets_of(wire, key)
        if self.operation.trial is not None:
            self.operation.trial.sent = True

    def hand_over(self, wire: WireRequest) -> None:
        """Take note that a request goes to the transport now, and may be on its way from now on."""
        if self.operation.trial is not None:
            self.operation.trial.sent_bytes = len(wire.body)

    def learn(self, found: secrets.Secrets) -> None:
        """Take note of what else was sent in this operation and is not to be shown."""
        both = {*self._secrets, *found}
        self._secrets = tuple(sorted(both, key=len, reverse=True))

    def require_one_reader(self) -> None:
        """Refuse a second task or thread that reads the same stream.

        Raises:
            InvalidRequestError: Another one is waiting for it.
        """
        if self.is_read:
            message = "another task or thread is reading this stream; read it in one"
            raise InvalidRequestError(message)

    def fail(self, error: Exception) -> None:
        """Keep the failure of the last effect for the next step, without frames that hold keys."""
        secrets.drop_frames(error)
        self._error = error

    def perform(self, effect: Effect[Any]) -> Any:
        """Do what needs neither blocking nor awaiting."""
        match effect:
            case Emit():
                self.events[:0] = reversed(effect.events)
                last = effect.events[-1]
                if isinstance(last, Finished):
                    # Whoever stops reading here has all there is.
                    self.result = cast("T", last.response)
            case Now():
                return clock.now()
            case Prepare():
                effect.call()
            case Opened():
                self.opened = True
            case Tell():
                if effect.error is not None:
                    secrets.scrub(effect.error, self._secrets)
                effect.tell()
            case _:
                return _answered(effect)
        return None

    def reserve(self, effect: Reserve) -> Reserved:
        """Reserve what the next attempt may cost; the store may take its time."""
        if self.holdings is None:
            self.holdings = Holdings()
        return self.holdings.reserve(effect)

    def settle(self, effect: Settle) -> None:
        """Settle what an attempt has cost; the store may take its time."""
        if self.holdings is not None:
            self.holdings.settle(effect)

    def places(self) -> Leases:
        """Return what keeps the places of its attempts; stores may take their time with them."""
        if self.leases is None:
            self.leases = Leases()
        return self.leases

    def settle_left(self) -> None:
        """Settle and give back, once it is over, what is left; stores may take their time."""
        if not self.over:
            return
        try:
            if self.leases is not None:
                self.leases.conclude()
        finally:
            if self.holdings is not None:
                self.holdings.conclude(self.operation)
                self.holdings.tell_soft()

    def waits_for_stores(self) -> bool:
        """Tell whether something is left to be told to a store that may take its time."""
        held = self.holdings is not None and self.holdings.blocks
        return held or (self.leases is not None and self.leases.blocks)

    def tell_soft(self) -> None:
        """Tell of soft limits that were passed."""
        if self.holdings is not None:
            self.holdings.tell_soft()

    def abandon(self) -> None:
        """End the flow where it stands, as cancelled by the caller."""
        if not self.over:
            self._flow.close()
            self.events.clear()
            self._conclude("cancelled" if self.result is None else "ok", None)

    def _scrub_attempts(self) -> None:
        attempts = self.operation.attempts
        if attempts:
            attempts[:] = [secrets.scrubbed(attempt, self._secrets) for attempt in attempts]

    def _conclude(self, outcome: Outcome, error: UnillmError | None) -> None:
        self.over = True
        now = clock.now()
        self.operation.end_trial(now.monotonic, outcome, error)
        self._scrub_attempts()
        traced = self.operation.traced
        if traced is None and not log.is_heard(self._observers):
            return
        record = self.operation.record(now, outcome, error)
        if traced is not None:
            traced.conclude(self.operation, record)
        log.tell(self._observers, record)


def has_events(running: Running[Any]) -> bool:
    """Tell whether there is something to hand out."""
    return bool(running.events)


def is_opened(running: Running[Any]) -> bool:
    """Tell whether an answer with a good status is there."""
    return running.opened


def _answered(effect: Effect[Any]) -> Any:
    """Answer what asks what is known here, and changes nothing of the operation."""
    match effect:
        case Draw():
            return clock.draw()
        case Backoff():
            return backoff.decide(effect)
        case Look():
            return leases.look(effect)
        case MayRetry():
            return leases.may_retry(effect)
        case Quantile():
            return leases.quantile(effect)
        case _:
            # No flow of ours yields anything else: this tells whoever writes a new effect.
            message = f"no driver performs {type(effect).__name__}"
            raise NotImplementedError(message)
