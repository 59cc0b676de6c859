"""What calls cost, through a real client and over sockets: bills worked out by hand."""

# pyright: reportOptionalMemberAccess=false, reportOptionalOperand=false, reportArgumentType=false

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal
from functools import partial
from time import monotonic, sleep
from types import SimpleNamespace
from typing import Any

import anyio
import pytest

import unillm
from tests.client.bills import BOOK, COUNTED, FULL, NOON, ROW, by_hours, changing, usd
from tests.client.ways import KEY, ONCE, QUICK, read_all, server
from unillm import RepairPolicy
from unillm._flow.bounds import AROUND, BEFORE
from unillm.pricing import Price, PriceBook
from unillm.testing import Answer, FakeCall, FakeProvider, Raw, faults

SIMPLE = PriceBook(
    prices=(Price(provider="fake", model="fake-model", input=Decimal(1), output=Decimal(8)),)
)
LONG = {"prompt_tokens": 2001, "completion_tokens": 10, "prompt_tokens_details": {}}
BARE = {"prompt_tokens": 1000, "completion_tokens": 500}
NO_CACHE = {**BARE, "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0}}
CITY = unillm.Tool(
    "get_weather",
    parameters={
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
)


def tiered(word, **usage):
    return {"extra": {"service_tier": word}, **usage}


BILLS: dict[str, tuple[dict[str, Any], dict[str, Any], Decimal]] = {
    # what the answer says, what the call asks for, millionths of a dollar
    "mixed": ({"usage": COUNTED}, {}, usd(4750)),
    "nothing cached": ({"usage": NO_CACHE}, {}, usd(1000 + 4000)),
    "served in flex": (tiered("flex", usage=COUNTED), {"service_tier": "flex"}, usd(2375)),
    "asked for flex": ({"usage": COUNTED}, {"service_tier": "flex"}, usd(2375)),
    "in the body": ({"usage": COUNTED}, {"extra_body": {"service_tier": "flex"}}, usd(2375)),
    "not served in flex": (tiered("default", usage=COUNTED), {"service_tier": "flex"}, usd(4750)),
    "served faster": (tiered("priority", usage=COUNTED), {"service_tier": "auto"}, usd(9500)),
    "another model": ({"usage": NO_CACHE, "model": "served-model"}, {}, usd(50_000)),
    "an alias": ({"usage": COUNTED, "model": "fake-alias"}, {}, usd(4750)),
    "an unknown name": ({"usage": COUNTED, "model": "fake-model-0813"}, {}, usd(4750)),
    "long": (
        {"usage": {**LONG, "prompt_tokens_details": {"cached_tokens": 1, "cache_write_tokens": 0}}},
        {},
        usd("4240.25"),  # 2000 x 2 + 1 x 0.25 + 10 x 24
    ),
}


def wired(fake, api):
    return [server(fake, api=api)]


@pytest.mark.parametrize("api", ["chat", "responses"])
@pytest.mark.parametrize("streamed", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize("name", BILLS)
async def test_a_bill_worked_out_by_hand(way, fake, name, streamed, api):
    answer, options, expected = BILLS[name]
    fake.enqueue(Answer("Hello", **answer))
    told: list[unillm.Record] = []
    async with way.client(
        fake, providers=wired(fake, api), prices=BOOK, observers=[told.append]
    ) as client:
        if streamed:
            async with client.stream("Hi", **options) as stream:
                await read_all(stream)
            response = stream.response
        else:
            response = await client.chat("Hi", **options)
    cost = response.cost
    assert (cost.total, cost.state, cost.reason) == (expected, "exact", "")
    assert sum(line.usd for line in cost.lines) == expected
    assert response.attempts[-1].cost == cost == told[0].cost
    assert response.attempts[-1].served_model == answer.get("model", "fake-model")


async def test_lines_say_what_was_paid_for(way, fake):
    fake.enqueue(Answer("Hello", usage=COUNTED))
    async with way.client(fake, prices=BOOK) as client:
        cost = (await client.chat("Hi")).cost
    assert [(line.kind, line.tokens, line.usd, line.reasoning_tokens) for line in cost.lines] == [
        ("input", 400, usd(400), None),
        ("cached_input", 400, usd(100), None),
        ("cache_write", 200, usd(250), None),
        ("output", 500, usd(4000), 120),
    ]
    assert cost.price == ROW


async def test_a_tier_that_nobody_tells_leaves_a_range(way, fake):
    fake.enqueue(Answer("Hello", usage=COUNTED))
    async with way.client(fake, prices=BOOK) as client:
        cost = (await client.chat("Hi", service_tier="auto")).cost
    assert (cost.low, cost.high, cost.state) == (usd(2375), usd(9500), "bounded")
    assert "which service tier served it was not told" in cost.reason


async def test_a_tier_matters_only_where_prices_differ(way, fake):
    fake.enqueue(Answer("Hello", usage=NO_CACHE))
    async with way.client(fake, prices=SIMPLE) as client:
        cost = (await client.chat("Hi", service_tier="auto")).cost
    assert (cost.total, cost.state) == (usd(5000), "exact")


async def test_of_a_tier_without_a_price_nothing_is_made_up(way, fake):
    fake.enqueue(Answer("Hello", usage=NO_CACHE))
    async with way.client(fake, prices=SIMPLE) as client:
        cost = (await client.chat("Hi", service_tier="flex")).cost
    assert (cost.total, cost.low, cost.high, cost.state) == (None, None, None, "unknown")
    assert "flex" in cost.reason


async def test_without_a_price_nothing_is_made_up(way, fake):
    async with way.client(fake) as client:
        one, other = await client.chat("Hi"), await client.chat("Hi")
    assert one.cost == other.cost == unillm.Cost(reason="no price of fake:fake-model is known")
    assert str(one.cost) == "unknown: no price of fake:fake-model is known"


@pytest.mark.parametrize("early", [True, False], ids=["before", "at"])
@pytest.mark.parametrize("kind", ["changing", "by hours"])
async def test_the_edge_of_a_price(way, fake, monkeypatch, early, kind):
    """The instant at which an attempt begins decides."""
    moment = NOON - timedelta(seconds=early)
    expected = usd(5000) if early else usd(10_000)
    book = changing(NOON) if kind == "changing" else by_hours(NOON.time(), time(13))
    fake.enqueue(Answer("Hello", usage=NO_CACHE))
    stopped = SimpleNamespace(monotonic=monotonic, time=moment.timestamp, sleep=sleep)
    monkeypatch.setattr("unillm._io.clock.time", stopped)
    async with way.client(fake, prices=book) as client:
        response = await client.chat("Hi")
    assert response.cost.total == expected
    assert response.attempts[0].started_at == moment.timestamp()


async def test_what_is_asked_again_is_paid_again(way, fake):
    bad = Answer(tool_calls=[FakeCall("get_weather", '{"city": "Par')], usage=COUNTED)
    good = Answer(tool_calls=[FakeCall("get_weather", {"city": "Paris"})], usage=NO_CACHE)
    fake.enqueue(bad, good)
    async with way.client(fake, prices=BOOK, repair=RepairPolicy(reask=1)) as client:
        response = await client.chat("Weather?", tools=[CITY])
    assert [a.cost.total for a in response.attempts] == [FULL, usd(5000)]
    assert (response.cost.total, response.cost.state) == (FULL + usd(5000), "exact")
    assert sum(line.usd for line in response.cost.lines) == response.cost.total


async def test_an_answer_that_stays_though_asking_again_failed_costs_both(way, fake):
    bad = Answer(tool_calls=[FakeCall("get_weather", '{"city": "Par')], usage=COUNTED)
    fake.enqueue(bad, faults.get("status-401"))
    options: dict[str, Any] = {"repair": RepairPolicy(reask=1), "on_invalid_tool_call": "return"}
    async with way.client(fake, prices=BOOK, **options) as client:
        response = await client.chat("Weather?", tools=[CITY])
    assert [a.cost.total for a in response.attempts] == [FULL, 0]
    assert response.cost.total == FULL


async def test_an_output_that_was_never_right_costs_every_try(way, fake):
    fake.enqueue(Answer("no", usage=COUNTED), Answer("no", usage=NO_CACHE))
    async with way.client(fake, prices=BOOK) as client:
        with pytest.raises(unillm.OutputValidationError) as caught:
            await client.parse("Hi", output=dict[str, int], retries=1)
    error = caught.value
    assert error.cost.total == error.response.cost.total == FULL + usd(5000)


async def test_calls_that_cannot_be_used_were_paid_for(way, fake):
    fake.enqueue(Answer(tool_calls=[FakeCall("get_weather", "[")], usage=COUNTED))
    async with way.client(fake, prices=BOOK) as client:
        with pytest.raises(unillm.ToolArgumentsError) as caught:
            await client.chat("Weather?", tools=[CITY])
    assert caught.value.response.cost.total == FULL
    assert caught.value.cost.total == FULL


FREE = {
    "status-401": "the provider refused it (status 401)",
    "status-402": "the provider refused it (status 402)",
    "status-404": "the provider refused it (status 404)",
    "status-429": "the provider refused it (status 429)",
    "status-400": "the provider refused it (status 400)",
    "status-503": "the provider refused it (status 503)",
    "status-529": "the provider refused it (status 529)",
}


@pytest.mark.parametrize("name", FREE)
async def test_what_is_refused_costs_nothing_and_says_why(way, fake, name):
    fake.enqueue(faults.get(name))
    async with way.client(fake, prices=BOOK, retry=ONCE) as client:
        with pytest.raises(unillm.ProviderError) as caught:
            await client.chat("Hi")
    cost = caught.value.cost
    assert (cost.total, cost.state, cost.reason) == (0, "exact", FREE[name])


async def test_a_refusal_that_reports_tokens_is_billed_by_them(way, fake):
    body = {"error": {"message": "No."}, "usage": BARE}
    fake.enqueue(Raw.of_json(body, status=400), Raw.of_json(body, status=500))
    async with way.client(fake, prices=SIMPLE, retry=ONCE) as client:
        for _ in range(2):
            with pytest.raises(unillm.ProviderError) as caught:
                await client.chat("Hi")
            assert (caught.value.cost.total, caught.value.cost.state) == (usd(5000), "exact")


@pytest.mark.parametrize("status", [408, 409, 424, 499, 500, 502, 504])
async def test_a_server_that_failed_may_have_billed(way, fake, status):
    fake.enqueue(faults.get(f"status-{status}"))
    async with way.client(fake, prices=SIMPLE, retry=ONCE) as client:
        with pytest.raises(unillm.ServerError) as caught:
            await client.chat("Hi", max_tokens=100)
    cost, (attempt,) = caught.value.cost, caught.value.attempts
    body = len(fake.requests[0].body)
    # The bytes of the request, what may be around the message and all; a hundred tokens of answer.
    assert (cost.low, cost.high) == (0, usd(body + AROUND + BEFORE + 800))
    assert (cost.state, cost.reason, cost.total) == ("bounded", "the provider failed", None)
    assert attempt.cost == cost


async def test_azure_may_bill_what_it_filters(way):
    refused = Raw.of_json({"error": {"message": "x", "code": "content_filter"}}, status=400)
    book = PriceBook(
        prices=(Price(provider="azure", model="mine", input=Decimal(1), output=Decimal(8)),)
    )
    for name, state in (("azure", "bounded"), ("openai", "exact")):
        with FakeProvider() as fake:
            fake.enqueue(refused)
            box = unillm.Provider("azure", base_url=fake.base_url, api_key=KEY, profile=name)
            async with way.client(fake, providers=[box], model="azure:mine", prices=book) as client:
                with pytest.raises(unillm.ContentPolicyError) as caught:
                    await client.chat("Hi", max_tokens=10)
        assert caught.value.cost.state == state


ONE_WORD = {"choices": [{"index": 0, "delta": {"content": "One"}}]}


def most(seen, tokens):
    """Give what a short question can cost at most, in `SIMPLE`."""
    return usd(len(seen.body) + AROUND + BEFORE + 8 * tokens)


async def test_every_retry_is_on_the_bill(way, fake):
    fake.enqueue(faults.get("status-500"), faults.get("status-503"), Answer("x", usage=NO_CACHE))
    told: list[unillm.Record] = []
    async with way.client(fake, prices=SIMPLE, retry=QUICK, observers=[told.append]) as client:
        response = await client.chat("Hi", max_tokens=10)
    assert [a.cost.state for a in response.attempts] == ["bounded", "exact", "exact"]
    assert response.cost == told[0].cost
    high = usd(5000) + most(fake.requests[0], 10)
    assert (response.cost.low, response.cost.high) == (usd(5000), high)
    assert response.cost.reason == "the provider failed"
    assert str(response.attempts[1].cost) == "$0 (the provider refused it (status 503))"


async def test_a_stream_that_breaks_off_costs_up_to_its_bound(way, fake):
    fake.enqueue(Raw.of_events(ONE_WORD, done=False, end="cut"))
    told: list[unillm.Record] = []
    async with way.client(fake, prices=SIMPLE, retry=ONCE, observers=[told.append]) as client:
        with pytest.raises(unillm.IncompleteStreamError) as caught:
            async with client.stream("Hi", max_tokens=10) as stream:
                await read_all(stream)
    cost = caught.value.cost
    assert (cost.low, cost.high) == (0, most(fake.requests[0], 10))
    assert (cost.state, cost.reason) == ("bounded", "the answer broke off")
    assert caught.value.partial.cost == stream.partial.cost == told[0].cost == cost
    assert told[0].response.cost == cost


async def test_what_was_counted_so_far_is_the_least(way, fake):
    """Some hosts report their counts with every chunk."""
    usage = {"prompt_tokens": 3, "completion_tokens": 1, "prompt_tokens_details": {}}
    fake.enqueue(Raw.of_events({**ONE_WORD, "usage": usage}, done=False, end="cut"))
    async with way.client(fake, prices=SIMPLE, retry=ONCE) as client:
        with pytest.raises(unillm.IncompleteStreamError) as caught:
            async with client.stream("Hi", max_tokens=10) as stream:
                await read_all(stream)
    cost = caught.value.cost
    assert (cost.low, cost.high, cost.state) == (usd(3 + 8), usd(3 + 80), "bounded")


async def test_who_leaves_early_pays_up_to_the_bound(way, fake):
    fake.enqueue(Raw.of_events(ONE_WORD, done=False, end="stall"))
    told: list[unillm.Record] = []
    async with way.client(fake, prices=SIMPLE, observers=[told.append]) as client:
        async with client.stream("Hi", max_tokens=10) as stream:
            async for _ in stream:
                assert stream.partial.cost == unillm.Cost(reason="it is not over")
                break
        cost = stream.partial.cost
    assert (cost.low, cost.high) == (0, most(fake.requests[0], 10))
    assert (cost.state, cost.reason) == ("bounded", "it was cancelled")
    assert told[0].cost == cost == told[0].attempts[0].cost


async def test_who_leaves_after_the_finish_has_an_estimate(way, fake):
    """The answer was whole by then: only its usage was awaited."""
    finish = {"choices": [{"index": 0, "delta": {"content": "."}, "finish_reason": "stop"}]}
    fake.enqueue(Raw.of_events(finish, done=False, end="stall"))
    told: list[unillm.Record] = []
    async with (
        way.client(fake, prices=SIMPLE, observers=[told.append]) as client,
        client.stream("Hi", max_tokens=10) as stream,
    ):
        await anext(stream)
    assert (told[0].outcome, told[0].cost.state) == ("cancelled", "estimated")


async def test_what_timed_out_costs_up_to_its_bound(way, fake):
    fake.enqueue(Raw(wire=(), end="stall"))
    limit = unillm.Timeout(first_token=0.05)
    async with way.client(fake, prices=SIMPLE, retry=ONCE, timeout=limit) as client:
        with pytest.raises(unillm.FirstTokenTimeoutError) as caught:
            await client.chat("Hi", max_tokens=10)
    cost = caught.value.cost
    assert (cost.low, cost.high) == (0, most(fake.requests[0], 10))
    assert (cost.state, cost.reason) == ("bounded", "it timed out")


async def test_what_has_no_bound_is_unknown_and_says_what_would_bound_it(way, fake):
    fake.enqueue(faults.get("status-500"))
    async with way.client(fake, prices=SIMPLE, retry=ONCE) as client:
        with pytest.raises(unillm.ServerError) as caught:
            await client.chat("Hi")
    cost = caught.value.cost
    assert (cost.total, cost.low, cost.high, cost.state) == (None, None, None, "unknown")
    assert cost.reason.endswith("how long the answer can be; max_tokens would bound it")


async def test_of_several_answers_each_may_be_billed(way, fake):
    fake.enqueue(faults.get("status-500"), Raw(status=500))
    async with way.client(fake, prices=SIMPLE, retry=ONCE) as client:
        with pytest.raises(unillm.ServerError) as chat:
            await client.chat("Hi", max_tokens=10, extra_body={"best_of": 3})
        with pytest.raises(unillm.ServerError) as text:
            await client.complete("Hi", max_tokens=10, extra_body={"best_of": 2})
    assert chat.value.cost.high == most(fake.requests[0], 30)
    assert text.value.cost.high == usd(len(fake.requests[1].body) + AROUND + 160)


async def test_who_is_not_there_bills_nothing(way):
    with FakeProvider() as gone:
        where = gone.base_url
    box = server(base_url=where)
    async with way.client(None, providers=[box], prices=SIMPLE, retry=ONCE) as client:
        with pytest.raises(unillm.ConnectError) as caught:
            await client.chat("Hi")
    cost = caught.value.cost
    assert (cost.total, cost.state, cost.reason) == (0, "exact", "no connection was made")


async def test_what_was_not_sent_costs_nothing(way, fake):
    def key():
        raise LookupError

    told: list[unillm.Record] = []
    box = server(fake, api_key=key)
    async with way.client(
        fake, providers=[box], prices=SIMPLE, retry=ONCE, observers=[told.append]
    ) as client:
        with pytest.raises((LookupError, unillm.UnillmError)):
            await client.chat("Hi")
    assert not fake.requests
    assert (told[0].cost.total, told[0].cost.state) == (0, "exact")
    assert told[0].cost.reason == "nothing was sent"


@pytest.mark.parametrize("name", ["asyncio", "trio"])
def test_a_cancelled_call_is_on_the_record(name, fake):
    from tests.client.ways import WAYS

    fake.enqueue(Raw(wire=(), end="stall"))
    told: list[unillm.Record] = []

    async def body():
        options = {"prices": SIMPLE, "observers": [told.append]}
        async with (
            WAYS[name].client(fake, **options) as client,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(partial(client.chat, "Hi", max_tokens=10))
            await WAYS[name].until(lambda: fake.requests)
            tasks.cancel_scope.cancel()

    WAYS[name].run(body)
    cost = told[0].cost
    assert (cost.low, cost.high) == (0, most(fake.requests[0], 10))
    assert (cost.state, cost.reason) == ("bounded", "it was cancelled")


@pytest.mark.parametrize("streamed", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize("api", ["chat", "responses"])
async def test_an_answer_without_usage_is_counted(way, fake, streamed, api):
    fake.enqueue(Answer("The weather in Paris is sunny.", usage=None))
    async with way.client(fake, providers=wired(fake, api), prices=SIMPLE) as client:
        if streamed:
            async with client.stream("What is the weather?", max_tokens=40) as stream:
                await read_all(stream)
            response = stream.response
        else:
            response = await client.chat("What is the weather?", max_tokens=40)
    cost = response.cost
    assert response.usage is None
    assert response.attempts[0].usage is None
    assert cost.state == "estimated"
    # 20 characters at 0.28, 4 for the message, 3 for the answer; 30 characters.
    assert cost.total == usd(13 + 8 * 8)
    assert (cost.low, cost.high) == (0, most(fake.requests[0], 40))
    assert cost.reason == ("no usage was reported: 13 tokens in and 8 out were counted by unillm")
    assert str(cost).startswith("$0.000077 (estimated: no usage was reported")


async def test_counts_of_nothing_are_no_counts(way, fake):
    fake.enqueue(Answer("Hello", usage={"prompt_tokens": 0, "completion_tokens": 0}))
    async with way.client(fake, prices=SIMPLE) as client:
        response = await client.chat("Hi", max_tokens=40)
    assert response.cost.state == "estimated"
    assert response.cost.total > 0


async def test_a_stream_cut_after_its_finish_is_counted(way, fake):
    fake.enqueue(faults.get("cut-after-finish"))
    async with (
        way.client(fake, prices=SIMPLE, retry=ONCE) as client,
        client.stream("Weather?", max_tokens=40) as stream,
    ):
        await read_all(stream)
    assert stream.response.cost.state == "estimated"
    assert [note.code for note in stream.response.notes] == ["cut_after_finish"]


async def test_an_error_inside_an_answer_costs_up_to_the_bound(way, fake):
    fake.enqueue(faults.get("error-in-text"), faults.get("error-at-start"))
    async with way.client(fake, prices=SIMPLE, retry=ONCE) as client:
        for _ in range(2):
            with pytest.raises(unillm.UnillmError) as caught:
                async with client.stream("Weather?", max_tokens=40) as stream:
                    await read_all(stream)
            assert (caught.value.cost.low, caught.value.cost.state) == (0, "bounded")


async def test_a_refusal_inside_an_answer_costs_nothing(way, fake):
    fake.enqueue(Raw.of_json({"error": {"message": "Slow down.", "code": 429}}))
    async with way.client(fake, prices=SIMPLE, retry=ONCE) as client:
        with pytest.raises(unillm.RateLimitError) as caught:
            await client.chat("Hi")
    assert (caught.value.cost.total, caught.value.cost.reason) == (0, "the provider refused it")


async def test_a_response_that_failed_is_billed_by_its_counts(way, fake):
    usage = {"input_tokens": 1000, "output_tokens": 500}
    failed = {"status": "failed", "error": {"code": "server_error", "message": "x"}, "output": []}
    fake.enqueue(
        Raw.of_events({"type": "response.failed", "response": {**failed, "usage": usage}}),
        Raw.of_json({**failed, "usage": usage}),
    )
    async with way.client(
        fake, providers=wired(fake, "responses"), prices=SIMPLE, retry=ONCE
    ) as client:
        for _ in range(2):
            with pytest.raises(unillm.ServerError) as caught:
                await client.chat("Hi")
            assert (caught.value.cost.total, caught.value.cost.state) == (usd(5000), "exact")


async def test_a_run_costs_what_its_turns_did_those_that_failed_included(way, fake):
    def get_weather(city: str) -> str:
        return f"Sunny in {city}."

    call = Answer(tool_calls=[FakeCall("get_weather", {"city": "Paris"})], usage=NO_CACHE)
    fake.enqueue(call, Answer("Sunny.", usage=NO_CACHE), call, faults.get("status-500"))
    async with way.client(fake, prices=SIMPLE, retry=ONCE) as client:
        run = await client.run("Weather?", tools=[get_weather], max_tokens=10)
        with pytest.raises(unillm.ServerError) as caught:
            await client.run("Weather?", tools=[get_weather], max_tokens=10)
    assert (run.cost.total, run.cost.state) == (usd(10_000), "exact")
    assert "cost='$0.01'" in repr(run)
    assert "&#36;0.01" in run._repr_markdown_()
    broken = caught.value.run.cost
    assert (broken.low, broken.state) == (usd(5000), "bounded")
    assert broken.high > usd(5000)


async def test_what_a_provider_says_it_charged_is_held_against_ours(way):
    book = PriceBook(
        prices=(Price(provider="openrouter", model="m", input=Decimal(1), output=Decimal(8)),)
    )
    with FakeProvider() as fake:
        box = unillm.Provider("openrouter", base_url=fake.base_url, api_key=KEY)
        options = {"providers": [box], "model": "openrouter:m", "prices": book}
        async with way.client(fake, **options) as client:
            said = []
            for cost in (0.005, 0.00504, 0.0051, 0.02):
                fake.enqueue(Answer("x", usage={**NO_CACHE, "cost": cost}))
                said.append(await client.chat("Hi"))
            fake.enqueue(Answer("x", usage={**NO_CACHE, "cost": 0.02}))
            unknown = await client.chat("Hi", prices=PriceBook())
    assert [response.cost.total for response in said] == [usd(5000)] * 4
    assert [response.reported_cost for response in said][-1] == Decimal("0.02")
    assert [[note.code for note in response.notes] for response in said] == [
        [],
        [],
        ["cost_differs"],
        ["cost_differs"],
    ]
    assert said[-1].notes[0].message == (
        "the provider says it charged $0.02; by the price book it was $0.005"
    )
    assert unknown.cost.state == "unknown"
    assert unknown.cost.reason == (
        "no price of openrouter:m is known; what the provider says it charged is in reported_cost"
    )


async def test_the_header_of_a_proxy_is_held_against_ours(way):
    book = PriceBook(
        prices=(Price(provider="litellm", model="m", input=Decimal(1), output=Decimal(8)),)
    )
    with FakeProvider() as fake:
        told = {"x-litellm-response-cost": "0.5"}
        fake.enqueue(Answer("x", usage=NO_CACHE, headers=told))
        box = unillm.Provider("litellm", base_url=fake.base_url, api_key=KEY)
        async with way.client(fake, providers=[box], model="litellm:m", prices=book) as client:
            response = await client.chat("Hi")
    assert response.attempts[0].reported_cost == response.reported_cost == Decimal("0.5")
    assert [note.code for note in response.notes] == ["cost_differs"]


async def test_a_proxy_says_whose_prices_hold(way, fake):
    usage = {**BARE, "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0}}
    fake.enqueue(*[Answer("x", usage=usage, model="gpt-5.5-2026-04-23")] * 2)
    box = server(fake, prices="openai")
    async with way.client(fake, providers=[box], model="fake:our-deployment") as client:
        billed = (await client.chat("Hi")).cost
    async with way.client(fake, model="fake:our-deployment") as client:
        unbilled = (await client.chat("Hi")).cost
    assert (billed.state, billed.price.provider, billed.price.model) == (
        "exact",
        "openai",
        "gpt-5.5",
    )
    assert unbilled.state == "unknown"


@pytest.mark.parametrize("prices", ["", 7, BOOK], ids=["empty", "number", "book"])
def test_whose_prices_hold_is_a_name(fake, prices):
    with pytest.raises(unillm.InvalidRequestError, match="the name of the provider whose prices"):
        unillm.Client(providers=[server(fake, prices=prices)])


@pytest.mark.parametrize("prices", ["openai", {}, 7], ids=str)
def test_prices_are_a_book(fake, prices):
    with pytest.raises(unillm.InvalidRequestError, match="prices must be a PriceBook"):
        unillm.Client(providers=[server(fake)], prices=prices)


async def test_the_prices_of_a_call_come_before_those_of_its_client(way, fake):
    fake.enqueue(*[Answer("x", usage=NO_CACHE)] * 3)
    twice = PriceBook(
        prices=(Price(provider="fake", model="fake-model", input=Decimal(2), output=Decimal(16)),)
    )
    async with way.client(fake, prices=SIMPLE) as client:
        own = await client.chat("Hi")
        called = await client.chat("Hi", prices=twice)
        other = await client.with_options(prices=twice).chat("Hi")
    assert [r.cost.total for r in (own, called, other)] == [usd(5000), usd(10_000), usd(10_000)]


async def test_a_machine_of_ones_own_is_paid_by_the_hour(way, fake):
    book = PriceBook(prices=(Price(provider="fake", model="fake-model", gpu_hour=Decimal(36)),))
    fake.enqueue(Answer("x", usage=None), faults.get("status-500"))
    async with way.client(fake, prices=book, retry=ONCE) as client:
        response = await client.chat("Hi")
        with pytest.raises(unillm.ServerError) as caught:
            await client.chat("Hi")
    for (attempt,) in (response.attempts, caught.value.attempts):
        assert attempt.cost.state == "estimated"
        assert [line.kind for line in attempt.cost.lines] == ["gpu_time"]
        # A hundredth of a dollar for a second.
        seconds = Decimal(timedelta(seconds=attempt.duration) / timedelta(microseconds=1))
        assert abs(attempt.cost.total - seconds.scaleb(-8)) <= usd("0.01")


async def test_a_text_that_is_completed_costs_as_well(way, fake):
    fake.enqueue(Answer("x", usage=NO_CACHE), Answer("three words here", usage=None))
    async with way.client(fake, prices=SIMPLE, retry=ONCE) as client:
        first = await client.complete("def f(", suffix=")", max_tokens=20)
        second = await client.complete("def f(", suffix=")", max_tokens=20)
        fake.enqueue(Raw(status=500))
        with pytest.raises(unillm.ServerError) as caught:
            await client.complete("def f(", suffix=")", max_tokens=20)
    assert (first.cost.total, first.cost.state) == (usd(5000), "exact")
    assert first.cost == first.attempts[0].cost
    body = len(fake.requests[0].body)
    assert (second.cost.state, second.cost.high) == ("estimated", usd(body + AROUND + 160))
    assert (caught.value.cost.low, caught.value.cost.high) == (0, usd(body + AROUND + 160))


async def test_many_calls_cost_what_each_did(way, fake):
    fake.enqueue(*[Answer("x", usage=NO_CACHE)] * 2, faults.get("status-400"))
    told: list[unillm.MapProgress] = []
    async with way.client(fake, prices=SIMPLE, retry=ONCE) as client:
        rows = client.map(["a", "b", "c"], concurrency=1, progress=told.append)
        assert rows.cost.total == 0
        found = await rows.collect()
    assert [row.response.cost.total for row in found[:2]] == [usd(5000)] * 2
    assert (rows.cost.total, rows.cost.state) == (usd(10_000), "exact")
    assert told[-1].cost == rows.cost
    assert [one.cost.total for one in told] == sorted(one.cost.total for one in told)
    assert "$0.01" in repr(rows)


async def test_rows_of_before_are_not_paid_for_again(way, fake, tmp_path):
    fake.enqueue(*[Answer("x", usage=NO_CACHE)] * 3)
    checkpoint = tmp_path / "rows.jsonl"
    async with way.client(fake, prices=SIMPLE) as client:
        await client.map(["a", "b"], checkpoint=checkpoint).collect()
        rows = client.map(["a", "b", "c"], checkpoint=checkpoint)
        found = await rows.collect()
    assert [row.resumed for row in found] == [True, True, False]
    assert [row.response.cost.total for row in found] == [usd(5000)] * 3
    assert rows.cost.total == usd(5000)


async def test_a_response_shows_its_cost(way, fake):
    fake.enqueue(Answer("Hello", usage=NO_CACHE))
    async with way.client(fake, prices=SIMPLE) as client:
        response = await client.chat("Hi")
    assert "cost='$0.005'" in repr(response)
    assert "1,000 in, 500 out · &#36;0.005 · " in response._repr_markdown_()


@pytest.mark.parametrize("count", [10**12, 10**90, 10**4000], ids=["trillion", "long", "endless"])
async def test_a_count_that_no_answer_has_is_none(way, fake, count):
    usage = {"prompt_tokens": count, "completion_tokens": 1}
    fake.enqueue(Answer("Hi", usage=usage), Answer("Hi", usage={**usage, "prompt_tokens": 7}))
    async with way.client(fake, prices=SIMPLE) as client:
        odd = await client.chat("Hi", max_tokens=10)
        good = await client.chat("Hi", max_tokens=10)
    assert (odd.usage, odd.cost.state) == (None, "estimated")
    assert "odd_usage" in [note.code for note in odd.notes]
    assert "no usage was reported" in str(odd.cost)
    assert good.usage.input_tokens == 7
