"""Reading the typed chunks of openai and of those that speak like it."""

import json
from typing import Any

from benchmarks.speed.question import First
from benchmarks.speed.wire import Answer


def whole(answer: Any) -> Answer:
    """Return what stands in an answer that was not streamed."""
    text = answer.choices[0].message.content
    return text, answer.usage.prompt_tokens, answer.usage.completion_tokens


class Reader:
    """What the chunks of a stream come to."""

    def __init__(self, first: First) -> None:
        """Start before the first chunk."""
        self._first = first
        self._parts: list[str] = []
        self._usage: Any = None
        self._is_call = False

    def chunk(self, chunk: Any) -> None:
        """Take a chunk."""
        usage = getattr(chunk, "usage", None)
        if usage is not None:
            self._usage = usage
        for choice in chunk.choices:
            delta = choice.delta
            piece = delta.content
            if not piece and delta.tool_calls:
                piece = delta.tool_calls[0].function.arguments
                self._is_call = True
            if piece:
                if not self._parts:
                    self._first()
                self._parts.append(piece)

    def answer(self) -> Answer:
        """Return the whole; the arguments of a call must be JSON."""
        text = "".join(self._parts)
        if self._is_call:
            json.loads(text)
        return text, self._usage.prompt_tokens, self._usage.completion_tokens
