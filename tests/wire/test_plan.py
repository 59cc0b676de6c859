"""What a plan makes of a request: mapped, left out, moved, rewritten or refused, always told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.wire.drive import WEATHER
from unillm import (
    AssistantMessage,
    ImagePart,
    InvalidRequestError,
    Message,
    RawPart,
    Tool,
    ToolCall,
    ToolMessage,
    UnsupportedFeatureError,
    UserMessage,
)
from unillm._wire.encode import encode
from unillm._wire.plan import Plan, continued, plan
from unillm._wire.plan.effort import nearest, stated
from unillm.catalog import find
from unillm.providers import profile_named
from unillm.types.facts import Fact, Limit
from unillm.types.model import ModelInfo
from unillm.types.profile import Profile
from unillm.types.request import ChatRequest
from unillm.types.target import Target

HELLO = UserMessage("Hi")
FACT = Fact(reason="it does not have it", source="tests", checked="2026-11-23")
THINKER = ModelInfo(
    id="thinker",
    vendor="host",
    efforts=("none", "low", "high", "max"),
    default_effort="high",
    max_output=1000,
    template_efforts={
        "none": {"chat_template_kwargs": {"thinking": False}},
        "high": {"chat_template_kwargs": {"thinking": True, "reasoning_effort": "high"}},
        "max": {"chat_template_kwargs": {"thinking": True, "reasoning_effort": "max"}},
    },
)
PICTURE = ImagePart("https://a.example/b.png")
PAPER = RawPart({"type": "file", "file": {"file_id": "f"}})


def at(info: ModelInfo | None = THINKER, **more: Any) -> Target:
    """Return a target at a host of one's own making."""
    known = {"name": "host", "base_url": "https://host.example/v1", "prefix_by": "prefix"}
    profile = Profile(**{**known, **more})
    return Target(
        provider="host",
        model=info.id if info else "unknown",
        base_url="https://host.example/v1",
        profile=profile,
        info=info,
    )


def asked(*messages: Message, **more: Any) -> ChatRequest:
    """Return a request."""
    return ChatRequest(messages=messages or (HELLO,), **more)


def body(planned: Plan) -> dict[str, Any]:
    """Return the body that is sent."""
    return json.loads(encode(planned).body)


def codes(planned: Plan) -> list[str]:
    """Return what was noted."""
    return [note.code for note in planned.notes]


# Efforts


@pytest.mark.parametrize(
    ("effort", "known", "meant"),
    [
        ("minimal", ("none", "low", "high"), "low"),
        ("low", ("none", "low", "high"), "low"),
        ("medium", ("none", "low", "high"), "high"),
        ("max", ("none", "low", "high"), "high"),
        ("xhigh", ("low", "max"), "low"),
        ("xhigh", ("max",), "max"),
        ("medium", ("none", "low", "high", "max"), "high"),
        ("xhigh", ("none", "low", "high", "max"), "high"),
        ("max", ("none", "low", "high", "max"), "max"),
        ("minimal", ("medium", "high"), "medium"),
        ("high", ("high",), "high"),
        ("low", ("max", "high"), "high"),
    ],
)
def test_the_nearest_effort_is_the_next_higher_but_max_is_only_for_who_asks(effort, known, meant):
    assert nearest(effort, known) == meant


@pytest.mark.parametrize(
    ("effort", "sent", "noted"),
    [
        ("none", "none", []),
        ("minimal", "low", ["effort_mapped"]),
        ("medium", "high", ["effort_mapped"]),
        ("high", "high", []),
        ("xhigh", "high", ["effort_mapped"]),
        ("max", "max", []),
    ],
)
def test_an_effort_the_model_has_not_becomes_one_it_has(effort, sent, noted):
    planned = plan(asked(settings={"reasoning_effort": effort}), at())
    assert body(planned)["reasoning_effort"] == sent
    assert codes(planned) == noted
    assert planned.reasoning is (sent != "none")


def test_no_effort_is_mapped_for_a_model_of_which_none_is_known():
    for info in (None, ModelInfo(id="m", vendor="host")):
        planned = plan(asked(settings={"reasoning_effort": "medium"}), at(info))
        assert body(planned)["reasoning_effort"] == "medium"
        assert planned.notes == ()


@pytest.mark.parametrize(("effort", "noted"), [("high", ["dropped_setting"]), ("none", [])])
def test_an_effort_is_left_out_for_a_model_that_does_not_reason(effort, noted):
    info = ModelInfo(id="m", vendor="host", default_effort="none")
    planned = plan(asked(settings={"reasoning_effort": effort}), at(info))
    assert "reasoning_effort" not in body(planned)
    assert codes(planned) == noted
    assert planned.reasoning is False


def test_a_model_that_always_reasons_cannot_be_asked_not_to():
    info = replace(THINKER, efforts=("medium", "high"))
    with pytest.raises(UnsupportedFeatureError, match=r"Ask for 'medium', the least it has"):
        plan(asked(settings={"reasoning_effort": "none"}), at(info))
    assert plan(asked(settings={"reasoning_effort": "low"}), at(info)).reasoning is True


def test_a_hosts_own_fields_ask_for_an_effort():
    efforts: Any = {"none": {"think": False}, "xhigh": {"think": True, "reasoning_effort": "high"}}
    sent = body(plan(asked(settings={"reasoning_effort": "none"}), at(None, efforts=efforts)))
    assert sent["think"] is False
    assert "reasoning_effort" not in sent
    planned = plan(asked(settings={"reasoning_effort": "xhigh"}), at(efforts=efforts))
    assert body(planned)["reasoning_effort"] == "high", "the host's word goes over the nearest"
    assert codes(planned) == ["effort_mapped"]
    assert "'xhigh' is 'high' at host:thinker" in planned.notes[0].message


def test_a_server_that_renders_templates_is_told_by_the_models_own_fields():
    host = at(renders_template=True)
    sent = body(plan(asked(settings={"reasoning_effort": "medium"}), host))
    assert sent["chat_template_kwargs"] == {"thinking": True, "reasoning_effort": "high"}
    assert "reasoning_effort" not in sent
    planned = plan(asked(settings={"reasoning_effort": "max"}), host)
    assert codes(planned) == ["long_context_needed"]
    assert "1,000 tokens" in planned.notes[0].message
    assert planned.reasoning is True


def test_a_server_that_renders_templates_decides_itself_what_is_done_unasked():
    assert plan(asked(), at(renders_template=True)).reasoning is None
    assert plan(asked(), at()).reasoning is True


def test_what_the_caller_says_of_the_template_goes_over_it():
    extra = {"chat_template_kwargs": {"reasoning_effort": "max", "tone": "dry"}}
    host = at(renders_template=True)
    sent = body(plan(asked(settings={"reasoning_effort": "high"}, extra_body=extra), host))
    assert sent["chat_template_kwargs"] == {
        "thinking": True,
        "reasoning_effort": "max",
        "tone": "dry",
    }
    assert extra == {"chat_template_kwargs": {"reasoning_effort": "max", "tone": "dry"}}


@pytest.mark.parametrize(
    ("extra", "reasoning"),
    [
        ({}, None),
        ({"top_k": 5}, None),
        ({"thinking": {"type": "enabled"}}, True),
        ({"thinking": {"type": "disabled"}}, False),
        ({"thinking": {"type": "odd"}}, None),
        ({"thinking": True}, True),
        ({"enable_thinking": False}, False),
        ({"chat_template_kwargs": {"thinking": False}}, False),
        ({"chat_template_kwargs": {"enable_thinking": True}}, True),
        ({"chat_template_kwargs": 7}, None),
        ({"reasoning": {"enabled": False}}, False),
        ({"reasoning": {"effort": "none"}}, False),
        ({"reasoning": {"effort": "low"}}, True),
        ({"reasoning": "much"}, None),
        ({"reasoning_effort": "none"}, False),
        ({"reasoning_effort": 50}, None),
    ],
    ids=str,
)
def test_fields_of_a_hosts_own_say_whether_it_reasons(extra, reasoning):
    assert stated(extra) is reasoning
    default = True if reasoning is None else reasoning
    assert plan(asked(extra_body=extra), at()).reasoning is default


@pytest.mark.parametrize(("effort", "kind"), [("high", "disabled"), ("none", "enabled")])
def test_extra_body_goes_over_an_effort_that_says_the_opposite(effort, kind):
    extra = {"thinking": {"type": kind}}
    planned = plan(asked(settings={"reasoning_effort": effort}, extra_body=extra), at())
    assert "reasoning_effort" not in body(planned)
    assert codes(planned) == ["dropped_setting"]
    assert planned.reasoning is (kind == "enabled")


# Limits


def limit(feature: str, then: Any, **more: Any) -> Limit:
    """Return a limit."""
    return Limit(feature, then=then, fact=FACT, remedy="Do without.", **more)


def test_a_setting_is_dropped_by_its_kind_too():
    host = at(limits=(limit("service_tier=flex", "drop"),))
    planned = plan(asked(settings={"service_tier": "flex"}), host)
    assert "service_tier" not in body(planned)
    assert planned.notes[0].message == "service_tier was not sent to host: it does not have it"
    assert body(plan(asked(settings={"service_tier": "auto"}), host))["service_tier"] == "auto"


def test_what_holds_only_while_it_reasons_is_said_so():
    host = at(limits=(limit("tools", "refuse", when="reasoning"),))
    with pytest.raises(UnsupportedFeatureError) as caught:
        plan(asked(tools=(WEATHER,)), host)
    assert caught.value.message == (
        "host:thinker does not support function tools while it reasons. Do without."
    )
    assert plan(asked(tools=(WEATHER,), settings={"reasoning_effort": "none"}), host).api == "chat"


def test_the_first_interface_that_takes_all_of_it_is_used():
    both = replace(THINKER, apis=("chat", "responses"))
    host = at(both, apis=("chat", "responses"), limits=(limit("tools", "refuse", api="chat"),))
    assert plan(asked(tools=(WEATHER,)), host).api == "responses"
    assert plan(asked(), host).api == "chat"
    with pytest.raises(UnsupportedFeatureError, match="Do without"):
        plan(asked(tools=(WEATHER,)), replace(host, api="chat"))


FORCED = (
    limit("tool_choice=function", "refuse", rewrite=True),
    limit("tool_choice=required", "refuse", rewrite=True),
)
OTHER = Tool("other")


@pytest.mark.parametrize(
    ("choice", "left"),
    [
        ("required", ["get_weather", "other"]),
        ("get_weather", ["get_weather"]),
        ({"type": "function", "function": {"name": "other"}}, ["other"]),
    ],
    ids=str,
)
def test_a_forced_call_is_refused_or_rewritten_if_asked(choice, left):
    request = asked(tools=(WEATHER, OTHER), settings={"tool_choice": choice})
    host = at(limits=FORCED)
    with pytest.raises(UnsupportedFeatureError, match="tool_choice"):
        plan(request, host)
    planned = plan(request, host, rewrite=("tool_choice",))
    sent = body(planned)
    assert sent["tool_choice"] == "auto"
    assert [tool["function"]["name"] for tool in sent["tools"]] == left
    assert codes(planned) == ["rewritten_tool_choice"]
    again = continued(planned, AssistantMessage("No."), HELLO)
    assert body(again)["tool_choice"] == "auto"
    assert len(body(again)["messages"]) == 3


@pytest.mark.parametrize("choice", ["auto", "none"])
def test_a_free_choice_needs_no_rewriting(choice):
    request = asked(tools=(WEATHER,), settings={"tool_choice": choice})
    planned = plan(request, at(limits=FORCED), rewrite=("tool_choice",))
    assert body(planned)["tool_choice"] == choice
    assert planned.notes == ()


def test_what_is_said_of_tools_is_left_out_without_any():
    settings = {"tool_choice": "auto", "parallel_tool_calls": False, "seed": 1}
    planned = plan(asked(settings=settings), at())
    assert set(body(planned)) == {"model", "messages", "seed"}
    assert codes(planned) == ["dropped_setting"] * 2


@pytest.mark.parametrize(
    ("choice", "tools"),
    [
        ("required", ()),
        ("nobody", ()),
        ("nobody", (WEATHER,)),
        ({"type": "function", "function": {"name": "nobody"}}, (WEATHER,)),
        ({"type": "function", "name": "nobody"}, (WEATHER,)),
    ],
    ids=str,
)
def test_a_choice_of_what_is_not_there_is_refused(choice, tools):
    with pytest.raises(InvalidRequestError, match=r"tool_choice=.*\.$"):
        plan(asked(tools=tools, settings={"tool_choice": choice}), at())


# Abilities


@pytest.mark.parametrize(
    "message", [UserMessage((PICTURE,)), ToolMessage("c", (PICTURE,))], ids=["user", "tool"]
)
def test_an_image_never_goes_to_a_model_known_to_read_none(message):
    with pytest.raises(UnsupportedFeatureError, match=r"reads no images\. Ask a model that does"):
        plan(asked(HELLO, message), at())
    seeing = replace(THINKER, input=frozenset({"text", "image"}))
    for info in (seeing, None):
        assert plan(asked(HELLO, message), at(info)).request.messages


def test_a_file_is_refused_where_the_vendor_serves_the_model_and_sent_elsewhere():
    request = asked(UserMessage((PAPER,)))
    with pytest.raises(UnsupportedFeatureError, match=r"reads no files\. Send"):
        plan(request, at())
    assert plan(request, at(replace(THINKER, vendor="another"))).notes == ()


def test_what_the_model_cannot_do_is_refused():
    mute = replace(THINKER, tools=False, json_schema=False)
    with pytest.raises(UnsupportedFeatureError, match="calls no tools"):
        plan(asked(tools=(WEATHER,)), at(mute))
    schema = {"response_format": {"type": "json_schema"}}
    with pytest.raises(UnsupportedFeatureError, match="holds no answer to a schema"):
        plan(asked(settings=schema), at(mute))
    assert plan(asked(settings=schema), at(replace(mute, vendor="another"))).notes == ()


def test_more_tokens_than_the_model_writes_are_refused_with_the_number():
    with pytest.raises(
        UnsupportedFeatureError, match=r"1,000 tokens at most.*Ask for 1000, or have it"
    ):
        plan(asked(settings={"max_tokens": 1001}), at())
    planned = plan(asked(settings={"max_tokens": 1000}), at())
    assert body(planned)["max_completion_tokens"] == 1000
    assert plan(asked(settings={"max_tokens": 1001}), at(None)).notes == ()


def test_a_tools_name_may_be_as_long_as_the_provider_takes():
    long = "t" * 65
    with pytest.raises(UnsupportedFeatureError, match=r"65 characters; host takes 64\. Give"):
        plan(asked(tools=(Tool(long),)), at())
    assert plan(asked(tools=(Tool(long[1:]),)), at()).notes == ()
    assert plan(asked(tools=(Tool(long),)), at(tool_name_length=128)).notes == ()


# Images in the results of tools

CALLS = AssistantMessage(tool_calls=(ToolCall("a", "look", {}), ToolCall("b", "look", {})))


def test_images_in_results_follow_in_a_message_of_the_users():
    planned = plan(
        asked(
            HELLO,
            CALLS,
            ToolMessage("a", (PICTURE, RawPart({"type": "text", "text": "Two:"}), PAPER)),
            ToolMessage("b", "Nothing."),
            AssistantMessage(tool_calls=(ToolCall("c", "look", {}),)),
            ToolMessage("c", (ImagePart("https://a.example/c.png"),)),
        ),
        at(None),
    )
    messages = body(planned)["messages"]
    roles = [message["role"] for message in messages]
    assert roles == ["user", "assistant", "tool", "tool", "user", "assistant", "tool", "user"]
    first = messages[2]["content"]
    assert [part["text"] for part in first] == [
        "[image 1 is in the user message after the results]",
        "Two:",
        "[file 2 is in the user message after the results]",
    ]
    assert messages[3]["content"] == "Nothing."
    told, picture, also, paper = messages[4]["content"]
    assert told["text"] == "[image 1, from the result of call a]"
    assert picture == {"type": "image_url", "image_url": {"url": "https://a.example/b.png"}}
    assert also["text"] == "[file 2, from the result of call a]"
    assert paper == PAPER.data
    assert messages[7]["content"][0]["text"] == "[image 1, from the result of call c]"
    assert codes(planned) == ["tool_image_moved"]


def test_images_stay_in_results_where_they_are_read_there():
    request = asked(HELLO, CALLS, ToolMessage("a", (PICTURE,)), ToolMessage("b", "No."))
    planned = plan(request, at(None, rich_results=frozenset({"chat"})))
    assert planned.request.messages == request.messages
    assert planned.notes == ()
    odd = RawPart({"type": "of_the_hosts_own"})
    request = asked(HELLO, CALLS, ToolMessage("a", (odd,)), ToolMessage("b", "No."))
    assert plan(request, at(None)).request.messages == request.messages


# The reasoning of earlier turns

TURN = AssistantMessage("It is.", reasoning="Hm.")
CALLED = AssistantMessage(tool_calls=(ToolCall("c", "get_weather", {"city": "Paris"}),))
HOST: dict[str, Any] = {
    "reasoning_replay": "reasoning_content",
    "reasoning_read": "with_tools",
    "reasoning_placeholder": "(none: {turn})",
}


def replayed(planned: Plan) -> list[str | None]:
    """Return the reasoning sent with each turn of the model's."""
    turns = [m for m in body(planned)["messages"] if m["role"] == "assistant"]
    return [turn.get("reasoning_content") for turn in turns]


def test_with_tools_every_turn_has_reasoning():
    history = (HELLO, TURN, HELLO, CALLED, ToolMessage("c", "Sun."), AssistantMessage("Sun."))
    planned = plan(asked(*history, HELLO, tools=(WEATHER,)), at(**HOST))
    assert replayed(planned) == [
        "Hm.",
        "(none: get_weather {'city': 'Paris'} (c))",
        "(none: Sun.)",
    ]
    assert codes(planned) == ["reasoning_placeholder"]
    assert "2 turn(s)" in planned.notes[0].message


def test_no_two_turns_have_the_same_line():
    calls = [AssistantMessage(tool_calls=(ToolCall(f"c{n}", "look", {}),)) for n in range(5)]
    planned = plan(asked(*calls, HELLO, tools=(Tool("look"),)), at(**HOST))
    lines = replayed(planned)
    assert len(set(lines)) == 5
    longer = plan(asked(*calls, *calls[:1], HELLO, tools=(Tool("look"),)), at(**HOST))
    assert replayed(longer)[:5] == lines, "what was sent stays as it was, for the provider's cache"


def test_an_empty_reasoning_is_none():
    turn = AssistantMessage("So.", reasoning="")
    assert replayed(plan(asked(turn, HELLO, tools=(WEATHER,)), at(**HOST))) == ["(none: So.)"]
    assert replayed(plan(asked(turn, HELLO), at(reasoning_replay="reasoning_content"))) == [None]


def test_a_history_of_calls_counts_as_one_with_tools():
    assert replayed(plan(asked(HELLO, CALLED, ToolMessage("c", "Sun.")), at(**HOST))) != [None]


def test_without_tools_only_the_current_turn_keeps_its_reasoning():
    prefix = AssistantMessage("It", reasoning="Now.", extra={"prefix": True})
    planned = plan(asked(HELLO, TURN, HELLO, prefix), at(**HOST))
    assert replayed(planned) == [None, "Now."]
    assert [note.code for note in planned.notes] == ["prefix"]


def test_a_turn_that_is_to_be_gone_on_with_gets_no_line():
    prefix = AssistantMessage("It", extra={"prefix": True})
    planned = plan(asked(HELLO, prefix, tools=(WEATHER,)), at(**HOST))
    assert replayed(planned) == [None]
    assert [note.code for note in planned.notes] == ["prefix"]


def test_with_thinking_off_nothing_is_demanded():
    settings = {"reasoning_effort": "none"}
    planned = plan(asked(TURN, CALLED, HELLO, tools=(WEATHER,), settings=settings), at(**HOST))
    assert replayed(planned) == [None, None]
    assert planned.notes == ()


def remembered(messages: Sequence[Message]) -> dict[int, AssistantMessage]:
    """Give back what was thought before a call, as a client does that answered it."""
    lost = enumerate(messages)
    return {at: replace(CALLED, reasoning="Back.") for at, one in lost if one is CALLED}


RESULT = ToolMessage("c", "Sun.")


def test_reasoning_that_was_lost_is_put_back_for_every_attempt_and_noted_once():
    request = asked(HELLO, CALLED, RESULT, tools=(WEATHER,))
    planned = plan(request, at(**HOST), recall=remembered)
    again = continued(planned, replace(TURN, content="No."), HELLO)
    assert (replayed(planned), replayed(again)) == (["Back."], ["Back.", "Hm."])
    assert codes(planned) == codes(again) == ["reasoning_recalled"]
    assert planned.asked is request


def test_what_is_not_sent_is_neither_put_back_nor_noted():
    request = asked(HELLO, CALLED, RESULT, HELLO)
    dropping = plan(request, at(), recall=remembered)
    assert dropping.request.messages is request.messages
    off = replace(request, settings={"reasoning_effort": "none"})
    idle = plan(off, at(**HOST), recall=remembered)
    over = plan(
        request, at(replace(THINKER, apis=("responses",)), apis=("responses",)), recall=remembered
    )
    assert replayed(dropping) == replayed(idle) == [None]
    assert over.request.messages is request.messages
    assert dropping.notes == idle.notes == over.notes == ()


def test_of_the_current_turn_it_is_put_back_with_thinking_off_too():
    off = asked(HELLO, CALLED, RESULT, settings={"reasoning_effort": "none"})
    planned = plan(off, at(**HOST), recall=remembered)
    assert (replayed(planned), codes(planned)) == (["Back."], ["reasoning_recalled"])


@pytest.mark.parametrize("field", ["summary", None])
@pytest.mark.parametrize(
    ("model", "sent"),
    [("some-model", {}), ("gpt-5.5", {}), ("deepseek-v4-pro", {"reasoning_content": "Summed up."})],
)
def test_reasoning_that_came_in_no_field_goes_to_models_whose_template_reads_it(field, model, sent):
    """A host of unknown dialect may refuse the field; a DeepSeek model may refuse its lack."""
    turn = AssistantMessage("So.", reasoning="Summed up.", reasoning_field=field)
    target = replace(at(reasoning_replay="as_received"), model=model, info=find(model))
    body = json.loads(encode(plan(asked(turn, HELLO), target)).body)
    found = {key: value for key, value in body["messages"][0].items() if "reason" in key}
    assert found == sent


# Beta

BETA: dict[str, Any] = {
    "base_url": "https://host.example",
    "beta_url": "https://host.example/beta",
    "beta_features": frozenset({"prefix"}),
}
GO_ON = AssistantMessage("It", extra={"prefix": True})


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("https://host.example", "https://host.example/beta"),
        ("https://host.example/", "https://host.example/beta"),
        ("https://host.example/v1", "https://host.example/beta"),
        ("https://HOST.example", "https://host.example/beta"),
        ("https://host.example:443/v1/", "https://host.example/beta"),
        ("https://host.example/beta", "https://host.example/beta"),
        ("http://proxy.example/deepseek/beta", "http://proxy.example/deepseek/beta"),
    ],
)
def test_what_is_in_beta_goes_to_the_beta_url(given, used):
    host = replace(at(**BETA), base_url=given)
    assert plan(asked(HELLO, GO_ON), host).base_url == used
    assert encode(plan(asked(HELLO, GO_ON), host)).url == f"{used}/chat/completions"
    assert plan(asked(HELLO), host).base_url == given


@pytest.mark.parametrize("given", ["http://proxy.example/v1", "https://host.example.evil/v1"])
def test_a_base_url_of_ones_own_is_never_exchanged(given):
    with pytest.raises(UnsupportedFeatureError, match=r"prefix.*ends in /beta\. \["):
        plan(asked(HELLO, GO_ON), replace(at(**BETA), base_url=given))


@pytest.mark.parametrize(
    ("base_url", "api"),
    [("https://api.openai.com/v1", "responses"), ("https://box.example/v1", "chat")],
)
def test_tools_of_an_unknown_model_go_where_the_host_surely_takes_them(base_url, api):
    target = Target(
        provider="openai",
        model="gpt-7",
        base_url=base_url,
        profile=profile_named("openai"),
    )
    request = ChatRequest(messages=(UserMessage("Hi"),), tools=(WEATHER,))
    assert plan(request, target).api == api
    assert plan(ChatRequest(messages=(UserMessage("Hi"),)), target).api == "chat"


@pytest.mark.parametrize("odd", [[], {}, [[]], 5, True])
def test_values_of_any_type_are_sent_or_refused_and_nothing_else(odd: Any) -> None:
    assert stated({"thinking": {"type": odd}}) is None
    request = ChatRequest(
        messages=(HELLO,),
        tools=(WEATHER,),
        settings={"tool_choice": {"type": odd, "function": {"name": "get_weather"}}},
    )
    sent = body(plan(request, at(None)))
    assert sent["tool_choice"]["type"] == odd
