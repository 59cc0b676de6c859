"""One exchange that is no chat, read effect by effect."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flow.reading import TARGET, World
from unillm._flow.effects import Close, Send, Sleep
from unillm._flow.fetch import fetch
from unillm._flow.operation import Operation
from unillm._wire.endpoints.asked import asked
from unillm.errors import (
    AuthenticationError,
    IncompleteStreamError,
    MalformedResponseError,
    ServerError,
    TransportError,
    UnillmError,
)
from unillm.types.policy import RetryPolicy, Timeout


def fetching(*script, read=lambda fetched: fetched, policy=None, **more):
    limits = Timeout(connect=5, first_token=10, idle=2, total=60)
    operation = Operation(id="op", target=TARGET, streamed=False, timeout=limits)
    flow = fetch(asked(TARGET, "/models", {}), operation, policy or RetryPolicy(), read, **more)
    return World(flow, *script), operation


def test_the_body_is_read_to_its_end():
    world, operation = fetching((0, (200, {"x-request-id": "r"})), b"ab", b"cd", b"")
    fetched: Any = world.run()
    assert (fetched.body, fetched.status, fetched.request_id) == (b"abcd", 200, "r")
    (attempt,) = operation.attempts
    assert (attempt.outcome, attempt.status, attempt.request_id) == ("ok", 200, "r")
    (send,) = world.of(Send)
    assert (send.connect, send.read) == (5, 10)


def test_what_the_reading_raises_is_a_failure_like_any_other():
    failures = [ServerError("not yet", retryable=True)]

    def read(fetched):
        if failures:
            raise failures.pop()
        return fetched.body

    good = ((0, (200, {})), b"x", b"")
    world, operation = fetching(*good, *good, read=read)
    assert world.run() == b"x"
    assert [attempt.outcome for attempt in operation.attempts] == ["error", "ok"]
    assert len(world.of(Sleep)) == 1
    assert world.of(Close)


def test_an_error_lists_every_attempt_and_says_whose_it_is():
    refused = ((0, (500, {})), b"{}", b"")
    world, _ = fetching(*refused * 3)
    with pytest.raises(ServerError) as caught:
        world.run()
    assert len(caught.value.attempts) == 3
    assert (caught.value.provider, caught.value.model) == (TARGET.provider, TARGET.model)


def test_what_would_come_again_is_not_tried_again():
    world, _ = fetching((0, (401, {})), b"{}", b"")
    with pytest.raises(AuthenticationError, match="No key was sent"):
        world.run()
    assert len(world.of(Send)) == 1


def test_a_body_that_breaks_off_is_incomplete():
    world, _ = fetching(
        (0, (200, {})), b"x", TransportError("gone"), policy=RetryPolicy(max_attempts=1)
    )
    with pytest.raises(IncompleteStreamError, match="gone"):
        world.run()


def test_a_body_has_a_bound():
    world, _ = fetching((0, (200, {})), b"x" * 6, b"x" * 6, most=10)
    with pytest.raises(MalformedResponseError, match="larger than 10 bytes"):
        world.run()


def test_nothing_but_documented_errors_comes_out():
    for status in range(100, 600):
        world, _ = fetching((0, (status, {})), b"\xff", b"", policy=RetryPolicy(max_attempts=1))
        if status in {200, 201}:
            fetched: Any = world.run()
            assert fetched.body == b"\xff"
            continue
        with pytest.raises(UnillmError):
            world.run()
