"""The messages of Anthropic's Messages as ours.

There a turn of the user holds the results of tools beside what the user says, a turn of the
assistant all that it thinks, says and calls; turns of one role that follow each other are one
(anthropic-sdk-python 2.14.0, types/message_create_params.py, read 2026-11-29).
"""

from __future__ import annotations

from dataclasses import field
from typing import Any

from unillm._wire.serve.mended import NO_ID
from unillm._wire.serve.messages_parts import blocks_in, content_of, parts_in, text_in
from unillm._wire.serve.messages_tools import short
from unillm._wire.serve.sealed import OPEN, Seal, Thought
from unillm._wire.spoken import BETWEEN
from unillm.errors import InvalidRequestError
from unillm.types.dataclass import dataclass
from unillm.types.edits import Note
from unillm.types.inputs import messages_from
from unillm.types.json import JsonObject, is_list, is_object
from unillm.types.messages import Message, SystemMessage, ToolMessage, UserMessage
from unillm.types.parts import Part, TextPart

_SEALED = {"thinking": "signature", "redacted_thinking": "data"}
"""Blocks of thinking, and where they have what the client does not read."""
_ERROR = "Error: "
"""What a result begins with that is one of a tool that failed: elsewhere nothing else says so."""

_OTHERS = "thinking that was not made here was left out: whose it is is not known"


@dataclass(slots=True)
class _Answered:
    """What is said to the assistant until it speaks: the results of its calls come first."""

    results: list[Message] = field(default_factory=list[Message])
    rest: list[Message] = field(default_factory=list[Message])
    spoke: bool = False


@dataclass(slots=True)
class _Spoken:
    """What the assistant thinks, says and calls until somebody else speaks."""

    thoughts: list[str] = field(default_factory=list[str])
    sealed: Thought | None = None
    said: list[str] = field(default_factory=list[str])
    calls: list[JsonObject] = field(default_factory=list[JsonObject])

    def add(self, more: _Spoken) -> None:
        """Take another message of the same turn."""
        self.thoughts += more.thoughts
        self.sealed = more.sealed or self.sealed
        self.said += more.said
        self.calls += more.calls

    @property
    def is_something(self) -> bool:
        """Tell whether there is anything in it."""
        return bool(self.thoughts or self.sealed or self.said or self.calls)

    @property
    def is_beginning(self) -> bool:
        """Tell whether an answer may go on from it."""
        return bool(self.said) and not self.calls

    def message(self, *, begins: bool) -> Message:
        """Return it as a message.

        Args:
            begins: Whether it is the beginning of the answer.
        """
        made: JsonObject = {"role": "assistant", "content": BETWEEN.join(self.said) or None}
        if self.thoughts:
            made["reasoning_content"] = BETWEEN.join(self.thoughts)
        if self.calls:
            made["tool_calls"] = self.calls
        if begins:
            made["prefix"] = True
        (message,) = messages_from([made])
        return message if self.sealed is None else self.sealed.given_to(message)


class _Conversation:
    """Messages one after the other."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal
        self._turn: _Answered | _Spoken | None = None
        self.messages: list[Message] = []
        self.notes: dict[str, Note] = {}

    def take(self, given: Any, where: str) -> None:
        """Take one message."""
        if not is_object(given):
            raise InvalidRequestError(f"{where} is {type(given).__name__}, not an object")
        role: Any = given.get("role")
        blocks = blocks_in(given.get("content"), f"{where}.content")
        if role == "assistant":
            self._assistant(blocks)
        elif role == "user":
            self._user(blocks)
        elif role == "system":
            self._system(blocks)
        else:
            raise InvalidRequestError(
                f"{where} has role {role!r}; known roles are user, assistant, system"
            )

    def end(self, *, begins: bool = False) -> None:
        """End the turn.

        Args:
            begins: Whether nothing follows: then what the assistant says is to be gone on with.
        """
        turn, self._turn = self._turn, None
        if isinstance(turn, _Answered):
            said = [*turn.results, *turn.rest]
            # Without a message the assistant would be asked to go on with what it said before.
            self.messages += said if said or not turn.spoke else [UserMessage("")]
        elif turn is not None and (turn.said or turn.calls):
            self.messages.append(turn.message(begins=begins and turn.is_beginning))
        elif turn is not None:
            self._note("dropped_item", "thinking without an answer was left out")

    def _answered(self) -> _Answered:
        turn = self._turn
        if not isinstance(turn, _Answered):
            self.end()
            turn = self._turn = _Answered()
        return turn

    def _spoken(self) -> _Spoken:
        turn = self._turn
        if not isinstance(turn, _Spoken):
            self.end()
            turn = self._turn = _Spoken()
        return turn

    def _system(self, blocks: list[tuple[JsonObject, str, str]]) -> None:
        texts = [text for block, kind, at in blocks for text in _texts(block, kind, at)]
        if texts:
            self._answered().rest.append(SystemMessage(BETWEEN.join(texts)))

    def _user(self, blocks: list[tuple[JsonObject, str, str]]) -> None:
        turn, parts = self._answered(), list[Part]()
        for block, kind, where in blocks:
            if kind == "tool_result":
                turn.results.append(_result(block, where))
            elif kind.endswith("_tool_result"):
                self._leave_out(kind)
            else:
                parts += parts_in(block, kind, where)
        if parts:
            turn.rest.append(UserMessage(content_of(parts)))
        turn.spoke = True

    def _assistant(self, blocks: list[tuple[JsonObject, str, str]]) -> None:
        said, thoughts, more = list[str](), list[str](), _Spoken()
        for block, kind, where in blocks:
            if kind == "text":
                said.append(text_in(block, "text", where))
            elif kind in _SEALED:
                self._thought(block.get(_SEALED[kind]), more, thoughts)
            elif kind == "tool_use":
                more.calls.append(_call(block, where))
            else:
                self._leave_out(kind)
        # What one message says in several blocks is one text, as it is there.
        more.said += filter(None, ["".join(said)])
        more.thoughts += filter(None, ["".join(thoughts)])
        if more.is_something:
            self._spoken().add(more)

    def _thought(self, given: Any, more: _Spoken, thoughts: list[str]) -> None:
        thought = self._seal.opened(given)
        if thought is None:
            self._note("dropped_thinking", _OTHERS)
        elif thought.is_all:
            more.sealed = thought
        elif thought.reasoning:
            thoughts.append(thought.reasoning)

    def _leave_out(self, kind: str) -> None:
        said = f"what is of type {kind!r} was left out: only its provider reads it"
        self._note("dropped_item", said)

    def _note(self, code: str, message: str) -> None:
        self.notes[message] = Note(code, message)


def conversation_in(given: Any, seal: Seal = OPEN) -> tuple[tuple[Message, ...], tuple[Note, ...]]:
    """Return the messages of a request, and what was left out of them.

    Raises:
        InvalidRequestError: They are no list, or something in them is not what the protocol has.
        UnsupportedFeatureError: Something in them can be read by Anthropic alone.
    """
    if not is_list(given):
        raise InvalidRequestError("messages must be a list of messages")
    conversation = _Conversation(seal)
    for at, message in enumerate(given):
        conversation.take(message, f"messages[{at}]")
    conversation.end(begins=True)
    if not conversation.messages:
        raise InvalidRequestError("messages is empty: there is nothing to answer")
    return tuple(conversation.messages), tuple(conversation.notes.values())


def instructions_in(given: Any) -> tuple[str, ...]:
    """Return the texts of a request's ``system``.

    Raises:
        InvalidRequestError: It is neither a text nor a list of blocks of text.
    """
    if given is None:
        return ()
    blocks = blocks_in(given, "system")
    return tuple(text for block, kind, at in blocks for text in _texts(block, kind, at))


def _texts(block: JsonObject, kind: str, where: str) -> list[str]:
    if kind != "text":
        raise InvalidRequestError(f"{where} is of type {kind!r}: instructions are text alone")
    text = text_in(block, "text", where)
    return [text] if text else []


def _result(block: JsonObject, where: str) -> Message:
    call_id, content, failed = (block.get(n) for n in ("tool_use_id", "content", "is_error"))
    if not isinstance(call_id, str | None):
        raise InvalidRequestError(f"{where}.tool_use_id must be a text, not {call_id!r}")
    if not isinstance(failed, bool | None):
        raise InvalidRequestError(f"{where}.is_error must be true or false, not {failed!r}")
    blocks = [] if content is None else blocks_in(content, f"{where}.content")
    parts = [part for inner, kind, at in blocks for part in parts_in(inner, kind, at)]
    if failed:
        first = parts[0].text if parts and isinstance(parts[0], TextPart) else None
        parts[: first is not None] = [TextPart(_ERROR + (first or ""))]
    return ToolMessage(call_id or NO_ID, content_of(parts, joined=True))


def _call(block: JsonObject, where: str) -> JsonObject:
    call_id, name, given = (block.get(key) for key in ("id", "name", "input"))
    if not isinstance(call_id, str | None) or not isinstance(name, str) or not name:
        raise InvalidRequestError(f"{where} must have an id and a name")
    if not is_object(given) and not isinstance(given, str | None):
        raise InvalidRequestError(f"{where}.input must be an object, not {type(given).__name__}")
    # A text is what a client keeps of arguments that could not be read.
    called = {"name": short(name), "arguments": {} if given is None else given}
    return {"id": call_id or NO_ID, "type": "function", "function": called}
