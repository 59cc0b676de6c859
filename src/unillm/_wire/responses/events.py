"""The events of a stream, each with what reads it.

openai-python 3.57.0, types/responses/response_stream_event.py, read 2026-11-28.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from unillm._wire.responses.entry import Entry, Kind
from unillm._wire.responses.output import Output, text_of
from unillm.errors import MalformedResponseError
from unillm.types.json import JsonObject, is_object

Read: TypeAlias = Callable[[Output, JsonObject], None]
"""Takes one event into the output."""


def _entry(output: Output, event: JsonObject) -> Entry:
    return output.entries.at(event.get("item_id"), event.get("output_index"))


def _number(event: JsonObject, counter: str) -> int:
    number = event.get(counter)
    return number if type(number) is int else 0


def _delta_of(kind: Kind, counter: str) -> Read:
    def read(output: Output, event: JsonObject) -> None:
        piece = text_of(event, "delta")
        if piece:
            part = output.add(_entry(output, event), kind, _number(event, counter), piece)
            if part is not None and event.get("logprobs"):
                output.log(part, event["logprobs"])

    return read


def _whole_of(kind: Kind, counter: str, field: str) -> Read:
    def read(output: Output, event: JsonObject) -> None:
        whole = text_of(event, field)
        if whole is not None:
            part = output.end(_entry(output, event), kind, _number(event, counter), whole)
            if part is not None:
                output.log(part, event.get("logprobs"), again=True)

    return read


def _arguments_delta_of(kind: str) -> Read:
    def read(output: Output, event: JsonObject) -> None:
        piece = text_of(event, "delta")
        if piece:
            output.add_arguments(_call(output, event, kind), piece)

    return read


def _arguments_of(kind: str, field: str) -> Read:
    def read(output: Output, event: JsonObject) -> None:
        output.end_arguments(_call(output, event, kind), event.get(field))

    return read


def _call(output: Output, event: JsonObject, kind: str) -> Entry:
    entry = _entry(output, event)
    entry.type = entry.type or kind
    return entry


def _part_done(output: Output, event: JsonObject) -> None:
    output.end_part(_entry(output, event), _number(event, "content_index"), event.get("part"))


def _annotation(output: Output, event: JsonObject) -> None:
    annotation = event.get("annotation")
    if is_object(annotation):
        part = _entry(output, event).part("text", _number(event, "content_index"))
        output.annotate(part, [annotation])


def _added(output: Output, event: JsonObject) -> None:
    entry, item = _item(output, event)
    output.begin(entry, item)


def _done(output: Output, event: JsonObject) -> None:
    entry, item = _item(output, event)
    output.end_item(entry, item)


def _item(output: Output, event: JsonObject) -> tuple[Entry, JsonObject]:
    item: Any = event.get("item")
    if not is_object(item):
        raise MalformedResponseError(f"an item is {type(item).__name__}, not an object")
    return output.entries.at(item.get("id"), event.get("output_index")), item


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
