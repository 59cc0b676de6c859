"""What DSPy has no place of its own for, in the places where it keeps what providers say."""

from __future__ import annotations

from dataclasses import replace

import unillm
from unillm.types.json import JsonObject


def details(response: unillm.ChatResponse) -> JsonObject:
    """Return all of an answer that is not in its parts, as plain JSON types.

    It is ``response.provider_data["unillm"]``: the fields of `unillm.ChatResponse` under their
    names, its cost, attempts and notes among them. Of the message there is the refusal, and of each
    call how it came: ``raw``, ``repairs``, ``origin`` and ``raw_name``.
    """
    bare = replace(response, message=unillm.AssistantMessage(), raw=None)
    made = bare.to_dict()
    del made["message"], made["raw"]
    made["refusal"] = response.refusal
    made["tool_calls"] = [_came(call) for call in response.tool_calls]
    return made


def kept(message: unillm.AssistantMessage) -> JsonObject:
    """Return what goes back with an answer beside its parts; empty: nothing does."""
    bare = unillm.AssistantMessage(
        reasoning_field=message.reasoning_field, native=message.native, extra=message.extra
    )
    return {name: value for name, value in bare.to_dict().items() if name != "role" and value}


def _came(call: unillm.ToolCall) -> JsonObject:
    made = call.to_dict()
    return {name: made[name] for name in made if name not in {"name", "arguments"}}
