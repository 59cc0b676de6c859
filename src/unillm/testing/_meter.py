"""The tokens that an answer reports, read off the bytes as they go out."""

from __future__ import annotations

import json
import re
import zlib
from typing import Any

from unillm._wire.sse import SSEDecoder
from unillm._wire.usage import usage_from
from unillm.errors import MalformedResponseError
from unillm.testing._generated import Generated
from unillm.types.json import is_object
from unillm.types.usage import Usage

__all__ = ["Meter", "unpacker"]

_STATUS = re.compile(rb"HTTP/1\.\d (\d{3})\b")
_MOST = 4 * 1024 * 1024
"""Bytes of a body that is not a stream that are kept."""
_AROUND = ("data", "response")
"""What an answer may be in: an envelope, an event of the Responses API."""
_WORDS = {
    "input_tokens": "prompt_tokens",
    "input_tokens_details": "prompt_tokens_details",
    "output_tokens": "completion_tokens",
    "output_tokens_details": "completion_tokens_details",
}


class Meter:
    """Read the usage out of a body, whatever its shape; the last one reported counts."""

    def __init__(self, *, packed: bool, with_head: bool) -> None:
        """Begin a body.

        Args:
            packed: Whether it is compressed.
            with_head: Whether an HTTP head comes before it.
        """
        self._unpack = unpacker() if packed else None
        self._head: bytes | None = b"" if with_head else None
        self._events: SSEDecoder | None = None
        self._body = b""
        self._usage: Usage | None = None
        self.generated = Generated()
        """What a model is said to have written, as far as it was sent."""
        self.status: int | None = None
        """The status in the head, if there was a sound one."""

    def feed(self, data: bytes) -> None:
        """Take what has been sent."""
        try:
            data = self._unpack.decompress(data) if self._unpack else data
            if self._head is not None:
                head, end, data = (self._head + data).partition(b"\r\n\r\n")
                self._head = None if end else head
                found = _STATUS.match(head) if end else None
                self.status = int(found[1]) if found else None
            self._take(data)
        except (zlib.error, MalformedResponseError):
            self._unpack, self._events, self._body = None, None, b""

    def usage(self) -> Usage | None:
        """Return what was reported so far."""
        if self._events is None:
            self._look(self._body)
        return self._usage

    def _take(self, data: bytes) -> None:
        if self._events is not None:
            for told in self._events.data_in(data):
                self._look(told)
            return
        self._body += data
        begin = self._body.lstrip()[:1]
        if begin and begin != b"{":
            self._events, body, self._body = SSEDecoder(), self._body, b""
            self._take(body)
        self._body = self._body if len(self._body) <= _MOST else b""

    def _look(self, data: bytes) -> None:
        try:
            value: Any = json.loads(data)
        except (ValueError, RecursionError):
            return
        if is_object(value):
            inner = next((value[key] for key in _AROUND if is_object(value.get(key))), value)
            self.generated.take(inner)
            self._usage = usage_from(_chats(inner.get("usage"))) or self._usage


def _chats(usage: Any) -> Any:
    """Return the usage of the Responses API in the words of Chat."""
    if not is_object(usage) or "input_tokens" not in usage:
        return usage
    return {theirs: usage.get(own) for own, theirs in _WORDS.items()}


def unpacker() -> Any:
    """Return what undoes gzip and deflate."""
    return zlib.decompressobj(zlib.MAX_WBITS | 32)
