"""The output items of an answer."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from unillm.testing._annotations import flat
from unillm.testing._sealed import seal
from unillm.testing.answer import Answer
from unillm.testing.seen import Seen

__all__ = ["Items", "items_of"]


class Items:
    """Make the output items that answer one request, with ids of their own."""

    def __init__(self, seen: Seen) -> None:
        """Take from the request what makes ids unique."""
        self._number = seen.number

    def message(self, *content: Mapping[str, Any], at: int = 0, **fields: object) -> dict[str, Any]:
        """Return a message with some parts and more fields."""
        return {
            "id": self._id("msg", at),
            "type": "message",
            "status": "completed",
            "role": "assistant",
            "content": list(content),
            **fields,
        }

    def call(self, name: str, arguments: str, *, at: int = 0, id: str | None = None) -> Any:  # noqa: A002 - the field's name
        """Return a function call; its id is what its output names as ``call_id``."""
        return {
            "id": self._id("fc", at),
            "type": "function_call",
            "status": "completed",
            "call_id": id or f"call_fake_{self._number}_{at}",
            "name": name,
            "arguments": arguments,
        }

    def custom(self, name: str, given: str, *, at: int = 0, id: str | None = None) -> Any:  # noqa: A002 - the field's name
        """Return the call of a custom tool, which is given any text."""
        return {
            "id": self._id("ctc", at),
            "type": "custom_tool_call",
            "call_id": id or f"call_fake_{self._number}_{at}",
            "name": name,
            "input": given,
        }

    def summary(self, text: str | None, encrypted: str | None) -> dict[str, Any]:
        """Return reasoning as OpenAI sends it: a summary, and the whole of it encrypted."""
        parts = [] if text is None else [{"type": "summary_text", "text": text}]
        sealed = {} if encrypted is None else {"encrypted_content": encrypted}
        return {"id": self._id("rs"), "type": "reasoning", "summary": parts, **sealed}

    def thought(self, text: str) -> dict[str, Any]:
        """Return reasoning as DeepSeek and vLLM send it: the whole of it, readable."""
        content = [{"type": "reasoning_text", "text": text}]
        return {"id": self._id("rs"), "type": "reasoning", "summary": [], "content": content}

    def image(self, data: bytes, at: int = 0) -> dict[str, Any]:
        """Return an image that the model made."""
        return {
            "id": self._id("ig", at),
            "type": "image_generation_call",
            "status": "completed",
            "result": base64.b64encode(data).decode("ascii"),
        }

    def _id(self, kind: str, at: int = 0) -> str:
        return f"{kind}_fake_{self._number}_{at}"


def items_of(seen: Seen, answer: Answer) -> list[dict[str, Any]]:
    """Return the output items of an answer: reasoning, images, text, calls."""
    items = Items(seen)
    made: list[dict[str, Any]] = [*_reasoning(items, answer)]
    made += [items.image(data, at) for at, data in enumerate(answer.images)]
    content = _content(answer)
    if content:
        phase: dict[str, Any] = {} if answer.phase is None else {"phase": answer.phase}
        made.append(items.message(*content, **phase))
    for at, call in enumerate(answer.calls):
        make = items.custom if call.kind == "custom" else items.call
        made.append(make(call.name, str(call.arguments), at=at, id=call.id))
    return made


def _reasoning(items: Items, answer: Answer) -> list[dict[str, Any]]:
    if answer.dialect != "openai":
        return [] if answer.reasoning is None else [items.thought(answer.reasoning)]
    encrypted = answer.encrypted_reasoning
    if encrypted == "auto":
        encrypted = None if answer.reasoning is None else seal(answer.reasoning)
    if answer.reasoning is None and encrypted is None:
        return []
    return [items.summary(answer.reasoning, encrypted)]


def _content(answer: Answer) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    if answer.text is not None and (answer.text or not answer.tool_calls):
        told = [flat(one) for one in answer.annotations]
        parts.append({"type": "output_text", "text": answer.text, "annotations": told})
    if answer.refusal is not None:
        parts.append({"type": "refusal", "refusal": answer.refusal})
    return parts
