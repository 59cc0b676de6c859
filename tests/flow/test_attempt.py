"""One attempt, read effect by effect."""

import contextlib

import pytest

from tests.flow.reading import World, chunk, flow_of
from unillm import (
    BadRequestError,
    DeadlineExceededError,
    Finished,
    FirstTokenTimeoutError,
    IdleTimeoutError,
    IncompleteStreamError,
    RetryPolicy,
    ServerError,
    TextDelta,
    Timeout,
    TransportError,
    UnillmError,
    Usage,
)
from unillm._flow.deadlines import AFTER_FINISH, ERROR_BODY
from unillm._flow.effects import Close, Drain, Emit, Now, Opened, Read, Send, Sleep, TimedOutError

DONE = b"data: [DONE]\n\n"


def test_the_effects_of_a_stream_in_order():
    flow, _ = flow_of()
    world = World(flow, 200, chunk(content="Hel"), chunk("stop", content="lo"), DONE)
    response = world.run()
    kinds = [type(effect) for effect in world.seen]
    assert kinds == [
        *(Now, Now, Send, Opened),
        *(Read, Emit, Now, Read, Emit, Now, Read),
        *(Now, Emit, Drain),
    ]
    assert world.events[:2] == [TextDelta("Hel"), TextDelta("lo")]
    assert world.events[2] == Finished(response)
    assert response.text == "Hello"
    assert [attempt.outcome for attempt in response.attempts] == ["ok"]


def test_without_a_stream_nothing_is_emitted():
    flow, _ = flow_of(stream=False)
    body = b'{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}'
    world = World(flow, 200, body[:20], body[20:], b"")
    assert world.run().text == "Hi"
    assert not world.events


def test_without_a_stream_nothing_is_asked_for_that_nobody_needs():
    """Nobody waits for its beginning, and of a body that was read to its end nothing is left."""
    flow, _ = flow_of(stream=False)
    body = b'{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}'
    world = World(flow, 200, body, b"")
    assert world.run().text == "Hi"
    assert [type(effect) for effect in world.seen] == [Now, Now, Send, Read, Read, Now]


def test_until_the_first_token_its_limit_holds_then_the_idle_limit():
    flow, _ = flow_of()
    script = [(1, 200), (1, b": wait\n\n"), (1, chunk(content="a")), (1, chunk("stop")), DONE]
    world = World(flow, *script)
    world.run()
    send, reads = world.of(Send)[0], world.of(Read)
    assert send.until == 110
    assert send.connect == 5
    assert [read.until for read in reads] == [110, 110, 103 + 2, 104 + 2]


def test_comments_blank_lines_and_empty_chunks_are_not_the_first_token():
    flow, _ = flow_of(policy=RetryPolicy(max_attempts=1))
    role = chunk(role="assistant", content="")
    world = World(flow, 200, (3, b": keep-alive\n\n"), (3, b"\n\n"), (3, role), TimedOutError())
    with pytest.raises(FirstTokenTimeoutError, match="10 s"):
        world.run()
    assert {read.until for read in world.of(Read)[:4]} == {110}


def test_comments_do_not_put_the_idle_limit_off():
    flow, _ = flow_of(policy=None)
    world = World(flow, 200, chunk(content="a"), (1.5, b": still here\n\n"), TimedOutError())
    with pytest.raises(IdleTimeoutError, match="2 s") as caught:
        world.run()
    assert [read.until for read in world.of(Read)] == [110, 102, 102]
    assert caught.value.partial is not None
    assert caught.value.partial.text == "a"


def test_the_total_limit_wins_when_it_is_next():
    flow, _ = flow_of(timeout=Timeout(connect=None, first_token=None, idle=10, total=1))
    world = World(flow, 200, (0.5, chunk(content="a")), TimedOutError())
    with pytest.raises(DeadlineExceededError, match=r"longer than its 1 s"):
        world.run()
    assert [read.until for read in world.of(Read)] == [101, 101]


def test_after_the_finish_usage_is_awaited_for_a_while_only():
    flow, _ = flow_of(timeout=Timeout(connect=None, first_token=None, idle=None, total=None))
    world = World(flow, 200, chunk("stop", content="a"), (1, chunk()), TimedOutError())
    response = world.run()
    assert [read.until for read in world.of(Read)] == [None, 100 + AFTER_FINISH, 100 + AFTER_FINISH]
    assert response.text == "a"
    assert response.usage is None
    assert [note.code for note in response.notes] == ["cut_after_finish"]


@pytest.mark.parametrize("end", [b"", TransportError("reset"), TimedOutError()])
def test_an_end_before_the_finish_is_an_error_with_what_came(end):
    flow, _ = flow_of()
    world = World(flow, 200, chunk(content="a"), end)
    with pytest.raises(TransportError) as caught:
        world.run()
    kind = IdleTimeoutError if isinstance(end, TimedOutError) else IncompleteStreamError
    assert type(caught.value) is kind
    assert caught.value.partial is not None
    assert caught.value.partial.text == "a"
    assert not world.of(Sleep)
    assert [attempt.outcome for attempt in caught.value.attempts] == ["error"]


def test_what_came_before_an_error_is_emitted_first():
    flow, _ = flow_of()
    error = b'data: {"error":{"message":"boom","code":500}}\n\n'
    world = World(flow, 200, chunk(content="a") + error)
    with pytest.raises(ServerError, match="boom"):
        world.run()
    assert world.events == [TextDelta("a")]


def test_closing_a_flow_early_needs_no_effect():
    flow, operation = flow_of()
    assert isinstance(next(flow), Now)
    flow.close()
    assert operation.attempts == []


def test_a_caller_who_takes_his_time_is_no_silence():
    flow, _ = flow_of(timeout=Timeout(first_token=10, idle=2))
    world = World(flow, 200, chunk(content="a"), (1, chunk(content="b")), TimedOutError())
    perform = world.answer

    def slowly(effect):
        world.time += 50 if isinstance(effect, Emit) else 0
        return perform(effect)

    world.answer = slowly
    with pytest.raises(IdleTimeoutError):
        world.run()
    assert [read.until for read in world.of(Read)] == [110, 152, 203]


def slow_at_first(world, seconds):
    """Have the caller take his time over the first event alone."""
    perform, left = world.answer, [seconds]

    def answer(effect):
        if isinstance(effect, Emit) and left:
            world.time += left.pop()
        return perform(effect)

    world.answer = answer
    return world


@pytest.mark.parametrize("seconds", [0, 3, 50])
def test_a_caller_slow_at_the_first_event_loses_nothing_that_comes_later(seconds):
    flow, _ = flow_of(timeout=Timeout(first_token=10, idle=2))
    last = b'data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2}}\n\n'
    script = [chunk(content="a") + chunk("stop"), (1, last + b"data: [DONE]\n\n")]
    world = slow_at_first(World(flow, 200, *script), seconds)
    response = world.run()
    assert response.usage == Usage(input_tokens=5, output_tokens=2)
    assert response.notes == ()
    assert [read.until for read in world.of(Read)] == [110, 102 + seconds]


def test_news_without_an_event_behind_the_first_are_no_silence():
    flow, _ = flow_of(timeout=Timeout(first_token=10, idle=2))
    call = {"index": 0, "id": "c1", "function": {"name": "", "arguments": ""}}
    first = chunk(content="a") + chunk(tool_calls=[call])
    world = slow_at_first(World(flow, 200, first, (1, chunk("stop", content="b")), b""), 50)
    with contextlib.suppress(UnillmError):
        world.run()
    assert [read.until for read in world.of(Read)][:2] == [110, 152]


def test_who_leaves_at_the_first_event_has_what_came_with_it():
    flow, operation = flow_of()
    usage = b'data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2}}\n\n'
    world = World(flow, 200, chunk(content="a") + chunk("stop", content="b") + usage)

    class LeftError(Exception):
        pass

    perform = world.answer

    def leave(effect):
        if isinstance(effect, Emit):
            flow.close()
            raise LeftError
        return perform(effect)

    world.answer = leave
    with contextlib.suppress(LeftError, StopIteration):
        world.run()
    assert world.events == [TextDelta("a")]
    trial = operation.trial
    assert trial is not None
    assert trial.usage == Usage(input_tokens=5, output_tokens=2)
    assert trial.answered is not None
    assert trial.answered.text == "ab"


def test_a_read_is_one_piece_though_its_first_event_goes_alone():
    flow, operation = flow_of()
    world = World(
        flow, 200, chunk(content="a") + chunk(content="b"), (1, chunk("stop", content="c")), b""
    )
    trials = []
    perform = world.answer

    def answer(effect):
        trials.append(operation.trial)
        if operation.trial is not None and operation.trial.gaps is None:
            operation.trial.gaps = []
        return perform(effect)

    world.answer = answer
    world.run()
    assert trials[-2].gaps == [1.0]


def test_what_comes_after_the_finish_is_awaited_anew():
    flow, _ = flow_of(timeout=Timeout(connect=None, first_token=None, idle=None, total=None))
    script = [(4, chunk("stop", content=word)) for word in ("a", "b", "c")]
    world = World(flow, 200, *script, TimedOutError())
    assert world.run().text == "abc"
    assert [read.until for read in world.of(Read)] == [None, 109, 113, 117]


def test_an_error_body_is_not_awaited_as_long_as_an_answer():
    flow, _ = flow_of(timeout=Timeout(first_token=600))
    world = World(flow, 400, (1, b'{"error":'), (2, b'{"message":"no '), TimedOutError())
    with pytest.raises(BadRequestError, match=r"400: .*no"):
        world.run()
    assert [read.until for read in world.of(Read)] == [100 + ERROR_BODY] * 3


def test_an_error_body_is_read_within_the_limits_and_the_connection_released():
    flow, _ = flow_of()
    world = World(flow, 400, b'{"error":{"message":"no ', TimedOutError())
    with pytest.raises(Exception, match="400"):
        world.run()
    assert isinstance(world.seen[-2], Close)
