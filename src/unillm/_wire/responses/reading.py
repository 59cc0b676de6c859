"""Reading an answer of the Responses API, event by event or whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unillm._wire.assemble import Assembler
from unillm._wire.failure import failure_in_band
from unillm._wire.halves import Path
from unillm._wire.redact import redacted
from unillm._wire.responses.events import EVENTS
from unillm._wire.responses.output import Output
from unillm._wire.usage import usage_from
from unillm.errors import MalformedResponseError, ProviderError, ServerError
from unillm.types.json import JsonObject, is_list, is_object

_ENDS = {
    "response.completed": "completed",
    "response.incomplete": "incomplete",
    "response.failed": "failed",
    "response.cancelled": "cancelled",
}
_STATUSES = [*_ENDS.values()]
_QUIET = frozenset({"response.created", "response.in_progress", "response.queued"})
"""Events that say nothing of the answer; hosts may repeat them to keep a connection alive."""

_OF_HOSTED = ("response.code_interpreter_call", "response.mcp_call", "response.shell_call")
"""How events begin whose texts belong to tools that the provider runs: the native items hold
them."""


class ResponsesReading:
    """Read what the Responses API, and the hosts that have it, send; see `Reading`."""

    ending = "response.completed, response.incomplete or response.failed"

    def __init__(self, answer: Assembler, headers: Mapping[str, str]) -> None:
        """Start before the first event."""
        self._answer = answer
        self._headers = headers
        self._output = Output(answer)

    def read(self, data: JsonObject) -> bool:
        """Take one event."""
        kind: Any = data.get("type")
        if not isinstance(kind, str):
            kind = ""
        take = EVENTS.get(kind)
        if take is not None:
            take(self._output, data)
        elif kind in _ENDS:
            self._end(data.get("response"), _ENDS[kind])
            return True
        elif kind in _QUIET:
            self._read_facts(data.get("response"))
        elif kind == "error" or data.get("error"):
            raise failure_in_band(data.get("error") or data, self._headers)
        elif kind.endswith(".delta") and not kind.startswith(_OF_HOSTED):
            message = f"events of type {kind!r} are not understood; keep_raw=True shows them"
            self._answer.note("unknown_event", message)
        return False

    def is_news(self, data: JsonObject) -> bool:
        """Tell whether an event that gave no event of ours says anything all the same."""
        kind = data.get("type")
        return isinstance(kind, str) and kind.startswith("response.") and kind not in _QUIET

    def read_done(self) -> str | None:
        """Take ``[DONE]``, which this API does not send and which ends nothing."""
        return f"[DONE] came without {self.ending}."

    def read_body(self, items: list[JsonObject]) -> None:
        """Take a whole body: a response, or the events of a stream in a list."""
        for item in items:
            if not str(item.get("type")).startswith("response."):
                self._read_response(item)
                return
            if self.read(item):
                return
        raise MalformedResponseError(f"the answer ends without {self.ending}")

    def give_up(self) -> None:
        """Give out what waits."""
        self._output.give_up()

    def place_of(self, data: Any) -> Path:
        """Return what an event is about: all texts have the same path in theirs."""
        if not is_object(data):
            return ()
        item = data.get("item")
        kinds = (data.get("type"), item.get("type") if is_object(item) else None)
        of_call = any(isinstance(kind, str) and "_call" in kind for kind in kinds)
        about = (data.get(key) for key in ("item_id", "output_index", *_COUNTERS))
        return (*(str(value) for value in (*kinds, *about)), "function_call" if of_call else "")

    def _read_response(self, response: JsonObject) -> None:
        error = _error_in(response)
        if error is not None:
            raise self._failed(response, error)
        given = response.get("status")
        status = given if isinstance(given, str) else "completed"
        if status in {"queued", "in_progress"}:
            raise MalformedResponseError(
                f"the answer is not there yet: response {response.get('id')!r} is {status}. "
                "unillm does not wait for answers made in the background: leave out background, "
                "or fetch it by this id."
            )
        if not is_list(response.get("output")):
            keys = redacted(", ".join(list(response)[:8])) or "nothing"
            raise MalformedResponseError(f"the answer has no output; it has: {keys}")
        self._end(response, status)

    def _end(self, response: Any, word: str) -> None:
        """Take the last event, or a whole body."""
        answer = self._answer
        if response is None:
            response = {}
        if not is_object(response):
            raise MalformedResponseError(f"response is {type(response).__name__}, not an object")
        self._read_facts(response)
        tier = response.get("service_tier")
        if isinstance(tier, str) and tier:
            # What was asked for is in the events before; what is billed is in the last.
            answer.service_tier = tier
        self._read_usage(response)
        status: Any = response.get("status")
        word = str(status) if word == "completed" and status in _STATUSES else word
        if word == "failed" or (word == "completed" and response.get("error")):
            error = response.get("error") or {"message": "the response failed; it says not why"}
            raise self._failed(response, error)
        if word == "cancelled":
            self._output.fail(response.get("output"))
            message = "the provider says that the response was cancelled"
            raise ServerError(message, code="cancelled", retryable=False)
        reason = _reason_in(response)
        whole = word == "completed" and reason not in _CUTS
        self._output.close(response.get("output"), whole=whole)
        answer.finish_with(reason or word, cut=not whole)

    def _read_usage(self, response: JsonObject) -> None:
        answer, usage = self._answer, response.get("usage")
        if usage is not None:
            answer.usage, answer.usage_is_last = usage_from(usage), True
            if answer.usage is None:
                answer.note("odd_usage", "the provider reported token counts that cannot be read")

    def _failed(self, response: JsonObject, error: Any) -> ProviderError:
        """Return why an answer failed, with what it says all the same taken."""
        self._read_facts(response)
        self._read_usage(response)
        self._output.fail(response.get("output"))
        return failure_in_band(error, self._headers)

    def _read_facts(self, response: Any) -> None:
        if not is_object(response):
            return
        answer = self._answer
        for field in ("id", "model"):
            value = response.get(field)
            if getattr(answer, field) is None and isinstance(value, str) and value:
                setattr(answer, field, value)
        created = response.get("created_at")
        if answer.created is None and isinstance(created, int | float) and created == created // 1:
            answer.created = int(created)


_CUTS = ("max_output_tokens", "content_filter")
"""Why an answer is incomplete (openai-python 3.57.0, types/responses/response.py, read
2026-11-28): hosts say so of answers that they call completed."""

_COUNTERS = ("content_index", "summary_index")


def _reason_in(response: JsonObject) -> str | None:
    """Return why an answer is incomplete, in the API's own word."""
    details = response.get("incomplete_details")
    reason = details.get("reason") if is_object(details) else None
    return reason if isinstance(reason, str) and reason else None


def _error_in(response: JsonObject) -> Any:
    if response.get("error"):
        return response["error"]
    is_told = isinstance(response.get("message"), str) and "output" not in response
    return response if is_told or response.get("object") == "error" else None
