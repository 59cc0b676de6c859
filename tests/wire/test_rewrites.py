# pyright: reportOptionalMemberAccess=false, reportArgumentType=false
"""What is rewritten if the caller names it, where it would be refused: always noted."""

import json
from dataclasses import replace

import pytest

from tests.wire.drive import WEATHER
from tests.wire.test_plan import HELLO, THINKER, asked, at, body, codes
from unillm import AssistantMessage, SystemMessage, UnsupportedFeatureError
from unillm._flow.modes import planned_for
from unillm._outputs import output_of
from unillm._wire.plan import continued, plan
from unillm.catalog import find
from unillm.providers import profile_named
from unillm.types.facts import Fact, Limit
from unillm.types.target import Target

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
FORM = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA, "strict": True}}
FLAT = {"type": "json_schema", "name": "x", "schema": SCHEMA, "description": "A number."}
TOLD = json.dumps(SCHEMA, separators=(",", ":"))
VENDORS = [("openai", "gpt-5.5"), ("deepseek", "deepseek-v4-pro"), ("deepseek", "deepseek-flash")]


def vendor(name, model):
    profile = profile_named(name)
    return Target(
        provider=name,
        model=model,
        base_url=profile.base_url,
        profile=profile,
        info=find(model),
    )


def generic():
    profile = profile_named("generic")
    return Target(provider="box", model="m", base_url="http://box.example/v1", profile=profile)


DEEPSEEK = vendor("deepseek", "deepseek-v4-pro")


@pytest.mark.parametrize(("name", "model"), VENDORS)
@pytest.mark.parametrize("more", [1, 5_000_000])
def test_more_tokens_than_a_model_writes_are_lowered_if_asked(name, model, more):
    host = vendor(name, model)
    most = host.info.max_output
    request = asked(settings={"max_tokens": most + more})
    with pytest.raises(UnsupportedFeatureError, match=r"rewrite=\('max_tokens',\)"):
        plan(request, host)
    planned = plan(request, host, rewrite=("max_tokens",))
    sent = body(planned)
    assert most in (sent.get("max_tokens"), sent.get("max_completion_tokens"))
    assert codes(planned) == ["rewritten_max_tokens"]
    assert f"max_tokens={most + more} became {most}" in planned.notes[0].message
    assert planned.asked is request
    assert continued(planned, AssistantMessage("No."), HELLO).request.settings["max_tokens"] == most


@pytest.mark.parametrize("most", [1, 16, 1000])
def test_what_a_model_can_write_stays(most):
    planned = plan(asked(settings={"max_tokens": most}), at(), rewrite=("max_tokens",))
    assert body(planned)["max_completion_tokens"] == most
    assert planned.notes == ()


def test_what_is_not_known_stays():
    request = asked(settings={"max_tokens": 393_216})
    hosted = replace(at(), provider="other", profile=profile_named("generic"))
    for host in (generic(), at(None), at(replace(THINKER, max_output=None)), hosted):
        planned = plan(request, host, rewrite=("max_tokens",))
        assert planned.request.settings["max_tokens"] == 393_216
        assert planned.notes == ()


@pytest.mark.parametrize("form", [FORM, FLAT], ids=["nested", "flat"])
def test_a_schema_is_told_where_the_host_holds_to_none(form):
    request = asked(settings={"response_format": form})
    with pytest.raises(UnsupportedFeatureError, match=r"rewrite=\('response_format',\)"):
        plan(request, DEEPSEEK)
    planned = plan(request, DEEPSEEK, rewrite=("response_format",))
    sent = body(planned)
    assert sent["response_format"] == {"type": "json_object"}
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]
    assert TOLD in sent["messages"][0]["content"]
    assert "JSON" in sent["messages"][0]["content"]
    assert ("A number." in sent["messages"][0]["content"]) == (form is FLAT)
    assert codes(planned) == ["rewritten_response_format"]
    assert "does not hold the answer to it" in planned.notes[0].message


def test_what_the_caller_instructs_comes_first_and_stays():
    request = asked(SystemMessage("Be brief."), HELLO, settings={"response_format": FORM})
    first = plan(request, DEEPSEEK, rewrite=("response_format",))
    told = body(first)["messages"][0]["content"]
    assert told.startswith("Be brief.\n\n")
    again = continued(first, AssistantMessage('{"a": "b"}'), HELLO)
    assert body(again)["messages"][0]["content"] == told  # a cache of prompts goes on to hold
    assert body(again)["response_format"] == {"type": "json_object"}
    assert len(body(again)["messages"]) == 4


@pytest.mark.parametrize(("choice", "called"), [("auto", True), ("none", False), (None, True)])
def test_beside_tools_it_is_the_last_answer_that_is_json(choice, called):
    settings = {"response_format": FORM} | ({"tool_choice": choice} if choice else {})
    request = asked(tools=(WEATHER,), settings=settings)
    sent = body(plan(request, DEEPSEEK, rewrite=("response_format",)))
    assert ("Call tools as you need them" in sent["messages"][0]["content"]) == called
    assert sent["tools"]


def test_a_model_that_is_known_to_hold_none_is_told_too():
    host = at(replace(THINKER, json_schema=False))
    request = asked(settings={"response_format": FORM})
    with pytest.raises(UnsupportedFeatureError, match=r"rewrite=\('response_format',\)"):
        plan(request, host)
    sent = body(plan(request, host, rewrite=("response_format",)))
    assert sent["response_format"] == {"type": "json_object"}
    assert TOLD in sent["messages"][0]["content"]


@pytest.mark.parametrize("host", [vendor("openai", "gpt-5.5"), generic()], ids=str)
def test_a_schema_that_a_host_takes_is_left_to_it(host):
    request = asked(settings={"response_format": FORM})
    planned = plan(request, host, rewrite=("response_format", "max_tokens", "tool_choice"))
    assert planned.request.settings["response_format"] == FORM
    assert planned.request.messages == (HELLO,)
    assert planned.notes == ()


def test_an_output_is_told_once():
    output = output_of(SCHEMA)
    both = [
        planned_for(asked(), DEEPSEEK, output, retries=1, rewrite=rewrite)
        for rewrite in ((), ("response_format",))
    ]
    (plain, one), (allowed, two) = both
    assert one.mode == two.mode
    assert body(plain) == body(allowed)
    assert plain.notes == allowed.notes


def test_a_limit_that_may_not_be_rewritten_holds_beside_one_that_may():
    fact = Fact(reason="tests", source="tests", checked="2026-11-29")
    host = at(
        limits=(
            Limit("response_format=json_schema", then="refuse", fact=fact, rewrite=True),
            Limit("response_format=beside_tools", then="refuse", fact=fact),
        )
    )
    request = asked(tools=(WEATHER,), settings={"response_format": FORM})
    with pytest.raises(UnsupportedFeatureError, match="JSON beside tools"):
        plan(request, host, rewrite=("response_format",))


TUNING = {
    "store": False,
    "metadata": {"a": "b"},
    "prompt_cache_key": "k",
    "parallel_tool_calls": True,
    "verbosity": "low",
    "service_tier": "auto",
    "user": "u",
    "safety_identifier": "s",
    "temperature": 0.0,
    "top_p": 1.0,
    "seed": 1,
    "frequency_penalty": 0.0,
    "presence_penalty": 0.0,
}
"""What coding agents send beside the conversation."""
HOSTS = [*[vendor(*one) for one in VENDORS], generic()]


@pytest.mark.parametrize("host", HOSTS, ids=str)
@pytest.mark.parametrize("name", TUNING)
def test_tuning_is_sent_or_left_out_with_one_note_and_never_refused(host, name):
    planned = plan(asked(tools=(WEATHER,), settings={name: TUNING[name]}), host)
    left, sent = name in planned.request.settings, body(planned)
    assert codes(planned) == ["dropped_setting"] * (not left)
    assert all(name in note.message for note in planned.notes)
    where = sent["text"] if name == "verbosity" and planned.api == "responses" else sent
    assert (where.get(name) == TUNING[name]) is left


@pytest.mark.parametrize("host", HOSTS, ids=str)
@pytest.mark.parametrize("effort", ["none", "minimal", "low", "medium", "high", "xhigh", "max"])
def test_every_effort_is_taken(host, effort):
    planned = plan(asked(tools=(WEATHER,), settings={"reasoning_effort": effort}), host)
    assert set(codes(planned)) <= {"effort_mapped", "dropped_setting"}
    assert len(planned.notes) <= 1


@pytest.mark.parametrize("host", HOSTS, ids=str)
def test_all_of_it_at_once(host):
    settings = {**TUNING, "reasoning_effort": "medium", "max_tokens": 1_000, "tool_choice": "auto"}
    notes = plan(asked(tools=(WEATHER,), settings=settings), host).notes
    assert len({note.message for note in notes}) == len(notes)
