"""The sync driver of runs: turn by turn, tool by tool. Its twin differs by ``await`` alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from unillm._flow.effects import Flow
from unillm._flow.progress import Progress
from unillm._flow.run import Ask, CallTools, Turn
from unillm._io.driver import Driver
from unillm._io.ongoing import Means, Ongoing, decision
from unillm._io.tools import call_tools
from unillm.types.response import ChatResponse
from unillm.types.run import RunEvent, RunResult


class RunDriver:
    """Carry out one run; iterating gives its events."""

    def __init__(
        self,
        flow: Flow[RunResult[Any]],
        progress: Progress,
        means: Means[Driver[ChatResponse]],
    ) -> None:
        """Take a flow that has not begun; what can be refused before sending is refused."""
        self.ongoing = Ongoing(flow, progress)
        self._means = means
        self._turn: Driver[ChatResponse] | None = None
        self.ongoing.advance()
        if isinstance(self.ongoing.effect, Turn):
            self._turn = means.open(self.ongoing.effect)

    def __iter__(self) -> RunDriver:
        """Return itself."""
        return self

    def __next__(self) -> RunEvent:
        """Return the next event, going on until there is one."""
        events = self.ongoing.events
        if not events:
            self._run_until(lambda: bool(events))
        if not events:
            raise StopIteration
        return events.popleft()

    def open(self) -> None:
        """Send the first request, if the run begins with one."""
        if self._turn is None:
            return
        self.ongoing.require_one_reader()
        self.ongoing.is_read = True
        try:
            self._turn.open()
        except BaseException as error:
            self._end(error)
            raise
        finally:
            self.ongoing.is_read = False

    def run(self) -> RunResult[Any]:
        """Run to the end and return the result."""
        self._run_until(lambda: False)
        return cast("RunResult[Any]", self.ongoing.result)  # what ends without an error has one

    def close(self) -> None:
        """End the run where it stands."""
        turn, self._turn = self._turn, None
        try:
            if turn is not None:
                turn.close()
        finally:
            if turn is not None:
                self.ongoing.left(turn.running.operation)
            self.ongoing.abandon()

    def _run_until(self, reached: Callable[[], bool]) -> None:
        ongoing = self.ongoing
        ongoing.require_one_reader()
        ongoing.is_read = True
        try:
            while not (ongoing.over or reached()):
                self._step()
        except BaseException as error:
            self._end(error)
            raise
        finally:
            ongoing.is_read = False

    def _end(self, error: BaseException) -> None:
        self.close()
        self.ongoing.ended_by(error)

    def _step(self) -> None:
        ongoing, means = self.ongoing, self._means
        match ongoing.effect:
            case Turn() as asked:
                self._turn = self._turn or means.open(asked)
                self._go_on(self._turn)
            case Ask(call) if means.approve is not None:
                with means.within():
                    said = means.approve(call)
                ongoing.advance(decision(said))
            case CallTools(jobs):
                with means.within():
                    call_tools(jobs, means.tool_timeout)
                ongoing.advance()
            case effect:
                # No run of ours yields anything else: this tells whoever writes a new effect.
                message = f"no driver of runs performs {type(effect).__name__}"
                raise NotImplementedError(message)

    def _go_on(self, turn: Driver[ChatResponse]) -> None:
        """Take the next event of a turn, or its end."""
        if self._means.streamed:
            event = next(turn, None)
            if event is not None:
                self.ongoing.passed(event)
                return
        response = turn.run()
        self._turn = None
        self.ongoing.answered(response, turn.running.operation)
