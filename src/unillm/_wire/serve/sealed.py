"""Thinking as an opaque text that clients send back: ``encrypted_content`` of a reasoning item.

It holds what the message thought, and its provider's own items with what is encrypted in them, so
that a client that keeps nothing else can go on. Nothing in it is secret from the client, to whom
all of it was told or belongs: it is written so that nobody takes it for something to be shown.
"""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from dataclasses import field, replace
from hmac import compare_digest, digest

from pydantic import ValidationError

from unillm.types.dataclass import dataclass
from unillm.types.json import JsonRoundTrip
from unillm.types.messages import AssistantMessage, Message, Native

_MARK, _SIGNED = "unillm1.", "unillm2."
_TAG = 16
"""Bytes by which it is told whose a text is."""
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
        alone: Whether it is all that the message thought, whatever else was told: that was thought
            for an answer that did not stand.
    """

    reasoning: str | None
    field: str | None = None
    native: Native | None = None
    alone: bool = False

    @property
    def is_all(self) -> bool:
        """Tell whether it is all that the message thought."""
        return self.alone or self.native is not None

    def given_to(self, message: Message) -> Message:
        """Return a message of the assistant with this thought."""
        if not isinstance(message, AssistantMessage):
            return message
        return replace(
            message, reasoning=self.reasoning, reasoning_field=self.field, native=self.native
        )


@dataclass(frozen=True, slots=True)
class Seal:
    """Makes and reads such texts.

    Attributes:
        key: Of whom they are to be. What was not made with it is not read: a client then cannot
            put into a conversation what nobody thought. None: who made them does not matter.
    """

    key: bytes | None = field(default=None, repr=False)

    def of_text(self, reasoning: str) -> str:
        """Return thinking that is shown as an opaque text."""
        return self._written(Thought(reasoning))

    def of_message(self, message: AssistantMessage, *, alone: bool = False) -> str | None:
        """Return what a message thought, with the provider's own items; None: there are none.

        Args:
            message: The message.
            alone: Whether other thinking was told, which did not stand: then it is sealed even
                without items, so that the other does not count.
        """
        native = message.native
        if native is not None and not any(i.get("type") == "reasoning" for i in native.items):
            native = None
        if native is None and not alone:
            return None
        return self._written(Thought(message.reasoning, message.reasoning_field, native, alone))

    def opened(self, text: object) -> Thought | None:
        """Return what was sealed; None: it was not with this seal, or is damaged."""
        if not isinstance(text, str) or not text.startswith(self._mark):
            return None
        try:
            signed = b64decode(text.removeprefix(self._mark), validate=True)
            tag, packed = signed[: self._signs], signed[self._signs :]
            if not compare_digest(tag, self._tag(packed)):
                return None
            unpacking = zlib.decompressobj()
            plain = unpacking.decompress(packed, _MOST)
            return Thought.from_json(plain) if unpacking.eof else None
        except (ValueError, zlib.error, ValidationError):
            return None

    @property
    def _mark(self) -> str:
        return _MARK if self.key is None else _SIGNED

    @property
    def _signs(self) -> int:
        return 0 if self.key is None else _TAG

    def _tag(self, packed: bytes) -> bytes:
        return b"" if self.key is None else digest(self.key, packed, "sha256")[:_TAG]

    def _written(self, thought: Thought) -> str:
        packed = zlib.compress(thought.to_json().encode())
        return self._mark + b64encode(self._tag(packed) + packed).decode()


OPEN = Seal()
"""The seal of a process that serves itself: nobody else can send it anything."""
