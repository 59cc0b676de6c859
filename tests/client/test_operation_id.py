# pyright: reportAttributeAccessIssue=false
"""An operation's id is known before its answer, and is the one that observers and ledgers have."""

import copy
import pickle

import pytest

import unillm
from tests.client.test_fallback import asking
from tests.client.ways import read_all
from unillm import Route
from unillm.ledger import Ledger
from unillm.testing import Answer, faults


async def read(stream):
    async with stream:
        await read_all(stream)


async def test_a_stream_knows_it_from_the_start_to_the_end(way, hosts, tmp_path):
    told: list[unillm.Record] = []
    hosts[0].enqueue("One.", "Two.")
    with Ledger(tmp_path / "l.db") as ledger:
        async with asking(way, hosts, observers=[told.append], ledger=ledger) as client:
            first, second = (client.stream("hi", model="a:m") for _ in range(2))
            early = first.operation, second.operation
            assert not hosts[0].requests
            assert early[0] != early[1]
            assert all(isinstance(one, str) and one for one in early)
            for stream in (first, second):
                async with stream:
                    opened = stream.operation
                    await read_all(stream)
                assert opened == stream.operation
            assert [record.operation for record in told] == list(early)
        found = [ledger.operation(one) for one in early]
    assert [entry and entry.operation for entry in found] == list(early)


async def test_it_stays_whoever_answers(way, hosts):
    told: list[unillm.Record] = []
    hosts[0].enqueue(faults.get("cut-in-text"))
    hosts[1].enqueue(Answer("It is sunny."))
    route = Route(["a:m", "b:m"], on_midstream_error="restart")
    async with asking(way, hosts, route, observers=[told.append]) as client:
        async with client.stream("hi") as stream:
            before = stream.operation
            await read_all(stream)
        assert stream.operation == before == told[0].operation
    assert len(stream.response.attempts) == 2


async def test_a_stream_that_is_left_keeps_it(way, hosts):
    told: list[unillm.Record] = []
    async with asking(way, hosts, observers=[told.append]) as client:
        async with client.stream("hi", model="a:m") as stream:
            pass
        assert stream.operation == told[0].operation
        assert told[0].outcome == "cancelled"


@pytest.mark.parametrize("fault", ["status-400", "status-503", "cut-in-text", "empty-body"])
@pytest.mark.parametrize("streamed", [True, False])
async def test_an_error_tells_which_operation_it_ended(way, hosts, fault, streamed):
    told: list[unillm.Record] = []
    for host in hosts:
        host.enqueue(*[faults.get(fault)] * 3)
    async with asking(way, hosts, observers=[told.append]) as client:
        stream = client.stream("hi")
        with pytest.raises(unillm.UnillmError) as caught:
            await (read(stream) if streamed else client.chat("hi"))
    error = caught.value
    assert error.operation == told[0].operation
    if streamed:
        assert error.operation == stream.operation
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert other.operation == error.operation


async def test_who_may_not_be_asked_is_an_operation_too(way, hosts):
    told: list[unillm.Record] = []
    denied = unillm.Constraints(deny_providers={"a", "b", "c"})
    async with asking(way, hosts, observers=[told.append]) as client:
        with pytest.raises(unillm.NoTargetError) as caught:
            await client.chat("hi", constraints=denied)
    assert [record.operation for record in told] == [caught.value.operation]


async def test_what_was_never_begun_has_none(way, hosts):
    async with asking(way, hosts) as client:
        with pytest.raises(unillm.InvalidRequestError) as caught:
            await client.chat("hi", temperature="hot")
    assert caught.value.operation is None
    assert unillm.UnillmError("x").operation is None


async def test_a_failed_run_names_its_last_turn(way, hosts):
    told: list[unillm.Record] = []
    hosts[0].enqueue(faults.get("status-400"))
    async with asking(way, hosts, observers=[told.append]) as client:
        with pytest.raises(unillm.BadRequestError) as caught:
            await client.run("hi", tools=[], model="a:m")
    assert caught.value.operation == told[-1].operation


async def test_answers_are_equal_whatever_operation_they_are_of(way, hosts):
    async with asking(way, hosts) as client:
        whole = await client.chat("hi", model="a:m")
    assert not hasattr(whole, "operation")
    assert "operation" not in whole.to_dict()


@pytest.mark.parametrize("kind", [unillm.Stream, unillm.AsyncStream])
def test_it_is_not_to_be_set(kind):
    with pytest.raises(AttributeError):
        kind(None).operation = "x"
