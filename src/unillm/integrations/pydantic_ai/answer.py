"""unillm's answer as pydantic-ai's."""

from __future__ import annotations

from typing import Any

from pydantic_ai import messages as theirs
from pydantic_core import from_json, to_json

from unillm import ChatResponse, InvalidToolCall, ParsedResponse, ToolCall
from unillm.integrations.pydantic_ai.details import SYSTEM, details_of
from unillm.integrations.pydantic_ai.usage import failed_of, usage_of

_FINISHES: dict[str, theirs.FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_call",
    "content_filter": "content_filter",
}


def response_of(response: ChatResponse) -> theirs.ModelResponse:
    """Return a whole answer."""
    return theirs.ModelResponse(
        parts=parts_of(response),
        usage=usage_of(response),
        model_name=name_of(response),
        provider_name=SYSTEM,
        provider_details=details_of(response),
        provider_response_id=response.id,
        finish_reason=finish_of(response),
        failed_attempts=failed_of(response),
    )


def name_of(response: ChatResponse) -> str:
    """Return who answered: a route has several who may."""
    return f"{response.provider}:{response.model}"


def finish_of(response: ChatResponse) -> theirs.FinishReason | None:
    """Return why it ended; a refusal is a filter's work to pydantic-ai."""
    if response.refusal is not None:
        return "content_filter"
    return _FINISHES.get(response.finish_reason)


def parts_of(response: ChatResponse) -> list[theirs.ModelResponsePart]:
    """Return what was thought, said, drawn and called; of a refusal, nothing."""
    if response.refusal is not None:
        return []
    made: list[theirs.ModelResponsePart] = []
    if response.reasoning:
        made.append(thought(response.reasoning))
    if text := text_of(response):
        made.append(theirs.TextPart(text))
    made += drawn(response)
    made += [called(call) for call in response.tool_calls]
    made += [refused(call) for call in response.invalid_tool_calls]
    return made


def thought(text: str) -> theirs.ThinkingPart:
    """Return what was thought."""
    return theirs.ThinkingPart(text, provider_name=SYSTEM)


def text_of(response: ChatResponse) -> str:
    """Return what was said; of an output that had to be repaired, the repaired JSON."""
    if not isinstance(response, ParsedResponse):
        return response.text
    output = output_of(response)
    try:
        if from_json(response.text) == output:
            return response.text
    except ValueError:
        pass
    return to_json(output).decode()


def output_of(response: Any) -> Any:
    """Return the value that was made of an answer; what type it is, only its caller knows."""
    return response.output


def drawn(response: ChatResponse) -> list[theirs.FilePart]:
    """Return the images that the model made and that came with the answer."""
    found = [(image.data, image.media_type) for image in response.images]
    return [
        theirs.FilePart(theirs.BinaryImage(data, media_type=kind))
        for data, kind in found
        if data is not None and kind is not None
    ]


def called(call: ToolCall) -> theirs.ToolCallPart:
    """Return a call: arguments as they came if nothing was changed, else as they were repaired."""
    untouched = bool(call.raw) and not call.repairs
    return theirs.ToolCallPart(
        call.name,
        call.raw if untouched else call.arguments,
        call.id,
        provider_name=SYSTEM,
        provider_details=_noteworthy(call),
    )


def _noteworthy(call: ToolCall) -> dict[str, Any]:
    told: dict[str, Any] = {"origin": call.origin}
    if call.repairs:
        told |= {"raw": call.raw, "repairs": [edit.to_dict() for edit in call.repairs]}
    if call.raw_name is not None:
        told["raw_name"] = call.raw_name
    return {SYSTEM: told}


def refused(call: InvalidToolCall) -> theirs.ToolCallPart:
    """Return a call that must not be executed: pydantic-ai refuses it, and tells the model why.

    Its arguments are followed by the reason, which makes them no JSON whatever they were: of
    what can be read, pydantic-ai might make arguments.
    """
    return theirs.ToolCallPart(
        call.name,
        f"{call.raw}\n<refused: {call.reason}>",
        call.id,
        provider_name=SYSTEM,
        provider_details={SYSTEM: {"invalid": call.to_dict()}},
    )
