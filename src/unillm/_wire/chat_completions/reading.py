"""Reading an answer of Chat Completions, chunk by chunk or whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unillm._wire.assemble import Assembler
from unillm._wire.chat_completions.chunks import is_news, read_object
from unillm._wire.halves import Path
from unillm._wire.redact import redacted
from unillm.errors import MalformedResponseError
from unillm.types.json import JsonObject


class ChatReading:
    """Read what Chat Completions, and the many hosts that have it, send; see `Reading`."""

    __slots__ = ("_answer", "_headers")

    ending = "a finish reason or [DONE]"

    def __init__(self, answer: Assembler, headers: Mapping[str, str]) -> None:
        """Start before the first object."""
        self._answer = answer
        self._headers = headers

    def read(self, data: JsonObject) -> bool:
        """Take one chunk. None is known to be the last: usage may come after the finish."""
        read_object(self._answer, data, self._headers)
        return False

    def is_news(self, data: JsonObject) -> bool:
        """Tell whether a chunk that gave no event says anything all the same."""
        return is_news(data)

    def read_done(self) -> str | None:
        """Take ``[DONE]``, which ends plain text even without a finish reason."""
        answer = self._answer
        if answer.finish_raw is None and not answer.is_over:
            if answer.calls or not answer.has_text:
                missing = " inside a tool call" if answer.calls else ", and without any text"
                return f"[DONE] came without a finish reason{missing}."
            answer.note("no_finish_reason", "the stream ended with [DONE] and no finish reason")
        return None

    def read_body(self, items: list[JsonObject]) -> None:
        """Take a whole body."""
        for item in items:
            read_object(self._answer, item, self._headers)
        _require_message(items[0])
        if self._answer.finish_raw is None:
            self._answer.note("no_finish_reason", "the answer gives no finish reason")

    def give_up(self) -> None:
        """Give out nothing: what came was given out at once."""

    def place_of(self, data: Any) -> Path:
        """Return nothing: paths tell texts of a chunk apart."""
        del data
        return ()


def _require_message(data: JsonObject) -> None:
    choices = data.get("choices")
    if not choices:
        keys = redacted(", ".join(list(data)[:8])) or "nothing"
        raise MalformedResponseError(f"the answer has no choices; it has: {keys}")
    if not (choices[0].get("message") or choices[0].get("delta")):
        raise MalformedResponseError("the answer's choice has no message")
