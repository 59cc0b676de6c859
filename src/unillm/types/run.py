"""A run: turns of a model, and of the tools it calls. What comes of it, and what it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Literal, NoReturn, TypeAlias, TypeVar

from unillm.types.brief import absent, brief
from unillm.types.dataclass import dataclass
from unillm.types.edits import Note
from unillm.types.events import Event
from unillm.types.json import JsonRoundTrip
from unillm.types.looks import Looks
from unillm.types.messages import AssistantMessage, Message, ToolMessage
from unillm.types.parts import Content
from unillm.types.response import Attempt, ChatResponse
from unillm.types.tools import ToolCall
from unillm.types.usage import Cost, Usage

T = TypeVar("T")

Approval: TypeAlias = bool | str | ToolCall
"""What ``approve`` says of a call.

True: it is made. False: it is not, and the model is told so. A string: it is not, and the model is
told this reason. A `ToolCall`, such as ``dataclasses.replace(call, arguments=…)``: it is made with
these arguments, and the model is told which.
"""

ToolOutcome: TypeAlias = Literal["ok", "failed", "timed_out", "refused"]
"""How a call of a tool ended; ``refused``: it was not made, the caller or the schema forbade it."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RunResult(Looks, JsonRoundTrip, Generic[T]):
    """A run that is over, or as far as it has come.

    ``to_json`` writes it, and ``RunResult.from_json(text).messages`` is what another run goes on
    from. Read back so, ``output`` is plain JSON.

    Attributes:
        text: What the model said last; an empty string if it has not.
        output: What that was made into, with ``output=``; else None.
        messages: The whole conversation, results of tools included, without what ``system=`` said:
            a valid history, from which another run goes on.
        usage: Tokens of every exchange of all turns together; None: none was reported. What is not
            reported of some is in ``notes``.
        cost: What all turns cost together.
        attempts: Every HTTP exchange made, in order; they are numbered anew in each turn.
        turns: The answers of the model, in order.
        notes: What should be known of it: tools that failed, calls that were refused.
        id: What it is called where observers are told of its calls, as ``record.scope.run``.
    """

    text: str
    output: T
    messages: tuple[Message, ...]
    usage: Usage | None
    cost: Cost
    attempts: tuple[Attempt, ...]
    turns: tuple[ChatResponse, ...]
    notes: tuple[Note, ...] = ()
    id: str | None = None

    @property
    def pending(self) -> tuple[ToolCall, ...]:
        """Return the calls that are left to the caller: of tools that are no function.

        Put a `ToolMessage` for each behind ``messages``, and another run goes on.
        """
        return open_calls(self.messages)

    def __repr__(self) -> str:
        """Show the answer, cut, what is pending, and how much was done for it."""
        pending = f", pending={[call.name for call in self.pending]}" if self.pending else ""
        notes = f", notes={len(self.notes)}" if self.notes else ""
        return (
            f"RunResult({brief(self.text)!r}{pending}, turns={len(self.turns)}, "
            f"messages={len(self.messages)}{notes}, usage={self.usage!r}, "
            f"cost={self.cost.brief!r})"
        )

    if not TYPE_CHECKING:  # a checker is to refuse what is not there

        def __getattr__(self, name: str) -> NoReturn:
            """Say where a field of other SDKs is to be found here.

            Raises:
                AttributeError: Always.
            """
            raise AttributeError(absent(self, name, _ELSEWHERE))

    def _repr_markdown_(self) -> str:
        from unillm.types.transcript import markdown

        return markdown(self)


_ELSEWHERE = {
    "data": ".output with output=…, else .text",
    "result": ".output with output=…, else .text",
    "final_output": ".output with output=…, else .text",
    "content": ".text",
    "output_text": ".text",
    "message": ".turns[-1].message",
    "response": ".turns[-1]",
    "finish_reason": ".turns[-1].finish_reason",
    "reasoning": ".turns[-1].reasoning",
    "tool_calls": ".pending for those that are left to you, or the tool_calls of each of .turns",
    "all_messages": ".messages",
    "new_messages": ".messages, which has those that were given first",
    "steps": ".turns",
}


def open_calls(messages: tuple[Message, ...]) -> tuple[ToolCall, ...]:
    """Return the calls of the last answer that have no result, if only results come after it."""
    answered: set[str] = set()
    for message in reversed(messages):
        if isinstance(message, ToolMessage):
            answered.add(message.tool_call_id)
        elif isinstance(message, AssistantMessage):
            return tuple(call for call in message.tool_calls if call.id not in answered)
        else:
            break
    return ()


def passed_over(messages: tuple[Message, ...]) -> ToolCall | None:
    """Return the first call that something else than its result follows; None: there is none."""
    waiting: dict[str, ToolCall] = {}
    for message in messages:
        if isinstance(message, ToolMessage):
            waiting.pop(message.tool_call_id, None)
            continue
        if waiting:
            break
        if isinstance(message, AssistantMessage):
            waiting = {call.id: call for call in message.tool_calls}
    else:
        return None
    return next(iter(waiting.values()))


@dataclass(frozen=True, slots=True)
class ToolFinished(JsonRoundTrip):
    """A call has been answered: with its result, or with why there is none.

    Attributes:
        call: The call as it was made; as it was asked for, if it was not made.
        content: What the model is told.
        outcome: How it ended.
    """

    call: ToolCall
    content: Content
    outcome: ToolOutcome = "ok"


@dataclass(frozen=True, slots=True)
class RunFinished(JsonRoundTrip):
    """The run is over: always the last event of one that did not fail."""

    result: RunResult[object]


RunEvent: TypeAlias = Event | ToolFinished | RunFinished
"""One item of a run's stream: the events of each turn, the last of which is `Finished`, then a
`ToolFinished` for each call of that answer; `RunFinished` at the end."""
