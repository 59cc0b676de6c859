"""What makes a call the same when it comes back: its id, and what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from pydantic_core import from_json

from unillm._wire.spoken import text_of
from unillm.types.json import JsonObject, is_object
from unillm.types.messages import Message, UserMessage
from unillm.types.tools import ToolCall

_WORD = re.compile(r"[0-9A-Za-z]{8,}")
_RUN = re.compile(r"[0-9]+|[A-Za-z]+")
_WRITER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


class Words:
    """What the user has said so far, as a digest that is made when it is asked for."""

    __slots__ = ("_hash", "_waiting")

    def __init__(self, messages: Iterable[Message] = ()) -> None:
        """Take what was said already."""
        self._hash = blake2b(digest_size=16)
        self._waiting = [message for message in messages if isinstance(message, UserMessage)]

    def add(self, message: UserMessage) -> None:
        """Take what is said next."""
        self._waiting.append(message)

    def digest(self) -> bytes:
        """Return the digest of all of it."""
        for message in self._waiting:
            self._hash.update(_digest(text_of(message.content)))
        self._waiting.clear()
        return self._hash.digest()


def names_one(call: ToolCall) -> bool:
    """Tell whether the id of a call is one by chance, and not by counting.

    ``call_0`` and ``functions.get_weather:0`` are those of a call in every conversation. In an id
    by chance letters and digits change more than once in a word of some length.
    """
    words: list[str] = _WORD.findall(call.id.replace(call.name, " "))
    return any(len(_RUN.findall(word)) > 2 for word in words)


def said_by(call: ToolCall) -> bytes | None:
    """Return a digest of what a call says; None: it says two things, or nothing that can be sent.

    Arguments are the same if JSON has them the same: order, spaces and escapes are how they are
    written. Numbers are the same if they are of one type and value: to a tool, 1 and 1.0 and true
    are three things. What is no JSON object is the same letter by letter.
    """
    said = _canonical(call.arguments)
    if call.raw and not call.repairs:
        parsed = _parsed(call.raw)
        if parsed is None:
            said = f"={call.raw}"
        elif said != _canonical(parsed):  # of which only one is sent
            return None
    return None if said is None else _digest(f"{len(call.name)}:{call.name}{said}")


def _parsed(raw: str) -> JsonObject | None:
    try:
        value: Any = from_json(raw, allow_inf_nan=False)
    except (ValueError, TypeError):
        return None
    return value if is_object(value) else None


def _canonical(arguments: JsonObject) -> str | None:
    try:
        return _WRITER.encode(arguments)
    except (TypeError, ValueError, RecursionError):
        return None


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
