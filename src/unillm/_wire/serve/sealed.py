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
        native: The provider's own items.
        follows: Whether its item comes after what the message says: of thinking that is not shown
            a stream knows only at its end.
    """

    reasoning: str | None
    field: str | None
    native: Native | None
    follows: bool = False

    def given_to(self, message: Message) -> Message:
        """Return a message of the assistant with this thought."""
        if not isinstance(message, AssistantMessage):
            return message
        return replace(
            message, reasoning=self.reasoning, reasoning_field=self.field, native=self.native
        )


def sealed(message: AssistantMessage, *, follows: bool = False) -> str | None:
    """Return what a message thought as an opaque text; None: it thought nothing."""
    native = message.native
    if native is not None and not any(item.get("type") == "reasoning" for item in native.items):
        native = None
    if not message.reasoning and native is None:
        return None
    thought = Thought(message.reasoning, message.reasoning_field, native, follows)
    return _MARK + b64encode(zlib.compress(thought.to_json().encode())).decode()


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
