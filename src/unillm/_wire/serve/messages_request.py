"""The body of a request to Anthropic's Messages, read.

Fields: anthropic-sdk-python 2.14.0, types/message_create_params.py (read 2026-11-29). What agents
send of them was recorded of claude-code 2.1.197 on 2026-11-23.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any

from unillm._wire.serve.asked import Asked
from unillm._wire.serve.fields import flag_in, model_in, object_in, options_in, refuse, set_in
from unillm._wire.serve.mended import mended
from unillm._wire.serve.messages_thinking import thinking_in
from unillm._wire.serve.messages_tools import long_names, tools_in
from unillm._wire.serve.messages_turns import conversation_in, instructions_in
from unillm._wire.serve.sealed import OPEN, Seal
from unillm._wire.spoken import BETWEEN
from unillm.errors import InvalidRequestError
from unillm.types.edits import Note
from unillm.types.json import JsonObject, is_list, is_object
from unillm.types.messages import Message, SystemMessage
from unillm.types.request import ChatRequest
from unillm.types.settings import checked

_SAME = ("max_tokens", "temperature", "top_p")
"""Settings that have the same name in a call."""
_REFUSED = {
    "mcp_servers": "have your client connect to them, and send what they offer as tools",
}
_BILLING = "x-anthropic-billing-header:"
"""What claude-code writes before the instructions, for Anthropic's accounting: a line that differs
in each request, or in each conversation, so that no cache finds what comes after it
(anthropics/claude-code#24168 and #68900, read 2026-11-29). No model is to read it."""
_TIERS = {"auto": "auto", "standard_only": "default"}
"""Anthropic's tiers, and OpenAI's that ask for the same: the tier that is not paid for."""
_USER = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""Names of users that every provider takes: DeepSeek wants these letters (chenhg5/cc-connect#864),
OpenAI at most as many (openai-python 3.57.0, types/chat/completion_create_params.py, of
``safety_identifier``; read 2026-11-29)."""


def messages_asked(given: JsonObject, seal: Seal = OPEN) -> Asked:
    """Read a request to Anthropic's Messages, or one to have its tokens counted.

    What only Anthropic or its own clients know is left out and noted: caching, editing of the
    context, tools that Anthropic runs.

    Args:
        given: The body.
        seal: Whose thinking is read back.

    Raises:
        InvalidRequestError: Something in it is not what the protocol has there.
        UnsupportedFeatureError: It asks for what cannot be honoured.
    """
    body, notes = set_in(given), list[Note]()
    options, model, stream = options_in(body), model_in(body), flag_in(body, "stream")
    refuse(body, _REFUSED)
    tools, settings = tools_in(body, notes)
    instructions = _instructions(body, notes)
    conversation, left_out = conversation_in(body.pop("messages", None), seal)
    conversation, changed = mended(conversation)
    output = object_in(body, "output_config")
    thinking = thinking_in(body, output, notes)
    if thinking.effort is not None:
        settings["reasoning_effort"] = thinking.effort
    settings |= {name: body.pop(name) for name in _SAME if name in body}
    user_id = _take_renamed(body, settings)
    _take_format(body, output, settings)
    request = ChatRequest(
        messages=(*instructions, *conversation),
        tools=tuple(tools),
        settings=checked(settings),
        stream=stream,
    )
    _note_rest(body, output, notes)
    return Asked(
        face="messages",
        model=model,
        request=request,
        options=options,
        shows=thinking.is_shown and (thinking.is_asked or bool(tools)),
        seals=thinking.is_asked or bool(tools),
        seal=seal,
        asks_for=user_id,
        conversation=conversation,
        renamed=long_names(given.get("tools")),
        notes=(*notes, *left_out, *changed),
    )


def _instructions(body: JsonObject, notes: list[Note]) -> tuple[Message, ...]:
    """Take the instructions, without the line that is none."""
    texts = list(instructions_in(body.pop("system", None)))
    if texts and texts[0].startswith(_BILLING):
        _, _, texts[0] = texts[0].partition("\n")
        notes.append(Note("dropped_header", f"{_BILLING} is for Anthropic, and was left out"))
    text = BETWEEN.join(filter(None, texts))
    return (SystemMessage(text),) if text else ()


def _take_renamed(body: JsonObject, settings: JsonObject) -> str | None:
    """Take the settings that have another name in a call; return for whom it is, as it stands."""
    stops: Any = body.pop("stop_sequences", None)
    if stops is not None and not is_list(stops):
        raise InvalidRequestError("stop_sequences must be a list of texts")
    if stops:
        settings["stop"] = stops
    tier: Any = body.pop("service_tier", None)
    if tier is not None:
        if not isinstance(tier, str) or tier not in _TIERS:
            raise InvalidRequestError(f"service_tier must be one of {', '.join(_TIERS)}")
        settings["service_tier"] = _TIERS[tier]
    user: Any = object_in(body, "metadata").get("user_id")
    if not isinstance(user, str | None):
        raise InvalidRequestError("metadata.user_id must be a text")
    if user:
        settings["user"] = user if _USER.fullmatch(user) else sha256(user.encode()).hexdigest()
    return user


def _take_format(body: JsonObject, output: JsonObject, settings: JsonObject) -> None:
    """Take the form that the answer is to have; ``output_format`` is the older name of it."""
    older: Any = body.pop("output_format", None)
    asked: Any = output.pop("format", older)
    if asked is None:
        return
    schema: Any = asked.get("schema") if is_object(asked) else None
    if not is_object(asked) or asked.get("type") != "json_schema" or not is_object(schema):
        raise InvalidRequestError(
            "output_config.format must be an object of type json_schema with a schema"
        )
    named = {"name": "output", "schema": schema}
    settings["response_format"] = {"type": "json_schema", "json_schema": named}


def _note_rest(body: JsonObject, output: JsonObject, notes: list[Note]) -> None:
    """Note what is left: nobody asked here knows it."""
    left = sorted([*body, *(f"output_config.{name}" for name in output)])
    if left:
        said = f"left out, as only Anthropic knows it: {', '.join(left)}"
        notes.append(Note("dropped_field", said))
