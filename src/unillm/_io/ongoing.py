"""A run under way: everything a run's driver does that is neither blocking nor awaited."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any, Generic, TypeAlias, TypeVar

from unillm._flow.effects import Effect, Flow
from unillm._flow.operation import Operation
from unillm._flow.progress import Progress
from unillm._flow.run import Tell, Turn
from unillm._flow.traced import TracedRun
from unillm.errors import InvalidRequestError, UnillmError
from unillm.types.dataclass import dataclass
from unillm.types.events import Event, Finished
from unillm.types.response import ChatResponse
from unillm.types.run import RunEvent, RunResult
from unillm.types.tools import ToolCall

D = TypeVar("D")

Approve: TypeAlias = Callable[[ToolCall], Any | Awaitable[Any]]
"""Says whether a call may be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means(Generic[D]):
    """What a run is carried out with.

    Attributes:
        open: Makes the driver of a turn, which has not begun.
        approve: Asked before each call; None: nobody is.
        tool_timeout: Seconds that one call of a tool may take; None: as long as it likes.
        streamed: Whether turns are read as streams.
        within: Makes what tools and ``approve`` are called inside of.
        traced: What follows the run; None: nobody does.
    """

    open: Callable[[Turn], D]
    approve: Approve | None = None
    tool_timeout: float | None = None
    streamed: bool = False
    within: Callable[[], AbstractContextManager[Any]] = nullcontext
    traced: TracedRun | None = None


class Ongoing:
    """Holds the flow of a run between two steps, and tells how it stands."""

    def __init__(
        self, flow: Flow[RunResult[Any]], progress: Progress, traced: TracedRun | None = None
    ) -> None:
        """Take a flow that has not begun, and what follows the run."""
        self.progress = progress
        self.events: deque[RunEvent] = deque()
        self.effect: Effect[Any] | None = None
        self.result: RunResult[Any] | None = None
        self.over = False
        self.is_read = False
        """Whether somebody is reading it at this moment."""
        self._flow = flow
        self._traced = traced
        self._heard = False

    @property
    def so_far(self) -> RunResult[Any]:
        """Return the run, or what has come of it."""
        return self.result or self.progress.result()

    def advance(self, answer: Any = None) -> None:
        """Run the flow to what is to be done next, or to its end; events are put by.

        Raises:
            Exception: What ends the run.
        """
        if self.over:  # closed from elsewhere, meanwhile
            return
        try:
            self.effect = self._flow.send(answer)
            while isinstance(self.effect, Tell):
                self.events.extend(self.effect.events)
                self.effect = self._flow.send(None)
        except StopIteration as stop:
            self.result, self.over, self.effect = stop.value, True, None
            self._conclude(None)

    def step(self) -> AbstractContextManager[None]:
        """Return the context in which the next step is done."""
        return nullcontext() if self._traced is None else self._traced.step()

    def require_one_reader(self) -> None:
        """Refuse a second task or thread that reads the same run.

        Raises:
            InvalidRequestError: Another one is waiting for it.
        """
        if self.is_read:
            message = "another task or thread is reading this run; read it in one"
            raise InvalidRequestError(message)

    def passed(self, event: Event) -> None:
        """Hand on an event of the turn; a whole answer is kept, whatever happens next."""
        if isinstance(event, Finished):
            self.progress.heard(event.response)
            self._heard = True
        self.events.append(event)

    def answered(self, response: ChatResponse, operation: Operation) -> None:
        """Take the answer of a turn, and go on."""
        self.left(operation)
        if self._heard:
            self.progress.turns[-1] = response
        else:
            self.progress.heard(response)
        self._heard = False
        self.advance()

    def left(self, operation: Operation) -> None:
        """Take what was done for a turn that is over, however it ended."""
        self.progress.attempts += operation.attempts

    def abandon(self, error: BaseException | None = None) -> None:
        """End the run where it stands, because of an error or not; its history is left valid."""
        if not self.over:
            self.over = True
            self.events.clear()
            self._flow.close()
            self.progress.settle()
            self._conclude(error)

    def _conclude(self, error: BaseException | None) -> None:
        if self._traced is not None:
            self._traced.conclude(self.so_far, error, whole=self.result is not None)

    def ended_by(self, error: BaseException) -> None:
        """Put on what ends the run how far it had come.

        Raises:
            RuntimeError: A tool or ``approve`` raised what would pass for the end of the events.
        """
        if isinstance(error, StopIteration | StopAsyncIteration):
            message = f"a function that the run called raised {type(error).__name__}"
            instead = RuntimeError(message)
            self.ended_by(instead)
            raise instead from error
        if isinstance(error, UnillmError):
            error.run = self.so_far
            return
        with suppress(Exception):  # a foreign class may not take it
            error.run = self.so_far  # type: ignore[attr-defined]  # as it says above


def decision(said: Any) -> Any:
    """Return what a plain ``approve`` says.

    Raises:
        InvalidRequestError: It is async.
    """
    if hasattr(said, "__await__"):
        close = getattr(said, "close", None)
        if close is not None:
            close()
        message = "approve is async: use unillm.AsyncClient, or a plain def"
        raise InvalidRequestError(message)
    return said
