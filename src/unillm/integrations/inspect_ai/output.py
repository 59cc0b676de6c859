"""unillm's answers as inspect_ai's output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessageAssistant,
    Content,
    ContentImage,
    ContentReasoning,
    ContentText,
    Logprob,
    Logprobs,
    ModelFallback,
    ModelOutput,
    StopReason,
)
from inspect_ai.tool import ToolCall as TheirCall
from pydantic_core import from_json, to_json

from unillm import (
    Attempt,
    ChatResponse,
    ContentPolicyError,
    ContextLengthError,
    InvalidToolCall,
    ParsedResponse,
    UnillmError,
)
from unillm.integrations.inspect_ai.config import Asked
from unillm.integrations.inspect_ai.details import details_of, kept_of
from unillm.integrations.inspect_ai.usage import usage_of

_STOPS: dict[str, StopReason] = {
    "stop": "stop",
    "length": "max_tokens",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
}


def output_of(asked_model: str, responses: Sequence[ChatResponse], asked: Asked) -> ModelOutput:
    """Return the answers to one call, each a choice."""
    first = responses[0]
    answering = answering_of(first)
    context = first.usage.input_tokens if first.usage is not None else None
    return ModelOutput(
        model=name_of(first),
        choices=[_choice(response) for response in responses],
        usage=usage_of(responses),
        input_context_tokens=context,
        fallback=_fallback(asked_model, first),
        time=None if answering is None else answering.duration,
        metadata={"unillm": details_of(responses, asked.ignored)},
        response_id=first.id,
    )


def name_of(response: ChatResponse) -> str:
    """Return who answered: a route has several who may."""
    return f"{response.provider}:{response.model}"


def answering_of(response: ChatResponse) -> Attempt | None:
    """Return the attempt that answered."""
    return next((a for a in reversed(response.attempts) if a.outcome == "ok"), None)


def answered(model: str, error: UnillmError) -> ModelOutput | None:
    """Return the output that inspect_ai makes of some refusals; None: it is an error there too."""
    stop: StopReason
    match error:
        case ContextLengthError():
            stop = "model_length"
        case ContentPolicyError():
            stop = "content_filter"
        case _:
            return None
    return ModelOutput.from_content(model, error.message, stop, str(error))


def _fallback(asked_model: str, response: ChatResponse) -> ModelFallback | None:
    answering = answering_of(response)
    first = response.attempts[0] if response.attempts else None
    if first is None or answering is None or _target(first) == _target(answering):
        return None
    return ModelFallback(
        model=_target(first), fallback_model=_target(answering), metadata={"asked": asked_model}
    )


def _target(attempt: Attempt) -> str:
    return f"{attempt.provider}:{attempt.model}"


def _choice(response: ChatResponse) -> ChatCompletionChoice:
    calls = [TheirCall(call.id, call.name, call.arguments) for call in response.tool_calls]
    calls += [_refused(call) for call in response.invalid_tool_calls]
    message = ChatMessageAssistant(
        content=_content(response),
        tool_calls=calls or None,
        model=name_of(response),
        source="generate",
        metadata={"unillm": kept_of(response)},
    )
    stop: StopReason = _STOPS.get(response.finish_reason, "unknown")
    return ChatCompletionChoice(
        message=message,
        stop_reason=stop if response.refusal is None else "content_filter",
        logprobs=_logprobs(response),
    )


def _content(response: ChatResponse) -> str | list[Content]:
    text = text_of(response)
    made: list[Content] = []
    if response.reasoning:
        made.append(ContentReasoning(reasoning=response.reasoning))
    if response.refusal is not None:
        made.append(ContentText(text=response.refusal, refusal=True))
    made += [ContentImage(image=image.url) for image in response.images]
    return [*made, ContentText(text=text)] if made else text


def text_of(response: ChatResponse) -> str:
    """Return what was said; of an output that had to be repaired, the repaired JSON."""
    if not isinstance(response, ParsedResponse):
        return response.text
    value = value_of(response)
    try:
        if from_json(response.text) == value:
            return response.text
    except ValueError:
        pass
    return to_json(value).decode()


def value_of(response: Any) -> Any:
    """Return the value that was made of an answer."""
    return response.output


def _refused(call: InvalidToolCall) -> TheirCall:
    """Return a call that must not be executed: inspect_ai tells the model what is wrong with it."""
    told = f"Error parsing the following tool call arguments:\n\n{call.raw}\n\nError details: "
    return TheirCall(call.id, call.name, {}, told + call.reason)


def _logprobs(response: ChatResponse) -> Logprobs | None:
    if response.logprobs is None:
        return None
    return Logprobs(content=[Logprob.model_validate(entry) for entry in response.logprobs])
