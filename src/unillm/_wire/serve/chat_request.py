"""The body of a request to Chat Completions, read.

Fields: openai-python 3.57.0, types/chat/completion_create_params.py (read 2026-11-29).
"""

from __future__ import annotations

from typing import Any

from unillm._wire.serve.asked import Asked
from unillm._wire.serve.fields import (
    SAME,
    flag_in,
    model_in,
    object_in,
    options_in,
    refuse,
    set_in,
    tools_in,
)
from unillm.errors import InvalidRequestError, UnsupportedFeatureError
from unillm.types.inputs import messages_from
from unillm.types.json import JsonObject, is_list
from unillm.types.request import ChatRequest

_SETTINGS = SAME | {
    "frequency_penalty",
    "logit_bias",
    "max_tokens",
    "presence_penalty",
    "reasoning_effort",
    "response_format",
    "seed",
    "stop",
    "verbosity",
}
_REFUSED = {
    "audio": "answers are text, and images where a model makes them",
    "functions": "send tools; functions were replaced by them",
    "function_call": "send tool_choice; function_call was replaced by it",
}


def chat_asked(given: JsonObject) -> Asked:
    """Read a request to Chat Completions. Fields of a provider's own are handed on.

    Raises:
        InvalidRequestError: Something in it is not what the protocol has there.
        UnsupportedFeatureError: It asks for what cannot be honoured.
    """
    body = set_in(given)
    options, model, stream = options_in(body), model_in(body), flag_in(body, "stream")
    wants_usage = bool(object_in(body, "stream_options").get("include_usage"))
    refuse(body, _REFUSED)
    _refuse_more(body)
    functions, hosted = tools_in(body, "function")
    if any(tool["type"] == "custom" for tool in hosted):
        raise UnsupportedFeatureError("custom tools are served over the Responses API")
    messages = body.pop("messages", None)
    if not is_list(messages):
        raise InvalidRequestError("messages must be a list of messages")
    settings: JsonObject = {name: body.pop(name) for name in list(body) if name in _SETTINGS}
    _take_limit(body, settings)
    request = ChatRequest(
        messages=messages_from(messages),
        tools=tuple(functions),
        hosted_tools=tuple(hosted),
        settings=settings,
        stream=stream,
        extra_body=body,
    )
    return Asked(
        face="chat", model=model, request=request, options=options, wants_usage=wants_usage
    )


def _refuse_more(body: JsonObject) -> None:
    """Refuse several answers, and answers that are heard."""
    n: Any = body.pop("n", None)
    if n is not None and n != 1:
        raise UnsupportedFeatureError(f"n={n!r} is not served here: make {n!r} calls")
    modalities: Any = body.get("modalities")
    if is_list(modalities) and "audio" in modalities:
        refuse({"modalities": True}, {"modalities": _REFUSED["audio"]})


def _take_limit(body: JsonObject, settings: JsonObject) -> None:
    """Take the limit of the answer under its newer name."""
    newer: Any = body.pop("max_completion_tokens", None)
    if newer is None:
        return
    if settings.setdefault("max_tokens", newer) != newer:
        raise InvalidRequestError("max_tokens and max_completion_tokens differ: send one of them")
