"""What an answer thinks, says and calls, as blocks of Anthropic's Messages and their events.

Blocks and events: anthropic-sdk-python 2.14.0, types/content_block.py, raw_message_stream_event.py
and lib/streaming/_messages.py (read 2026-11-29).
"""

from __future__ import annotations

from collections.abc import Iterator

from unillm._wire.serve.sealed import Seal
from unillm._wire.written import arguments_of
from unillm.types.json import JsonObject
from unillm.types.tools import ToolCall

_EMPTY: dict[str, JsonObject] = {
    "text": {"type": "text", "text": ""},
    "thinking": {"type": "thinking", "thinking": "", "signature": ""},
}


class OutputBlocks:
    """The blocks of one answer, in their order; each change gives the events that tell of it.

    One block is open at a time: thinking ends where the answer begins, and the answer where the
    model thinks again.
    """

    def __init__(self, seal: Seal | None, *, shows: bool) -> None:
        """Start without blocks.

        Args:
            seal: What thinking is signed with; None: there is no place for thinking.
            shows: Whether thinking is shown. If not, its block has the signature alone.
        """
        self.blocks: list[JsonObject] = []
        self._seal = seal
        self._shows = shows
        self._open: str | None = None
        self._texts: list[str] = []

    def think(self, text: str) -> Iterator[JsonObject]:
        """Take more of the thinking."""
        if self._seal is None:
            return
        yield from self._begin("thinking")
        self._texts.append(text)
        if self._shows:
            yield self._delta({"type": "thinking_delta", "thinking": text})

    def say(self, text: str) -> Iterator[JsonObject]:
        """Take more of the answer."""
        yield from self._begin("text")
        self._texts.append(text)
        yield self._delta({"type": "text_delta", "text": text})

    def end(self, sealed: str | None = None) -> Iterator[JsonObject]:
        """End the block that is open, if one is.

        Args:
            sealed: What thinking is signed with; None: itself, sealed.
        """
        if self._open is None:
            return
        kind, text = self._open, "".join(self._texts)
        self._open, self._texts = None, []
        if kind == "text":
            self.blocks[-1]["text"] = text
        elif self._seal is not None:
            self.blocks[-1]["thinking"] = text if self._shows else ""
            yield self._signed(self._seal.of_text(text) if sealed is None else sealed)
        yield self._ended()

    def end_thinking(self, sealed: str | None = None) -> Iterator[JsonObject]:
        """End the thinking, if there is any that has not ended."""
        if self._open == "thinking":
            yield from self.end(sealed)

    def seal(self, sealed: str) -> Iterator[JsonObject]:
        """Take what the client is to send back unread and is known only now.

        Where no thinking is open, its block has no text, as those of Anthropic's models where
        thinking is not to be shown.
        """
        yield from self._begin("thinking")
        yield from self.end(sealed)

    def call(self, call: ToolCall, name: str) -> Iterator[JsonObject]:
        """Take a call, which is complete, of the tool that the client calls by a name."""
        yield from self.end()
        block: JsonObject = {"type": "tool_use", "id": call.id, "name": name}
        yield self._started({**block, "input": {}})
        self.blocks[-1]["input"] = call.arguments
        yield self._delta({"type": "input_json_delta", "partial_json": arguments_of(call)})
        yield self._ended()

    def _begin(self, kind: str) -> Iterator[JsonObject]:
        """Open a block of a kind, unless one is open."""
        if self._open == kind:
            return
        yield from self.end()
        self._open = kind
        yield self._started(dict(_EMPTY[kind]))

    def _started(self, block: JsonObject) -> JsonObject:
        self.blocks.append(block)
        at = len(self.blocks) - 1
        return {"type": "content_block_start", "index": at, "content_block": dict(block)}

    def _signed(self, signature: str) -> JsonObject:
        self.blocks[-1]["signature"] = signature
        return self._delta({"type": "signature_delta", "signature": signature})

    def _delta(self, delta: JsonObject) -> JsonObject:
        return {"type": "content_block_delta", "index": len(self.blocks) - 1, "delta": delta}

    def _ended(self) -> JsonObject:
        return {"type": "content_block_stop", "index": len(self.blocks) - 1}
