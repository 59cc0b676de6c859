"""The input items of the Responses API as messages.

Items: openai-python 3.57.0, types/responses/response_input_item_param.py (read 2026-11-29).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import field
from typing import Any, TypeAlias

from unillm._wire.serve.sealed import OPEN, Seal, Thought
from unillm._wire.spoken import BETWEEN
from unillm.errors import InvalidRequestError, UnsupportedFeatureError
from unillm.types.dataclass import dataclass
from unillm.types.edits import Note
from unillm.types.inputs import messages_from
from unillm.types.json import JsonObject, is_list, is_object
from unillm.types.messages import Message
from unillm.types.tools import CUSTOM_INPUT

_SPEAKERS = frozenset({"system", "developer", "user"})
ITEMS_CALLING = ("function_call", "custom_tool_call")
ITEMS_ANSWERING = ("function_call_output", "custom_tool_call_output")
_SAID = frozenset({"output_text", "input_text", "text"})
_THOUGHTS = (("content", "reasoning_text"), ("summary", "summary_text"))
"""Where a reasoning item has its text: the thinking itself, else a summary of it."""


Flat: TypeAlias = Callable[[Any, str], str]
"""Gives the name that a tool has, by its group and its name there."""


def _as_it_is(_: Any, name: str) -> str:
    return name


@dataclass(slots=True)
class _Turn:
    """What the assistant says, thinks and calls, until somebody else speaks."""

    thoughts: list[str] = field(default_factory=list[str])
    sealed: Thought | None = None
    said: list[str] = field(default_factory=list[str])
    refused: list[str] = field(default_factory=list[str])
    calls: list[JsonObject] = field(default_factory=list[JsonObject])

    @property
    def has_spoken(self) -> bool:
        """Tell whether what is said or thought next belongs to another message."""
        return bool(self.said or self.refused) and not self.calls

    def message(self) -> JsonObject:
        """Return it as a message of Chat Completions."""
        made: JsonObject = {"role": "assistant", "content": BETWEEN.join(self.said) or None}
        if self.thoughts:
            made["reasoning_content"] = BETWEEN.join(self.thoughts)
        if self.refused:
            made["refusal"] = BETWEEN.join(self.refused)
        if self.calls:
            made["tool_calls"] = self.calls
        return made


class _Conversation:
    """Items one after the other, into messages."""

    def __init__(self, seal: Seal, flat: Flat) -> None:
        self._seal, self._flat = seal, flat
        self.messages: list[JsonObject] = []
        self.sealed: dict[int, Thought] = {}
        self.notes: list[Note] = []
        self._turn: _Turn | None = None
        self._before: _Turn | None = None

    def take(self, item: Any, where: str) -> None:
        """Take one item."""
        if not is_object(item):
            raise InvalidRequestError(f"{where} is {type(item).__name__}, not an object")
        kind = str(item.get("type") or "message")
        if kind == "message":
            self._message(item, where)
        elif kind == "reasoning":
            self._thinking(item)
        elif kind in ITEMS_CALLING:
            self._call(item, kind, where)
        elif kind in ITEMS_ANSWERING:
            self._result(item, where)
        elif kind == "item_reference":
            raise UnsupportedFeatureError(
                f"{where}: item_reference is not served here: send the item itself"
            )
        else:
            said = f"what is of type {kind!r} was left out: only its provider reads it"
            self.notes.append(Note("dropped_item", said))

    def end(self) -> list[JsonObject]:
        """Return the messages; nothing more comes."""
        turn, self._turn = self._turn, None
        self._before = None
        if turn is None:
            return self.messages
        if not (turn.said or turn.refused or turn.calls):
            self.notes.append(Note("dropped_item", "thinking without an answer was left out"))
            return self.messages
        if turn.sealed is not None:
            self.sealed[len(self.messages)] = turn.sealed
        self.messages.append(turn.message())
        return self.messages

    def _message(self, item: JsonObject, where: str) -> None:
        role, content = str(item.get("role")), item.get("content")
        if role in _SPEAKERS:
            self.end()
            self.messages.append({"role": role, "content": parts_of(content, where)})
        elif role == "assistant":
            texts, refusals = _spoken(content, where)
            turn = self._speaking()
            turn.said += texts
            turn.refused += refusals
        else:
            raise InvalidRequestError(
                f"{where} has role {role!r}; known roles are system, developer, user, assistant"
            )

    def _thinking(self, item: JsonObject) -> None:
        content, summary = (_texts(item.get(name), kind) for name, kind in _THOUGHTS)
        given = item.get("encrypted_content")
        thought = self._seal.opened(given)
        if thought is not None and thought.is_all:
            if thought.alone:
                self._resume()
            turn = self._turn or self._speaking()
            turn.sealed = thought
            return
        told = [thought.reasoning] if thought is not None and thought.reasoning else []
        is_others = bool(given) and thought is None
        if is_others and self._seal.key is not None:
            # What is shown of it is a summary, for people, of what somebody else has thought.
            content = summary = []
        self._speaking().thoughts += told or content or summary
        if is_others:
            said = (
                "encrypted thinking that was not made here was left out: whose it is is not known"
            )
            self.notes.append(Note("dropped_thinking", said))

    def _call(self, item: JsonObject, kind: str, where: str) -> None:
        name, call_id = item.get("name"), item.get("call_id")
        if not isinstance(name, str) or not isinstance(call_id, str):
            raise InvalidRequestError(f"{where} must have a name and a call_id")
        given: Any = item.get("arguments") or ""
        if kind == "custom_tool_call":
            given = json.dumps({CUSTOM_INPUT: item.get("input")}, ensure_ascii=False)
        self._turn = self._turn or _Turn()
        called = {"name": self._flat(item.get("namespace"), name), "arguments": given}
        self._turn.calls.append({"id": call_id, "type": "function", "function": called})

    def _result(self, item: JsonObject, where: str) -> None:
        self.end()
        output, call_id = item.get("output"), item.get("call_id")
        if not isinstance(call_id, str):
            raise InvalidRequestError(f"{where} must have the call_id that it answers")
        content = parts_of("" if output is None else output, where)
        self.messages.append({"role": "tool", "tool_call_id": call_id, "content": content})

    def _speaking(self) -> _Turn:
        """Return the turn to which what is said or thought now belongs."""
        turn = self._turn
        if turn is not None and turn.has_spoken:
            self.end()
            self._before = turn
        self._turn = self._turn or _Turn()
        return self._turn

    def _resume(self) -> None:
        """Go on with the turn before, where since then there was but thinking.

        An answer that began anew has told its text before it thought again.
        """
        turn, before = self._turn, self._before
        if before is not None and turn is not None and not (turn.said or turn.refused):
            self.messages.pop()
            before.calls += turn.calls
            self._turn, self._before = before, None


def messages_in(
    given: Any, seal: Seal = OPEN, flat: Flat = _as_it_is
) -> tuple[tuple[Message, ...], tuple[Note, ...]]:
    """Return the messages of an ``input``, and what was left out of it.

    Args:
        given: The input.
        seal: Whose thinking is read back.
        flat: Gives the name of a tool that is in a group.

    Raises:
        InvalidRequestError: It is neither a text nor a list of items, or one is none.
        UnsupportedFeatureError: An item refers to another one.
    """
    if isinstance(given, str):
        return messages_from(given), ()
    if not is_list(given):
        raise InvalidRequestError("input must be a text, or a list of items")
    conversation = _Conversation(seal, flat)
    for at, item in enumerate(given):
        conversation.take(item, f"input[{at}]")
    made = conversation.end()
    messages = list(messages_from(made)) if made else []
    for at, thought in conversation.sealed.items():
        messages[at] = thought.given_to(messages[at])
    # A long conversation has the same again and again.
    return tuple(messages), tuple(dict.fromkeys(conversation.notes))


def parts_of(content: Any, where: str) -> Any:
    """Return content in the form of Chat Completions.

    Raises:
        InvalidRequestError: It is neither a text nor a list of parts.
    """
    if isinstance(content, str):
        return content
    if not is_list(content):
        raise InvalidRequestError(f"{where} must be a text or a list of parts")
    return [_part(part) for part in content]


def _part(part: Any) -> Any:
    """Return a part as Chat Completions has it; what has no place there stays as it is."""
    if not is_object(part):
        return part
    kind, url = str(part.get("type")), part.get("image_url")
    if kind in {"input_text", "output_text"} and isinstance(part.get("text"), str):
        return {"type": "text", "text": part["text"]}
    if kind == "input_image" and isinstance(url, str):
        detail = part.get("detail")
        image = {"url": url} if detail is None else {"url": url, "detail": detail}
        return {"type": "image_url", "image_url": image}
    names = ("file_id", "file_data", "filename")
    held = {name: part[name] for name in names if part.get(name) is not None}
    if kind == "input_file" and held and part.get("file_url") is None:
        return {"type": "file", "file": held}
    return part


def _spoken(content: Any, where: str) -> tuple[list[str], list[str]]:
    """Return what the assistant said in one message: its text, and its refusal."""
    if isinstance(content, str):
        return [content], []
    if not is_list(content):
        raise InvalidRequestError(f"{where}.content must be a text or a list of parts")
    found = [part for part in content if is_object(part)]
    text = "".join(str(part["text"]) for part in found if _says(part, _SAID, "text"))
    refusal = "".join(_texts(content, "refusal", "refusal"))
    return [text] if text else [], [refusal] if refusal else []


def _says(part: JsonObject, kinds: frozenset[str], name: str) -> bool:
    return str(part.get("type")) in kinds and isinstance(part.get(name), str)


def _texts(parts: Any, kind: str, name: str = "text") -> list[str]:
    found = [part for part in parts if is_object(part)] if is_list(parts) else []
    return [str(part[name]) for part in found if part.get("type") == kind and part.get(name)]
