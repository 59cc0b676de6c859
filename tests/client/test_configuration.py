"""Defaults, overrides, and what is refused before anything is sent."""

# pyright: reportArgumentType=false, reportOptionalMemberAccess=false

import copy
import math
import pickle

import httpx
import pytest

import unillm
from tests.client.ways import (
    KEY,
    async_client,
    read_all,
    server,
    sync_client,
)
from unillm.testing import Answer

REFUSED = {
    "temperature": ({"temperature": "hot"}, "temperature must be a number, not str"),
    "a flag for a number": ({"temperature": True}, "temperature must be a number, not bool"),
    "seed": ({"seed": 1.5}, "seed must be a whole number, not float"),
    "stop": ({"stop": 3}, "stop must be a string or a list of strings, not int"),
    "logprobs": ({"logprobs": 1}, "logprobs must be True or False, not int"),
    "extra_body": ({"extra_body": []}, "extra_body must be a dict, not list"),
    "tags": ({"tags": "a"}, "tags must be a dict, not str"),
    "session": ({"session": 7}, "session must be a string, not int"),
    "a slip": ({"temprature": 1}, "unknown setting 'temprature': did you mean temperature"),
    "OpenAI's newer name": ({"max_completion_tokens": 1}, "did you mean max_tokens"),
    "a function": ({"functions": []}, "did you mean tools"),
    "a task": ({"task": "nightly"}, r"did you mean `with unillm\.task\(…\)` around the call"),
    "stream": ({"stream": True}, r"did you mean client\.stream"),
    "a field of theirs": ({"top_k": 5}, r"extra_body=\{'top_k': …\}"),
    "many answers": ({"n": 2}, "n=2 is not supported: one call gives one answer"),
    "many, hidden": ({"extra_body": {"n": 2}}, "n=2 is not supported"),
    "no time": ({"timeout": 0}, "must be a positive number of seconds, not 0"),
    "time without end": ({"timeout": math.inf}, "must be a positive number"),
    "time as text": (
        {"timeout": "10"},
        "must be a positive number of seconds for the whole .*not '10'",
    ),
    "a number of retries": ({"retry": 3}, r"retry must be a RetryPolicy.*not 3"),
    "odd choice": ({"on_invalid_tool_call": "ignore"}, "must be 'raise' or 'return'"),
    "tool choice": ({"tool_choice": "nobody"}, "neither auto, none, required nor a tool"),
    "not JSON": ({"extra_body": {"x": object()}}, "cannot be written as JSON"),
    "header": ({"extra_headers": {"x-a": "b\nc"}}, "header 'x-a' has characters"),
    "header name": ({"extra_headers": {"x\r\n-a": "b"}}, "has characters HTTP does not allow"),
    "header name of two words": ({"extra_headers": {"x a": "b"}}, "'x a' has characters HTTP"),
    "header without a name": ({"extra_headers": {"": "b"}}, "has characters HTTP does not allow"),
    "header beyond ascii": ({"extra_headers": {"x-a": "日本"}}, "header 'x-a' has characters"),
    "header of no text": ({"extra_headers": {"x-a": 7}}, "must map strings to strings"),
}


@pytest.mark.parametrize(("options", "message"), REFUSED.values(), ids=REFUSED)
async def test_what_cannot_be_meant_is_refused(way, fake, options, message):
    async with way.client(fake) as client:
        with pytest.raises(unillm.InvalidRequestError, match=message):
            await client.chat("Hi", **options)
        with pytest.raises(ValueError, match=message):
            async with client.stream("Hi", **options):
                pass
    assert fake.requests == []


@pytest.mark.parametrize(
    ("messages", "message"),
    [
        ([], "messages is empty"),
        (7, "messages is of type int, not a string"),
        ([{"role": "robot", "content": "x"}], "has role 'robot'; known roles are"),
        ([{"role": "user", "content": 7}], "content must be a string or a list of parts"),
        ([None], "NoneType"),
    ],
)
async def test_what_is_no_conversation_is_refused(way, fake, messages, message):
    async with way.client(fake) as client:
        with pytest.raises(unillm.InvalidRequestError, match=message):
            await client.chat(messages)
    assert fake.requests == []


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (None, "no model: pass model='provider:model'"),
        ("", "no model"),
        (7, "model must be a string such as .*, not int"),
        (":gpt-5.5", "names no provider before the colon: write 'openai:gpt-5.5'"),
        ("fake:", "names a provider, but no model"),
        ("openai:gpt-x", "provider 'openai' is not among this client's providers: fake"),
    ],
)
async def test_a_model_has_to_be_named(way, fake, model, message):
    async with way.wrap(
        unillm.Client if way.is_sync else unillm.AsyncClient, providers=[server(fake)]
    ) as client:
        with pytest.raises(unillm.InvalidRequestError, match=message):
            await client.chat("Hi", model=model)


@pytest.mark.parametrize("kind", [unillm.Client, unillm.AsyncClient])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temprature": 1}, "did you mean temperature"),
        ({"model": 7}, "model must be a string, not int"),
        ({"system": 7}, "system must be a string, not int"),
        ({"observers": [7]}, "observers must be functions that take a Record"),
        ({"n": 3}, "n=3 is not supported"),
        ({"retry": "often"}, "retry must be a RetryPolicy"),
        ({"http_client": object()}, "http_client must be a client of httpx or httpx2, not object"),
        ({"http_client": httpx.Client(), "transport": object()}, "not both"),
        ({"keep_raw": "yes"}, "keep_raw must be True or False, not 'yes'"),
        ({"rewrite": "tool_choice"}, r"such as \('tool_choice',\); not 'tool_choice'"),
        (
            {"providers": {"openai": {"api_key": "sk-7"}}},
            r"must be a list, not a dict: write providers=\[unillm.Provider\('openai', api_key=…\)",
        ),
        ({"providers": [7]}, "providers must be Provider objects or names, not int"),
        ({"providers": ["nobody"]}, "give it a base_url"),
        ({"providers": ["openai", "openai"]}, "two providers are named 'openai'"),
    ],
)
def test_a_client_that_cannot_be_meant_is_refused(kind, options, message):
    with pytest.raises(unillm.InvalidRequestError, match=message):
        kind(**options)


def test_an_http_client_of_the_other_kind_is_refused():
    with pytest.raises(unillm.InvalidRequestError, match=r"httpx\.Client, or use.*AsyncClient"):
        unillm.Client(http_client=httpx.AsyncClient())
    with httpx.Client() as plain, pytest.raises(unillm.InvalidRequestError, match="is sync"):
        unillm.AsyncClient(http_client=plain)


def test_policies_refuse_what_cannot_be_meant():
    for options in ({"idle": -1}, {"connect": "1"}, {"total": math.nan}, {"first_token": True}):
        with pytest.raises(unillm.InvalidRequestError, match=r"Timeout\("):
            unillm.Timeout(**options)
    for options in (
        {"max_attempts": 0},
        {"max_attempts": 1.5},
        {"max_wait": -1},
        {"first_wait": math.inf},
        {"wait": 3},
        {"stop": "soon"},
    ):
        with pytest.raises(unillm.InvalidRequestError, match=r"RetryPolicy\("):
            unillm.RetryPolicy(**options)


async def test_defaults_and_overrides(way, fake):
    async with way.client(fake, temperature=0.1, seed=1, extra_body={"top_k": 3}) as client:
        await client.chat("Hi", seed=2)
        await client.chat("Hi", temperature=None, model="other")
        changed = client.with_options(temperature=0.9, model="fake:third", seed=None)
        await changed.chat("Hi")
    one, two, three = (seen.fields for seen in fake.requests)
    assert (one["temperature"], one["seed"], one["top_k"]) == (0.1, 2, 3)
    assert (two["temperature"], two["seed"], two["model"]) == (0.1, 1, "other")
    assert (three["temperature"], three["seed"], three["model"]) == (0.9, 1, "third")


async def test_options_given_later_refuse_the_same(way, fake):
    async with way.client(fake) as client:
        for options, message in (
            ({"temprature": 1}, "did you mean temperature"),
            ({"timeout": -1}, "positive number"),
            ({"n": 2}, "not supported"),
        ):
            with pytest.raises(unillm.InvalidRequestError, match=message):
                client.with_options(**options)


async def test_system_instructions_come_first_and_once(way, fake):
    own = [{"role": "system", "content": "own"}, {"role": "user", "content": "Hi"}]
    async with way.client(fake, system="default") as client:
        await client.chat("Hi")
        await client.chat("Hi", system="asked")
        await client.chat(own)
        await client.chat(own, system="asked")
        await client.chat("Hi", system="")
    said = [
        [message["content"] for message in seen.messages if message["role"] == "system"]
        for seen in fake.requests
    ]
    assert said == [["default"], ["asked"], ["own"], ["asked", "own"], [""]]
    assert all(seen.messages[-1]["content"] == "Hi" for seen in fake.requests)


async def test_extras_reach_the_request(way, fake):
    async with way.client(fake) as client:
        await client.chat(
            "Hi",
            extra_headers={"X-Trace": " 7\n", "x-empty": ""},
            extra_query={"v": "1 2"},
            extra_body={"top_k": 5, "n": 1},
        )
    (seen,) = fake.requests
    assert (seen.headers["x-trace"], seen.headers["x-empty"]) == ("7", "")
    assert seen.query == {"v": "1 2"}
    assert seen.fields["top_k"] == 5


async def test_a_changed_client_shares_connections_and_leaves_them_open(way, fake):
    async with way.client(fake) as client:
        await client.chat("Hi")
        async with client.with_options(temperature=1) as changed:
            await changed.chat("Hi")
            await changed.with_options(seed=1).chat("Hi")
        assert (fake.connections, fake.connections_total) == (1, 1)
        with pytest.raises(unillm.InvalidRequestError, match="client is closed"):
            await changed.chat("Hi")
        assert (await client.chat("Hi")).text == "You said: Hi"
        assert fake.connections_total == 1
    await way.settles(fake, connections=0)


async def test_a_closed_client_refuses(way, fake):
    client = way.client(fake)
    changed = client.with_options(temperature=1)
    await client.chat("Hi")
    await client.close()
    await client.close()
    await way.settles(fake, connections=0)
    for call in (client.chat, changed.chat):
        with pytest.raises(unillm.InvalidRequestError, match="client is closed; make a new one"):
            await call("Hi")
    for asked in (client, changed):
        with pytest.raises(unillm.InvalidRequestError, match="client is closed"):
            asked.stream("Hi")
    await changed.close()
    assert len(fake.requests) == 1
    await way.settles(fake, connections=0)


async def test_a_client_closed_under_a_stream_ends_it_with_an_error(way, fake):
    fake.enqueue(Answer("one two three four", pace=0.02))
    client = way.client(fake)
    with pytest.raises(unillm.UnillmError) as caught:  # noqa: PT012 - a stream, read
        async with client.stream("Hi") as stream:
            await anext(stream)
            await client.close()
            await read_all(stream)
    assert caught.value.partial.text.startswith("one")
    await way.settles(fake, connections=0)


async def test_nothing_is_sent_before_a_call(way, fake):
    async with way.client(fake):
        pass
    assert fake.connections_total == 0


@pytest.mark.parametrize("make", [sync_client, async_client])
def test_a_client_shows_its_model_and_providers(fake, make):
    shown = repr(make(fake))
    assert "model='fake:fake-model'" in shown
    assert "providers=['fake']" in shown
    assert KEY not in shown


def test_tags_are_copied(fake):
    records = []
    tags = {"a": "1"}
    with sync_client(fake, tags=tags, observers=[records.append]) as client:
        tags["b"] = "2"
        client.chat("Hi")
    assert records[0].tags == {"a": "1"}


@pytest.mark.parametrize("kind", [unillm.Client, unillm.AsyncClient])
def test_a_client_is_not_pickled_nor_copied(kind):
    client = kind(providers=[unillm.Provider("x", base_url="http://127.0.0.1:1", api_key="k")])
    for take in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="make one in each process"):
            take(client)
