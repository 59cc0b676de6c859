"""The text of parts, in whatever form an interface or a provider writes it."""

from __future__ import annotations

from typing import Any

from unillm.types.messages import AssistantMessage
from unillm.types.parts import Content, Part, RawPart, TextPart

BETWEEN = "\n\n"
"""What stands between two texts that come together: neither says where the other begins."""

_TEXTS = {"text": "text", "output_text": "text", "input_text": "text", "refusal": "refusal"}
"""Where the text is in parts that are sent as given, by their type."""


def text_in(part: Part) -> str | None:
    """Return the text of a part; None: it holds something else."""
    if isinstance(part, TextPart):
        return part.text
    if not isinstance(part, RawPart):
        return None
    field = _TEXTS.get(str(part.data.get("type")))
    text: Any = part.data.get(field) if field else None
    return text if isinstance(text, str) else None


def text_of(content: Content | None) -> str:
    """Return the text that content holds."""
    if isinstance(content, str):
        return content
    return "".join(text_in(part) or "" for part in content or ())


def spoken_by(message: AssistantMessage) -> str:
    """Return all the assistant said: its text, and its refusal."""
    return BETWEEN.join(filter(None, [text_of(message.content), message.refusal]))
