"""An answer as Chat Completions has it.

Fields: openai-python 3.57.0, types/chat/chat_completion.py and chat_completion_chunk.py (read
2026-11-29); ``reasoning_content`` is DeepSeek's (https://api-docs.deepseek.com/guides/thinking_mode,
quoted 2026-09-12).
"""

from __future__ import annotations

from typing import Any

from unillm._wire.serve.asked import Asked
from unillm._wire.serve.beside import nested
from unillm._wire.serve.failed import failed
from unillm._wire.serve.figures import chat_usage, extras
from unillm._wire.serve.retelling import Retelling
from unillm._wire.spoken import BETWEEN
from unillm._wire.written import arguments_of, written_texts
from unillm.errors import UnillmError
from unillm.types.events import (
    Event,
    Finished,
    ReasoningDelta,
    RefusalDelta,
    StreamRestarted,
    TextDelta,
)
from unillm.types.json import JsonObject
from unillm.types.response import ChatResponse
from unillm.types.tools import ToolCall

_OF_CALLS = frozenset({"tool_calls", "function_call"})

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
        self._text, self._refusal = Retelling(), Retelling()
        self._thought, self._thinks_anew = False, False

    def begin(self, so_far: ChatResponse | None) -> bytes:
        """Return the chunk that says who speaks."""
        self._head = self._facts(so_far, "chat.completion.chunk")
        return self._delta({"role": "assistant", "content": ""})

    def feed(self, event: Event) -> bytes:
        """Return what an event adds; calls come at the end, when all are known to be valid.

        Raises:
            IncompleteStreamError: The answer began anew, and does not say what was told of it.
        """
        if isinstance(event, TextDelta):
            return self._more("content", self._text.take(event.text))
        if isinstance(event, ReasoningDelta):
            return self._think(event.text)
        if isinstance(event, RefusalDelta):
            return self._more("refusal", self._refusal.take(event.text))
        if isinstance(event, StreamRestarted):
            self._text.begin_anew(event)
            self._refusal.begin_anew(event)
            self._thinks_anew = self._thought
        if isinstance(event, Finished):
            return self._end(event.response)
        return b""

    def fail(self, error: UnillmError) -> bytes:
        """Return what a stream that has begun ends with where it failed: no reason, no ``[DONE]``.

        Clients of OpenAI's raise what has a field ``error`` (openai-python 3.57.0, _streaming.py,
        read 2026-11-29).
        """
        return _sent(failed(error).body)

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
            "usage": chat_usage(response, estimates=self._asked.estimates),
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

    def _think(self, text: str) -> bytes:
        """Return more of the thinking; that of an answer that began anew is set apart."""
        if self._thinks_anew:
            text, self._thinks_anew = BETWEEN + text, False
        self._thought = True
        return self._delta({"reasoning_content": text})

    def _more(self, field: str, text: str) -> bytes:
        return self._delta({field: text}) if text else b""

    def _delta(self, delta: JsonObject) -> bytes:
        return self._chunk([{"index": 0, "delta": delta, "finish_reason": None}])

    def _chunk(self, choices: list[JsonObject], **more: Any) -> bytes:
        return _sent({**self._head, "choices": choices, **more})

    def _calls(self, response: ChatResponse) -> bytes:
        """Return the calls, each in one piece."""
        calls = enumerate(map(_call, response.tool_calls))
        return b"".join(self._delta({"tool_calls": [{"index": at, **call}]}) for at, call in calls)

    def _end(self, response: ChatResponse) -> bytes:
        """Return the last chunks: the calls, how it ended, and what was used."""
        self._text.end()
        self._refusal.end()
        calls = self._calls(response)
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
            return calls + self._chunk([last], **told) + DONE
        used = self._chunk([], usage=chat_usage(response, estimates=self._asked.estimates), **told)
        return calls + self._chunk([last]) + used + DONE


def _sent(data: JsonObject) -> bytes:
    return b"data: " + written_texts(data) + b"\n\n"


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
    """Return why it ended; what is no reason of the API stands as the provider said it.

    But for calls that are not there: clients look for them.
    """
    reason, raw = response.finish_reason, response.finish_reason_raw
    return raw if reason == "other" and raw and raw not in _OF_CALLS else reason
