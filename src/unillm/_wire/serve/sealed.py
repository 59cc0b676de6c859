"""Thinking as an opaque text that clients send back: ``encrypted_content`` of a reasoning item.

It holds what the message thought, and its provider's own items with what is encrypted in them, so
that a client that keeps nothing else can go on. Nothing in it is secret from the client, to whom
all of it was told or belongs: it is written so that nobody takes it for something to be shown.
"""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from dataclasses import replace

from pydantic import ValidationError

from unillm.types.dataclass import dataclass
from unillm.types.json import JsonRoundTrip
from unillm.types.messages import AssistantMessage, Message, Native

_MARK = "unillm1."
_MOST = 64 * 1024 * 1024
"""Bytes of the longest thinking that is read back."""


@dataclass(frozen=True, slots=True)
class Thought(JsonRoundTrip):
    """What a message thought.

    Attributes:
        reasoning: The thinking, where it is shown.
        field: The field that it came in.
        native: The provider's own items. With them it is all that the message thought, and comes
            after what the message says: a stream knows of them only at its end.
    """

    reasoning: str | None
    field: str | None = None
    native: Native | None = None

    def given_to(self, message: Message) -> Message:
        """Return a message of the assistant with this thought."""
        if not isinstance(message, AssistantMessage):
            return message
        return replace(
            message, reasoning=self.reasoning, reasoning_field=self.field, native=self.native
        )


def sealed_text(reasoning: str) -> str:
    """Return thinking that is shown as an opaque text."""
    return _written(Thought(reasoning))


def sealed(message: AssistantMessage) -> str | None:
    """Return what a message thought, with the provider's own items; None: there are none."""
    native = message.native
    if native is None or not any(item.get("type") == "reasoning" for item in native.items):
        return None
    return _written(Thought(message.reasoning, message.reasoning_field, native))


def unsealed(text: object) -> Thought | None:
    """Return what was sealed; None: it is not of ours, or damaged."""
    if not isinstance(text, str) or not text.startswith(_MARK):
        return None
    try:
        unpacking = zlib.decompressobj()
        packed = b64decode(text.removeprefix(_MARK), validate=True)
        plain = unpacking.decompress(packed, _MOST)
        return Thought.from_json(plain) if unpacking.eof else None
    except (ValueError, zlib.error, ValidationError):
        return None


def _written(thought: Thought) -> str:
    return _MARK + b64encode(zlib.compress(thought.to_json().encode())).decode()
