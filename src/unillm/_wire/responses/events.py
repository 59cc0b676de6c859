"""The events of a stream, each with what reads it.

openai-python 3.57.0, types/responses/response_stream_event.py, read 2026-11-28.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from unillm._wire.responses.entry import Entry, Kind, number_in
from unillm._wire.responses.output import PARTS, Output, text_of
from unillm.errors import MalformedResponseError
from unillm.types.json import JsonObject, is_object

Read: TypeAlias = Callable[[Output, JsonObject], None]
"""Takes one event into the output."""


_HAVE: dict[Kind, str] = {
    "text": "message",
    "refusal": "message",
    "content": "reasoning",
    "summary": "reasoning",
}
"""Which items have which texts."""


def _entry(output: Output, event: JsonObject, kind: str) -> Entry:
    return output.entries.at(event.get("item_id"), event.get("output_index"), kind)


def _number(event: JsonObject, counter: str) -> int:
    return number_in(event.get(counter)) or 0


def _delta_of(kind: Kind, counter: str) -> Read:
    def read(output: Output, event: JsonObject) -> None:
        piece = text_of(event, "delta")
        if piece:
            entry = _entry(output, event, _HAVE.get(kind, ""))
            part = output.add(entry, kind, _number(event, counter), piece)
            if part is not None and event.get("logprobs"):
                output.log(part, event["logprobs"])

    return read


def _whole_of(kind: Kind, counter: str, field: str) -> Read:
    def read(output: Output, event: JsonObject) -> None:
        whole = text_of(event, field)
        if whole is not None:
            entry = _entry(output, event, _HAVE.get(kind, ""))
            part = output.end(entry, kind, _number(event, counter), whole)
            if part is not None:
                output.log(part, event.get("logprobs"), again=True)

    return read


def _arguments_delta_of(kind: str) -> Read:
    def read(output: Output, event: JsonObject) -> None:
        piece = text_of(event, "delta")
        if piece:
            output.add_arguments(_entry(output, event, kind), piece)

    return read


def _arguments_of(kind: str, field: str) -> Read:
    def read(output: Output, event: JsonObject) -> None:
        output.end_arguments(_entry(output, event, kind), event.get(field))

    return read


def _part_done(output: Output, event: JsonObject) -> None:
    part = event.get("part")
    kind = PARTS.get(str(part.get("type"))) if is_object(part) else None
    entry = _entry(output, event, _HAVE.get(kind, "") if kind else "")
    output.end_part(entry, _number(event, "content_index"), part)


def _annotation(output: Output, event: JsonObject) -> None:
    annotation = event.get("annotation")
    if is_object(annotation):
        entry = _entry(output, event, "message")
        part = entry.part("text", _number(event, "content_index"))
        output.annotate(part, [annotation])


def _added(output: Output, event: JsonObject) -> None:
    entry, item = _item(output, event, begins=True)
    output.begin(entry, item)


def _done(output: Output, event: JsonObject) -> None:
    entry, item = _item(output, event, begins=False)
    output.end_item(entry, item)


def _item(output: Output, event: JsonObject, *, begins: bool) -> tuple[Entry, JsonObject]:
    item: Any = event.get("item")
    if not is_object(item):
        raise MalformedResponseError(f"an item is {type(item).__name__}, not an object")
    return output.entries.of(item, event.get("output_index"), begins=begins), item


EVENTS: dict[str, Read] = {
    "response.output_item.added": _added,
    "response.output_item.done": _done,
    "response.content_part.done": _part_done,
    "response.output_text.delta": _delta_of("text", "content_index"),
    "response.output_text.done": _whole_of("text", "content_index", "text"),
    "response.output_text.annotation.added": _annotation,
    "response.refusal.delta": _delta_of("refusal", "content_index"),
    "response.refusal.done": _whole_of("refusal", "content_index", "refusal"),
    "response.reasoning_text.delta": _delta_of("content", "content_index"),
    "response.reasoning_text.done": _whole_of("content", "content_index", "text"),
    "response.reasoning_summary_text.delta": _delta_of("summary", "summary_index"),
    "response.reasoning_summary_text.done": _whole_of("summary", "summary_index", "text"),
    "response.function_call_arguments.delta": _arguments_delta_of("function_call"),
    "response.function_call_arguments.done": _arguments_of("function_call", "arguments"),
    "response.custom_tool_call_input.delta": _arguments_delta_of("custom_tool_call"),
    "response.custom_tool_call_input.done": _arguments_of("custom_tool_call", "input"),
}
"""Those that tell of the output. The rest tells that something begins or goes on, or belongs to a
tool the provider runs."""
