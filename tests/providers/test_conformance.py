"""What every provider's profile must hold to, and what is sent by it and comes back."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from typing import Any, get_args
from urllib.parse import urlsplit

import pytest

from tests.wire.drive import WEATHER, decode
from tests.wire.recordings import RECORDINGS, Recording
from unillm import (
    AssistantMessage,
    FilePart,
    ImagePart,
    Message,
    Modality,
    ModelInfo,
    SystemMessage,
    TextPart,
    ToolCall,
    ToolMessage,
    UnsupportedFeatureError,
    UserMessage,
)
from unillm._wire.encode import encode
from unillm._wire.plan import plan
from unillm._wire.plan.features import features
from unillm.catalog import models
from unillm.providers import Provider, names, profile_named, resolve, servers_from
from unillm.types.edits import Note
from unillm.types.facts import Limit
from unillm.types.inputs import messages_from
from unillm.types.profile import Profile
from unillm.types.request import ChatRequest
from unillm.types.target import Target

ALL = (*names(), "generic")
every = pytest.mark.parametrize("name", ALL)

# Where each field of a profile comes from, or goes to.
NOT_FACTS = {"name", "facts", "limits", "place", "experimental"}
SETTINGS: dict[str, Any] = {
    "temperature": 0.5,
    "top_p": 0.9,
    "max_tokens": 77,
    "stop": ["END"],
    "seed": 7,
    "frequency_penalty": 0.1,
    "presence_penalty": 0.2,
    "logit_bias": {"5": 1.0},
    "logprobs": True,
    "top_logprobs": 2,
    "tool_choice": "get_weather",
    "parallel_tool_calls": False,
    "response_format": {"type": "json_object"},
    "reasoning_effort": "none",
    "verbosity": "low",
    "service_tier": "flex",
    "prompt_cache_key": "k",
    "safety_identifier": "s",
    "user": "u",
    "metadata": {"a": "b"},
    "store": True,
}

ASKED: dict[str, dict[str, Any]] = {
    "json_word": {"settings": {"response_format": {"type": "json_object"}}},
    "hosted_tools": {"hosted_tools": ({"type": "web_search"},)},
    "file": {"given": [UserMessage((FilePart(file_id="f"),))]},
    "system_image": {"given": [SystemMessage((ImagePart("https://a.example/b.png"),)), "Hi"]},
}
"""How to ask for what is no setting."""

SPOKEN = {
    "json_word": "the word 'json'",
    "hosted_tools": r"runs itself \('web_search'\)",
    "file": "files",
    "file_url": "given by their URL",
    "system_image": "images in a system message",
}
"""What such a feature is called in messages."""


def changed(profile: Profile) -> set[str]:
    """Return the fields of a profile that are not OpenAI's behaviour."""
    found: set[str] = set()
    for field in dataclasses.fields(profile):
        default = field.default
        if default is dataclasses.MISSING and field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        if getattr(profile, field.name) != default:
            found.add(field.name)
    return found - NOT_FACTS


def limits_of(profile: Profile, then: str) -> list[Limit]:
    """Return what is dropped, or refused, over Chat Completions, whatever the model does."""
    return [
        limit
        for limit in profile.limits
        if limit.then == then and limit.when == "always" and limit.api in {None, "chat"}
    ]


def sent(name: str, *given: Any, **more: Any) -> tuple[dict[str, Any], tuple[Note, ...]]:
    """Return the body that is sent to a provider, and the notes."""
    profile = profile_named(name)
    request = ChatRequest(messages=messages_from(list(given) or "Hi"), **more)
    target = Target(
        provider=name,
        model="some-model",
        base_url=profile.base_url or "http://box.example/v1",
        profile=profile,
        # A model that can do everything: what is left out or refused, the provider does not take.
        info=ModelInfo(id="some-model", vendor=name, input=frozenset(get_args(Modality))),
    )
    planned = plan(request, target)
    wire, notes = encode(planned), planned.notes
    assert wire.url == f"{planned.base_url}/chat/completions"
    assert planned.base_url in {target.base_url, profile.beta_url}
    assert wire.method == "POST"
    assert "authorization" not in wire.headers
    return json.loads(wire.body), notes


@every
def test_every_difference_has_its_reason_and_source(name):
    profile = profile_named(name)
    assert profile.name == name
    assert set(profile.facts) == changed(profile)
    for fact in profile.facts.values():
        assert fact.reason
        assert not fact.reason.endswith(".")
        assert fact.source
        assert date(2025, 1, 1) < date.fromisoformat(fact.checked) < date(2030, 1, 1)


@every
def test_what_is_known_of_place_and_data_has_its_source(name):
    place = profile_named(name).place
    asked = {field.name for field in dataclasses.fields(place)} - {"facts"}
    told = {field for field in asked if getattr(place, field) is not None}
    assert told <= set(place.facts) <= asked
    assert place.jurisdiction is None or (
        len(place.jurisdiction) == 2 and place.jurisdiction.isupper()
    )
    for fact in place.facts.values():
        assert fact.reason
        assert not fact.reason.endswith(".")
        assert fact.source
        assert date(2025, 1, 1) < date.fromisoformat(fact.checked) < date(2030, 1, 1)


@every
def test_ids_are_of_models_of_the_catalog_and_go_there_and_back(name):
    profile = profile_named(name)
    for model, served in profile.ids.items():
        assert model in {info.id for info in models()}
        server = servers_from([Provider(name, base_url="http://h.example", api_key="k")], {})
        target = resolve(f"{name}:{model}", server, today=date(2026, 11, 28))
        assert target.model == served
        assert target.info is not None
        assert target.info.id == model
        assert ("host_id" in {note.code for note in target.notes}) is (served != model)
        again = resolve(f"{name}:{served}", server, today=date(2026, 11, 28))
        assert (again.model, again.info) == (served, target.info)
        assert "host_id" not in {note.code for note in again.notes}


@every
def test_address_and_key_are_usable(name):
    profile = profile_named(name)
    if profile.base_url is not None:
        parts = urlsplit(profile.base_url)
        local = parts.hostname == "localhost"
        assert parts.scheme == ("http" if local else "https")
        assert not profile.base_url.endswith("/")
        assert profile.api_key_env
        assert profile.api_key_env.isupper()
    remote = profile.base_url is not None and "localhost" not in profile.base_url
    assert profile.key_required is (remote or bool(profile.hosts))
    assert all(end.startswith(".") and end.count(".") > 1 for end in profile.hosts)


def test_every_provider_has_a_recorded_conversation():
    assert set(names()) <= {recording.name.partition("/")[0] for recording in RECORDINGS}


def test_names_are_unique_and_no_model_bears_one():
    assert list(names()) == sorted(set(names()))
    assert not {info.id for info in models()} & set(ALL)


@every
@pytest.mark.parametrize("stream", [True, False])
def test_a_request_with_everything_is_what_the_profile_allows(name, stream):
    profile = profile_named(name)
    refused = {limit.feature.partition("=")[0] for limit in limits_of(profile, "refuse")}
    beside_tools = "response_format=beside_tools" in {limit.feature for limit in profile.limits}
    kept = set() if beside_tools else {"response_format"}
    settings = {k: v for k, v in SETTINGS.items() if k not in refused or k in kept}
    system = SystemMessage("Be brief; write JSON.", role="developer")
    body, notes = sent(
        name,
        system,
        UserMessage("Hi"),
        tools=(WEATHER,),
        settings=settings,
        stream=stream,
        extra_body={"top_k": 5},
    )
    asked = features(
        ChatRequest(
            messages=(UserMessage("Hi"),), settings=settings, tools=(WEATHER,), stream=stream
        )
    )
    reasons = {
        limit.feature.partition("=")[0]: limit.fact.reason
        for limit in limits_of(profile, "drop")
        if limit.feature in asked
    }
    dropped = settings.keys() & reasons.keys()
    assert len(notes) == len(dropped)
    assert {note.code for note in notes} <= {"dropped_setting"}
    for key in dropped:
        (note,) = (note for note in notes if note.message.startswith(f"{key} "))
        assert reasons[key] in note.message
        assert key not in body
    assert body.pop("model") == "some-model"
    role = "developer" if profile.developer_role else "system"
    assert [message["role"] for message in body.pop("messages")] == [role, "user"]
    assert body.pop("tools")[0]["function"]["parameters"] == WEATHER.parameters
    assert body.pop("top_k") == 5
    told = profile.efforts.get("none", {"reasoning_effort": "none"})
    assert {key: body.pop(key) for key in told} == told
    assert body.pop("stream", False) is stream
    usage = body.pop("stream_options", None)
    assert usage == ({"include_usage": True} if stream and profile.stream_usage else None)
    assert body.pop(profile.max_tokens_field) == 77
    if "tool_choice" in body:
        named = {"type": "function", "function": {"name": "get_weather"}}
        assert body.pop("tool_choice") == named
    kept = settings.keys() - dropped - {"max_tokens", "tool_choice", "reasoning_effort"}
    assert body == {key: settings[key] for key in kept}


@every
def test_what_is_not_supported_is_refused_with_a_remedy(name):
    for limit in limits_of(profile_named(name), "refuse"):
        setting, _, kind = limit.feature.partition("=")
        value: Any = {"type": kind} if kind else SETTINGS.get(setting)
        usual = {"settings": {setting: value}, "tools": (WEATHER,)}
        asked = dict(ASKED.get(limit.feature) or usual)
        given = asked.pop("given", ())
        with pytest.raises(
            UnsupportedFeatureError, match=SPOKEN.get(limit.feature, setting)
        ) as caught:
            sent(name, *given, **asked)
        assert limit.remedy in caught.value.message
        assert caught.value.provider == name


@every
def test_the_least_request_says_nothing_of_its_own(name):
    body, notes = sent(name)
    assert body == {"model": "some-model", "messages": [{"role": "user", "content": "Hi"}]}
    assert notes == ()


@every
@pytest.mark.parametrize("given", ["reasoning", "reasoning_content", None])
def test_reasoning_goes_back_where_the_profile_says(name, given):
    message = AssistantMessage("So.", reasoning="Hm.", reasoning_field=given)
    body, _ = sent(name, UserMessage("Hi"), message, UserMessage("And?"), tools=(WEATHER,))
    replay = profile_named(name).reasoning_replay
    places = {key: v for key, v in body["messages"][1].items() if key.startswith("reasoning")}
    if replay == "drop":
        assert places == {}
    elif replay == "as_received":
        assert places == ({given: "Hm."} if given else {})
    else:
        assert places == {replay: "Hm."}


GOOD = [recording for recording in RECORDINGS if "error" not in recording.expect]


def said_in(message: AssistantMessage) -> Any:
    """Return what a message says on the wire: images that a model made do not go back."""
    if message.content is None or isinstance(message.content, str):
        return message.content
    texts = [part for part in message.content if isinstance(part, TextPart)]
    return [{"type": "text", "text": part.text} for part in texts]


def check_goes_back(name: str, recording: Recording) -> None:
    """Look whether an answer is in the next request as it came, arguments byte for byte."""
    response = decode([recording.body], recording.tools, api=recording.api).response
    assert response is not None
    results = [ToolMessage(call.id, "Sunny.") for call in response.tool_calls]
    history = UserMessage("Hi"), response.message, *results, UserMessage("And?")
    body, _ = sent(name, *history, tools=(WEATHER,))
    back = body["messages"][1]
    assert back["role"] == "assistant"
    assert back["content"] == said_in(response.message)
    assert back.get("refusal") == response.refusal
    calls = [
        (call["id"], call["type"], call["function"]["name"], call["function"]["arguments"])
        for call in back.get("tool_calls", [])
    ]
    assert calls == [(c.id, "function", c.name, c.raw) for c in response.tool_calls]
    assert ("tool_calls" in back) is bool(response.tool_calls)  # Together refuses an empty list
    answered = [m["tool_call_id"] for m in body["messages"] if m["role"] == "tool"]
    assert answered == [call.id for call in response.tool_calls]
    replay = profile_named(name).reasoning_replay
    said = {
        key: v for key, v in back.items() if key in {"reasoning", "reasoning_content", "thinking"}
    }
    placeholder = profile_named(name).reasoning_placeholder
    if response.reasoning or placeholder is None:
        known = response.message.reasoning_field in {"reasoning", "reasoning_content"}
        came_in_none = replay == "as_received" and not known
        nowhere = replay == "drop" or came_in_none or not response.reasoning
        assert list(said.values()) == ([] if nowhere else [response.reasoning])
    else:
        (line,) = said.values()
        assert line.startswith(placeholder.partition("{")[0])


@every
def test_every_answer_goes_back_as_it_came(name):
    """Text, calls and ids survive the way through the next request."""
    wrong: dict[str, str] = {}
    for recording in GOOD:
        try:
            check_goes_back(name, recording)
        except AssertionError as error:
            wrong[recording.name] = str(error)
    assert wrong == {}


CONVERSATION: list[dict[str, Any]] = [
    {"role": "developer", "content": "Be brief.", "cache_control": {"type": "ephemeral"}},
    {
        "role": "user",
        "name": "ann",
        "content": [
            {"type": "text", "text": "What is this?"},
            {"type": "text", "text": "And this?", "cache_control": {"type": "ephemeral"}},
            {"type": "image_url", "image_url": {"url": "https://a.example/b.png", "detail": "low"}},
            {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}},
        ],
    },
    {
        "role": "assistant",
        "content": None,
        "audio": {"id": "x"},
        "tool_calls": [
            {
                "id": "call_1",
                "type": "function",
                "function": {"name": "get_weather", "arguments": '{ "city" :"Par\\u0069s"}'},
            },
            {"id": "call_2", "type": "function", "function": {"name": "go", "arguments": '{"a": '}},
        ],
    },
    {"role": "tool", "tool_call_id": "call_1", "content": "Sunny.", "x_error": False},
    {"role": "tool", "tool_call_id": "call_2", "content": [{"type": "text", "text": "No."}]},
    {"role": "assistant", "content": "It is sunny.", "mood": "good"},
]


@every
def test_dicts_in_openai_style_are_sent_as_they_are(name):
    body, _ = sent(name, *CONVERSATION)
    expected = json.loads(json.dumps(CONVERSATION))
    if not profile_named(name).developer_role:
        expected[0]["role"] = "system"
    if profile_named(name).reasoning_placeholder is not None:
        line = body["messages"][2].pop("reasoning_content")
        assert "get_weather" in line
        assert "call_1" in line
    placed = "reasoning_content"  # what stands where a turn has no reasoning, and some must
    said = [{k: v for k, v in one.items() if k != placed} for one in body["messages"]]
    assert said == expected


def test_messages_and_dicts_mean_the_same():
    call = ToolCall("call_1", "go", {"a": 1}, raw='{"a":1}')
    made: list[Message] = [
        SystemMessage("S"),
        UserMessage("U"),
        AssistantMessage("A", tool_calls=(call,)),
        ToolMessage("call_1", "T"),
    ]
    body, _ = sent("openai", *made)
    assert messages_from(body["messages"]) == tuple(made)
