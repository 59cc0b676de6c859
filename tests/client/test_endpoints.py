"""Endpoints beside chat, over sockets: lists of models, balances, completed texts."""

from __future__ import annotations

import socket
from dataclasses import replace
from decimal import Decimal

import anyio
import pytest

import unillm
from tests.client.ways import KEY, ONCE, QUICK, WAYS
from unillm._client import listing
from unillm.catalog import find
from unillm.errors import (
    AuthenticationError,
    ConnectError,
    DeadlineExceededError,
    FirstTokenTimeoutError,
    IncompleteStreamError,
    InvalidRequestError,
    MalformedResponseError,
    NoTargetError,
    NotFoundError,
    OverloadedError,
    ServerError,
    UnillmError,
    UnsupportedFeatureError,
)
from unillm.providers import profile_named
from unillm.testing import Answer, FakeProvider, Raw


def at(fake, name="fake", path="/v1", **options):
    return unillm.Provider(name, base_url=f"{fake.url}{path}", api_key=KEY, **options)


@pytest.fixture
def fake():
    with FakeProvider(api_key=KEY, models=["deepseek-v4-pro", "other"]) as running:
        yield running


@pytest.fixture
def closed():
    """Give a port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        yield probe.getsockname()[1]


async def test_the_models_of_one_provider(way, fake):
    async with way.client(fake) as client:
        first, second = await client.models("fake")
    assert (first.provider, first.id, first.owned_by) == ("fake", "deepseek-v4-pro", "unillm-fake")
    assert first.info == find("deepseek-v4-pro")
    assert second.info is None
    assert first.raw["object"] == "model"
    (seen,) = fake.requests
    assert (seen.method, seen.path, seen.body) == ("GET", "/v1/models", b"")
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert "content-type" not in seen.headers


async def test_the_models_of_all_that_can_be_asked(way, fake):
    servers = [at(fake), at(fake, "box"), unillm.Provider("openai")]
    async with way.client(fake, providers=servers) as client:
        found = await client.models()
    assert [model.provider for model in found] == ["fake", "fake", "box", "box"]


async def test_one_of_several_that_fails_is_warned_of(way, fake):
    servers = [at(fake, "broken", "/v1?x=1", profile="deepseek"), at(fake)]
    servers[0] = unillm.Provider("broken", base_url=fake.base_url, api_key="wrong-key-altogether")
    async with way.client(fake, providers=servers) as client:
        with pytest.warns(RuntimeWarning, match=r"models of broken are missing: Authentication"):
            found = await client.models()
        assert len(found) == 2
        with pytest.raises(AuthenticationError):
            await client.models("broken")


async def test_where_none_answers_it_raises(way, fake):
    server = unillm.Provider("broken", base_url=fake.base_url, api_key="wrong-key-altogether")
    async with way.client(fake, providers=[server]) as client:
        with pytest.raises(AuthenticationError, match="401"):
            await client.models()


async def test_a_server_of_ones_own_that_does_not_run_is_passed_over(way, fake, closed):
    profile = replace(profile_named("vllm"), base_url=f"http://127.0.0.1:{closed}/v1")
    idle = unillm.Provider("idle", base_url=profile.base_url, profile=profile)
    async with way.client(fake, providers=[idle, at(fake)], retry=ONCE) as client:
        assert len(await client.models()) == 2
        with pytest.raises(ConnectError):
            await client.models("idle")
    async with way.client(fake, providers=[idle], retry=ONCE) as client:
        with pytest.raises(ConnectError):
            await client.models()


async def test_something_else_at_a_usual_address_is_not_waited_for(way, fake, monkeypatch):
    monkeypatch.setattr(listing, "PATIENCE", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        profile = replace(profile_named("vllm"), base_url=address)
        idle = unillm.Provider("idle", base_url=address, profile=profile)
        async with way.client(fake, providers=[idle, at(fake)], retry=QUICK) as client:
            with pytest.warns(RuntimeWarning, match="models of idle are missing: Deadline"):
                assert len(await client.models()) == 2


async def test_where_none_answers_it_is_not_one_that_does_not_run_that_is_told(way, fake, closed):
    profile = replace(profile_named("vllm"), base_url=f"http://127.0.0.1:{closed}/v1")
    idle = unillm.Provider("idle", base_url=profile.base_url, profile=profile)
    broken = unillm.Provider("broken", base_url=fake.base_url, api_key="wrong-key-altogether")
    async with way.client(fake, providers=[broken, idle], retry=ONCE) as client:
        with pytest.raises(AuthenticationError) as caught:
            await client.models()
    assert caught.value.provider == "broken"


async def test_where_nobody_can_be_asked_it_says_why(way, fake):
    async with way.client(fake, providers=[unillm.Provider("openai")]) as client:
        with pytest.raises(NoTargetError, match="OPENAI_API_KEY"):
            await client.models()
        with pytest.raises(AuthenticationError, match="OPENAI_API_KEY"):
            await client.models("openai")
        with pytest.raises(InvalidRequestError, match="'nobody' is not among"):
            await client.models("nobody")
        with pytest.raises(InvalidRequestError, match="7 is not among"):
            await client.models(7)


@pytest.mark.parametrize("path", ["", "/v1", "/beta", "/v1/"])
async def test_the_balance_is_at_the_address_without_version_and_beta(way, fake, path):
    servers = [at(fake, "ds", path, profile="deepseek")]
    async with way.client(fake, providers=servers) as client:
        balance = await client.balance("ds")
        await client.models("ds")
    assert balance.available is True
    (funds,) = balance.funds
    assert funds == unillm.Funds(
        currency="USD",
        total=Decimal("110.00"),
        granted=Decimal("10.00"),
        topped_up=Decimal("100.00"),
    )
    assert str(funds.total) == "110.00"
    assert [seen.path for seen in fake.requests] == [
        "/user/balance",
        f"{path.removesuffix('/beta').rstrip('/')}/models",
    ]


async def test_who_does_not_tell_the_balance_is_not_asked(way, fake):
    async with way.client(fake) as client:
        with pytest.raises(UnsupportedFeatureError, match="fake does not tell"):
            await client.balance("fake")
        with pytest.raises(InvalidRequestError, match="'deepseek' is not among"):
            await client.balance()
    assert not fake.requests


async def test_a_text_goes_on_from_a_beginning_and_leads_to_an_end(way, fake):
    servers = [at(fake, "ds", "/beta", profile="deepseek")]
    fake.enqueue(Answer("    return a\n", finish_reason="length"))
    async with way.client(fake, providers=servers, model="ds:deepseek-v4-pro") as client:
        done = await client.complete(
            "def f(a):\n",
            suffix="\n# end",
            max_tokens=64,
            temperature=0.5,
            top_p=0.9,
            stop=["\n\n"],
            extra_body={"echo": False},
            extra_headers={"x-team": "a"},
            extra_query={"v": "1"},
        )
    assert (done.text, done.finish_reason, done.finish_reason_raw) == (
        "    return a\n",
        "length",
        "length",
    )
    assert done.usage.output_tokens
    assert (done.provider, done.model) == ("ds", "deepseek-v4-pro")
    assert [attempt.outcome for attempt in done.attempts] == ["ok"]
    assert done.attempts[0].usage == done.usage
    (seen,) = fake.requests
    assert (seen.path, seen.query, seen.headers["x-team"]) == (
        "/beta/completions",
        {"v": "1"},
        "a",
    )
    assert seen.json == {
        "model": "deepseek-v4-pro",
        "prompt": "def f(a):\n",
        "suffix": "\n# end",
        "max_tokens": 64,
        "temperature": 0.5,
        "top_p": 0.9,
        "stop": ["\n\n"],
        "echo": False,
    }


async def test_gateways_and_azure_are_asked_in_their_own_way(way):
    with FakeProvider() as fake:
        gateway = at(fake, "gateway", "/api/v1", profile="openrouter")
        azure = at(fake, "azure", "")
        old = at(fake, "old", "", profile="azure", api_version="2024-10-21")
        async with way.client(fake, providers=[gateway, azure, old]) as client:
            balance = await client.balance("gateway")
            await client.models("azure")
            await client.models("old")
    assert [(funds.currency, str(funds.total)) for funds in balance.funds] == [("USD", "99.5")]
    assert [(seen.path, dict(seen.query)) for seen in fake.requests] == [
        ("/api/v1/credits", {}),
        ("/openai/v1/models", {}),
        ("/openai/models", {"api-version": "2024-10-21"}),
    ]
    assert [seen.headers.get("api-key") for seen in fake.requests] == [None, KEY, KEY]
    assert "authorization" not in fake.requests[1].headers


async def test_what_cannot_be_completed_is_refused_before_it_is_sent(way, fake):
    servers = [
        at(fake, "ds", profile="deepseek"),
        at(fake, "vllm"),
        at(fake, "oa", profile="openai"),
        at(fake, "beta", "/beta", profile="deepseek"),
    ]
    async with way.client(fake, providers=servers, reasoning_effort="none") as client:
        for given, match in [
            ({"model": "ds:deepseek-v4-pro"}, "base_url that ends in /beta"),
            ({"model": "vllm:any", "suffix": "x"}, "reads no suffix"),
            ({"model": "oa:gpt-6-luna"}, "openai has no known endpoint for that"),
            ({"model": "beta:deepseek-v4-pro", "max_tokens": 4097}, "4,096 tokens at most"),
        ]:
            with pytest.raises(UnsupportedFeatureError, match=match):
                await client.complete("x", **given)
        for given, match in [
            ({"seed": 7}, "does not take 'seed'"),
            ({"tools": []}, "does not take 'tools'"),
            ({"suffix": 7}, "suffix must be a string"),
            ({"stop": [""]}, "stop must be"),
        ]:
            with pytest.raises(InvalidRequestError, match=match):
                await client.complete("x", model="vllm:any", **given)
        with pytest.raises(InvalidRequestError, match="prompt must be a string"):
            await client.complete(["x"], model="vllm:any")
        assert not fake.requests
        assert (await client.complete("x", model="vllm:any", seed=None)).text


ODD = {
    "no JSON": (Raw(segments=(b"hello",), framing="length"), MalformedResponseError),
    "a page": (Raw(segments=(b"<html>",), framing="length"), MalformedResponseError),
    "a list": (Raw.of_json([]), MalformedResponseError),
    "no choices": (Raw.of_json({"choices": []}), MalformedResponseError),
    "no text": (Raw.of_json({"choices": [{"text": 7}]}), MalformedResponseError),
    "error inside": (Raw.of_json({"error": {"message": "no", "code": 503}}), OverloadedError),
    "given up": (
        Raw.of_json({"choices": [{"text": "", "finish_reason": "aborted"}]}),
        ServerError,
    ),
    "nothing": (Raw(segments=(), framing="length"), MalformedResponseError),
    "not found": (Raw.of_json({"error": {"message": "no"}}, status=404), NotFoundError),
    "cut": (Raw(segments=(b'{"choices"',), framing="length", end="cut"), IncompleteStreamError),
    "reset": (Raw(segments=(b'{"choices"',), end="reset"), IncompleteStreamError),
}


@pytest.mark.parametrize(("raw", "kind"), ODD.values(), ids=ODD)
async def test_odd_answers_are_documented_errors(way, fake, raw, kind):
    fake.enqueue(raw)
    async with way.client(fake, retry=ONCE) as client:
        with pytest.raises(UnillmError) as caught:
            await client.complete("x")
    assert type(caught.value) is kind
    assert (caught.value.provider, len(caught.value.attempts)) == ("fake", 1)
    assert KEY not in repr(caught.value)


async def test_what_may_pass_is_tried_again(way, fake):
    fake.enqueue(
        Raw.of_json({"error": {"message": "busy"}}, status=503),
        Raw.of_json({"choices": [{"text": "", "finish_reason": "aborted"}]}),
        "there",
    )
    async with way.client(fake, retry=QUICK) as client:
        done = await client.complete("x")
    assert done.text == "there"
    assert [attempt.outcome for attempt in done.attempts] == ["error", "error", "ok"]
    assert [attempt.usage for attempt in done.attempts] == [None, None, done.usage]


async def test_limits_of_time_hold(way, fake):
    fake.enqueue(*[Raw(segments=(b"{",), end="stall")] * 2, Raw(wire=(), end="stall"))
    async with way.client(fake, retry=ONCE) as client:
        with pytest.raises(DeadlineExceededError):
            await client.complete("x", timeout=0.05)
        with pytest.raises(unillm.IdleTimeoutError):
            await client.complete("x", timeout=unillm.Timeout(idle=0.05))
        with pytest.raises(FirstTokenTimeoutError, match=r"no answer came within 0\.05 s"):
            await client.complete("x", timeout=unillm.Timeout(first_token=0.05))


async def test_an_answer_may_be_as_large_as_is_sensible(way, fake, monkeypatch):
    monkeypatch.setattr("unillm._flow.fetch.MAX_BODY", 100)
    monkeypatch.setattr("unillm._flow.fetch.fetch.__kwdefaults__", {"most": 100})
    fake.enqueue(Raw(segments=(b" " * 101,), framing="length"))
    async with way.client(fake, retry=ONCE) as client:
        with pytest.raises(MalformedResponseError, match="larger than 100 bytes"):
            await client.complete("x")


async def test_observers_are_told_of_what_is_billed_alone(way, fake):
    told = []
    async with way.client(fake, observers=[told.append]) as client:
        completion = await client.complete("x", tags={"for": "test"})
        await client.models("fake")
    (record,) = told
    assert (record.request, record.response.text) == (None, completion.text)
    assert record.attempts == completion.attempts == record.response.attempts
    assert record.cost == completion.cost
    assert record.usage == completion.usage
    assert record.tags == {"for": "test"}


@pytest.mark.parametrize("name", ["asyncio", "trio"])
def test_who_is_called_off_leaves_no_connection_open(name, fake):
    way = WAYS[name]
    fake.enqueue(Raw(segments=(b"{",), end="stall"))

    async def body():
        async with way.client(fake, retry=ONCE) as client:
            with anyio.move_on_after(0.05) as scope:
                await client.complete("x")
            assert scope.cancelled_caught
            await way.settles(fake, connections=0)

    way.run(body)
