"""A call that names its model says itself what becomes of a stream that breaks off."""

# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from decimal import Decimal

import pytest

import unillm
from tests.client.test_fallback import asking, tried
from tests.client.test_midstream import BEGUN, JOINT, ONE, REST, SHORT, cut_after, streamed, told
from tests.client.ways import QUICK, read_all
from tests.faults.expected import EXPECTED, Raised
from unillm import Constraints, RetryPolicy, Route, StreamRestarted
from unillm.pricing import Price, PriceBook
from unillm.testing import Answer, FakeCall, faults
from unillm.testing.faults import WEATHER_TOOL

WHOLE = Answer(
    "It is sunny.", reasoning="Let me see.", tool_calls=[FakeCall("get_weather", {"city": "Paris"})]
)
AGAIN = {"model": "a:m", "on_midstream_error": "restart"}


def broken():
    """Name the faults of streams that end in an error once the caller has seen something."""
    for name, (outcome, _) in EXPECTED.items():
        breaks = isinstance(outcome, Raised) and (outcome.text or outcome.calls)
        if breaks and faults.get(name).spoils("chat") and name != "endless-stream":
            yield name


async def outcome_of(asked):
    try:
        return await asked
    except unillm.UnillmError as error:
        return error


@pytest.mark.parametrize("name", list(broken()))
async def test_however_it_breaks_off_the_model_is_asked_again_if_that_may_help(way, hosts, name):
    hosts[0].enqueue(faults.get(name), WHOLE)
    options = {"model": "a:m", "timeout": SHORT, "tools": [WEATHER_TOOL]}
    async with asking(way, hosts) as client:
        came = await outcome_of(streamed(client, **options, on_midstream_error="restart"))
    if isinstance(came, unillm.UnillmError):
        assert type(came) is EXPECTED[name][0].error
        assert not came.retryable
        assert len(came.attempts) == len(hosts[0].requests) == 1
        return
    events, response = came
    restarts = [event.attempt for event in events if isinstance(event, StreamRestarted)]
    seen = events[: [type(event) for event in events].index(StreamRestarted)] if restarts else []
    assert restarts == [2] * bool(seen)
    assert response.text == told(events)[0] == "It is sunny."
    assert response.reasoning == "Let me see."
    assert [call.name for call in response.tool_calls] == ["get_weather"]
    assert tried(response) == [("a", "first", "error"), ("a", "retry", "ok")]
    assert response.decision is None


@pytest.mark.parametrize(
    "name", ["cut-in-text", "cut-in-utf8", "eof-in-call", "reset-in-arguments", "in reasoning"]
)
@pytest.mark.parametrize("choice", ["restart", "continue"])
async def test_wherever_it_is_cut_one_answer_comes_of_it(way, hosts, name, choice):
    thinking = cut_after(reasoning_content="Hm, ")
    hosts[0].enqueue(thinking if name == "in reasoning" else faults.get(name), REST)
    async with asking(way, hosts) as client:
        events, response = await streamed(client, model="a:m", on_midstream_error=choice)
    joined = choice == "continue" and name in {"cut-in-text", "cut-in-utf8"}
    text = JOINT if joined else "Paris is sunny."
    assert told(events) == (text, [("StreamContinued" if joined else "StreamRestarted", 2)])
    assert response.text == text
    assert not response.tool_calls
    assert [role for _, role, _ in tried(response)][1] == ("continuation" if joined else "retry")


async def test_it_is_raised_where_nothing_is_said(way, hosts):
    hosts[0].enqueue(faults.get("cut-in-text"))
    async with asking(way, hosts) as client:
        with pytest.raises(unillm.IncompleteStreamError) as caught:
            await streamed(client, model="a:m")
    assert caught.value.partial.text == BEGUN
    assert len(hosts[0].requests) == 1


async def test_attempts_are_no_more_than_the_policy_has(way, hosts):
    hosts[0].enqueue(*[faults.get("cut-in-text")] * 5)
    async with asking(way, hosts, retry=RetryPolicy(max_attempts=3, first_wait=0.001)) as client:
        with pytest.raises(unillm.IncompleteStreamError) as caught:
            async with client.stream("hi", **AGAIN) as stream:
                await read_all(stream)
    assert [attempt.role for attempt in caught.value.attempts] == ["first", "retry", "retry"]
    assert caught.value.partial.text == stream.partial.text == BEGUN
    assert len(hosts[0].requests) == 3


async def test_the_bill_has_every_attempt(way, hosts):
    row = Price(provider="a", model="m", input=ONE, output=ONE)
    told_of: list[unillm.Record] = []
    hosts[0].enqueue(faults.get("cut-in-text"), faults.get("reset-in-text"), REST)
    async with asking(
        way, hosts, prices=PriceBook(prices=(row,)), observers=[told_of.append], max_tokens=50
    ) as client:
        _, response = await streamed(client, **AGAIN)
    (record,) = told_of
    assert record.attempts == response.attempts
    assert [attempt.cost.state for attempt in response.attempts] == ["bounded", "bounded", "exact"]
    *cut, whole = [attempt.cost for attempt in response.attempts]
    assert response.cost.low == sum(cost.low for cost in cut) + whole.total
    assert response.cost.high == sum(cost.high for cost in cut) + whole.total
    assert response.cost.high > whole.total > Decimal(0)
    assert record.cost == response.cost


async def test_a_client_says_it_for_its_calls_and_a_call_says_otherwise(way, hosts):
    hosts[0].enqueue(faults.get("cut-in-text"), REST, faults.get("cut-in-text"))
    async with asking(way, hosts, on_midstream_error="restart") as client:
        events, _ = await streamed(client, model="a:m")
        assert told(events) == ("Paris is sunny.", [("StreamRestarted", 2)])
        with pytest.raises(unillm.IncompleteStreamError):
            await streamed(client, model="a:m", on_midstream_error="raise")
        hosts[0].enqueue(faults.get("cut-in-text"), REST)
        other = client.with_options(on_midstream_error="continue")
        events, _ = await streamed(other, model="a:m")
        assert told(events) == (JOINT, [("StreamContinued", 2)])


@pytest.mark.parametrize("of_the_route", ["raise", "restart", "continue"])
async def test_what_is_said_takes_the_place_of_what_a_route_says(way, hosts, of_the_route):
    route = Route(["a:m", "b:m"], on_midstream_error=of_the_route)
    async with asking(way, hosts, route) as client:
        for given, turn in (("restart", "StreamRestarted"), ("continue", "StreamContinued")):
            hosts[0].enqueue(faults.get("cut-in-text"))
            hosts[1].enqueue(REST)
            events, response = await streamed(client, on_midstream_error=given)
            assert told(events)[1] == [(turn, 2)]
            assert response.provider == "b"
        hosts[0].enqueue(faults.get("cut-in-text"))
        with pytest.raises(unillm.IncompleteStreamError):
            await streamed(client, on_midstream_error="raise")


async def test_the_deadline_holds_for_all_attempts(way, hosts):
    hosts[0].enqueue(faults.get("stall-in-text"), REST)
    limit = unillm.Timeout(total=0.3)
    async with asking(way, hosts, timeout=limit) as client:
        with pytest.raises(unillm.DeadlineExceededError) as caught:
            await streamed(client, **AGAIN)
    assert len(caught.value.attempts) == len(hosts[0].requests) == 1


async def test_constraints_and_a_budget_hold_for_it_too(way, hosts):
    row = Price(provider="a", model="m", input=ONE, output=Decimal(1000))
    hosts[0].enqueue(faults.get("cut-in-text"), REST)
    async with asking(way, hosts, prices=PriceBook(prices=(row,)), max_tokens=100) as client:
        with pytest.raises(unillm.NoTargetError):
            await streamed(client, **AGAIN, constraints=Constraints(deny_providers={"a"}))
        with pytest.raises(unillm.BudgetExceededError) as caught:
            await streamed(client, **AGAIN, budget=unillm.Budget("0.15"))
    assert len(hosts[0].requests) == 1
    assert caught.value.partial.text == BEGUN


async def test_an_output_begins_anew(way, hosts):
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
    hosts[0].enqueue(faults.get("cut-in-text"), Answer('{"a": 1}'))
    async with asking(way, hosts) as client:
        options = {"model": "a:m", "output": schema, "on_midstream_error": "continue"}
        events, response = await streamed(client, "give JSON", **options)
    assert [kind for kind, _ in told(events)[1]] == ["StreamRestarted"]
    assert response.output == {"a": 1}


async def test_each_turn_of_a_run_is_held_to_it(way, hosts):
    hosts[0].enqueue(faults.get("cut-in-arguments"), "Done.")
    async with asking(way, hosts) as client:
        async with client.run_stream("hi", tools=[WEATHER_TOOL], **AGAIN) as stream:
            events = await read_all(stream)
        assert stream.result.text == "Done."
    assert any(isinstance(event, StreamRestarted) for event in events)


@pytest.mark.parametrize("given", ["restrat", True, 1, ["raise"]])
@pytest.mark.parametrize("kind", [unillm.Client, unillm.AsyncClient])
def test_what_it_cannot_be_is_refused(kind, given):
    with pytest.raises(unillm.InvalidRequestError, match="'raise', 'restart' or 'continue'"):
        kind(on_midstream_error=given)


def test_a_file_of_configuration_may_say_it(tmp_path):
    path = tmp_path / "unillm.toml"
    path.write_text('on_midstream_error = "restart"\n[providers.openai]\n')
    with unillm.Client.from_config(path, retry=QUICK):
        pass
    path.write_text('on_midstream_error = "again"\n[providers.openai]\n')
    with pytest.raises(unillm.InvalidRequestError, match=r":1: on_midstream_error: .*'restart'"):
        unillm.Client.from_config(path)
