"""DeepSeek's rules: each request is what its API takes, or refused with what to do instead."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.drive import WEATHER
from unillm import (
    AssistantMessage,
    ImagePart,
    InvalidRequestError,
    Message,
    Tool,
    ToolCall,
    ToolMessage,
    UnsupportedFeatureError,
    UserMessage,
)
from unillm._wire.encode import encode
from unillm._wire.plan import Plan, plan
from unillm.catalog import find
from unillm.providers import profile_named
from unillm.types.request import ChatRequest
from unillm.types.settings import EFFORTS
from unillm.types.target import Target

PROFILE = profile_named("deepseek")
HELLO = UserMessage("Hi")
PICTURE = UserMessage((ImagePart("https://a.example/b.png"),))
OFF = {"reasoning_effort": "none"}
CLOSED = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
STRICT = Tool("look", parameters=CLOSED, strict=True)


def target(model: str = "deepseek-v4-pro", **changes: Any) -> Target:
    """Return a model at DeepSeek's own API."""
    whole = Target(
        provider="deepseek",
        model=model,
        base_url=str(PROFILE.base_url),
        profile=PROFILE,
        info=find(model),
    )
    return replace(whole, **changes)


def planned(*messages: Message, model: str = "deepseek-v4-pro", **more: Any) -> Plan:
    """Return the plan for a request."""
    return plan(ChatRequest(messages=messages or (HELLO,), **more), target(model))


def body(made: Plan) -> dict[str, Any]:
    """Return the body that is sent."""
    return json.loads(encode(made).body)


def sent(*messages: Message, **more: Any) -> dict[str, Any]:
    """Return the body of a request."""
    return body(planned(*messages, **more))


@pytest.mark.parametrize(
    ("effort", "sent_effort"),
    [
        ("minimal", "low"),
        ("low", "low"),
        ("medium", "high"),
        ("high", "high"),
        ("xhigh", "high"),
        ("max", "max"),
    ],
)
@pytest.mark.parametrize("model", ["deepseek-flash", "deepseek-v4-pro", "deepseek-of-tomorrow"])
def test_efforts_are_deepseeks_and_only_max_is_max(effort, sent_effort, model):
    made = planned(model=model, settings={"reasoning_effort": effort})
    wire = body(made)
    assert wire["thinking"] == {"type": "enabled"}
    assert wire["reasoning_effort"] == sent_effort
    assert made.reasoning is True
    noted = [] if effort == sent_effort else ["effort_mapped"]
    assert [note.code for note in made.notes] == noted


def test_no_effort_turns_thinking_off():
    made = planned(settings=OFF)
    assert body(made)["thinking"] == {"type": "disabled"}
    assert "reasoning_effort" not in body(made)
    assert made.reasoning is False
    assert made.notes == ()


def test_thinking_is_on_unless_it_is_turned_off():
    assert planned().reasoning is True
    assert planned(model="deepseek-of-tomorrow").reasoning is True
    assert planned(extra_body={"thinking": {"type": "disabled"}}).reasoning is False
    assert set(sent()) == {"model", "messages"}


@pytest.mark.parametrize("choice", ["required", "get_weather"])
@pytest.mark.parametrize("model", ["deepseek-flash", "deepseek-v4-pro", "deepseek-of-tomorrow"])
def test_no_call_can_be_forced_while_it_thinks(choice, model):
    asked = {"tools": (WEATHER,), "settings": {"tool_choice": choice}}
    with pytest.raises(UnsupportedFeatureError, match="while it reasons") as caught:
        planned(model=model, **asked)
    assert "reasoning_effort='none'" in caught.value.message
    assert "rewrite=('tool_choice',)" in caught.value.message
    off = sent(model=model, tools=(WEATHER,), settings={"tool_choice": choice, **OFF})
    named = {"type": "function", "function": {"name": "get_weather"}}
    assert off["tool_choice"] == (choice if choice == "required" else named)
    switched = {**asked, "extra_body": {"thinking": {"type": "disabled"}}}
    assert sent(model=model, **switched)["tool_choice"] == off["tool_choice"]


@pytest.mark.parametrize("choice", ["auto", "none"])
def test_a_free_choice_is_sent_as_it_is(choice):
    made = sent(tools=(WEATHER,), settings={"tool_choice": choice})
    assert made["tool_choice"] == choice


def test_sampling_without_effect_is_left_out_and_told():
    settings = {"temperature": 0.5, "frequency_penalty": 0.1, "presence_penalty": 0.1}
    thinking = planned(settings=settings)
    assert set(body(thinking)) == {"model", "messages"}
    assert len(thinking.notes) == 3
    plain = planned(settings={**settings, **OFF})
    assert body(plain)["temperature"] == 0.5
    assert [note.message.split()[0] for note in plain.notes] == [
        "frequency_penalty",
        "presence_penalty",
    ]


@pytest.mark.parametrize(
    ("model", "settings", "is_sent"),
    [
        ("deepseek-flash", {}, True),
        ("deepseek-flash", OFF, False),
        ("deepseek-v4-pro", {}, True),
        ("deepseek-v4-pro", OFF, False),
    ],
)
def test_top_p_is_left_out_where_the_model_ignores_it(model, settings, is_sent):
    made = planned(model=model, settings={"top_p": 0.97, **settings})
    assert ("top_p" in body(made)) is is_sent
    assert len(made.notes) == 1 - is_sent


@pytest.mark.parametrize(
    ("effort", "fields"),
    [
        ("none", {"thinking": False}),
        ("minimal", {"thinking": True, "reasoning_effort": "low"}),
        ("medium", {"thinking": True, "reasoning_effort": "high"}),
        ("xhigh", {"thinking": True, "reasoning_effort": "high"}),
        ("max", {"thinking": True, "reasoning_effort": "max"}),
    ],
)
@pytest.mark.parametrize("server", ["vllm", "sglang", "llamacpp"])
def test_a_server_of_the_weights_is_told_of_efforts_by_the_template(server, effort, fields):
    profile = profile_named(server)
    whom = target(
        "deepseek-ai/DeepSeek-V4-Pro-0813",
        profile=profile,
        base_url=profile.base_url,
        provider=server,
    )
    made = plan(ChatRequest(messages=(HELLO,), settings={"reasoning_effort": effort}), whom)
    assert body(made)["chat_template_kwargs"] == fields
    assert made.reasoning is fields["thinking"]
    assert ("long_context_needed" in [note.code for note in made.notes]) is (effort == "max")


def test_json_mode_needs_the_word():
    settings = {"response_format": {"type": "json_object"}}
    with pytest.raises(UnsupportedFeatureError, match=r"without the word 'json'.*Say in the"):
        planned(settings=settings)
    assert sent(UserMessage("In JSON"), settings=settings)["response_format"] == {
        "type": "json_object"
    }
    schema = {"response_format": {"type": "json_schema", "json_schema": {"schema": {}}}}
    with pytest.raises(UnsupportedFeatureError, match="json_object"):
        planned(UserMessage("In JSON"), settings=schema)
    request = ChatRequest(messages=(UserMessage("Hi"),), settings=schema)
    assert "text" in body(plan(request, target(api="responses")))


def test_images_go_to_flash_alone():
    with pytest.raises(
        UnsupportedFeatureError, match=r"Ask deepseek:deepseek-flash, or leave the images out\."
    ):
        planned(PICTURE)
    assert sent(PICTURE, model="deepseek-flash")["messages"][0]["content"][0]["type"] == "image_url"


def test_flash_reads_images_in_the_results_of_tools():
    call = AssistantMessage(reasoning="I look.", tool_calls=(ToolCall("c", "look", {}),))
    result = ToolMessage("c", PICTURE.content)
    made = planned(HELLO, call, result, model="deepseek-flash", tools=(Tool("look"),))
    assert [message["role"] for message in body(made)["messages"]] == ["user", "assistant", "tool"]
    assert made.notes == ()
    with pytest.raises(UnsupportedFeatureError, match="reads no images"):
        planned(HELLO, call, result, tools=(Tool("look"),))


def test_an_answer_can_be_as_long_as_the_model_writes():
    assert sent(settings={"max_tokens": 393_216})["max_tokens"] == 393_216
    with pytest.raises(UnsupportedFeatureError, match="393,216 tokens at most"):
        planned(settings={"max_tokens": 393_217})


def test_a_turn_without_reasoning_gets_a_line_of_its_own():
    called = AssistantMessage(tool_calls=(ToolCall("c", "get_weather", {}, raw="{}"),))
    made = planned(HELLO, called, ToolMessage("c", "Sun."), tools=(WEATHER,))
    (turn,) = (m for m in body(made)["messages"] if m["role"] == "assistant")
    assert turn["reasoning_content"].endswith("It led to: get_weather {} (c))")
    assert [note.code for note in made.notes] == ["reasoning_placeholder"]


def test_strict_tools_and_prefixes_go_to_beta():
    assert planned(tools=(STRICT,)).base_url == "https://api.deepseek.com/beta"
    prefix = AssistantMessage("```json", extra={"prefix": True})
    made = planned(HELLO, prefix)
    assert made.base_url == "https://api.deepseek.com/beta"
    assert body(made)["messages"][-1] == {
        "role": "assistant",
        "content": "```json",
        "prefix": True,
    }
    assert planned(tools=(WEATHER,)).base_url == "https://api.deepseek.com"


def test_all_tools_are_strict_or_none():
    with pytest.raises(UnsupportedFeatureError, match="not strict: get_weather"):
        planned(tools=(STRICT, WEATHER))


def closed(**properties: Any) -> dict[str, Any]:
    """Return the schema of an object that strict mode takes."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("schema", "fault"),
    [
        (closed(a={"type": "string", "minLength": 1}), "parameters.a has minLength"),
        (closed(a={"type": "array", "maxItems": 2}), "parameters.a has maxItems"),
        (
            closed(a={"type": "array", "items": {"type": "string", "maxLength": 2}}),
            "parameters.a.items has maxLength",
        ),
        (closed(a={"anyOf": [{"minItems": 1}]}), r"parameters.a.anyOf\[0\] has minItems"),
        ({**closed(), "$defs": {"n": {"minLength": 1}}}, "parameters.n has minLength"),
        ({**closed(a={}), "required": []}, "parameters does not require 'a'"),
        ({**closed(a={}), "additionalProperties": True}, "lacks additionalProperties: false"),
        (closed(a={"type": "object"}), "parameters.a lacks additionalProperties: false"),
    ],
    ids=str,
)
def test_a_schema_beyond_strict_mode_is_refused_with_its_place(schema, fault):
    tool = Tool("look", parameters=schema, strict=True)
    with pytest.raises(UnsupportedFeatureError, match=fault) as caught:
        planned(tools=(tool,))
    assert caught.value.message.endswith("Change the schema, or leave strict=True out.")
    assert planned(tools=(replace(tool, strict=None),)).notes == ()


@pytest.mark.parametrize(
    "schema",
    [
        closed(),
        closed(minLength={"type": "string"}),
        closed(a={"type": "string", "enum": ["minLength"]}),
        closed(a={"type": "number", "minimum": 1, "maximum": 2}),
        closed(a={"$ref": "#/$defs/n"}, b={"anyOf": [{"type": "null"}, closed()]}),
    ],
    ids=str,
)
def test_a_schema_within_strict_mode_is_sent(schema):
    made = sent(tools=(Tool("look", parameters=schema, strict=True),))
    assert made["tools"][0]["function"] == {
        "name": "look",
        "parameters": schema,
        "strict": True,
    }


def test_tools_are_functions():
    with pytest.raises(
        UnsupportedFeatureError, match=r"runs itself \('web_search'\)\. Offer functions only"
    ):
        planned(hosted_tools=({"type": "web_search"},))


# For any request: what its API takes, or a refusal with a remedy.

KNOWN = {"deepseek-flash", "deepseek-v4-pro", "deepseek-of-tomorrow"}
SAID = {
    "temperature": 0.5,
    "top_p": 0.9,
    "max_tokens": 100,
    "seed": 7,
    "logit_bias": {"5": 1.0},
    "user": "u",
    "parallel_tool_calls": True,
    "presence_penalty": 0.5,
    "verbosity": "low",
    "store": True,
}
TURNS: list[Message] = [
    HELLO,
    UserMessage("As JSON"),
    PICTURE,
    AssistantMessage("So."),
    AssistantMessage("So.", reasoning="Hm."),
    AssistantMessage(tool_calls=(ToolCall("c", "look", {}, raw="{}"),)),
    ToolMessage("c", "Sun."),
    ToolMessage("c", PICTURE.content),
    AssistantMessage("So", extra={"prefix": True}),
]
REQUESTS = st.builds(
    ChatRequest,
    messages=st.lists(st.sampled_from(TURNS), min_size=1, max_size=6).map(tuple),
    tools=st.sampled_from([(), (WEATHER,), (STRICT,), (WEATHER, STRICT), (Tool("x" * 129),)]),
    settings=st.fixed_dictionaries(
        {},
        optional={
            **{name: st.just(value) for name, value in SAID.items()},
            "reasoning_effort": st.sampled_from(EFFORTS),
            "tool_choice": st.sampled_from(["auto", "none", "required", "get_weather"]),
            "response_format": st.sampled_from(
                [{"type": "text"}, {"type": "json_object"}, {"type": "json_schema"}]
            ),
        },
    ),
    extra_body=st.sampled_from(
        [
            {},
            {"thinking": {"type": "disabled"}},
            {"thinking": {"type": "enabled"}},
            {"user_id": "u"},
        ]
    ),
)


@given(REQUESTS, st.sampled_from(sorted(KNOWN)), st.sampled_from([(), ("tool_choice",)]))
def test_any_request_is_taken_or_refused_with_a_remedy(request, model, rewrite):
    made = plan_or_refusal(request, target(model), rewrite)
    if isinstance(made, InvalidRequestError):
        assert made.message.endswith(".")
        assert made.message.count(". ") >= 1, "what happened, and what to do"
        return
    wire = body(made)
    check_taken(wire, made)
    told = " ".join(note.message for note in made.notes)
    for name in request.settings.keys() - wire.keys() - {"reasoning_effort"}:
        assert f"{name} was not sent" in told
    named = {"type": "function", "function": {"name": "get_weather"}}
    asked = request.settings.get("tool_choice")
    if wire.get("tool_choice") != (named if asked == "get_weather" else asked):
        codes = {note.code for note in made.notes}
        assert codes & {"rewritten_tool_choice", "dropped_setting"}


def plan_or_refusal(
    request: ChatRequest, whom: Target, rewrite: tuple[str, ...]
) -> Plan | InvalidRequestError:
    """Return the plan for a request, or why there is none."""
    try:
        return plan(request, whom, rewrite=rewrite)
    except InvalidRequestError as error:
        return error


def check_taken(wire: dict[str, Any], made: Plan) -> None:
    """Hold a body against what the API is documented to take."""
    thinks = wire.get("thinking", {}).get("type") != "disabled"
    assert made.reasoning is thinks
    assert wire.keys() <= {
        *("model", "messages", "thinking", "reasoning_effort", "max_tokens", "response_format"),
        *("temperature", "top_p", "tools", "tool_choice", "user_id"),
    }
    if thinks:
        assert wire.get("tool_choice") in (None, "auto", "none")
        assert "temperature" not in wire
        assert wire.get("reasoning_effort", "high") in {"low", "high", "max"}
        if "tools" in wire:
            turns = [m for m in wire["messages"] if m["role"] == "assistant"]
            assert all(turn.get("reasoning_content") or turn.get("prefix") for turn in turns)
    if wire.get("response_format", {}).get("type") == "json_object":
        assert "json" in json.dumps(wire["messages"]).lower()
    assert wire.get("response_format", {}).get("type") != "json_schema"
    text = json.dumps(wire["messages"])
    assert "image_url" not in text or made.target.model != "deepseek-v4-pro"
    tools = wire.get("tools", ())
    assert all(len(tool["function"]["name"]) <= 128 for tool in tools)
    strict = [tool["function"].get("strict", False) for tool in tools]
    assert all(strict) or not any(strict)
    beta = any(strict) or bool(wire["messages"][-1].get("prefix"))
    assert made.base_url.endswith("/beta") is beta
