"""An answer as Anthropic's Messages has it.

Fields: anthropic-sdk-python 2.14.0, types/message.py and raw_message_delta_event.py (read
2026-11-29).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from unillm._wire.serve.asked import Asked
from unillm._wire.serve.failed import failed
from unillm._wire.serve.figures import extras, messages_usage
from unillm._wire.serve.messages_output import OutputBlocks
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
from unillm.types.response import ChatResponse, FinishReason

PING = b'event: ping\ndata: {"type": "ping"}\n\n'
"""What says that more is to come; clients read over it, wherever it stands between events."""

_REASONS: dict[FinishReason, str] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
}
"""Why an answer ended, in the API's words. It has none for another end: that is null, not a stop.
Which of several texts to stop before it was, no provider here tells: they end a turn."""


class MessagesReply:
    """Write one answer, whole or event by event."""

    def __init__(self, asked: Asked, name: str) -> None:
        """Start before the answer.

        Args:
            asked: The request.
            name: What is unlike in each answer's id.
        """
        self.id = f"msg_{name}"
        self._asked = asked
        self._output = OutputBlocks(asked.seal if asked.seals else None, shows=asked.shows)
        self._text = Retelling()
        self._thought = False  # whether thinking was told that is not the answer's own

    def begin(self, so_far: ChatResponse | None) -> bytes:
        """Return the event that says whose answer it is, and a ping."""
        begun = self._body(so_far, [])
        begun["usage"] = messages_usage(None)
        return _written([{"type": "message_start", "message": begun}]) + PING

    def feed(self, event: Event) -> bytes:
        """Return what an event adds; calls come at the end, when all are known to be valid.

        A refusal is said as text, as Anthropic's models say theirs. The reason ``refusal`` is for
        answers that were stopped: claude-code 2.1.197 shows no text with it (tried 2026-11-29).

        Raises:
            IncompleteStreamError: The answer began anew, and does not say what was told of it.
        """
        if isinstance(event, TextDelta | RefusalDelta):
            text = self._text.take(event.text)
            return _written(self._output.say(text)) if text else b""
        if isinstance(event, ReasoningDelta):
            return _written(self._output.think(event.text)) if event.text else b""
        if isinstance(event, StreamRestarted):
            self._text.begin_anew(event)
            # What was thought for an answer that does not stand is signed as nothing that was.
            ended = _written(self._output.end_thinking(self._asked.seal.of_text("")))
            self._thought = any(block["type"] == "thinking" for block in self._output.blocks)
            return ended
        if isinstance(event, Finished):
            return self._end(event.response)
        return b""

    def fail(self, error: UnillmError) -> bytes:
        """Return the event that a stream ends with that failed after it began."""
        return _event("error", failed(error, "messages").body)

    def whole(self, response: ChatResponse) -> JsonObject:
        """Return the body of the answer."""
        output, own = self._output, self._own(response)
        if response.reasoning:
            list(output.think(response.reasoning))
        if own is not None:
            list(output.seal(own))
        for text in (response.text, response.refusal):
            if text:
                list(output.say(text))
        list(self._calls(response))
        return {
            **self._body(response, output.blocks),
            **_why(response),
            "usage": messages_usage(response),
            "unillm": self._extras(response),
        }

    def _end(self, response: ChatResponse) -> bytes:
        """Return what comes at the end.

        What the client is to send back unread comes before calls alone. At the very end it would
        hide the answer: claude-code 2.1.197 prints the last block if that is text, and else nothing
        (tried 2026-11-29). After calls it matters, to go on with them; in an answer that ended,
        providers have no more use for it.
        """
        self._text.end()
        rest = list(self._output.end())
        own = self._own(response) if response.tool_calls else None
        if own is not None:
            rest += self._output.seal(own)
        last: JsonObject = {
            "type": "message_delta",
            "delta": _why(response),
            "usage": messages_usage(response),
            "unillm": self._extras(response),
        }
        return _written([*rest, *self._calls(response), last, {"type": "message_stop"}])

    def _own(self, response: ChatResponse) -> str | None:
        """Return what the message thought with its provider's own items; None: there are none."""
        if not self._asked.seals:
            return None
        return self._asked.seal.of_message(response.message, alone=self._thought)

    def _calls(self, response: ChatResponse) -> Iterator[JsonObject]:
        """Give the events of the calls, and of the end of what came before them."""
        yield from self._output.end()
        for call in response.tool_calls:
            yield from self._output.call(call, self._asked.renamed.get(call.name, call.name))

    def _body(self, response: ChatResponse | None, content: list[JsonObject]) -> JsonObject:
        """Return a message. Its id is its own: clients take what has the same id for one message.

        Those of hosts may count, or be two hosts'.
        """
        return {
            "id": self.id,
            "type": "message",
            "role": "assistant",
            "model": (None if response is None else response.model) or self._asked.model or "",
            "content": content,
            "stop_reason": None,
            "stop_sequence": None,
        }

    def _extras(self, response: ChatResponse) -> JsonObject:
        """Return what stands in ``unillm``, with what the protocol has no place for."""
        told = extras(response, self._asked.notes)
        told["finish_reason"] = response.finish_reason_raw or response.finish_reason
        if response.annotations:
            told["annotations"] = list(response.annotations)
        if response.images:
            told["images"] = [image.url for image in response.images]
        return told


def _why(response: ChatResponse) -> JsonObject:
    """Return why an answer ended."""
    reason = _REASONS.get(response.finish_reason)
    told: JsonObject = {"stop_reason": reason, "stop_sequence": None}
    if reason == "refusal":
        told["stop_details"] = {"type": "refusal", "category": None, "explanation": None}
    return told


def _written(events: Iterable[JsonObject]) -> bytes:
    return b"".join(_event(str(event["type"]), event) for event in events)


def _event(kind: str, data: JsonObject) -> bytes:
    return b"event: " + kind.encode() + b"\ndata: " + written_texts(data) + b"\n\n"
