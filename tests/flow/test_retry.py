"""When another attempt is made, and after what pause."""

import pytest
from tenacity import stop_after_attempt, wait_fixed

from tests.flow.reading import World, chunk, flow_of
from unillm import (
    AuthenticationError,
    BadRequestError,
    ConnectError,
    IncompleteStreamError,
    InsufficientBalanceError,
    RateLimitError,
    RetryPolicy,
    ServerError,
    Timeout,
    UnillmError,
)
from unillm._flow.effects import Backoff, Send, Sleep

DONE = b"data: [DONE]\n\n"
GOOD = (200, chunk("stop", content="ok"), DONE)


def refused(status: int, headers: dict[str, str] | None = None, body: bytes = b"{}"):
    return ((0, (status, headers or {})), body, b"")


def test_the_pauses_double_and_are_drawn_between_nothing_and_their_bound():
    policy = RetryPolicy(max_attempts=5, first_wait=1, max_wait=3)
    for chance in (0.0, 0.25, 1.0):
        flow, _ = flow_of(policy=policy)
        world = World(flow, *refused(500) * 4, *GOOD, chance=chance)
        response = world.run()
        assert [sleep.seconds for sleep in world.of(Sleep)] == [
            chance * bound for bound in (1, 2, 3, 3)
        ]
        assert [attempt.waited for attempt in response.attempts] == [
            0,
            *(chance * bound for bound in (1, 2, 3, 3)),
        ]
        assert [attempt.status for attempt in response.attempts] == [500] * 4 + [200]
        assert [attempt.number for attempt in response.attempts] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("answer", "kind", "sent"),
    [
        (refused(400), BadRequestError, 1),
        (refused(401), AuthenticationError, 1),
        (refused(402), InsufficientBalanceError, 1),
        (refused(429, {}, b'{"error":{"code":"insufficient_quota"}}'), InsufficientBalanceError, 1),
        (refused(429), RateLimitError, 3),
        (refused(500), ServerError, 3),
        (refused(500, {"x-should-retry": "false"}), ServerError, 1),
        (refused(400, {"x-should-retry": "true"}), BadRequestError, 3),
    ],
)
def test_what_cannot_help_is_not_tried_again(answer, kind, sent):
    flow, _ = flow_of()
    world = World(flow, *answer * 3)
    with pytest.raises(kind) as caught:
        world.run()
    assert len(world.of(Send)) == sent
    assert len(caught.value.attempts) == sent


def test_a_connection_that_fails_is_tried_again():
    flow, _ = flow_of()
    world = World(flow, ConnectError("refused"), *GOOD)
    assert world.run().text == "ok"
    assert world.of(Sleep)[0].reason.attempts[0].status is None


def test_a_cut_before_the_first_event_is_tried_again_and_after_it_is_not():
    flow, _ = flow_of()
    assert World(flow, 200, chunk(role="assistant"), b"", *GOOD).run().text == "ok"
    flow, _ = flow_of()
    world = World(flow, 200, chunk(content="a"), b"", *GOOD)
    with pytest.raises(IncompleteStreamError):
        world.run()
    assert len(world.of(Send)) == 1


def test_a_body_that_was_cut_is_tried_again_since_nothing_was_shown():
    flow, _ = flow_of(stream=False)
    whole = b'{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}'
    world = World(flow, 200, whole[:30], b"", 200, whole, b"")
    assert world.run().text == "Hi"


def test_a_server_that_says_when_takes_the_place_of_chance():
    flow, _ = flow_of()
    world = World(flow, *refused(429, {"retry-after": "4"}), *GOOD)
    world.run()
    assert world.of(Sleep)[0].seconds == 4


@pytest.mark.parametrize("limits", [{"max_wait": 3}, {"max_wait": 100}])
def test_a_server_that_asks_for_too_long_is_not_waited_for(limits):
    flow, _ = flow_of(policy=RetryPolicy(**limits), timeout=Timeout(total=10))
    world = World(flow, *refused(429, {"retry-after": "30"}), *GOOD)
    with pytest.raises(RateLimitError, match=r"asks to wait 30 s") as caught:
        world.run()
    assert caught.value.retry_after == 30
    assert not world.of(Sleep)


def test_no_pause_crosses_the_deadline():
    flow, _ = flow_of(policy=RetryPolicy(first_wait=8), timeout=Timeout(total=10))
    world = World(flow, (8, (500, {})), b"{}", b"", *GOOD, chance=1.0)
    with pytest.raises(ServerError):
        world.run()
    assert not world.of(Sleep)


def test_tenacity_objects_decide_through_one_effect():
    policy = RetryPolicy(max_attempts=9, wait=wait_fixed(2), stop=stop_after_attempt(2))
    flow, _ = flow_of(policy=policy)
    world = World(flow, *refused(500) * 3)
    answers = iter([2.0, None])
    world.decide = lambda _asked: next(answers)
    with pytest.raises(ServerError):
        world.run()
    first, second = world.of(Backoff)
    assert (first.attempt, second.attempt) == (1, 2)
    assert (first.slept, second.slept) == (0, 2)
    assert second.elapsed == 2
    assert isinstance(second.error, UnillmError)
    assert [sleep.seconds for sleep in world.of(Sleep)] == [2]
