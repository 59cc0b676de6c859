"""The calls of one answer while they are made, and what the model is told of each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Literal, TypeAlias

from pydantic_core import to_json

from unillm.tools import Bound, sendable
from unillm.types.dataclass import dataclass
from unillm.types.messages import AssistantMessage, Message, ToolMessage, UserMessage
from unillm.types.parts import Content, TextPart
from unillm.types.run import ToolFinished, ToolOutcome
from unillm.types.tools import ToolCall

Stage: TypeAlias = Literal["waiting", "begun", "over", "left"]
"""Where a call stands; ``left``: to the caller, who has what the run has not."""

NOT_BEGUN = "This call was not executed: the run ended before it."
CUT_SHORT = (
    "This call was begun and then cancelled. Whether it had effects is not known: find out before "
    "you make it again."
)
NO_TURNS = "This call was not executed: there were no turns left. Make it again if it is needed."


@dataclass(slots=True)
class Job:
    """One call of a tool, from the moment it was asked for until it is answered.

    Attributes:
        asked: The call as the model made it.
        call: The call as it is made.
        bound: The function with its arguments; None before they were looked at.
        stage: Where it stands.
        outcome: How it ended.
        content: What the model is told if nothing else becomes of it.
        error: What the tool raised.
    """

    asked: ToolCall
    call: ToolCall
    bound: Bound | None = None
    stage: Stage = "waiting"
    outcome: ToolOutcome = "refused"
    content: Content = NOT_BEGUN
    error: Exception | None = None

    def begin(self) -> None:
        """Note that it may have effects from now on."""
        self.stage, self.content = "begun", CUT_SHORT

    def succeed(self, content: Content) -> None:
        """Note what it gave. Of arguments that are not its own the model is told."""
        if self.call is not self.asked:
            content = _behind(_changed(self.call), content)
        self._end("ok", content)

    def fail(self, error: Exception) -> None:
        """Note what it raised; the model is told class and message."""
        self.error = error
        self._end("failed", sendable(f"The tool failed: {described(error)}"))

    def break_off(self) -> None:
        """Note that it was cancelled by something of its own."""
        self._end("failed", CUT_SHORT)

    def time_out(self, seconds: float) -> None:
        """Note that it took too long."""
        message = f"The tool was given up after {seconds:g} s. Whether it had effects is not known."
        self._end("timed_out", message)

    def refuse(self, reason: str) -> None:
        """Note that it is not made, and why."""
        self._end("refused", sendable(f"This call was not executed: {reason}"))

    def finished(self) -> ToolFinished:
        """Return the event that tells of it."""
        return ToolFinished(self.call, self.content, self.outcome)

    def _end(self, outcome: ToolOutcome, content: Content) -> None:
        self.stage, self.outcome, self.content = "over", outcome, content


@dataclass(slots=True)
class Batch:
    """The calls of one answer.

    Attributes:
        said: The answer; None where the history holds it already.
        jobs: Its calls, in order.
        told: What the model is told of those that were refused when they came.
        handed: Whether what is left to the caller is the caller's by now.
    """

    said: AssistantMessage | None
    jobs: tuple[Job, ...]
    told: tuple[Message, ...] = ()
    handed: bool = False

    def messages(self) -> Iterator[Message]:
        """Give the answer and a result for each call, whatever has become of it."""
        if self.said is not None:
            yield self.said
        for job in self.jobs:
            if not (self.handed and job.stage == "left"):
                yield ToolMessage(job.asked.id, job.content)
        for message in self.told:
            # The caller puts results behind this, and nothing else may stand between.
            if not (self.handed and isinstance(message, UserMessage)):
                yield message


def described(error: BaseException) -> str:
    """Return class and message of an exception, without its traceback."""
    kind = type(error).__name__
    text = ""
    with suppress(Exception):  # a foreign class: its text may do anything
        text = str(error)
    return f"{kind}: {text}" if text else kind


def _changed(call: ToolCall) -> str:
    return f"[Executed with other arguments: {_written(call.arguments)}]"


def _written(arguments: Any) -> str:
    return to_json(arguments).decode()


def _behind(line: str, content: Content) -> Content:
    if isinstance(content, str):
        return f"{line}\n{content}"
    return (TextPart(line), *content)
