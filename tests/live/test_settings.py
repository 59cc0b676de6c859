"""Every setting we say llama.cpp takes is taken; those whose effect can be seen have it."""

import json

import pytest

import unillm
from tests.live.llama import ENDLESS
from unillm.providers import profile_named
from unillm.types.settings import checked

pytestmark = pytest.mark.live

PROMPT = "Once upon a time"
SETTINGS = {
    "temperature": 0.5,
    "top_p": 0.9,
    "max_tokens": 2,
    "stop": ["\n\n"],
    "seed": 1,
    "frequency_penalty": 0.5,
    "presence_penalty": 0.5,
    "logit_bias": {"100": -100},
    "logprobs": True,
    "top_logprobs": 1,
    "tool_choice": "auto",
    "parallel_tool_calls": False,
    "response_format": {"type": "json_object"},
    "reasoning_effort": "low",
    "reasoning_summary": "auto",
    "verbosity": "low",
    "service_tier": "auto",
    "prompt_cache_key": "k",
    "safety_identifier": "s",
    "user": "u",
    "metadata": {"a": "b"},
    "store": False,
}


@pytest.fixture(scope="module")
def client(llama):
    with unillm.Client(**llama.options(max_tokens=8)) as made:
        yield made


def text(client, **settings):
    return client.chat(PROMPT, **{**ENDLESS, **settings}).text


def test_every_setting_is_listed():
    ours = {"extra_body", "extra_headers", "extra_query", "tags", "session"}
    assert set(SETTINGS) == set(unillm.ChatSettings.__annotations__) - ours
    assert checked(SETTINGS) == SETTINGS


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_is_taken(client, name):
    settings = {"max_tokens": 2, name: SETTINGS[name]}
    if name == "top_logprobs":
        settings["logprobs"] = True
    # What is said of tools is left out where there are none.
    tools = [unillm.Tool("stop")] if name in {"tool_choice", "parallel_tool_calls"} else None
    r = client.chat(PROMPT, tools=tools, **settings)
    assert r.attempts[-1].status == 200
    limits = profile_named("llamacpp").limits
    dropped = any(limit.feature == name and limit.then == "drop" for limit in limits)
    dropped = dropped or name == "reasoning_summary"  # Chat Completions has none
    assert [note.code for note in r.notes] == ["dropped_setting"] * dropped


def test_a_seed_repeats_chance(client):
    chance = {"temperature": 1.5, "extra_body": {"ignore_eos": True, "cache_prompt": False}}
    same = {text(client, seed=7, **chance) for _ in range(2)}
    assert len(same) == 1
    assert len({text(client, seed=seed, **chance) for seed in range(6)}) > 1


def test_a_small_top_p_leaves_no_chance(client):
    likeliest = text(client, temperature=0)
    narrow = {text(client, temperature=1.5, top_p=1e-6, seed=seed) for seed in range(3)}
    assert narrow == {likeliest}


def test_a_bias_forces_a_token(client):
    r = client.chat(PROMPT, temperature=0, logprobs=True, max_tokens=1, **ENDLESS)
    assert r.logprobs
    body = {**ENDLESS["extra_body"], "n_probs": 5}
    raw = client.chat(PROMPT, temperature=0, max_tokens=1, extra_body=body).raw
    token = raw["choices"][0]["logprobs"]["content"][0]["id"]
    banned = client.chat(
        PROMPT, temperature=0, max_tokens=1, logit_bias={str(token): -100}, **ENDLESS
    )
    assert banned.text != r.text
    assert r.logprobs[0]["token"] == r.text


def test_penalties_change_what_repeats(client):
    long = {"temperature": 0, "max_tokens": 40}
    plain = text(client, **long)
    for name in ("frequency_penalty", "presence_penalty"):
        assert text(client, **{name: 2.0}, **long) != plain


def test_json_mode_gives_an_object(client):
    format_ = {"type": "json_object"}
    r = client.chat("Give me JSON.", response_format=format_, max_tokens=200, temperature=0)
    if r.finish_reason == "stop":
        assert isinstance(json.loads(r.text), dict)
    else:
        assert r.text.lstrip().startswith("{")
