"""The memory of one run: what was said and done, as a valid history at any moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import Any, TypeGuard

from unillm._flow.jobs import Batch, Job
from unillm._flow.reask import complaints, replayable
from unillm.types.dataclass import dataclass
from unillm.types.edits import Note
from unillm.types.messages import Message
from unillm.types.parsed import ParsedResponse
from unillm.types.response import Attempt, ChatResponse
from unillm.types.run import RunResult, open_calls
from unillm.types.tools import Tool
from unillm.types.usage import UNSENT, total_cost, total_usage


@dataclass(slots=True, kw_only=True)
class Progress:
    """All that is known of a run.

    Attributes:
        id: What the run is called where its calls are told of.
        history: What was said before, each call in it answered.
        tools: The tools of the run.
        turns: The answers of the model.
        attempts: Every exchange made.
        notes: What should be known.
        batch: The calls being made, if some are.
    """

    id: str | None = None
    history: list[Message]
    tools: tuple[Tool, ...] = ()
    turns: list[ChatResponse] = field(default_factory=list[ChatResponse])
    attempts: list[Attempt] = field(default_factory=list[Attempt])
    notes: list[Note] = field(default_factory=list[Note])
    batch: Batch | None = None

    @property
    def messages(self) -> tuple[Message, ...]:
        """Return the conversation, each call in it answered but what was handed to the caller."""
        return (*self.history, *(self.batch.messages() if self.batch else ()))

    def resume(self) -> None:
        """Take up the calls of the history that nobody has answered."""
        calls = open_calls(tuple(self.history))
        if calls:
            self.batch = Batch(None, tuple(Job(call, call) for call in calls))

    def heard(self, response: ChatResponse) -> None:
        """Take a whole answer of the model."""
        self.settle()
        self.turns.append(response)
        said = replayable(response)
        jobs = tuple(Job(call, call) for call in response.tool_calls)
        told = tuple(complaints(response, self.tools))
        # An answer of nothing but calls that no host takes back is told of in words alone.
        goes_back = said.content or said.tool_calls or not told
        self.batch = Batch(said if goes_back else None, jobs, told)

    def settle(self) -> None:
        """Make what became of the calls part of the history."""
        if self.batch is not None:
            self.history += self.batch.messages()
            self.batch = None

    def note(self, code: str, message: str) -> None:
        """Note what should be known of the run."""
        self.notes.append(Note(code, message))

    @property
    def is_answered(self) -> bool:
        """Tell whether the model's last answer calls nothing."""
        last = self.turns[-1] if self.turns else None
        return last is not None and not (last.tool_calls or last.invalid_tool_calls)

    def result(self) -> RunResult[Any]:
        """Return the run as far as it has come."""
        last = self.turns[-1] if self.turns else None
        return RunResult(
            text=last.text if last is not None else "",
            output=last.output if _is_parsed(last) else None,
            messages=self.messages,
            usage=total_usage(attempt.usage for attempt in self.attempts),
            cost=total_cost(a.cost for a in self.attempts) if self.attempts else UNSENT,
            attempts=tuple(self.attempts),
            turns=tuple(self.turns),
            notes=(*self.notes, *self._unreported()),
            id=self.id,
        )

    def _unreported(self) -> Iterator[Note]:
        silent = sum(turn.usage is None for turn in self.turns)
        if silent:
            message = f"{silent} of {len(self.turns)} turns reported no usage: there was more"
            yield Note("usage_unreported", message)


def _is_parsed(last: ChatResponse | None) -> TypeGuard[ParsedResponse[Any]]:
    return isinstance(last, ParsedResponse)
