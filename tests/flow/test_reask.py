"""When a model is asked again for calls that were refused."""

import json

import pytest

from tests.flow.reading import World, chunk, flow_of
from unillm import RepairPolicy, StreamRestarted, Timeout, ToolArgumentsError
from unillm._flow.effects import Drain, Send

DONE = b"data: [DONE]\n\n"
GOOD = (200, chunk("stop", content="ok"), DONE)


def cut(raw='{"city": "Par'):
    call = {"index": 0, "id": "c1", "function": {"name": "look", "arguments": raw}}
    return chunk("tool_calls", tool_calls=[call])


def refused(raw='{"city": "Par', *, after=0.0):
    return (200, (after, (cut(raw))), DONE)


def test_the_connection_is_kept_and_nothing_is_slept():
    flow, operation = flow_of(repair=RepairPolicy(reask=1))
    world = World(flow, *refused(), *GOOD)
    response = world.run()
    kinds = [type(effect) for effect in world.seen]
    first, second = (at for at, kind in enumerate(kinds) if kind is Send)
    assert Drain in kinds[first:second]
    assert [attempt.waited for attempt in response.attempts] == [0, 0]
    assert operation.reasked == 1
    assert sum(isinstance(event, StreamRestarted) for event in world.events) == 1


def test_once_the_deadline_has_passed_nobody_is_asked_again():
    flow, _ = flow_of(repair=RepairPolicy(reask=3), timeout=Timeout(total=60))
    world = World(flow, *refused(after=61))
    with pytest.raises(ToolArgumentsError) as caught:
        world.run()
    assert len(world.of(Send)) == 1
    assert len(caught.value.attempts) == 1


def test_both_have_the_same_deadline():
    flow, _ = flow_of(repair=RepairPolicy(reask=1), timeout=Timeout(total=60))
    world = World(flow, *refused(after=40), *GOOD)
    world.run()
    first, second = (send.until for send in world.of(Send))
    assert first == second == 160.0


@pytest.mark.parametrize(
    ("raw", "sent"),
    [
        # As received wherever a host can read it, for its prompt cache and for the model.
        ('{"city": 1, "city": 2}', '{"city": 1, "city": 2}'),
        ('{"city": "Par', json.dumps({"INVALID_ARGUMENTS": '{"city": "Par'})),
        ('"text"', json.dumps({"INVALID_ARGUMENTS": '"text"'})),
    ],
)
def test_arguments_go_back_as_an_object(raw, sent):
    flow, _ = flow_of(repair=RepairPolicy(reask=1))
    world = World(flow, *refused(raw), *GOOD)
    world.run()
    body = json.loads(world.of(Send)[1].wire.body)
    assert json.loads(body["messages"][1]["tool_calls"][0]["function"]["arguments"]) == json.loads(
        sent
    )
