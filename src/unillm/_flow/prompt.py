"""The longest that a prompt can be, where the tokenizer of its model is at hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic_core import to_json

from unillm._flow.bounds import Bounds, bounds_of, is_text
from unillm._flow.effects import Count, Flow
from unillm.types.messages import Message
from unillm.types.parts import TextPart

if TYPE_CHECKING:
    from unillm._flow.attempt import Exchanged

WORTH = 64
"""Bytes from which on a text is counted: shorter ones are less than what is put around them."""


def bounded(what: Exchanged) -> Flow[Bounds]:
    """Return the most tokens that an exchange can have, its texts counted exactly if they can be.

    Models see a text of a message by itself, between tokens that no text can hold. All else of the
    body, tools and schemas among it, counts with its bytes; so does a text that does not stand in
    it as it is.
    """
    info = what.plan.target.info
    if info is None or info.vendor != "openai" or not is_text(what.plan.request):
        return bounds_of(what)
    sizes = dict(_sizes(what))
    if not sizes:
        return bounds_of(what)
    texts = tuple(sizes)
    counted = yield from Count(info.id, texts)
    if counted is None:
        return bounds_of(what)
    saved = 0
    for text, tokens in zip(texts, counted, strict=True):
        times, size = sizes[text]
        saved += times * max(0, size - tokens)
    return bounds_of(what, saved)


def _sizes(what: Exchanged) -> Iterator[tuple[str, tuple[int, int]]]:
    """Give texts of messages, how often each is in the body as it is, and its bytes."""
    body = what.wire.body
    texts = Counter(filter(None, map(_text, what.plan.request.messages)))
    for text, said in texts.items():
        size = len(text) if text.isascii() else len(text.encode())
        if size >= WORTH:
            # As a whole string of JSON.
            times = min(said, body.count(to_json(text)))
            yield text, (times, size)


def _text(message: Message) -> str | None:
    """Return the text of a message that has one alone."""
    content = message.content
    if isinstance(content, str) or content is None:
        return content
    only = content[0] if len(content) == 1 else None
    return only.text if isinstance(only, TextPart) else None
