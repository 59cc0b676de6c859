"""Reading answers without a client: what people write around `json.loads`."""

import json
from typing import Any

from benchmarks.speed.question import First
from benchmarks.speed.wire import Answer


def whole(data: Any) -> Answer:
    """Return what stands in an answer that was not streamed."""
    usage = data["usage"]
    text = data["choices"][0]["message"]["content"]
    return text, usage["prompt_tokens"], usage["completion_tokens"]


class Reader:
    """What the lines of a stream come to."""

    def __init__(self, first: First) -> None:
        """Start before the first line."""
        self._first = first
        self._parts: list[str] = []
        self._usage: dict[str, Any] = {}
        self._is_call = False

    def line(self, line: str) -> None:
        """Take a line."""
        if not line.startswith("data: ") or line == "data: [DONE]":
            return
        chunk = json.loads(line[6:])
        if chunk.get("usage"):
            self._usage = chunk["usage"]
        for choice in chunk["choices"]:
            delta = choice["delta"]
            piece = delta.get("content")
            if not piece and "tool_calls" in delta:
                piece = delta["tool_calls"][0]["function"]["arguments"]
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
        return text, self._usage["prompt_tokens"], self._usage["completion_tokens"]
