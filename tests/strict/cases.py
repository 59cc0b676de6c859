"""Every feature a request may have, one at a time, for the matrix of models and features."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, get_args

from unillm import (
    AssistantMessage,
    Effort,
    FilePart,
    ImagePart,
    Messages,
    SystemMessage,
    TextPart,
    ToolCall,
    ToolMessage,
    UserMessage,
)

PNG = "data:image/png;base64,iVBORw0KGgo="
PDF = "data:application/pdf;base64,JVBERi0xLjQK"
WEATHER = {
    "name": "get_weather",
    "description": "Look up the weather.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
}
PLAIN = {"type": "function", "function": WEATHER}
STRICT = {"type": "function", "function": {**WEATHER, "strict": True}}
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
ASKED = UserMessage("What is the weather in Paris? Answer with json.")
CALL = ToolCall("call_1", "get_weather", {"city": "Paris"}, raw='{"city": "Paris"}')
OTHER = ToolCall("call_2", "get_weather", {"city": "Rome"}, raw='{"city": "Rome"}')
IMAGE = ImagePart(PNG)


@dataclass(frozen=True)
class Case:
    """One feature: what is said, and what is asked for beside it."""

    name: str
    messages: Messages = (ASKED,)
    options: dict[str, Any] = field(default_factory=dict)


def _history(*messages: Any) -> tuple[Any, ...]:
    return (ASKED, *messages)


_RESULT = ToolMessage("call_1", "Sunny.")
_CONVERSATIONS: dict[str, Messages] = {
    "plain": (ASKED,),
    "image": (UserMessage((TextPart("json: what is this?"), IMAGE)),),
    "image-url": (UserMessage((TextPart("json?"), ImagePart("https://x.example/a.png"))),),
    "file": (UserMessage((TextPart("json?"), FilePart(PDF, filename="a.pdf"))),),
    "turn": _history(AssistantMessage("Sunny."), "And tomorrow?"),
    "turn-with-thought": _history(AssistantMessage("Sunny.", reasoning="Look it up."), "More?"),
    "called": _history(AssistantMessage(tool_calls=(CALL,)), _RESULT),
    "called-after-thought": _history(
        AssistantMessage("Let me look.", reasoning="Look it up.", tool_calls=(CALL,)), _RESULT
    ),
    "called-twice": _history(
        AssistantMessage(tool_calls=(CALL, OTHER)), _RESULT, ToolMessage("call_2", "Rain.")
    ),
    "called-and-over": _history(
        AssistantMessage(tool_calls=(CALL,)), _RESULT, AssistantMessage("Sunny."), "Thanks?"
    ),
    "tool-image": _history(
        AssistantMessage(tool_calls=(CALL, OTHER)),
        ToolMessage("call_1", (TextPart("A picture:"), IMAGE)),
        ToolMessage("call_2", "Rain."),
    ),
    "made-image": _history(AssistantMessage((TextPart("Here:"), IMAGE)), "And bigger?"),
    "refused": _history(AssistantMessage(refusal="No."), "Please?"),
    "system-image": (SystemMessage((TextPart("json:"), IMAGE)), ASKED),
    "developer": ({"role": "developer", "content": "Be brief."}, ASKED),
    "prefix": _history({"role": "assistant", "content": "It is", "prefix": True}),
    "no-json": ("Hello.",),
}
_SETTINGS: dict[str, dict[str, Any]] = {
    "temperature": {"temperature": 0.5},
    "top_p": {"top_p": 0.9},
    "max_tokens": {"max_tokens": 77},
    "max_tokens-few": {"max_tokens": 8},
    "max_tokens-few+tools": {"max_tokens": 8, "tools": [PLAIN]},
    "max_tokens-too-many": {"max_tokens": 10_000_000},
    "stop": {"stop": ["END"]},
    "seed": {"seed": 7},
    "frequency_penalty": {"frequency_penalty": 0.5},
    "presence_penalty": {"presence_penalty": 0.5},
    "logit_bias": {"logit_bias": {"5": 1}},
    "logprobs": {"logprobs": True, "top_logprobs": 2},
    "verbosity": {"verbosity": "low"},
    "service_tier": {"service_tier": "flex"},
    "prompt_cache_key": {"prompt_cache_key": "k"},
    "safety_identifier": {"safety_identifier": "s"},
    "user": {"user": "u"},
    "metadata": {"metadata": {"a": "b"}},
    "store": {"store": True},
    "parallel_tool_calls": {"parallel_tool_calls": False, "tools": [PLAIN]},
    "tools": {"tools": [PLAIN]},
    "strict-tools": {"tools": [STRICT]},
    "choice-auto": {"tools": [PLAIN], "tool_choice": "auto"},
    "choice-none": {"tools": [PLAIN], "tool_choice": "none"},
    "choice-required": {"tools": [PLAIN], "tool_choice": "required"},
    "choice-named": {"tools": [PLAIN], "tool_choice": "get_weather"},
    "choice-required-rewritten": {
        "tools": [PLAIN],
        "tool_choice": "required",
        "rewrite": ("tool_choice",),
    },
    "hosted-tools": {"tools": [PLAIN, {"type": "web_search"}]},
    "image-tool": {"tools": [{"type": "image_generation"}]},
    "json": {"response_format": {"type": "json_object"}},
    "json+tools": {"response_format": {"type": "json_object"}, "tools": [PLAIN]},
    "json+tools-none": {
        "response_format": {"type": "json_object"},
        "tools": [PLAIN],
        "tool_choice": "none",
    },
    "json-schema": {
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "city", "schema": SCHEMA, "strict": True},
        }
    },
    "everything-about-chance": {"temperature": 1, "top_p": 0.5, "presence_penalty": 1, "seed": 3},
}
EFFORTS: tuple[str | None, ...] = (None, *get_args(Effort))


def cases() -> Iterator[Case]:
    """Yield each conversation, without tools and with, and each setting."""
    for name, messages in _CONVERSATIONS.items():
        yield Case(name, messages)
        yield Case(f"{name}+tools", messages, {"tools": [PLAIN]})
    for name, options in _SETTINGS.items():
        yield Case(name, options=options)
    yield Case("json-unsaid", ("Hello.",), {"response_format": {"type": "json_object"}})
    yield Case("nothing-but-tools", ("Hello.",), {"tools": [PLAIN], "tool_choice": "auto"})


def pairs() -> Iterator[Case]:
    """Yield each conversation with each setting."""
    for said, messages in _CONVERSATIONS.items():
        for asked, options in _SETTINGS.items():
            yield Case(f"{said}/{asked}", messages, options)
