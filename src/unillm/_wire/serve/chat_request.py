"""The body of a request to Chat Completions, read.

Fields: openai-python 3.57.0, types/chat/completion_create_params.py (read 2026-11-29).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from unillm._wire.serve.asked import Asked
from unillm._wire.serve.chat_history import tidied
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
from unillm._wire.serve.left_out import ease_choice, ease_settings, leave_unknown, notes_of
from unillm._wire.serve.mended import mended
from unillm._wire.serve.namespaces import Offer, offered
from unillm.errors import InvalidRequestError, UnsupportedFeatureError
from unillm.types.edits import Note
from unillm.types.inputs import messages_from
from unillm.types.json import JsonObject, is_list
from unillm.types.messages import Message
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
_KNOWN = _SETTINGS | {"max_completion_tokens", "messages", "modalities"}
_REFUSED = {
    "audio": "answers are text, and images where a model makes them",
    "functions": "send tools; functions were replaced by them",
    "function_call": "send tool_choice; function_call was replaced by it",
}


def chat_asked(given: JsonObject, *, lenient: bool = False) -> Asked:
    """Read a request to Chat Completions.

    Args:
        given: The body.
        lenient: Whether what agents write is put right. Otherwise fields of a provider's own are
            handed on.

    Raises:
        InvalidRequestError: Something in it is not what the protocol has there.
        UnsupportedFeatureError: It asks for what cannot be honoured.
    """
    body, left_out = set_in(given), Counter[str]()
    offer = _eased(body, left_out) if lenient else offered(None)
    options, model, stream = options_in(body), model_in(body), flag_in(body, "stream")
    wants_usage = bool(object_in(body, "stream_options").get("include_usage"))
    refuse(body, _REFUSED)
    _refuse_more(body)
    functions, hosted = tools_in(body, None if lenient else "function")
    if any(tool["type"] == "custom" for tool in hosted):
        raise UnsupportedFeatureError("custom tools are served over the Responses API")
    messages = body.pop("messages", None)
    if not is_list(messages):
        raise InvalidRequestError("messages must be a list of messages")
    settings: JsonObject = {name: body.pop(name) for name in list(body) if name in _SETTINGS}
    _take_limit(body, settings, left_out if lenient else None)
    said, notes = _said(messages, left_out) if lenient else (messages_from(messages), ())
    if lenient:
        ease_settings(settings, left_out)
        ease_choice(settings, offer.dropped)
    request = ChatRequest(
        messages=said,
        tools=tuple(functions),
        hosted_tools=tuple(hosted),
        settings=settings,
        stream=stream,
        extra_body=body,
    )
    return Asked(
        face="chat",
        model=model,
        request=request,
        options=options,
        wants_usage=wants_usage,
        notes=(*notes_of(left_out), *offer.notes, *notes),
    )


def _eased(body: JsonObject, left_out: Counter[str]) -> Offer:
    """Leave out of a body what is not served, and return the tools, which are put into it."""
    leave_unknown(body, _KNOWN, left_out)
    offer = offered(body.pop("tools", None))
    body["tools"] = offer.tools
    return offer


def _said(
    messages: list[Any], left_out: Counter[str]
) -> tuple[tuple[Message, ...], tuple[Note, ...]]:
    """Return a conversation as providers take it, and what was changed in it."""
    return mended(messages_from(tidied(messages, left_out)))


def _refuse_more(body: JsonObject) -> None:
    """Refuse several answers, and answers that are heard."""
    n: Any = body.pop("n", None)
    if n is not None and n != 1:
        raise UnsupportedFeatureError(f"n={n!r} is not served here: make {n!r} calls")
    modalities: Any = body.get("modalities")
    if modalities == ["text"]:
        body.pop("modalities")
    if is_list(modalities) and "audio" in modalities:
        refuse({"modalities": True}, {"modalities": _REFUSED["audio"]})


def _take_limit(body: JsonObject, settings: JsonObject, left_out: Counter[str] | None) -> None:
    """Take the limit of the answer under its newer name.

    Args:
        body: The body.
        settings: The settings, which may have it under its older name.
        left_out: Where the greater of two that differ is noted; None: they may not.
    """
    newer: Any = body.pop("max_completion_tokens", None)
    if newer is None:
        return
    older: Any = settings.setdefault("max_tokens", newer)
    if older == newer:
        return
    if left_out is None or type(older) is not int or type(newer) is not int:
        raise InvalidRequestError("max_tokens and max_completion_tokens differ: send one of them")
    settings["max_tokens"] = min(older, newer)
    left_out["max_tokens" if older > newer else "max_completion_tokens"] += 1
