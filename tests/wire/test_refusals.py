"""What is said where no interface takes a request, and where the fields of only one lead."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from openai.types.chat import completion_create_params as chat
from openai.types.responses import response_create_params as responses

from tests.wire.drive import WEATHER
from unillm import (
    ImagePart,
    RawPart,
    SystemMessage,
    ToolMessage,
    UnsupportedFeatureError,
    UserMessage,
)
from unillm._wire.encode import encode
from unillm._wire.plan import Plan, continued, plan
from unillm._wire.plan.features import ONLY_CHAT, ONLY_RESPONSES
from unillm.catalog import find
from unillm.providers import profile_named
from unillm.types.facts import Api
from unillm.types.request import ChatRequest
from unillm.types.target import Target

HELLO = UserMessage("Hi")
PICTURE = ImagePart("https://a.example/b.png")
HOME = "https://api.openai.com/v1"
CHAIN = {"previous_response_id": "resp_1"}


def at(model: str = "gpt-5.5", base_url: str = HOME, api: Api | None = None) -> Target:
    """Return a model of OpenAI's."""
    profile = profile_named("openai")
    info = find(model)
    return Target(
        provider="openai", model=model, base_url=base_url, profile=profile, info=info, api=api
    )


def asked(*messages: Any, **more: Any) -> ChatRequest:
    """Return a request."""
    return ChatRequest(messages=messages or (HELLO,), **more)


def body(planned: Plan) -> dict[str, Any]:
    """Return the body that is sent."""
    return json.loads(encode(planned).body)


def refused(request: ChatRequest, target: Target) -> str:
    """Return what is said of a request that is refused."""
    with pytest.raises(UnsupportedFeatureError) as caught:
        plan(request, target)
    return caught.value.message


# What is said


def test_each_interface_is_named_with_what_keeps_the_request_off_it():
    said = refused(asked(tools=(WEATHER,), extra_body={"n": 2, "audio": {}}), at())
    assert said == (
        "openai:gpt-5.5 takes this request on neither of its interfaces: Chat Completions does not "
        "support function tools while the model reasons; the Responses API does not support 'n', "
        "'audio' in extra_body. Pass reasoning_effort='none'. Or leave that out of extra_body."
    )
    assert "api=" not in said


def test_all_that_one_interface_refuses_is_named():
    extra = {"reasoning": {"summary": "auto"}, "seed": 1}
    said = refused(asked(tools=(WEATHER,), extra_body=extra), at("gpt-6.1-sol"))
    assert "Completions does not support function tools and 'reasoning' in extra_body;" in said
    assert "Leave the tools out. Leave that out of extra_body." in said


def test_what_neither_takes_is_said_once_and_without_the_rest():
    request = asked(tools=(WEATHER,), settings={"response_format": {"type": "json_object"}})
    assert refused(request, at()) == (
        "openai:gpt-5.5 does not support response_format='json_object' without the word 'json' in "
        "the messages. Say in the prompt that the answer is to be JSON."
    )


def test_api_is_spoken_of_where_it_was_given_and_is_what_stands_in_the_way():
    assert refused(asked(tools=(WEATHER,)), at(api="chat")) == (
        "openai:gpt-5.5 over Chat Completions does not support function tools while it reasons. "
        "Pass reasoning_effort='none'. Or leave out api='chat' of its Provider: the Responses API "
        "takes it."
    )
    neither = asked(tools=(WEATHER,), extra_body={"n": 2})
    assert "api=" not in refused(neither, at(api="chat"))
    assert refused(asked(), at("gpt-5.5-pro", api="chat")) == (
        "openai:gpt-5.5-pro is served over the Responses API only. Leave out api='chat' of its "
        "Provider."
    )


def test_who_goes_on_is_not_told_of_an_api_that_was_never_given():
    planned = plan(asked(), at())
    picture = SystemMessage((PICTURE,))
    with pytest.raises(UnsupportedFeatureError, match="user message") as caught:
        continued(planned, picture, HELLO)
    assert "api=" not in caught.value.message


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (asked(hosted_tools=({"type": "web_search"},)), "runs itself ('web_search')."),
        (asked(settings={"max_tokens": 8}), "max_tokens=8, less than 16."),
        (asked(UserMessage((RawPart({"type": "input_text", "text": "Hi"}),))), "type 'input_text'"),
    ],
    ids=["hosted", "tokens", "part"],
)
def test_people_are_told_in_their_words(request_, words):
    forced: Api = "responses" if "tokens" in words else "chat"
    assert words in refused(request_, at(api=forced))


# Fields of one interface


def test_the_fields_of_one_interface_are_those_of_openais_package():
    theirs = set(responses.ResponseCreateParamsBase.__annotations__)
    chats = set(chat.CompletionCreateParamsBase.__annotations__)
    assert theirs - chats == ONLY_RESPONSES
    assert chats - theirs == ONLY_CHAT


@pytest.mark.parametrize("name", sorted(ONLY_RESPONSES))
def test_fields_that_responses_has_alone_lead_there(name):
    assert plan(asked(extra_body={name: {}}), at()).api == "responses"
    assert plan(asked(extra_body={name: {}}), at("gpt-7-sol")).api == "responses"


@pytest.mark.parametrize("name", sorted(ONLY_CHAT))
def test_fields_that_chat_has_alone_keep_it_there(name):
    extra = {name: "none" if name == "reasoning_effort" else {}}
    assert plan(asked(extra_body=extra), at()).api == "chat"
    assert f"{name!r} in extra_body" in refused(asked(extra_body=extra), at("gpt-5.5-pro"))
    assert "api='responses'" in refused(asked(extra_body=extra), at(api="responses"))


def test_a_server_of_ones_own_is_sent_them_as_ever():
    """`reasoning` is a field of OpenRouter's and Together's Chat Completions too."""
    extra = {"reasoning": {"effort": "high"}}
    for model in ("some-model", "deepseek-v4-pro"):
        planned = plan(asked(extra_body=extra), at(model, "https://box.example/v1"))
        assert planned.api == "chat"
        assert body(planned)["reasoning"] == extra["reasoning"]
    proxy = at(base_url="https://box.example/v1")
    assert plan(asked(extra_body=extra), proxy).api == "responses"


@pytest.mark.parametrize("kind", ["input_text", "input_image", "input_file"])
def test_parts_that_responses_has_alone_lead_there(kind):
    request = asked(UserMessage((RawPart({"type": kind}),)))
    assert plan(request, at()).api == "responses"


def test_a_summary_is_had_by_the_recipe_alone():
    planned = plan(asked(extra_body={"reasoning": {"summary": "auto"}}), at())
    assert body(planned)["reasoning"] == {"summary": "auto"}


def test_an_image_in_a_system_message_goes_where_the_types_have_it():
    request = asked(SystemMessage((PICTURE,)), HELLO)
    assert plan(request, at()).api == "responses"
    assert "images in a system message" in refused(request, at(api="chat"))
    result = asked(HELLO, ToolMessage("c", (PICTURE,)))
    assert plan(result, at()).api == "chat"


def test_few_tokens_stay_on_the_interface_that_writes_as_few():
    few = asked(settings={"max_tokens": 15})
    assert plan(few, at()).api == "chat"
    said = refused(replace(few, tools=(WEATHER,)), at())
    assert "max_tokens=15" in said
    assert "ask for 16 or more" in said
    enough = asked(settings={"max_tokens": 16}, tools=(WEATHER,))
    assert plan(enough, at()).api == "responses"


# An effort beside the field


def test_another_degree_in_extra_body_goes_over_the_setting_and_is_noted():
    request = asked(
        settings={"reasoning_effort": "low"}, extra_body={"reasoning": {"effort": "high"}}
    )
    planned = plan(request, at())
    assert body(planned)["reasoning"] == {"effort": "high"}
    (note,) = planned.notes
    assert note.code == "dropped_setting"
    assert "extra_body asks for 'high'" in note.message
    same = replace(request, settings={"reasoning_effort": "high"})
    assert plan(same, at()).notes == ()


# What is stored


@pytest.mark.parametrize(
    "extra", [CHAIN, {"conversation": "conv_1"}, {"background": True}], ids=str
)
def test_what_rests_on_what_is_stored_says_nothing_of_storing(extra):
    assert "store" not in body(plan(asked(extra_body=extra), at()))
    for store in (True, False):
        told = asked(extra_body=extra, settings={"store": store})
        assert body(plan(told, at()))["store"] is store


@pytest.mark.parametrize("extra", [{"truncation": "auto"}, {"background": False}], ids=str)
def test_else_nothing_is_stored(extra):
    assert body(plan(asked(extra_body=extra), at()))["store"] is False
