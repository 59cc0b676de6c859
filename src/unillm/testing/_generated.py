"""The words of an answer, picked out of its JSON as it goes out."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, cast

from unillm.testing._objects import objects, single
from unillm.testing._usage import prompt_words, words
from unillm.testing.seen import Seen
from unillm.types.usage import Usage

__all__ = ["Generated", "billed"]

_TEXTS = ("content", "reasoning_content", "reasoning", "refusal")


class Generated:
    """Collect what a model is said to have written, over either interface."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._parts: dict[tuple[Any, ...], list[str]] = {}
        self.failed = False
        """Whether an error was told instead of an answer, or in it."""

    @property
    def words(self) -> int:
        """Return how many words it is so far."""
        return sum(words("".join(part)) for part in self._parts.values())

    def take(self, value: dict[str, Any]) -> None:
        """Take one JSON object: a chunk, an event, or a body."""
        self.failed = self.failed or bool(value.get("error"))
        for choice in objects(value.get("choices")):
            piece = single(choice.get("delta")) or single(choice.get("message"))
            self._keep(("text", choice.get("index")), choice.get("text"))
            for name in _TEXTS:
                self._keep((name, choice.get("index")), piece.get(name))
            for place, call in enumerate(objects(piece.get("tool_calls"))):
                self._call(call.get("index", place), single(call.get("function")))
        if str(value.get("type")).endswith(".delta"):
            self._keep((value["type"], value.get("item_id")), value.get("delta"))
        elif not self._parts:
            # The last event repeats what the others brought.
            for place, item in enumerate(objects(value.get("output"))):
                self._item(place, item)

    def _call(self, place: Any, function: dict[str, Any]) -> None:
        self._keep(("name", place), function.get("name"))
        self._keep(("arguments", place), function.get("arguments"))

    def _item(self, place: int, item: dict[str, Any]) -> None:
        self._call(place, item)
        for name in ("content", "summary"):
            for part in objects(item.get(name)):
                self._keep((name, place), part.get("text") or part.get("refusal"))

    def _keep(self, where: tuple[Any, ...], text: object) -> None:
        if isinstance(text, list):
            for part in objects(cast("object", text)):
                self._keep(where, part.get("text"))
        elif isinstance(text, dict):
            self._keep(where, json.dumps(text))
        elif isinstance(text, str) and text:
            self._parts.setdefault(where, []).append(text)


_ASKED = ("/completions", "/responses")
_OK = (200, 201, None)
"""None: nothing of an answer went out, and the work was done all the same."""


def billed(
    seen: Seen, status: int | None, usage: Usage | None, made: Generated, *, whole: bool
) -> Usage | None:
    """Return the tokens that an answer is billed for; None: it is not.

    Args:
        seen: The request.
        status: The HTTP status; None: no sound head was served.
        usage: The tokens that were reported.
        made: What had been sent of the answer.
        whole: Whether it was served to its proper end: then what was reported is all.
    """
    asked = seen.method == "POST" and seen.path.endswith(_ASKED)
    if usage is not None and usage.total_tokens:
        most = max(usage.output_tokens, made.words)
        return usage if whole else replace(usage, output_tokens=most)
    if not asked or status not in _OK or (made.failed and not made.words):
        return None
    return Usage(input_tokens=prompt_words(seen), output_tokens=made.words)
