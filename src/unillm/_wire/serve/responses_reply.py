"""An answer as the Responses API has it.

Fields: openai-python 3.57.0, types/responses/response.py (read 2026-11-29).
"""

from __future__ import annotations

from collections.abc import Iterable

from unillm._wire.serve.asked import Asked
from unillm._wire.serve.failed import failed
from unillm._wire.serve.figures import extras, responses_usage
from unillm._wire.serve.output_items import OutputItems
from unillm._wire.serve.retelling import Retelling
from unillm._wire.written import written_texts
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

_CUT = {"length": "max_output_tokens", "content_filter": "content_filter"}
"""Why an answer is incomplete, in the API's words."""


_CUTS = frozenset({*_CUT, "other"})
"""Reasons to end that leave an answer incomplete."""

_FAILED = {
    # the type, or the code, of an error's own body: the code of a response that failed
    "context_length_exceeded": "context_length_exceeded",
    "insufficient_quota": "insufficient_quota",
    "invalid_request_error": "invalid_prompt",
    "rate_limit_error": "rate_limit_exceeded",
}
"""Codes that clients look at: codex tries again after all but the first three
(codex-rs/codex-api/src/sse/responses.rs, read 2026-11-29); what is none of these is a
``server_error``. openai-python 3.57.0, types/responses/response_error.py, has the last two."""


class ResponsesReply:
    """Write one answer, whole or event by event."""

    def __init__(self, asked: Asked, name: str) -> None:
        """Start before the answer.

        Args:
            asked: The request.
            name: What is unlike in each answer's id.
        """
        self.id = f"resp_{name}"
        self._asked = asked
        seal = asked.seal if asked.seals else None
        self._output = OutputItems(name, asked.custom, asked.spaces, seal)
        self._text, self._refusal = Retelling(), Retelling()
        self._thought = False  # whether thinking was told that is not the answer's own
        self._number = 0

    def begin(self, so_far: ChatResponse | None) -> bytes:
        """Return the events that say whose answer it is."""
        begun = self._body(so_far, "in_progress", [])
        kinds = ("response.created", "response.in_progress")
        return self._written({"type": kind, "response": begun} for kind in kinds)

    def feed(self, event: Event) -> bytes:
        """Return what an event adds; calls come at the end, when all are known to be valid.

        Raises:
            IncompleteStreamError: The answer began anew, and does not say what was told of it.
        """
        if isinstance(event, TextDelta):
            text = self._text.take(event.text)
            return self._written(self._output.say(text)) if text else b""
        if isinstance(event, ReasoningDelta):
            return self._written(self._output.think(event.text))
        if isinstance(event, RefusalDelta):
            text = self._refusal.take(event.text)
            return self._written(self._output.decline(text)) if text else b""
        if isinstance(event, StreamRestarted):
            self._text.begin_anew(event)
            self._refusal.begin_anew(event)
            self._thought = any(item["type"] == "reasoning" for item in self._output.items)
            return self._written(self._output.end_thinking())
        if isinstance(event, Finished):
            return self._end(event.response)
        return b""

    def fail(self, error: UnillmError) -> bytes:
        """Return what a stream that has begun ends with where it failed: a response that did."""
        told = failed(error).body
        kind, code = told["error"]["type"], told["error"]["code"]
        body = self._body(None, "failed", [])
        body["error"] = {
            "code": _FAILED.get(str(code)) or _FAILED.get(str(kind), "server_error"),
            "message": told["error"]["message"],
            "type": kind,
        }
        body["unillm"] = told["unillm"]
        return self._written([{"type": "response.failed", "response": body}])

    def whole(self, response: ChatResponse) -> JsonObject:
        """Return the body of the answer."""
        output = self._output
        for tell, text in (
            (output.think, response.reasoning),
            (output.say, response.text),
            (output.decline, response.refusal),
        ):
            if text:
                list(tell(text))
        list(self._rest(response))
        return self._ended(response)

    def _end(self, response: ChatResponse) -> bytes:
        self._text.end()
        self._refusal.end()
        rest = self._written(self._rest(response))
        body = self._ended(response)
        return rest + self._written([{"type": f"response.{body['status']}", "response": body}])

    def _rest(self, response: ChatResponse) -> Iterable[JsonObject]:
        """Give the events of what comes at the end, and end what has not."""
        yield from self._output.end_thinking()
        yield from self._output.end_message(response, whole=response.finish_reason not in _CUTS)
        if self._asked.seals:
            own = self._asked.seal.of_message(response.message, alone=self._thought)
            if own is not None:
                yield from self._output.seal(own)
        yield from self._output.show(response.images)
        for call in response.tool_calls:
            yield from self._output.call(call)

    def _ended(self, response: ChatResponse) -> JsonObject:
        reason = response.finish_reason
        cut = _CUT.get(reason)
        if reason == "other":
            cut = response.finish_reason_raw or reason
        status = "completed" if cut is None else "incomplete"
        body = self._body(response, status, self._output.items)
        body["incomplete_details"] = None if cut is None else {"reason": cut}
        body["usage"] = responses_usage(response, estimates=self._asked.estimates)
        body["unillm"] = extras(response, self._asked.notes)
        return body

    def _body(self, response: ChatResponse | None, status: str, output: object) -> JsonObject:
        """Return a response. Its id is its own: those of hosts may count, or be two hosts'."""
        tier = None if response is None else response.service_tier
        return {
            "id": self.id,
            "object": "response",
            "created_at": (response.created if response is not None else None) or 0,
            "status": status,
            "error": None,
            "incomplete_details": None,
            "model": (response.model if response is not None else None) or self._asked.model or "",
            "output": output,
            "usage": None,
            "store": self._asked.stores,
            **self._asked.echo,
            **({} if tier is None else {"service_tier": tier}),
        }

    def _written(self, events: Iterable[JsonObject]) -> bytes:
        pieces: list[bytes] = []
        for event in events:
            event["sequence_number"] = self._number
            self._number += 1
            kind = str(event["type"]).encode()
            pieces.append(b"event: " + kind + b"\ndata: " + written_texts(event) + b"\n\n")
        return b"".join(pieces)
