"""One decoded JSON object of an answer, chunk or whole body, into the assembler."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unillm._wire.assemble import Assembler
from unillm._wire.failure import failure_in_band
from unillm._wire.usage import usage_from
from unillm.errors import MalformedResponseError
from unillm.types.json import JsonObject, is_list, is_object

_NO_REASON = {"", "null", "none"}

REASONING_FIELDS = ("reasoning_content", "reasoning")
"""Where hosts put the thinking: DeepSeek and SGLang the first, vLLM and Together the second."""


def read_object(answer: Assembler, data: JsonObject, headers: Mapping[str, str]) -> None:
    """Take one chunk of a stream, or a whole body.

    Raises:
        ProviderError: It is an error object.
        MalformedResponseError: It has the wrong types where it matters.
    """
    if data.get("error"):
        raise failure_in_band(data["error"], headers)
    if answer.id is None or answer.model is None or "service_tier" in data:
        _read_facts(answer, data)
    usage = data.get("usage")
    if usage is not None:
        _read_usage(answer, usage)
    choices = data.get("choices")
    if choices is None:
        return
    if not is_list(choices):
        raise MalformedResponseError(f"choices is {type(choices).__name__}, not a list")
    for choice in choices:
        _read_choice(answer, choice, headers)


def _read_facts(answer: Assembler, data: JsonObject) -> None:
    for field, kind in (("id", str), ("model", str), ("created", int), ("service_tier", str)):
        value = data.get(field)
        if getattr(answer, field) is None and isinstance(value, kind) and value:
            setattr(answer, field, value)


def _read_usage(answer: Assembler, usage: Any) -> None:
    counted = usage_from(usage)
    if counted is None:
        answer.note("odd_usage", "the provider reported token counts that cannot be read")
    else:
        answer.usage = counted


def _read_choice(answer: Assembler, choice: Any, headers: Mapping[str, str]) -> None:
    if not is_object(choice):
        raise MalformedResponseError(f"a choice is {type(choice).__name__}, not an object")
    if choice.get("error"):
        raise failure_in_band(choice["error"], headers)
    if choice.get("index"):
        answer.note("extra_choice", "the provider sent more than one choice; the first is kept")
        return
    piece = choice.get("delta")
    if piece is None and choice.get("message") is not None:
        if answer.has_begun:
            # The whole message again, after its pieces.
            answer.note("repeated_message", "a message came after its pieces and was left out")
        else:
            piece = choice["message"]
    if piece is not None:
        _read_piece(answer, piece)
    finish = choice.get("finish_reason")
    if isinstance(finish, str) and finish.strip().lower() not in _NO_REASON:
        answer.finish_raw = finish
    logprobs = choice.get("logprobs")
    if logprobs:
        _read_logprobs(answer, logprobs)


def _read_piece(answer: Assembler, piece: Any) -> None:
    if not is_object(piece):
        raise MalformedResponseError(f"a message is {type(piece).__name__}, not an object")
    _read_reasoning(answer, piece)
    content = piece.get("content")
    if content:
        if isinstance(content, str):
            answer.text(content)
        else:
            _read_parts(answer, content)
    refusal = piece.get("refusal")
    if refusal and isinstance(refusal, str):
        answer.refusal(refusal)
    calls = piece.get("tool_calls")
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
            return


def _read_parts(answer: Assembler, content: Any) -> None:
    """Take content that is a list of parts: text, refusal, and Mistral's nested thinking."""
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
