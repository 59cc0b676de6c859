# pyright: basic
"""No byte reaches a host that the constraints exclude: counted at its socket, for every call.

The same calls without constraints do reach it: so the proof can fail.
"""

from __future__ import annotations

import httpx
import pytest

import unillm
from tests.client.ways import KEY, ONCE
from tests.constraints.watched import Host, redirect
from unillm import Constraints, MaxPrice, NoTargetError, Provider
from unillm.testing import FakeProvider

CONSTRAINTS = {
    "denied by name": Constraints(deny_providers={"denied"}),
    "not among those allowed": Constraints(allow_providers={"allowed"}),
    "denied country, place unknown": Constraints(deny_jurisdictions={"CN"}),
    "allowed countries, place unknown": Constraints(allow_jurisdictions={"EU", "US"}),
    "own servers": Constraints(self_hosted=True),
    "no own servers": Constraints(self_hosted=False),
    "no training": Constraints(no_training=True),
    "zero retention": Constraints(zero_retention=True),
}
OF_MODELS = {
    "price unknown": Constraints(max_price=MaxPrice(input=1_000_000)),
    "licence": Constraints(licence={"Apache-2.0"}),
}


async def chat(client, model):
    await client.chat("Hi", model=model)


async def stream(client, model):
    async with client.stream("Hi", model=model) as events:
        async for _ in events:
            pass


async def parse(client, model):
    await client.parse("Hi", output=dict, model=model)


async def run(client, model):
    await client.run("Hi", tools=[], model=model)


async def run_stream(client, model):
    async with client.run_stream("Hi", tools=[], model=model) as events:
        async for _ in events:
            pass


async def rows(client, model):
    async with client.map(["Hi", "Ho"], model=model) as found:
        async for row in found:
            raise row.error


async def batch(client, model):
    async with client.map(["Hi", "Ho"], model=model, batch=True) as found:
        async for row in found:
            raise row.error


async def complete(client, model):
    await client.complete("def f(", model=model)


async def models(client, model):
    await client.models(model.partition(":")[0])


async def balance(client, model):
    await client.balance(model.partition(":")[0])


ASK = {
    "chat": chat,
    "stream": stream,
    "parse": parse,
    "run": run,
    "run_stream": run_stream,
    "map": rows,
    "batch": batch,
    "complete": complete,
}
"""Calls that ask a model."""
LOOK = {"models": models, "balance": balance}
"""Calls that ask for what no model answers."""
CALLS = {**ASK, **LOOK}
PROFILES = {"batch": "openai", "complete": "generic"}
MODELS = {"batch": "denied:gpt-6-luna"}


def profile_of(call):
    return PROFILES.get(call, "deepseek")


def model_of(call):
    return MODELS.get(call, "denied:deepseek-v4-pro")


@pytest.mark.parametrize("call", CALLS)
async def test_without_constraints_it_is_reached(way, watched, call):
    async with watched.client(way, profile_of(call)) as client:
        with pytest.raises(unillm.ProviderError):
            await CALLS[call](client, model_of(call))
    assert watched.denied.connections >= 1
    assert KEY.encode() in watched.denied.received


@pytest.mark.parametrize("call", CALLS)
async def test_no_byte_reaches_an_excluded_host(way, watched, call):
    of_models = OF_MODELS if call in ASK else {}
    for why, constraints in {**CONSTRAINTS, **of_models}.items():
        async with watched.client(way, profile_of(call), constraints=constraints) as client:
            with pytest.raises(NoTargetError, match="Nothing was sent") as caught:
                await CALLS[call](client, model_of(call))
        watched.require_untouched()
        assert "denied" in str(caught.value), why
        assert caught.value.attempts == ()
        assert caught.value.provider == "denied"


@pytest.mark.parametrize("call", ["chat", "stream", "parse", "run", "run_stream", "map"])
async def test_constraints_of_one_call_come_on_top(way, watched, call):
    """Those of the client stay; so do those of ``with_options``."""
    client = watched.client(way, constraints=Constraints(no_training=True))
    async with client:
        lax = client.with_options(constraints=Constraints(unverified=True))
        for one in (
            client,
            lax,
            lax.with_options(constraints=Constraints(deny_providers={"vllm"})),
        ):
            with pytest.raises(NoTargetError, match="whether it trains"):
                await CALLS[call](one, model_of(call))
        assert (await lax.chat("Hi", model="allowed:deepseek-v4-pro")).provider == "allowed"
    async with watched.client(way) as client:
        strict = Constraints(deny_providers={"denied"})
        with pytest.raises(NoTargetError, match="the provider denied is denied"):
            await client.chat("Hi", constraints=strict)
        with pytest.raises(NoTargetError):
            await client.complete("Hi", constraints=strict)
        with pytest.raises(NoTargetError):
            await client.run("Hi", constraints=strict)
        with pytest.raises(NoTargetError):
            await CALLS["chat"](client.with_options(constraints=strict), model_of("chat"))
        (row,) = await client.map([{"messages": "Hi", "constraints": strict}]).collect()
        assert isinstance(row.error, NoTargetError)
    watched.require_untouched()


async def test_of_all_that_list_their_models_the_excluded_are_passed_over(way, watched):
    async with watched.client(way, constraints=Constraints(self_hosted=True)) as client:
        assert {model.provider for model in await client.models()} == {"allowed"}
    watched.require_untouched()


async def test_where_none_is_left_each_is_named_with_its_reason(way, watched):
    strict = Constraints(deny_jurisdictions={"DE", "CN"})
    async with watched.client(way, constraints=strict) as client:
        with pytest.raises(NoTargetError) as caught:
            await client.models()
    assert "allowed: its jurisdiction is DE, which is denied (CN, DE)" in str(caught.value)
    assert "denied: its jurisdiction is not known" in str(caught.value)
    assert watched.allowed.connections_total == 0
    watched.require_untouched()


@pytest.mark.parametrize("own", [False, True], ids=["our client", "a client handed in"])
@pytest.mark.parametrize("call", ["chat", "stream", "complete", "models", "balance"])
async def test_no_redirect_leads_to_another_host(way, call, own):
    with Host() as denied, Host() as allowed:
        server = Provider(
            "allowed",
            base_url=allowed.base_url,
            api_key=KEY,
            profile=profile_of(call),
            self_hosted=True,
        )
        options = {"constraints": Constraints(self_hosted=True), "retry": ONCE}
        kind = httpx.Client if way.is_sync else httpx.AsyncClient
        http = kind(follow_redirects=True) if own else None
        async with way.client(None, providers=[server], http_client=http, **options) as client:
            for status in (301, 302, 303, 307, 308):
                allowed.answer = redirect(status, denied.base_url)
                with pytest.raises(unillm.ProviderError, match=f"answered {status}"):
                    await CALLS[call](client, "allowed:deepseek-v4-pro")
        if isinstance(http, httpx.Client):
            http.close()
        elif http is not None:
            await http.aclose()
        assert allowed.connections == 5
        assert (denied.connections, denied.received) == (0, b"")


async def test_a_checkpoint_of_another_host_is_not_gone_on_with_there(way, watched, tmp_path):
    """The batch of before is at a host that is excluded now."""
    path = tmp_path / "rows.jsonl"
    options = {"model": "denied:gpt-6-luna", "profile": "openai"}
    async with watched.client(way, **options) as client:
        with pytest.raises(unillm.ProviderError):
            await client.map(["Hi"], batch=True, checkpoint=path).collect()
    before = watched.denied.connections
    assert before >= 1
    strict = Constraints(deny_providers={"denied"})
    async with watched.client(way, constraints=strict, **options) as client:
        (row,) = await client.map(["Hi"], batch=True, checkpoint=path).collect()
    assert isinstance(row.error, NoTargetError)
    assert watched.denied.connections == before


async def test_a_batch_is_kept_and_so_refused_where_nothing_may_be(way):
    with FakeProvider(api_key=KEY) as fake:
        server = Provider(
            "box", base_url=fake.base_url, api_key=KEY, profile="openai", retention_days=0
        )
        kept_not = {"constraints": Constraints(zero_retention=True), "model": "box:gpt-6-luna"}
        async with way.client(fake, providers=[server], **kept_not) as client:
            assert (await client.chat("Hi")).text
            asked = len(fake.requests)
            with pytest.raises(NoTargetError, match="a Batch API keeps"):
                await client.map(["Hi"], batch=True).collect()
        assert len(fake.requests) == asked


async def test_no_header_has_another_server_answer(way, watched):
    async with watched.client(way, model="allowed:deepseek-v4-pro") as client:
        assert (await client.chat("Hi", extra_headers={"Host": "other.example"})).text
        with pytest.raises(unillm.InvalidRequestError, match="'Host'"):
            await client.chat(
                "Hi",
                extra_headers={"HOST": "other.example"},
                constraints=Constraints(self_hosted=True),
            )
    assert len(watched.allowed.requests) == 1


async def test_what_is_in_the_body_does_not_move_the_request(way, watched):
    """Fields that gateways route by go to the host that was permitted, and nowhere else."""
    body = {"base_url": watched.denied.base_url, "models": ["denied:m"], "provider": {"only": []}}
    strict = Constraints(self_hosted=True)
    async with watched.client(way, model="allowed:m", constraints=strict) as client:
        assert (await client.chat("Hi", extra_body=body, extra_query={"url": "//x"})).text
    watched.require_untouched()
    assert len(watched.allowed.requests) == 1
