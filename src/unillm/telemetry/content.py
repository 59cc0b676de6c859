"""What was said, in the shape that the conventions give it. Only where that is asked for.

The shape is that of gen-ai-input-messages.json, gen-ai-output-messages.json and
gen-ai-tool-definitions.json of open-telemetry/semantic-conventions-genai, model/gen-ai@2b902ce1 and
@d357ce21 (read 2026-11-28). Instructions stand among the messages, for that is how they are sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from unillm.telemetry.names import Conventions, named
from unillm.telemetry.sink import Sink
from unillm.types.document import FilePart
from unillm.types.image import ImagePart
from unillm.types.messages import AssistantMessage, Message, ToolMessage
from unillm.types.parts import Content, Part, RawPart, TextPart
from unillm.types.record import Record
from unillm.types.request import ChatRequest
from unillm.types.response import ChatResponse

if TYPE_CHECKING:
    from opentelemetry.context import Context

_EVENT = "gen_ai.client.inference.operation.details"
"""The event that has a whole call, at DEBUG: model/gen-ai/events.yaml@03870916 of the same."""

_FINISHES = {"tool_calls": "tool_call"}
"""Where the conventions have another word for why an answer ended."""


def content_of(record: Record, conventions: Conventions) -> dict[str, Any]:
    """Return what was said as attributes of a span: as JSON, for they have no structure."""
    found = _content(record, conventions)
    return {name: to_json(value, inf_nan_mode="null").decode() for name, value in found.items()}


def tell_event(
    sink: Sink, attributes: Mapping[str, Any], record: Record, context: Context | None
) -> None:
    """Tell of an operation as an event of its own, with what was said."""
    from opentelemetry._logs import LogRecord, SeverityNumber

    if sink.logger is not None:
        said = _content(record, sink.conventions)
        sink.logger.emit(
            LogRecord(
                timestamp=int((record.started_at + record.duration) * 1_000_000_000),
                context=context,
                severity_number=SeverityNumber.DEBUG,
                event_name=_EVENT,
                attributes={**attributes, **said},
            )
        )


def _content(record: Record, conventions: Conventions) -> dict[str, Any]:
    request, response = record.request, record.response
    values: dict[str, Any] = {}
    if request is not None:
        values["messages.input"] = [_message(message) for message in request.messages]
        values["tools"] = _tools(request) or None
    if response is not None:
        values["messages.output"] = [_output(response, record, conventions)]
    return named(values, conventions)


def _message(message: Message) -> dict[str, Any]:
    role = "system" if message.role == "developer" else message.role
    told: dict[str, Any] = {"role": role, "parts": [*_parts(message)]}
    return told if message.name is None else {**told, "name": message.name}


def _output(response: ChatResponse, record: Record, conventions: Conventions) -> dict[str, Any]:
    told = _message(response.message)
    if conventions != "latest":  # the draft has it among the attributes alone
        reason = response.finish_reason
        failed = record.outcome != "ok"
        told["finish_reason"] = "error" if failed else _FINISHES.get(reason, reason)
    return told


def _parts(message: Message) -> Iterator[dict[str, Any]]:
    if isinstance(message, ToolMessage):
        said = message.content
        result = said if isinstance(said, str) else [_part(part) for part in said]
        yield {"type": "tool_call_response", "id": message.tool_call_id, "response": result}
        return
    if isinstance(message, AssistantMessage) and message.reasoning:
        yield {"type": "reasoning", "content": message.reasoning}
    yield from _said(message.content)
    if isinstance(message, AssistantMessage):
        if message.refusal:
            yield {"type": "refusal", "content": message.refusal}
        for call in message.tool_calls:
            named_so = {"id": call.id, "name": call.name, "arguments": call.arguments}
            yield {"type": "tool_call", **named_so}


def _said(content: Content | None) -> Iterator[dict[str, Any]]:
    if isinstance(content, str):
        yield {"type": "text", "content": content}
    else:
        yield from map(_part, content or ())


def _part(part: Part) -> dict[str, Any]:
    """Return a part; the bytes of images and documents stay out, for no backend takes them."""
    match part:
        case TextPart(text):
            return {"type": "text", "content": text}
        case ImagePart(url):
            return _linked(url, "image")
        case FilePart(url) if part.file_id is None:
            return _linked(url or "", "document")
        case FilePart():
            return {"type": "file", "modality": "document", "file_id": part.file_id}
        case RawPart(data):
            return {"type": str(data.get("type", "raw"))}


def _linked(url: str, modality: str) -> dict[str, Any]:
    if not url.startswith("data:"):
        return {"type": "uri", "modality": modality, "uri": url}
    media_type = url[5:].partition(";")[0]
    return {"type": "blob", "modality": modality, "mime_type": media_type, "content": ""}


def _tools(request: ChatRequest) -> list[dict[str, Any]]:
    functions = [
        {
            "type": "function",
            "name": tool.name,
            "description": tool.description,
            "parameters": tool.parameters,
        }
        for tool in request.tools
    ]
    hosted = [
        {"type": str(tool.get("type")), "name": str(tool.get("name") or tool.get("type"))}
        for tool in request.hosted_tools
    ]
    return [*functions, *hosted]
