"""What is sent to OpenAI is what its own package's types describe."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from tests.oracle import require_openai
from tests.providers.test_conformance import SETTINGS
from tests.wire.drive import WEATHER
from unillm import AssistantMessage, ImagePart, SystemMessage, TextPart, ToolCall, ToolMessage
from unillm._wire.encode import encode
from unillm._wire.plan import plan
from unillm.catalog import find
from unillm.providers import profile_named
from unillm.types.inputs import messages_from
from unillm.types.request import ChatRequest
from unillm.types.target import Target

CONVERSATION = (
    SystemMessage("Be brief.", role="developer", name="rules"),
    {
        "role": "user",
        "name": "ann",
        "content": [TextPart("Look"), ImagePart("https://x.example/a")],
    },
    AssistantMessage("Hm.", reasoning="?", tool_calls=(ToolCall("call_1", "get_weather", {}),)),
    ToolMessage("call_1", (TextPart("Sunny."),)),
    AssistantMessage(refusal="No."),
    "And now, as JSON?",
)


def sent(**more: Any) -> dict[str, Any]:
    """Return the body that goes to OpenAI's Chat Completions."""
    target = Target(
        provider="openai",
        model="gpt-5.5",
        base_url="http://x/v1",
        profile=profile_named("openai"),
        info=find("gpt-5.5"),
        api="chat",
    )
    request = ChatRequest(messages=messages_from(list(CONVERSATION)), **more)
    return json.loads(encode(plan(request, target)).body)


@pytest.mark.parametrize("stream", [True, False])
def test_a_conversation_on_chat_completions(stream):
    body = sent(stream=stream)
    require_openai(body, "chat")
    assert len(body["messages"]) == len(CONVERSATION)


@pytest.mark.parametrize("name", SETTINGS)
def test_each_setting_on_chat_completions(name):
    value = {"5": 1} if name == "logit_bias" else SETTINGS[name]  # whole, say the types
    settings = {"reasoning_effort": "none", name: value}
    tools = (WEATHER,) if name in {"tool_choice", "parallel_tool_calls"} else ()
    body = sent(settings=settings, tools=tools)
    require_openai(body, "chat")
    assert len(body) > 2


def test_the_judge_sees_unknown_fields_and_wrong_types():
    with pytest.raises(AssertionError, match=r"body\.top_k"):
        require_openai({**sent(), "top_k": 5}, "chat")
    with pytest.raises(ValidationError, match="temperature"):
        require_openai({**sent(), "temperature": "hot"}, "chat")
    body = sent()
    body["messages"][0]["mood"] = "good"
    with pytest.raises(AssertionError, match=r"messages\[0\]\.mood"):
        require_openai(body, "chat")
