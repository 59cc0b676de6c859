"""What agents put into a request that changes nothing in its meaning, left out or put right."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

from unillm._wire.serve.chat_history import arguments_text
from unillm._wire.serve.input_items import ITEMS_ANSWERING, ITEMS_CALLING
from unillm._wire.serve.mended import NO_ID
from unillm.errors import UnsupportedFeatureError
from unillm.types.edits import Note
from unillm.types.json import JsonObject, is_list, is_object
from unillm.types.settings import EFFORTS

ALWAYS = frozenset(
    (
        *("audio", "background", "conversation", "function_call", "functions", "model"),
        *("n", "previous_response_id", "prompt", "stream", "stream_options", "tools", "unillm"),
    )
)
"""Fields that are read, or refused, beside the settings."""

_WORDS = {
    "reasoning_effort": EFFORTS,
    "reasoning_summary": ("auto", "concise", "detailed"),
    "verbosity": ("low", "medium", "high"),
}
_QUIET = frozenset({"client_metadata", "metadata"})
"""Fields that are the client's own business: nobody needs to be told that they went no further."""

_CHOICES = {"any": "required"}
"""Words of Anthropic's and Mistral's for what OpenAI has under another one."""


def leave_unknown(body: JsonObject, known: Collection[str], left_out: Counter[str]) -> None:
    """Take out of a body what is no field of the protocol that is served.

    Hosts refuse each other's fields (OpenAI: "Unrecognized request argument supplied"), and behind
    a route nobody knows who will answer. The thinking that is turned on or off by other names is
    read first.
    """
    is_read = "reasoning_effort" in known
    effort = _thinking(body) if is_read else None
    if effort is not None and body.setdefault("reasoning_effort", effort) != effort:
        is_read = False  # another one counts
    for name in [name for name in body if name not in known and name not in ALWAYS]:
        value = body.pop(name)
        if name in _THINKING and is_read:
            left_out.update(_unread(name, value))
        elif name not in _QUIET and value not in (None, False, [], {}):
            left_out[name] += 1


_THINKING = {
    "thinking": ("type", "effort"),
    "enable_thinking": (),
    "chat_template_kwargs": ("thinking", "enable_thinking"),
    "reasoning": ("effort", "enabled"),
}
"""Fields that turn thinking on or off, and what is read of those that are objects."""


def _unread(name: str, value: Any) -> Iterable[str]:
    """Give what of such a field is not read."""
    if is_object(value):
        yield from (f"{name}.{inner}" for inner in value if inner not in _THINKING[name])
    elif value not in (None, False, True, [], ""):
        yield name


def _thinking(body: JsonObject) -> str | None:
    """Return the effort that hosts' own fields ask for; None: they ask for none.

    ``thinking`` is DeepSeek's (https://api-docs.deepseek.com/guides/thinking_mode),
    ``enable_thinking`` Qwen's, ``chat_template_kwargs`` vLLM's and SGLang's, ``reasoning``
    OpenRouter's (https://openrouter.ai/docs/use-cases/reasoning-tokens), as known 2026-11.
    """
    kwargs, thinking, reasoning = (
        value if is_object(value := body.get(name)) else {}
        for name in ("chat_template_kwargs", "thinking", "reasoning")
    )
    switches = (body.get("enable_thinking"), kwargs.get("thinking"), kwargs.get("enable_thinking"))
    if thinking.get("type") == "disabled" or False in (*switches, reasoning.get("enabled")):
        return "none"
    effort: Any = reasoning.get("effort") or thinking.get("effort")
    return effort if isinstance(effort, str) else None


def ease_settings(settings: JsonObject, left_out: Counter[str]) -> None:
    """Take out of settings what asks for nothing, or for what has no name here."""
    settings.pop("metadata", None)
    for name, words in _WORDS.items():
        if name in settings and settings[name] not in words:
            settings.pop(name)
            left_out[name] += 1
    most = settings.get("max_tokens")
    if isinstance(most, int) and most < 1:
        settings.pop("max_tokens")
        left_out["max_tokens"] += 1
    if settings.get("response_format") == {"type": "text"}:
        settings.pop("response_format")
    stop: Any = settings.get("stop")
    if stop == "" or is_list(stop):
        settings["stop"] = [one for one in stop if one != ""]
        if not settings["stop"]:
            settings.pop("stop")


def ease_choice(settings: JsonObject, dropped: Collection[str]) -> None:
    """Put the choice of a tool in OpenAI's words.

    Args:
        settings: The settings.
        dropped: The kinds of the tools that were left out.

    Raises:
        UnsupportedFeatureError: It asks for one of these.
    """
    choice: Any = settings.get("tool_choice")
    kind: Any = choice.get("type") if is_object(choice) else None
    if isinstance(kind, str) and kind in {"auto", "none", "required", *_CHOICES}:
        choice = settings["tool_choice"] = kind
    if isinstance(choice, str) and choice in _CHOICES:
        settings["tool_choice"] = _CHOICES[choice]
    if isinstance(kind, str) and kind in dropped:
        raise UnsupportedFeatureError(
            f"tool_choice asks for {kind!r}, a tool that a provider runs: it is not served here. "
            "Leave tool_choice out, or offer a function."
        )


def eased_items(given: Any) -> Any:
    """Return input items of the Responses API with an id for each call, and content that is some.

    What is no item stays, to be refused.
    """
    return [_item(item) if is_object(item) else item for item in given] if is_list(given) else given


def _item(item: JsonObject) -> JsonObject:
    kind: Any = item.get("type") or "message"
    if kind == "message" and item.get("content") is None:
        return {**item, "content": ""}
    if kind not in ITEMS_CALLING and kind not in ITEMS_ANSWERING:
        return item
    made, call_id = dict(item), item.get("call_id")
    if not isinstance(call_id, str) or not call_id.strip():
        made["call_id"] = NO_ID
    output: Any = item.get("output")
    if not isinstance(output, str | None) and not is_list(output):
        made["output"] = json.dumps(output, ensure_ascii=False)
    if kind == "function_call":
        made["arguments"] = arguments_text(item.get("arguments"))
    return made


def notes_of(left_out: Counter[str]) -> Iterable[Note]:
    """Give the note of what was left out; none where nothing was."""
    if left_out:
        names = ", ".join(sorted(left_out))
        yield Note("dropped_field", f"{names} went no further: it is nothing that is served here")
