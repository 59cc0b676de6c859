"""What tells one interface from another: its path, how bodies are written and answers read."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from unillm.types.dataclass import dataclass
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
        field: The field of a body that has the conversation; it is the second, after the model.
        fields_of: Gives the other fields of the body of a plan, the model first.
        messages_of: Gives the items of the conversation of a plan, each written.
        merged: Lays ``extra_body`` over a body.
        reading: Reads the objects of an answer.
    """

    path: str
    field: str
    fields_of: Callable[[Plan], JsonObject]
    messages_of: Callable[[Plan], list[bytes]]
    merged: Callable[[JsonObject, JsonObject], JsonObject]
    reading: ReadingOf

    @property
    def opening(self) -> bytes:
        """Return what stands in a body between the model and the first item of a conversation."""
        return f',"{self.field}":['.encode()


@cache
def interface(api: Api) -> Interface:
    """Return an interface. Each is loaded when it is first needed."""
    if api == "responses":
        from unillm._wire.responses import body
        from unillm._wire.responses.items import input_of
        from unillm._wire.responses.reading import ResponsesReading

        return Interface(
            path="/responses",
            field="input",
            fields_of=body.fields_of,
            messages_of=input_of,
            merged=body.with_extra,
            reading=ResponsesReading,
        )
    from unillm._wire.chat_completions import body as chat
    from unillm._wire.chat_completions.reading import ChatReading

    return Interface(
        path="/chat/completions",
        field="messages",
        fields_of=chat.fields_of,
        messages_of=chat.messages_of,
        merged=_over,
        reading=ChatReading,
    )


def _over(body: JsonObject, extra: JsonObject) -> JsonObject:
    return {**body, **extra}
