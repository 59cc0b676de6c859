"""What happens to a call of a route when a target fails."""

# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

import contextlib

import pytest

import unillm
from tests.client.ways import KEY, QUICK, read_all
from unillm import NoTargetError, Route, RouteExhaustedError, StreamRestarted
from unillm.testing import Answer, FakeProvider, faults


@pytest.fixture
def hosts():
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(FakeProvider()) for _ in range(3)]


def asking(way, hosts, route=None, *, names="abc", retry=QUICK, **options):
    providers = [
        unillm.Provider(name, base_url=host.base_url, api_key=KEY)
        for name, host in zip(names, hosts, strict=False)
    ]
    targets = [f"{provider.name}:m" for provider in providers]
    chosen = Route(targets) if route is None else route
    return way.client(
        None, providers=providers, routes={"r": chosen}, model="r", retry=retry, **options
    )


def tried(answer):
    return [(attempt.provider, attempt.role, attempt.outcome) for attempt in answer.attempts]


@pytest.mark.parametrize(
    "fault",
    [
        faults.get("status-503"),
        faults.get("status-429"),
        faults.get("status-500"),
        faults.get("status-401"),
    ],
    ids=["overload", "rate", "server", "auth"],
)
async def test_the_next_target_answers_at_once(way, hosts, fault):
    hosts[0].enqueue(fault)
    async with asking(way, hosts) as client:
        answer = await client.chat("hi")
    assert tried(answer) == [("a", "first", "error"), ("b", "fallback", "ok")]
    assert answer.provider == "b"
    assert not hosts[2].requests


async def test_what_is_the_callers_fault_never_travels(way, hosts):
    hosts[0].enqueue(faults.get("status-400"))
    async with asking(way, hosts) as client:
        with pytest.raises(unillm.BadRequestError) as caught:
            await client.chat("hi")
    assert [attempt.provider for attempt in caught.value.attempts] == ["a"]
    assert not hosts[1].requests


async def test_all_attempts_are_listed_when_every_target_failed(way, hosts):
    for host in hosts:
        host.enqueue(faults.get("status-500"), faults.get("status-500"))
    async with asking(way, hosts) as client:
        with pytest.raises(RouteExhaustedError) as caught:
            await client.chat("hi")
    error = caught.value
    assert [attempt.provider for attempt in error.attempts] == ["a", "b", "c"]
    assert len(error.errors) == 3
    assert error.__cause__ is error.errors[-1]


async def test_more_attempts_than_targets_begin_again_with_the_first(way, hosts):
    for host in hosts[:2]:
        host.enqueue(faults.get("status-500"))
    async with asking(way, hosts, Route(["a:m", "b:m"], max_attempts=3)) as client:
        answer = await client.chat("hi")
    assert [attempt.provider for attempt in answer.attempts] == ["a", "b", "a"]
    assert [attempt.role for attempt in answer.attempts] == ["first", "fallback", "retry"]


async def test_a_stream_that_broke_off_is_raised_with_what_came(way, hosts):
    hosts[0].enqueue(faults.get("cut-in-text"))
    async with asking(way, hosts) as client:
        with pytest.raises(unillm.IncompleteStreamError) as caught:
            async with client.stream("hi") as stream:
                await read_all(stream)
    assert caught.value.partial.text
    assert not hosts[1].requests


async def test_a_stream_that_broke_off_begins_anew_if_the_route_says_so(way, hosts):
    hosts[0].enqueue(faults.get("cut-in-text"))
    hosts[1].enqueue(Answer("five six"))
    route = Route(["a:m", "b:m"], on_midstream_error="restart")
    async with asking(way, hosts, route) as client, client.stream("hi") as stream:
        events = await read_all(stream)
    restarted = [event for event in events if isinstance(event, StreamRestarted)]
    assert [event.attempt for event in restarted] == [2]
    assert stream.response.text == "five six"
    assert tried(stream.response) == [("a", "first", "error"), ("b", "fallback", "ok")]


async def test_nobody_left_says_why_of_each(way, hosts):
    route = Route(["a:m", "openai:gpt-5.5"])
    async with asking(
        way, hosts, route, constraints=unillm.Constraints(deny_providers={"a"})
    ) as client:
        with pytest.raises(NoTargetError, match=r"(?s)a:m.*denied.*openai:gpt-5\.5") as caught:
            await client.chat("hi")
    assert caught.value.attempts == ()
    assert not hosts[0].requests
