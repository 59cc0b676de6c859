"""A tool that is given plain text is one to every provider: where there is none, a function."""

from __future__ import annotations

import json
from typing import Any

import pytest

from unillm import UnsupportedFeatureError, UserMessage
from unillm._wire.encode import encode
from unillm._wire.plan import continued, plan
from unillm._wire.serve.reading import asked_in
from unillm.catalog import find
from unillm.providers import profile_named
from unillm.types.request import ChatRequest
from unillm.types.target import Target

PATCH: dict[str, Any] = {
    "type": "custom",
    "name": "apply_patch",
    "description": "Change files.",
    "format": {"type": "grammar", "syntax": "lark", "definition": 'start: "x"'},
}


def target(provider: str, model: str) -> Target:
    profile = profile_named(provider)
    return Target(
        provider=provider,
        model=model,
        base_url=str(profile.base_url),
        profile=profile,
        info=find(model),
    )


def asking(**more: Any) -> ChatRequest:
    return ChatRequest(messages=(UserMessage("Hi"),), hosted_tools=(PATCH,), **more)


def test_deepseek_is_sent_a_function_that_says_what_its_text_has_to_be() -> None:
    choice = {"tool_choice": {"type": "custom", "name": "apply_patch"}, "reasoning_effort": "none"}
    planned = plan(asking(settings=choice), target("deepseek", "deepseek-v4-pro"))
    body = json.loads(encode(planned).body)
    (tool,) = body["tools"]
    assert tool["type"] == "function"
    assert tool["function"] == {
        "name": "apply_patch",
        "description": 'Change files.\n\nThe input must follow this lark grammar:\nstart: "x"',
        "parameters": {
            "type": "object",
            "properties": {"input": {"type": "string"}},
            "required": ["input"],
        },
    }
    assert body["tool_choice"] == {"type": "function", "function": {"name": "apply_patch"}}
    assert "rewritten_custom_tool" in [note.code for note in planned.notes]
    more = continued(planned, UserMessage("More"))
    assert json.loads(encode(more).body)["tools"] == body["tools"]


def test_openai_is_sent_it_as_it_is() -> None:
    planned = plan(asking(), target("openai", "gpt-5.5"))
    assert json.loads(encode(planned).body)["tools"] == [PATCH]
    assert "rewritten_custom_tool" not in [note.code for note in planned.notes]


def test_what_a_provider_runs_is_still_refused() -> None:
    request = ChatRequest(
        messages=(UserMessage("Hi"),), hosted_tools=(PATCH, {"type": "web_search"})
    )
    with pytest.raises(UnsupportedFeatureError):
        plan(request, target("deepseek", "deepseek-v4-pro"))


def test_a_history_of_its_calls_goes_with_it() -> None:
    body = {
        "input": [
            {"role": "user", "content": "Hi"},
            {"type": "custom_tool_call", "call_id": "c", "name": "apply_patch", "input": "a\n'b"},
            {"type": "custom_tool_call_output", "call_id": "c", "output": "done"},
        ],
        "tools": [PATCH],
    }
    asked = asked_in("responses", json.dumps(body).encode(), lambda _: None, lenient=True)
    planned = plan(asked.request, target("deepseek", "deepseek-v4-pro"))
    said = json.loads(encode(planned).body)["messages"][1]
    assert json.loads(said["tool_calls"][0]["function"]["arguments"]) == {"input": "a\n'b"}
    assert asked.custom == {"apply_patch"}


def test_a_refusal_is_for_what_is_refused_and_not_for_custom_tools() -> None:
    choice = {"tool_choice": {"type": "custom", "name": "apply_patch"}}
    with pytest.raises(UnsupportedFeatureError, match="tool_choice"):
        plan(asking(settings=choice), target("deepseek", "deepseek-v4-pro"))
