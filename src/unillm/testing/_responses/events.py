"""The events of a stream, without their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from unillm.testing._pieces import fragments, pieces_of

__all__ = ["begun", "events_of", "item_events", "numbered", "terminal"]

Event = dict[str, Any]

_TERMINAL = {
    "completed": "response.completed",
    "incomplete": "response.incomplete",
    "failed": "response.failed",
}
_EMPTY: tuple[tuple[str, Any], ...] = (
    ("summary", []),
    ("content", []),
    ("arguments", ""),
    ("input", ""),
    ("status", "in_progress"),
)


def begun(response: Mapping[str, Any]) -> list[Event]:
    """Return the events that open a stream."""
    kinds = ("response.created", "response.in_progress")
    return [{"type": kind, "response": dict(response)} for kind in kinds]


def terminal(response: Mapping[str, Any]) -> Event:
    """Return the event that ends a stream."""
    return {"type": _TERMINAL[response["status"]], "response": dict(response)}


def events_of(under_way: Mapping[str, Any], ended: Mapping[str, Any]) -> Iterator[Event]:
    """Return all events of a response.

    Args:
        under_way: The response of which nothing has come.
        ended: The response at its end.
    """
    yield from begun(under_way)
    for at, item in enumerate(ended["output"]):
        yield from item_events(at, item)
    yield terminal(ended)


def item_events(at: int, item: Mapping[str, Any]) -> Iterator[Event]:
    """Return the events that bring one item, from where it is added until it is done.

    Args:
        at: Its position in the output.
        item: The item as it is at its end.
    """
    yield {"type": "response.output_item.added", "output_index": at, "item": _empty(item)}
    for event in _INSIDE[item["type"]](item):
        yield {"output_index": at, "item_id": item["id"], **event}
    yield {"type": "response.output_item.done", "output_index": at, "item": dict(item)}


def numbered(events: Iterable[Event], first: int = 0) -> Iterator[Event]:
    """Return events with the ``sequence_number`` that each has on the wire."""
    for number, event in enumerate(events, first):
        yield {"sequence_number": number, **event}


def _empty(item: Mapping[str, Any]) -> Event:
    """Return an item as it is when it is added."""
    kept = {key: value for key, value in item.items() if key not in {"encrypted_content", "result"}}
    return kept | {field: value for field, value in _EMPTY if field in item}


def _in_message(item: Mapping[str, Any]) -> Iterator[Event]:
    for index, part in enumerate(item["content"]):
        for event in _in_text(part) if part["type"] == "output_text" else _in_refusal(part):
            yield {"content_index": index, **event}


def _in_text(part: Mapping[str, Any]) -> Iterator[Event]:
    yield _added({**part, "text": "", "annotations": []})
    for piece in pieces_of(part["text"]):
        yield {"type": "response.output_text.delta", "delta": piece, "logprobs": []}
    for index, annotation in enumerate(part["annotations"]):
        yield {
            "type": "response.output_text.annotation.added",
            "annotation_index": index,
            "annotation": annotation,
        }
    yield {"type": "response.output_text.done", "text": part["text"], "logprobs": []}
    yield _done(part)


def _in_refusal(part: Mapping[str, Any]) -> Iterator[Event]:
    yield _added({**part, "refusal": ""})
    for piece in pieces_of(part["refusal"]):
        yield {"type": "response.refusal.delta", "delta": piece}
    yield {"type": "response.refusal.done", "refusal": part["refusal"]}
    yield _done(part)


def _in_reasoning(item: Mapping[str, Any]) -> Iterator[Event]:
    for index, part in enumerate(item["summary"]):
        for event in _in_summary(part):
            yield {"summary_index": index, **event}
    for index, part in enumerate(item.get("content", ())):
        for event in _in_thought(part):
            yield {"content_index": index, **event}


def _in_summary(part: Mapping[str, Any]) -> Iterator[Event]:
    yield {"type": "response.reasoning_summary_part.added", "part": {**part, "text": ""}}
    for piece in pieces_of(part["text"]):
        yield {"type": "response.reasoning_summary_text.delta", "delta": piece}
    yield {"type": "response.reasoning_summary_text.done", "text": part["text"]}
    yield {"type": "response.reasoning_summary_part.done", "part": dict(part)}


def _in_thought(part: Mapping[str, Any]) -> Iterator[Event]:
    yield _added({**part, "text": ""})
    for piece in pieces_of(part["text"]):
        yield {"type": "response.reasoning_text.delta", "delta": piece}
    yield {"type": "response.reasoning_text.done", "text": part["text"]}
    yield _done(part)


def _in_call(item: Mapping[str, Any]) -> Iterator[Event]:
    for piece in fragments(item["arguments"]):
        yield {"type": "response.function_call_arguments.delta", "delta": piece}
    yield {"type": "response.function_call_arguments.done", "arguments": item["arguments"]}


def _in_custom_call(item: Mapping[str, Any]) -> Iterator[Event]:
    for piece in pieces_of(item["input"]):
        yield {"type": "response.custom_tool_call_input.delta", "delta": piece}
    yield {"type": "response.custom_tool_call_input.done", "input": item["input"]}


def _in_image(_: Mapping[str, Any]) -> Iterator[Event]:
    for stage in ("in_progress", "generating", "completed"):
        yield {"type": f"response.image_generation_call.{stage}"}


def _added(part: Mapping[str, Any]) -> Event:
    return {"type": "response.content_part.added", "part": dict(part)}


def _done(part: Mapping[str, Any]) -> Event:
    return {"type": "response.content_part.done", "part": dict(part)}


_INSIDE = {
    "message": _in_message,
    "reasoning": _in_reasoning,
    "function_call": _in_call,
    "custom_tool_call": _in_custom_call,
    "image_generation_call": _in_image,
}
