"""One decoded JSON object of an answer, chunk or whole body, into the assembler."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unillm._wire.assemble import Assembler
from unillm._wire.details import FIELD
from unillm._wire.failure import failure_in_band
from unillm._wire.usage import cost_from, usage_from
from unillm.errors import MalformedResponseError
from unillm.types.json import JsonObject, is_list, is_object
from unillm.types.profile import REASONING_FIELDS

_NO_REASON = {"", "null", "none"}
_LONG = 10
_FACTS = (("id", str), ("model", str), ("created", int), ("service_tier", str))
"""What an answer says of itself, once."""


def read_object(answer: Assembler, data: JsonObject, headers: Mapping[str, str]) -> None:
    """Take one chunk of a stream, or a whole body.

    Raises:
        ProviderError: It is an error object.
        MalformedResponseError: It has the wrong types where it matters.
    """
    choices = data.get("choices")
    error = data.get("error") or (None if choices else error_in(data))
    usage = data.get("usage")
    if error:
        if usage is not None:
            # What was used up to the failure, which is the last that is heard of it.
            _read_usage(answer, usage)
            answer.usage_is_last = True
        raise failure_in_band(error, headers)
    if answer.lacks_facts or (answer.service_tier is None and data.get("service_tier")):
        _read_facts(answer, data)
    if usage is not None:
        _read_usage(answer, usage)
    if choices is None:
        return
    if not is_list(choices):
        raise MalformedResponseError(f"choices is {type(choices).__name__}, not a list")
    for position, choice in enumerate(choices):
        _read_choice(answer, choice, position, headers)


def error_in(data: JsonObject) -> Any:
    """Return an object without choices if it says that something went wrong, or None."""
    is_told = isinstance(data.get("message"), str) and ("code" in data or "status" in data)
    if data.get("object") == "error" or data.get("errors") or is_told:
        return data
    return None


def is_news(data: JsonObject) -> bool:
    """Tell whether a chunk that gave no event says anything all the same.

    Hosts keep connections alive with chunks that are empty but for role and labels.
    """
    choices = data.get("choices")
    for choice in choices if is_list(choices) else ():
        if not is_object(choice):
            continue
        piece = choice.get("delta") or choice.get("message")
        filled = [k for k, v in piece.items() if v and k != "role"] if is_object(piece) else []
        if filled or choice.get("finish_reason"):
            return True
    return False


def _read_facts(answer: Assembler, data: JsonObject) -> None:
    for field, kind in _FACTS:
        value = data.get(field)
        if value and isinstance(value, kind) and getattr(answer, field) is None:
            setattr(answer, field, value)
    upstream = data.get("provider")
    if answer.upstream is None and isinstance(upstream, str):
        answer.upstream = upstream or None
    answer.lacks_facts = answer.id is None or answer.model is None


def _read_usage(answer: Assembler, usage: Any) -> None:
    counted = usage_from(usage)
    if counted is None:
        answer.note("odd_usage", "the provider reported token counts that cannot be read")
    elif counted.total_tokens or answer.usage is None:
        # Zeros after counts are a placeholder.
        answer.usage = counted
    cost = cost_from(usage.get("cost")) if answer.has_usage_cost and is_object(usage) else None
    if cost is not None:
        answer.reported_cost = cost


def _read_choice(answer: Assembler, choice: Any, position: int, headers: Mapping[str, str]) -> None:
    if not is_object(choice):
        raise MalformedResponseError(f"a choice is {type(choice).__name__}, not an object")
    if choice.get("error"):
        raise failure_in_band(choice["error"], headers)
    kept = answer.choice
    if (kept is None or choice.get("index") != kept) and not _is_kept(answer, choice, position):
        return
    piece = choice.get("delta")
    if piece is None and choice.get("message") is not None:
        piece = _fresh(answer, choice["message"])
    if piece is not None:
        if not is_object(piece):
            raise MalformedResponseError(f"a message is {type(piece).__name__}, not an object")
        _read_piece(answer, piece, headers)
    finish = choice.get("finish_reason")
    if finish and isinstance(finish, str) and finish.strip().lower() not in _NO_REASON:
        answer.finish_with(finish)
    logprobs = choice.get("logprobs")
    if logprobs:
        _read_logprobs(answer, logprobs)


def _is_kept(answer: Assembler, choice: JsonObject, position: int) -> bool:
    """Tell whether a choice is the one that is kept: the first that came."""
    index = _index(choice.get("index"), position)
    if answer.choice is None:
        answer.choice = index
    elif index != answer.choice:
        answer.note("extra_choice", "the provider sent more than one choice; the first is kept")
        return False
    return True


def _index(given: Any, position: int) -> int:
    """Return which choice it is: by its index, or by its place where it has none."""
    if isinstance(given, str) and given.isdecimal() and len(given) < _LONG:
        return int(given)
    return given if type(given) is int else position


def _fresh(answer: Assembler, message: Any) -> Any:
    """Return what is new of a message: whole ones come alone, or after or as pieces."""
    if not answer.has_begun:
        answer.by_message = True
        return message
    if not is_object(message):
        return message
    said, content = answer.said, message.get("content")
    new = dict(message)
    if not isinstance(content, str) or (content != said and not answer.by_message):
        new["content"] = _rest(content, said)
    elif content == said:
        new["content"] = None
    else:
        new["content"] = _rest(content, said) or content
    if answer.calls:
        new["tool_calls"] = new["function_call"] = None
    if answer.has_reasoning:
        new.update(dict.fromkeys(REASONING_FIELDS))
    if content and not new["content"]:
        answer.note("repeated_message", "a message came after its pieces and was left out")
    return new


def _rest(content: Any, said: str) -> str | None:
    """Return what a text says more than was said, if it begins with that."""
    is_longer = isinstance(content, str) and bool(said) and content.startswith(said)
    return content[len(said) :] if is_longer else None


def _read_piece(answer: Assembler, piece: JsonObject, headers: Mapping[str, str]) -> None:
    content, calls = piece.get("content"), piece.get("tool_calls")
    if len(piece) == 1 and (calls or content):  # as nearly all pieces are
        if isinstance(content, str):
            answer.text(content)
        elif content:
            _read_content(answer, content)
        else:
            answer.tool_calls(calls)
        return
    if piece.get("error"):
        raise failure_in_band(piece["error"], headers)
    _read_reasoning(answer, piece)
    if content:
        _read_content(answer, content)
    refusal = piece.get("refusal")
    if refusal and isinstance(refusal, str):
        answer.refusal(refusal)
    if calls:
        answer.tool_calls(calls)
    elif piece.get("function_call"):
        answer.tool_calls([{"index": 0, "function": piece["function_call"]}])
    if piece.get("annotations"):
        answer.annotations(_objects(piece["annotations"]))


def _read_reasoning(answer: Assembler, piece: JsonObject) -> None:
    for field in REASONING_FIELDS:
        thought = piece.get(field)
        if thought and isinstance(thought, str):
            answer.reasoning(field, thought)
            break
    if piece.get(FIELD):
        answer.details(_objects(piece[FIELD]))


def _read_content(answer: Assembler, content: Any) -> None:
    """Take content: text, or a list of parts: text, refusal, and Mistral's nested thinking."""
    if isinstance(content, str):
        answer.text(content)
        return
    if not is_list(content):
        raise MalformedResponseError(f"content is {type(content).__name__}, not a string")
    for given in content:
        part = given if is_object(given) else {"type": "text", "text": given}
        kind = str(part.get("type"))
        if kind in {"text", "output_text"} and isinstance(part.get("text"), str):
            answer.text(part["text"])
        elif kind == "refusal" and isinstance(part.get("refusal"), str):
            answer.refusal(part["refusal"])
        elif kind == "thinking":
            for thought in _thoughts(part.get("thinking")):
                answer.reasoning("thinking", thought)
        else:
            answer.note("unknown_part", f"a part of type {kind!r} is not understood; see raw")


def _thoughts(thinking: Any) -> list[str]:
    if isinstance(thinking, str):
        return [thinking]
    return [t["text"] for t in _objects(thinking) if isinstance(t.get("text"), str)]


def _read_logprobs(answer: Assembler, logprobs: Any) -> None:
    if is_object(logprobs):
        answer.logprobs(_objects(logprobs.get("content")))


def _objects(items: Any) -> list[JsonObject]:
    return [item for item in items if is_object(item)] if is_list(items) else []
