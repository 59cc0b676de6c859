"""An answer as Chat Completions has it.

Fields: openai-python 3.57.0, types/chat/chat_completion.py and chat_completion_chunk.py (read
2026-11-29); ``reasoning_content`` is DeepSeek's (https://api-docs.deepseek.com/guides/thinking_mode,
quoted 2026-09-12).
"""

from __future__ import annotations

from typing import Any

from unillm._wire.serve.asked import Asked
from unillm._wire.serve.beside import nested
from unillm._wire.serve.figures import chat_usage, extras
from unillm._wire.serve.void import void
from unillm._wire.written import arguments_of, written_texts
from unillm.types.events import (
    Event,
    Finished,
    ReasoningDelta,
    RefusalDelta,
    StreamRestarted,
    TextDelta,
    ToolCallReady,
)
from unillm.types.json import JsonObject
from unillm.types.response import ChatResponse
from unillm.types.tools import ToolCall

DONE = b"data: [DONE]\n\n"


class ChatReply:
    """Write one answer, whole or event by event."""

    def __init__(self, asked: Asked, name: str) -> None:
        """Start before the answer.

        Args:
            asked: The request.
            name: What is unlike in each answer's id, where the provider gives none.
        """
        self.id = f"chatcmpl-{name}"
        self._asked = asked
        self._head: JsonObject = {}
        self._said = False
        self._calls = 0

    def begin(self, so_far: ChatResponse | None) -> bytes:
        """Return the chunk that says who speaks."""
        self._head = self._facts(so_far, "chat.completion.chunk")
        return self._delta({"role": "assistant", "content": ""})

    def feed(self, event: Event) -> bytes:
        """Return what an event adds; a call comes whole, when it is known to be valid."""
        if isinstance(event, TextDelta):
            return self._delta({"content": event.text}, said=True)
        if isinstance(event, ReasoningDelta):
            return self._delta({"reasoning_content": event.text}, said=True)
        if isinstance(event, ToolCallReady):
            at, self._calls = self._calls, self._calls + 1
            return self._delta({"tool_calls": [{"index": at, **_call(event.call)}]}, said=True)
        if isinstance(event, RefusalDelta):
            return self._delta({"refusal": event.text}, said=True)
        if isinstance(event, Finished):
            return self._end(event.response)
        if isinstance(event, StreamRestarted) and self._said:
            raise void(event)
        return b""

    def whole(self, response: ChatResponse) -> JsonObject:
        """Return the body of the answer."""
        message: JsonObject = {
            "role": "assistant",
            "content": response.text or None,
            "refusal": response.refusal,
        }
        if response.reasoning is not None:
            message["reasoning_content"] = response.reasoning
        if response.tool_calls:
            message["tool_calls"] = [_call(call) for call in response.tool_calls]
        message |= _beside(response)
        choice = {
            "index": 0,
            "message": message,
            "logprobs": _logprobs(response),
            "finish_reason": _finish(response),
        }
        return {
            **self._facts(response, "chat.completion"),
            "choices": [choice],
            "usage": chat_usage(response),
            "unillm": extras(response, self._asked.notes),
        }

    def _facts(self, response: ChatResponse | None, kind: str) -> JsonObject:
        """Return what an answer says of itself; its id holds from then on."""
        model = self._asked.model or ""
        if response is None:
            return {"id": self.id, "object": kind, "created": 0, "model": model}
        self.id = response.id or self.id
        facts: JsonObject = {
            "id": self.id,
            "object": kind,
            "created": response.created or 0,
            "model": response.model or model,
        }
        if response.service_tier is not None:
            facts["service_tier"] = response.service_tier
        return facts

    def _delta(self, delta: JsonObject, *, said: bool = False) -> bytes:
        self._said = self._said or said
        return self._chunk([{"index": 0, "delta": delta, "finish_reason": None}])

    def _chunk(self, choices: list[JsonObject], **more: Any) -> bytes:
        return b"data: " + written_texts({**self._head, "choices": choices, **more}) + b"\n\n"

    def _end(self, response: ChatResponse) -> bytes:
        """Return the last chunks: how it ended, and what was used."""
        if response.service_tier is not None:
            self._head["service_tier"] = response.service_tier
        last: JsonObject = {
            "index": 0,
            "delta": _beside(response),
            "logprobs": _logprobs(response),
            "finish_reason": _finish(response),
        }
        told = {"unillm": extras(response, self._asked.notes)}
        if not self._asked.wants_usage:
            return self._chunk([last], **told) + DONE
        return self._chunk([last]) + self._chunk([], usage=chat_usage(response), **told) + DONE


def _call(call: ToolCall) -> JsonObject:
    function = {"name": call.name, "arguments": arguments_of(call)}
    return {"id": call.id, "type": "function", "function": function}


def _beside(response: ChatResponse) -> JsonObject:
    """Return what a message has beside what it says, where it has it."""
    told: JsonObject = {}
    if response.annotations:
        told["annotations"] = [nested(annotation) for annotation in response.annotations]
    if response.images:
        # As OpenRouter has them (openrouter.ai/docs/features/multimodal/image-generation).
        images = [{"type": "image_url", "image_url": {"url": i.url}} for i in response.images]
        told["images"] = images
    return told


def _logprobs(response: ChatResponse) -> JsonObject | None:
    return None if response.logprobs is None else {"content": response.logprobs}


def _finish(response: ChatResponse) -> str:
    """Return why it ended; what is no reason of the API stands as the provider said it."""
    reason = response.finish_reason
    return (response.finish_reason_raw or reason) if reason == "other" else reason
