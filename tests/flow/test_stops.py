"""After the cut at a stop text the answer stands, whatever becomes of the rest."""

import pytest

from tests.flow.reading import World, chunk, flow_of
from unillm import (
    DeadlineExceededError,
    Finished,
    IdleTimeoutError,
    TextDelta,
    Timeout,
    TransportError,
)
from unillm._flow.effects import Read, TimedOutError

DONE = b"data: [DONE]\n\n"
STOPS = ("END",)


def test_after_the_cut_the_rest_is_read_under_the_same_limits():
    flow, _ = flow_of(stops=STOPS)
    script = [chunk(content="a END"), (1, chunk(content="b")), (1, chunk("length")), DONE]
    world = World(flow, 200, *script)
    response = world.run()
    assert [read.until for read in world.of(Read)] == [110, 102, 103, 104]
    assert world.events == [TextDelta("a "), Finished(response)]
    assert (response.finish_reason, response.finish_reason_raw) == ("stop", "length")


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (b"", "IncompleteStreamError"),
        (TransportError("reset"), "reset"),
        (TimedOutError(), "nothing new came for 2 s"),
        (b"data: {{{\n\n", "a chunk is not JSON"),
        (b'event: error\ndata: {"message": "boom"}\n\n', "boom"),
    ],
    ids=["closed", "reset", "silent", "nonsense", "error"],
)
@pytest.mark.parametrize("stream", [True, False])
def test_what_fails_after_the_cut_is_a_note_and_no_attempt_more(end, said, stream):
    flow, operation = flow_of(stops=STOPS, stream=stream)
    world = World(flow, 200, chunk(content="a END"), end)
    response = world.run()
    assert (response.text, response.usage, response.finish_reason) == ("a ", None, "stop")
    assert [note.code for note in response.notes] == ["cut_at_stop", "cut_after_stop"]
    assert said in response.notes[1].message
    assert [attempt.outcome for attempt in operation.attempts] == ["ok"]


def test_the_total_limit_after_the_cut_takes_nothing():
    flow, _ = flow_of(stops=STOPS, timeout=Timeout(connect=None, first_token=None, idle=9, total=1))
    response = World(flow, 200, chunk(content="a END"), TimedOutError()).run()
    assert response.text == "a "
    assert DeadlineExceededError.__name__ in response.notes[1].message


def test_what_was_held_back_comes_before_the_error():
    flow, _ = flow_of(stops=STOPS)
    world = World(flow, 200, chunk(content="a EN"), TimedOutError())
    with pytest.raises(IdleTimeoutError) as caught:
        world.run()
    assert world.events == [TextDelta("a "), TextDelta("EN")]
    assert caught.value.partial is not None
    assert caught.value.partial.text == "a EN"


def test_a_stop_text_that_the_end_settles_is_told_before_the_end():
    flow, _ = flow_of(stops=("abcd", "bc"))
    world = World(flow, 200, chunk(content="abc"), TransportError("reset"))
    response = world.run()
    assert world.events == [TextDelta("a"), Finished(response)]
