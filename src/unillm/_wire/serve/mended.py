"""A conversation as providers take it: every call has one result, right after it.

DeepSeek answers 400 where something stands between a call and its result, where a result is missing
(github.com/gptme/gptme/issues/3421, langgenius/dify/issues/32222), where a result answers no call
(itmisx/deepx-code/issues/94) and where a message of the assistant has nothing but thinking
(OnesoftQwQ/opencode-go-copilot/issues/24); OpenAI's Responses API answers the second and the third
likewise (openai/openai-agents-python/issues/673, continuedev/continue/issues/10092). Servers that
write arguments into a template need them to be a JSON object (vllm-project/vllm/pull/48922,
sgl-project/sglang/pull/28035; all read 2026-11-29). Agents send such a conversation again and
again: a refusal would end it for good.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field, replace

from pydantic_core import from_json

from unillm.types.dataclass import dataclass
from unillm.types.edits import Note
from unillm.types.json import is_object
from unillm.types.messages import AssistantMessage, Message, ToolMessage, UserMessage
from unillm.types.parts import TextPart
from unillm.types.tools import ToolCall

NO_ID = " "
"""Stands for an id that was not given: a message must have one. Ids of blanks count as none."""

NO_RESULT = "[no result of this call was given]"
INVALID = "invalid_json"
"""The one argument that a call is given whose arguments are no JSON object: their text."""

_NOTES = {
    "id_made": "{} call(s) of earlier turns had no id of their own, and were given one",
    "result_moved": "{} result(s) of tools were moved to the call that they answer",
    "result_missing": f"{{}} call(s) of earlier turns had no result; {NO_RESULT!r} stands there",
    "result_without_call": "{} result(s) of tools answer no call that is there: they were sent as "
    "what the user says, and say what they are",
    "arguments_mended": "the arguments of {} call(s) of earlier turns were no JSON object: their "
    f"text was sent as the argument {INVALID!r}, and nothing as no arguments",
    "empty_message_left_out": "{} message(s) of the assistant that say and call nothing were left "
    "out",
}


@dataclass(slots=True)
class _Turn:
    """A message with calls, and the results that were found for them, in their order."""

    message: AssistantMessage
    results: dict[int, ToolMessage] = field(default_factory=dict[int, ToolMessage])
    _first: int = 0

    def messages(self) -> Iterator[Message]:
        """Give the message and the results; where there is none, it is said."""
        yield self.message
        yield from self.results.values()
        for at, call in enumerate(self.message.tool_calls):
            if at not in self.results:
                yield ToolMessage(call.id, NO_RESULT, name=call.name)

    @property
    def missing(self) -> int:
        """Return how many calls have no result."""
        return len(self.message.tool_calls) - len(self.results)

    def next_missing(self) -> int:
        """Return the place of the first call that has no result; there is one."""
        while self._first in self.results:  # results stay: none before it is looked for again
            self._first += 1
        return self._first


class _Mending:
    """Messages one after the other, each result to its call."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self.slots: list[Message | _Turn] = []
        self.counts: Counter[str] = Counter()
        self._ids = {call.id for message in messages for call in _calls(message)}
        self._open: dict[str, deque[tuple[_Turn, int]]] = {}
        self._last: _Turn | None = None

    def take(self, message: Message, at: int) -> None:
        """Take the message at a place."""
        if isinstance(message, ToolMessage):
            self._result(message)
        elif isinstance(message, AssistantMessage) and message.tool_calls:
            self._called(message, at)
        elif isinstance(message, AssistantMessage) and _is_empty(message):
            self.counts["empty_message_left_out"] += 1
        else:
            self.slots.append(message)

    def _called(self, message: AssistantMessage, at: int) -> None:
        given = [_key(call.id) for call in message.tool_calls]
        first = {key: n for n, key in reversed([*enumerate(given)])}
        calls = tuple(
            self._sound(call, own=bool(key) and first[key] == n, made=f"call_{at}_{n}")
            for n, (call, key) in enumerate(zip(message.tool_calls, given, strict=True))
        )
        if any(new is not old for new, old in zip(calls, message.tool_calls, strict=True)):
            message = replace(message, tool_calls=calls)
        turn = _Turn(message)
        # A turn's own ids count, even where an earlier one had the same.
        self._open |= {key: deque() for key in ("", *given)}
        for n, key in enumerate(given):
            self._open[key].append((turn, n))
        self._last = turn
        self.slots.append(turn)

    def _sound(self, call: ToolCall, made: str, *, own: bool) -> ToolCall:
        """Return a call with an id of its own, and arguments that are a JSON object."""
        if not own:
            while made in self._ids:
                made += "_"
            self._ids.add(made)
            self.counts["id_made"] += 1
            call = replace(call, id=made)
        if call.arguments or call.raw in {"", "{}"} or _holds_object(call.raw):
            return call
        self.counts["arguments_mended"] += 1
        text = call.raw.strip()
        return replace(call, arguments={} if text in {"", "null"} else {INVALID: call.raw}, raw="")

    def _result(self, message: ToolMessage) -> None:
        turn, at = self._answered(_key(message.tool_call_id))
        if turn is None:
            self.counts["result_without_call"] += 1
            self.slots.append(_told(message))
            return
        if turn is not self.slots[-1]:
            self.counts["result_moved"] += 1
        call_id = turn.message.tool_calls[at].id
        same = message.tool_call_id == call_id
        turn.results[at] = message if same else replace(message, tool_call_id=call_id)

    def _answered(self, key: str) -> tuple[_Turn | None, int]:
        """Return the call with an id that has no result yet, else the next that has no id."""
        for queue in (self._open.get(key), self._open.get("")):
            while queue:
                turn, at = queue.popleft()
                if at not in turn.results:
                    return turn, at
        last = self._last
        return (last, last.next_missing()) if not key and last and last.missing else (None, 0)


def mended(messages: Sequence[Message]) -> tuple[tuple[Message, ...], tuple[Note, ...]]:
    """Return a conversation as providers take it, and what was changed.

    What anybody said stays, to the letter. A list of one text becomes that text: it is the same,
    and templates of servers that only know texts fail on the list (anomalyco/opencode/issues/25031,
    of DeepSeek's weights; read 2026-11-29).
    """
    messages = list(map(_plain, messages))
    mending = _Mending(messages)
    for at, message in enumerate(messages):
        mending.take(message, at)
    made: list[Message] = []
    for slot in mending.slots:
        if isinstance(slot, _Turn):
            mending.counts["result_missing"] += slot.missing
            made += slot.messages()
        else:
            made.append(slot)
    if not made:
        return tuple(messages), ()
    counts = mending.counts
    notes = (Note(code, said.format(counts[code])) for code, said in _NOTES.items() if counts[code])
    return tuple(made), tuple(notes)


def _plain(message: Message) -> Message:
    content = message.content
    if not isinstance(content, tuple) or len(content) != 1:
        return message
    (part,) = content
    return replace(message, content=part.text) if isinstance(part, TextPart) else message


def _calls(message: Message) -> Iterable[ToolCall]:
    return message.tool_calls if isinstance(message, AssistantMessage) else ()


def _key(given: str) -> str:
    """Return an id; without one, nothing."""
    return given if given.strip() else ""


def _holds_object(raw: str) -> bool:
    try:
        return is_object(from_json(raw, allow_inf_nan=False))
    except ValueError:
        return False


def _is_empty(message: AssistantMessage) -> bool:
    """Tell what neither says nor calls anything; what only thinks is not taken back either."""
    said = message.content or message.refusal or message.native
    return not said and not message.extra.get("prefix")


def _told(message: ToolMessage) -> UserMessage:
    """Return the result of a call that is not there as what the user says."""
    name = f" {message.name}" if message.name else ""
    call_id = _key(message.tool_call_id)
    head = f"[result of an earlier call of a tool{name}{f' ({call_id})' if call_id else ''}]\n"
    content = message.content
    if isinstance(content, str):
        return UserMessage(head + content)
    return UserMessage((TextPart(head), *content))
