"""The reasoning of answers with calls, for histories that come back without it.

Frameworks keep calls and their results, and drop what the model thought, which some hosts demand
back. What a client has answered itself it can put back: never another's, never for another call.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import OrderedDict
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field, replace
from typing import TypeAlias

from pydantic_core import to_json

from unillm._client.same_calls import Words, names_one, said_by
from unillm._wire.details import FIELD
from unillm.types.dataclass import dataclass
from unillm.types.messages import AssistantMessage, Message, Native, UserMessage
from unillm.types.profile import REASONING_FIELDS
from unillm.types.response import ChatResponse
from unillm.types.tools import ToolCall

CALLS = 1024
"""Calls that are remembered; the answers that were not heard of for longest are forgotten."""
SIZE = 8 * 1024 * 1024
"""Bytes of reasoning that are, of all answers together."""

_Key: TypeAlias = str | tuple[str, bytes]
"""The id of a call; where it does not name one answer alone, with what the user said before."""

_THOUGHTS = (*REASONING_FIELDS, FIELD)
"""Fields of a message that hold reasoning; what is no text stays in ``extra``."""


@dataclass(slots=True, eq=False)
class _Answer:
    """What is remembered of an answer; without calls it is nobody's: two had the same ids."""

    keys: tuple[_Key, ...]
    calls: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    reasoning: str | None = None
    named: str | None = None
    native: Native | None = None
    size: int = 0

    def is_again(self, other: _Answer) -> bool:
        """Tell whether another is the same answer once more, as a cache or a recording gives it."""
        return (self.calls, self.reasoning, self.native) == (
            other.calls,
            other.reasoning,
            other.native,
        ) and bool(self.calls)

    def made(self, calls: Sequence[ToolCall]) -> bool:
        """Tell whether all of some calls are this answer's, as it made them."""
        known = self.calls
        return len({call.id for call in calls}) == len(calls) and all(
            call.id in known and known[call.id] == said_by(call) for call in calls
        )

    def given_to(self, message: AssistantMessage) -> AssistantMessage:
        """Return a message with the reasoning of this answer."""
        return replace(
            message,
            reasoning=self.reasoning,
            reasoning_field=self.named,
            native=self.native,
        )


class ReasoningMemory:
    """Remembers what a client's answers with calls thought. Safe between threads.

    An answer is found by the id of a call, and its reasoning given where all calls of a message
    are its own, unchanged in name and arguments. Ids that merely count, such as ``call_0``, are
    those of many answers: with them all that the user said before must be the same too.
    """

    __slots__ = (
        *("_anchored", "_answers", "_known", "_lock", "_most", "_process", "_room", "_size"),
        "_torn",
    )

    def __init__(self, *, calls: int = CALLS, size: int = SIZE) -> None:
        """Begin with nothing.

        Args:
            calls: How many calls are remembered.
            size: How many bytes of reasoning are.
        """
        self._most, self._room = calls, size
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._forget_all()

    def __len__(self) -> int:
        """Return how many calls are remembered."""
        return len(self._known)

    def __repr__(self) -> str:
        """Show nothing of what was thought."""
        return f"ReasoningMemory({len(self)} calls)"

    def keep(self, messages: Iterable[Message], response: ChatResponse) -> None:
        """Remember what an answer thought, if it made calls.

        Args:
            messages: What it answers.
            response: The whole answer, as it is handed out.
        """
        message = response.message
        if not message.tool_calls or not _thought(message):
            return
        calls = {
            call.id: said for call in message.tool_calls if (said := said_by(call)) is not None
        }
        if not len(calls) == len(message.tool_calls) <= self._most:
            return
        words = Words(messages)
        answer = _Answer(
            keys=tuple(
                # Where the answer has no id, ids made here are not made of one.
                c.id if response.id and names_one(c) else (c.id, words.digest())
                for c in message.tool_calls
            ),
            calls=calls,
            reasoning=message.reasoning,
            named=message.reasoning_field,
            native=message.native,
            size=_size(message),
        )
        if answer.size <= self._room:
            with self._changing():
                self._add(answer)

    def recall(self, messages: Sequence[Message]) -> Mapping[int, AssistantMessage]:
        """Return the messages that have lost their reasoning with it, by their places.

        What an answer thought before its first call goes to the first message that has some of its
        calls: it was thought once, into however many messages the calls were put.
        """
        found: dict[int, AssistantMessage] = {}
        given: dict[_Answer, None] = {}
        words = Words() if self._anchored else None
        for at, message in enumerate(messages):
            if words is not None and isinstance(message, UserMessage):
                words.add(message)
            if not isinstance(message, AssistantMessage) or not message.tool_calls:
                continue
            answer = self._answer_of(message.tool_calls[0], words)
            if answer is None or answer in given:
                continue
            if not _lacks(message):
                given[answer] = None
            elif answer.made(message.tool_calls):
                given[answer] = None
                found[at] = answer.given_to(message)
        if found:
            with self._changing():
                for answer in given:
                    if answer in self._answers:
                        self._answers.move_to_end(answer)
        return found

    def _answer_of(self, call: ToolCall, words: Words | None) -> _Answer | None:
        answer = self._known.get(call.id)
        if answer is None and words is not None:
            answer = self._known.get((call.id, words.digest()))
        return answer

    def _add(self, answer: _Answer) -> None:
        rivals = {self._known[key]: None for key in answer.keys if key in self._known}
        for rival in rivals:
            self._forget(rival)
        if not all(map(answer.is_again, rivals)):
            keys = dict.fromkeys((*answer.keys, *(key for one in rivals for key in one.keys)))
            answer = _Answer(keys=tuple(keys))
        self._answers[answer] = None
        self._size += answer.size
        for key in answer.keys:
            self._known[key] = answer
        self._anchored += sum(type(key) is tuple for key in answer.keys)
        while len(self._known) > self._most or self._size > self._room:
            self._forget(next(iter(self._answers)))

    def _forget(self, answer: _Answer) -> None:
        del self._answers[answer]
        self._size -= answer.size
        for key in answer.keys:
            del self._known[key]
        self._anchored -= sum(type(key) is tuple for key in answer.keys)

    def _forget_all(self) -> None:
        self._known: dict[_Key, _Answer] = {}
        self._answers: OrderedDict[_Answer, None] = OrderedDict()
        self._size = self._anchored = 0
        self._torn = False

    @contextmanager
    def _changing(self) -> Generator[None]:
        if self._process != os.getpid():
            # Forked: whoever held the lock at that moment is not here to give it back.
            self._lock, self._process = threading.Lock(), os.getpid()
        with self._lock:
            if self._torn:  # whoever was at it was interrupted, or is in the parent process
                self._forget_all()
            self._torn = True
            yield
            self._torn = False


def _thought(message: AssistantMessage) -> bool:
    """Tell whether there is reasoning in an answer, or in what its provider sent of it."""
    native = message.native
    return bool(message.reasoning) or (
        native is not None
        # Over Chat Completions there is nothing else in it.
        and (native.api == "chat" or any(one.get("type") == "reasoning" for one in native.items))
    )


def _lacks(message: AssistantMessage) -> bool:
    extra = message.extra
    return not (
        message.reasoning
        or message.native is not None
        or (extra and any(extra.get(name) for name in _THOUGHTS))
    )


def _size(message: AssistantMessage) -> int:
    """Return how many bytes the reasoning of a message takes, and what stands for it."""
    native = message.native
    return sys.getsizeof(message.reasoning or "") + (
        0 if native is None else len(to_json(native.items))
    )
