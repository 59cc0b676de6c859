"""What tells one interface from another: its path, how bodies are written and answers read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from unillm.types.facts import Api
from unillm.types.json import JsonObject

if TYPE_CHECKING:
    from unillm._wire.decoder import ReadingOf
    from unillm._wire.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """One interface.

    Attributes:
        path: What is put behind the base URL.
        body_of: Writes the body of a plan.
        merged: Lays ``extra_body`` over a body.
        reading: Reads the objects of an answer.
    """

    path: str
    body_of: Callable[[Plan], JsonObject]
    merged: Callable[[JsonObject, JsonObject], JsonObject]
    reading: ReadingOf


@cache
def interface(api: Api) -> Interface:
    """Return an interface. Each is loaded when it is first needed."""
    if api == "responses":
        from unillm._wire.responses.body import body_of, with_extra
        from unillm._wire.responses.reading import ResponsesReading

        return Interface(
            path="/responses", body_of=body_of, merged=with_extra, reading=ResponsesReading
        )
    from unillm._wire.chat_completions.body import body_of as chat_body
    from unillm._wire.chat_completions.reading import ChatReading

    return Interface(path="/chat/completions", body_of=chat_body, merged=_over, reading=ChatReading)


def _over(body: JsonObject, extra: JsonObject) -> JsonObject:
    return {**body, **extra}
