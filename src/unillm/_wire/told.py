"""What an error answer says, wherever servers put it."""

from __future__ import annotations

from typing import Any

from pydantic_core import from_json

from unillm._wire.redact import redacted
from unillm.types.dataclass import dataclass
from unillm.types.json import JsonObject, is_list, is_object

SHOWN = 500
"""Characters of a provider's text that a message repeats."""

_KEPT = 2_000


@dataclass(frozen=True, slots=True)
class Told:
    """What an error body says, as far as it can be read, free of anything like a key.

    Attributes:
        message: What happened, or an empty string.
        words: Its ``code`` and its ``type``, those that are strings.
        body: All of it, long texts cut.
    """

    message: str
    words: tuple[str, ...]
    body: Any

    @property
    def code(self) -> str:
        """Return the word that says most, or an empty string."""
        return self.words[0] if self.words else ""


def told_by(body: bytes) -> Told:
    """Read the body of an error answer: JSON of any shape, a page, or any other text."""
    try:
        data: Any = from_json(body)
    except ValueError:
        text = body[: _KEPT * 4].decode("utf-8", "replace").strip()
        page = text[:1] == "<"
        said = "an HTML page" if page else redacted(text[:SHOWN])
        return Told(said, (), redacted(text[:_KEPT]))
    if is_list(data) and data:
        data = data[0]
    if isinstance(data, str):
        return Told(redacted(data[:SHOWN]), (), redacted(data[:_KEPT]))
    return told_in(data) if is_object(data) else Told("", (), _redacted_tree(data))


def told_in(body: JsonObject) -> Told:
    """Find message, code and type in ``error``, ``detail``, or beside them."""
    inner = _innermost(body)
    candidates = (inner.get(key) for key in ("message", "detail", "msg", "error"))
    message = next((c for c in candidates if isinstance(c, str) and c), "")
    if not message:
        detail = inner.get("detail") or inner.get("errors")
        message = str(detail) if detail else ""
    named = (inner.get("code"), inner.get("type"))
    words = tuple(redacted(word[:SHOWN]) for word in named if isinstance(word, str) and word)
    return Told(redacted(message[:SHOWN]), words, _redacted_tree(body))


def _innermost(body: JsonObject) -> JsonObject:
    """Return the object that tells what happened: proxies wrap what they were told."""
    while True:
        wrapped = next((body[key] for key in ("error", "detail") if is_object(body.get(key))), None)
        if wrapped is None:
            return body
        body = wrapped


def _redacted_tree(body: Any) -> Any:
    if isinstance(body, str):
        return redacted(body[:_KEPT])
    if is_list(body):
        return [_redacted_tree(item) for item in body]
    if is_object(body):
        return {redacted(key): _redacted_tree(value) for key, value in body.items()}
    return body
