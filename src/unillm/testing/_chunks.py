"""The JSON of Chat Completions: bodies and the chunks of a stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unillm.testing.seen import Seen

__all__ = ["CREATED", "Chunks"]

CREATED = 1_767_225_600
"""The ``created`` of every answer; a constant keeps answers comparable."""


class Chunks:
    """Make the chunks that answer one request."""

    def __init__(
        self, seen: Seen, model: str | None = None, extra: Mapping[str, Any] | None = None
    ) -> None:
        """Take from the request what each chunk repeats.

        Args:
            seen: The request.
            model: The model to name instead of the one asked for.
            extra: More top-level fields of each chunk.
        """
        self.id = f"chatcmpl-fake-{seen.number}"
        self._number = seen.number
        self._top = {
            "id": self.id,
            "created": CREATED,
            "model": model or seen.model,
            **(extra or {}),
        }

    def of(self, delta: object, finish: object = None, **top: object) -> dict[str, Any]:
        """Return a chunk with any delta, finish reason and more top-level fields."""
        return self.choices(
            [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}], **top
        )

    def choices(self, choices: object, **top: object) -> dict[str, Any]:
        """Return a chunk with any ``choices`` and more top-level fields."""
        return {**self._top, "object": "chat.completion.chunk", "choices": choices, **top}

    def role(self, **fields: object) -> dict[str, Any]:
        """Return the chunk that opens a stream."""
        return self.of({"role": "assistant", "content": "", **fields})

    def text(self, text: str) -> dict[str, Any]:
        """Return a chunk with some text."""
        return self.of({"content": text})

    def call(
        self,
        index: int | None,
        *,
        id: object = ...,  # noqa: A002 - the field's name
        name: object = ...,
        arguments: object = ...,
    ) -> dict[str, Any]:
        """Return a chunk with one fragment of a tool call; what is not given is not sent."""
        call: dict[str, Any] = {} if index is None else {"index": index}
        if id is not ...:
            call |= {"id": id, "type": "function"}
        call["function"] = {
            key: value
            for key, value in (("name", name), ("arguments", arguments))
            if value is not ...
        }
        return self.of({"tool_calls": [call]})

    def call_id(self, position: int) -> str:
        """Return an id for the call at this position, unique among all answers of the provider."""
        return f"call_fake_{self._number}_{position}"

    def finish(self, reason: object = "stop", **top: object) -> dict[str, Any]:
        """Return the chunk that ends the choice."""
        return self.of({}, reason, **top)

    def usage(self, usage: object) -> dict[str, Any]:
        """Return the chunk that carries usage alone."""
        return self.choices([], usage=usage)

    def body(self, message: object, finish: object = "stop", **top: object) -> dict[str, Any]:
        """Return a body that was not streamed."""
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
        return {**self._top, "object": "chat.completion", "choices": [choice], **top}
