"""The body of a request to the Responses API, read.

Fields: openai-python 3.57.0, types/responses/response_create_params.py (read 2026-11-29).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, TypeAlias

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
from unillm._wire.serve.input_items import messages_in
from unillm._wire.serve.left_out import (
    ease_choice,
    ease_settings,
    eased_items,
    leave_unknown,
    notes_of,
)
from unillm._wire.serve.mended import mended
from unillm._wire.serve.namespaces import Offer, offered
from unillm._wire.serve.sealed import OPEN, Seal
from unillm.errors import InvalidRequestError
from unillm.types.json import JsonObject, is_list, is_object
from unillm.types.messages import Message, SystemMessage
from unillm.types.request import ChatRequest

Earlier: TypeAlias = Callable[[str], "tuple[Message, ...] | None"]
"""Gives the conversation up to and with an answer, by the id of that; None: it is not kept."""

_ECHOED: JsonObject = {
    # the field: what it is where the request does not say
    "instructions": None,
    "max_output_tokens": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "reasoning": {"effort": None, "summary": None},
    "temperature": None,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_p": None,
    "truncation": "disabled",
}
_KNOWN = (
    SAME
    | {"include", "input", "instructions", "max_output_tokens", "reasoning"}
    | {
        *("text", "truncation"),
    }
)
_REFUSED = {
    "background": "ask for a stream, or wait for the answer",
    "conversation": "send the conversation as input, or previous_response_id",
    "prompt": "send the instructions and the input themselves",
}
_LOGPROBS = "message.output_text.logprobs"
_ENCRYPTED = "reasoning.encrypted_content"


def responses_asked(
    given: JsonObject, earlier: Earlier, seal: Seal = OPEN, *, lenient: bool = False
) -> Asked:
    """Read a request to the Responses API.

    Args:
        given: The body.
        earlier: Gives the conversation that ``previous_response_id`` names.
        seal: Whose thinking is read back.
        lenient: Whether what agents write is put right; and nothing is kept. Otherwise fields of a
            provider's own are handed on.

    Raises:
        InvalidRequestError: Something in it is not what the protocol has there, or the answer that
            it goes on from is not kept.
        UnsupportedFeatureError: It asks for what cannot be honoured.
    """
    body, left_out = set_in(given), Counter[str]()
    echo = {name: body.get(name, usual) for name, usual in _ECHOED.items()}
    offer = _eased(body, left_out) if lenient else offered(None)
    options, model, stream = options_in(body), model_in(body), flag_in(body, "stream")
    stores = body.get("store") is not False and not lenient
    refuse(body, _REFUSED)
    refuse(body if body.get("truncation") != "disabled" else {}, _TRUNCATION)
    functions, hosted = tools_in(body, None)
    instructions, before = _instructions(body), _before(body, earlier)
    messages, notes = messages_in(body.pop("input", []), seal, offer.names.flat)
    conversation = (*before, *messages)
    settings, sealed = _settings_in(body)
    if lenient:
        conversation, more = mended(conversation)
        _ease(body, settings, offer, left_out)
        notes = (*notes_of(left_out), *offer.notes, *notes, *more)
    request = ChatRequest(
        messages=(*instructions, *conversation),
        tools=tuple(functions),
        hosted_tools=tuple(hosted),
        settings=settings,
        stream=stream,
        extra_body=body,
    )
    return Asked(
        face="responses",
        model=model,
        request=request,
        options=options,
        echo=echo,
        stores=stores,
        seals=sealed or not stores,
        seal=seal,
        conversation=conversation,
        notes=notes,
        spaces=offer.names.spaces,
    )


def _settings_in(body: JsonObject) -> tuple[JsonObject, bool]:
    """Take the settings, and tell whether sealed thinking is to be in the answer."""
    settings: JsonObject = {name: body.pop(name) for name in list(body) if name in SAME}
    _take_nested(body, settings)
    sealed = _take_include(body, settings)
    for name in ("stream_options", "truncation"):
        body.pop(name, None)
    return settings, sealed


def _eased(body: JsonObject, left_out: Counter[str]) -> Offer:
    """Leave out of a body what is not served, and return the tools, which are put into it.

    Nothing is shortened here: where a server may (``truncation``), it need not.
    """
    leave_unknown(body, _KNOWN, left_out)
    if body.get("truncation") == "auto":
        body.pop("truncation")
        left_out["truncation"] += 1
    offer = offered(body.pop("tools", None))
    body["tools"] = offer.tools
    body["input"] = eased_items(body.pop("input", []))
    return offer


def _ease(body: JsonObject, settings: JsonObject, offer: Offer, left_out: Counter[str]) -> None:
    """Leave out of what was read what asks for nothing that is served."""
    left_out.update(
        f"{name}.{inner}" for name in ("reasoning", "text") for inner in body.pop(name, ())
    )
    body.pop("include", None)
    ease_settings(settings, left_out)
    ease_choice(settings, offer.dropped)
    choice: Any = settings.get("tool_choice")
    if is_object(choice) and isinstance(choice.get("name"), str):
        name = offer.names.flat(choice.get("namespace"), choice["name"])
        settings["tool_choice"] = {"type": choice.get("type"), "name": name}


_TRUNCATION = {"truncation": "shorten the input yourself; too long a one is refused"}


def _instructions(body: JsonObject) -> tuple[Message, ...]:
    """Take the instructions. Those of the answer that is gone on from do not hold on."""
    given = body.pop("instructions", None)
    if not isinstance(given, str | None):
        raise InvalidRequestError("instructions must be a text: send messages as input")
    return (SystemMessage(given),) if given else ()


def _before(body: JsonObject, earlier: Earlier) -> tuple[Message, ...]:
    """Take the conversation that is gone on with."""
    previous = body.pop("previous_response_id", None)
    if previous is None:
        return ()
    kept = earlier(previous) if isinstance(previous, str) else None
    if kept is None:
        raise InvalidRequestError(
            f"previous_response_id {previous!r} is not known here: the answer was not made here, "
            "was made with store=false, or is too long ago. Send the whole conversation as input."
        )
    return kept


def _take_nested(body: JsonObject, settings: JsonObject) -> None:
    """Take the settings that are in objects of the body, or have another name."""
    text, reasoning = object_in(body, "text"), object_in(body, "reasoning")
    limit: Any = body.pop("max_output_tokens", None)
    if limit is not None:
        settings["max_tokens"] = limit
    if "verbosity" in text:
        settings["verbosity"] = text.pop("verbosity")
    asked: Any = text.pop("format", None)
    if is_object(asked) and asked != {"type": "text"}:
        settings["response_format"] = _format(asked)
    for name in ("effort", "summary"):
        if name in reasoning:
            settings[f"reasoning_{name}"] = reasoning.pop(name)
    for name, left in (("text", text), ("reasoning", reasoning)):
        if left:
            body[name] = left


def _format(asked: JsonObject) -> JsonObject:
    """Return the format of an answer as Chat Completions has it."""
    if asked.get("type") != "json_schema":
        return asked
    return {
        "type": "json_schema",
        "json_schema": {name: value for name, value in asked.items() if name != "type"},
    }


def _take_include(body: JsonObject, settings: JsonObject) -> bool:
    """Take what is to be in the answer, and tell whether sealed thinking is to be."""
    include: Any = body.pop("include", None)
    if include is None:
        return False
    if not is_list(include):
        raise InvalidRequestError("include must be a list")
    if _LOGPROBS in include:
        settings["logprobs"] = True
    left = [name for name in include if name not in (_LOGPROBS, _ENCRYPTED)]
    if left:
        body["include"] = left
    return _ENCRYPTED in include
