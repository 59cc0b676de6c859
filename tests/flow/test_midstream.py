"""An answer that breaks off at any byte goes on, and comes in any pieces: one text, no repeats."""

import json
import re

import pytest

from tests.flow.reading import TARGET, World, chunk
from unillm import Route
from unillm._flow.attempt import Exchanged
from unillm._flow.calls import finisher_for
from unillm._flow.chat import chat
from unillm._flow.course import Course, Leg
from unillm._flow.effects import Close, Send
from unillm._flow.operation import Operation
from unillm._wire.encode import encode
from unillm._wire.plan import plan
from unillm.errors import TransportError
from unillm.providers import profile_named
from unillm.types.events import Finished, StreamContinued, StreamRestarted, TextDelta
from unillm.types.messages import UserMessage
from unillm.types.policy import RepairPolicy, RetryPolicy, Timeout
from unillm.types.request import ChatRequest
from unillm.types.target import Target

PROSE = "The weather in Paris is sunny — 21 °C, with a light wind from the west."
WORDS = re.findall(r"\S+\s*", PROSE)
FIRST = b"".join(chunk(content=word) for word in WORDS)
DONE = b"data: [DONE]\n\n"
HOST = Target(
    provider="b", model="m", base_url="http://127.0.0.1:2/v1", profile=profile_named("generic")
)
REQUEST = ChatRequest(messages=(UserMessage("Hi"),), stream=True)


def made(target):
    planned = plan(REQUEST, target)
    return Exchanged(
        plan=planned,
        wire=encode(planned),
        finish_call=finisher_for([]),
        repair=RepairPolicy(),
        keep_raw=False,
    )


def world(*script, targets=(TARGET, HOST)):
    operation = Operation(id="op", target=TARGET, streamed=True, timeout=Timeout(total=60))
    course = Course(
        make=made,
        name="r",
        route=Route(["a:m", "b:m"], on_midstream_error="continue"),
        legs=[Leg(name=str(target), target=target) for target in targets],
    )
    flow = chat(course, operation, RetryPolicy(), return_invalid_calls=False)
    return GoingOn(flow, *script)


class GoingOn(World):
    """Whoever is told to go on says the last words again, and then the rest."""

    cut_at: int | None = None

    def scripted(self, effect):
        if self.script[:1] == ["the rest"]:
            self.script[:1] = self.pieces()
        return super().scripted(effect)

    def pieces(self):
        said = json.loads(self.of(Send)[-1].wire.body)["messages"]
        before = said[1]["content"] if len(said) > 1 else ""
        known = re.findall(r"\S+\s*", before)
        again = "".join(known[-2:])
        if sum(letter.isalpha() for letter in again) < 3:
            again = ""
        text = again + PROSE[len(before) :]
        body = b"".join(chunk(content=piece) for piece in re.findall(r".{1,5}", text))
        body += chunk(finish="stop") + DONE
        if self.cut_at is None:
            return [body[place : place + 1] for place in range(len(body))] + [b""]
        place = self.cut_at % len(body)
        return [body[:place], body[place:], b""] if place else [body, b""]


def text_of(events):
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def check(played):
    response = played.run()
    turns = [e for e in played.events if isinstance(e, StreamContinued | StreamRestarted)]
    told = text_of(played.events)
    assert told == response.text == PROSE
    assert played.events[-1] == Finished(response)
    assert played.of(Close)
    return turns


@pytest.mark.parametrize("place", range(0, len(FIRST), 7))
def test_it_breaks_off_at_any_byte(place):
    played = world(200, FIRST[:place], TransportError("gone"), 200, "the rest")
    turns = check(played)
    begun = b"\n\n" in FIRST[:place]
    assert [type(turn) for turn in turns] == [StreamContinued] * begun
    assert all(turn.attempt == 2 and "gone" in turn.reason for turn in turns)


@pytest.mark.parametrize("place", range(1, 1200, 11))
def test_the_rest_comes_in_any_two_pieces(place):
    played = world(200, FIRST[: len(FIRST) // 2], TransportError("gone"), 200, "the rest")
    played.cut_at = place
    assert check(played)


@pytest.mark.parametrize("place", range(1, 700, 13))
def test_it_breaks_off_again_at_any_byte(place):
    half = FIRST[: len(FIRST) // 3]
    known = len(re.findall(rb"\n\n", half))
    again = b"".join(chunk(content=word) for word in WORDS[known - 2 :])
    third = Target(
        provider="c", model="m", base_url="http://127.0.0.1:3/v1", profile=profile_named("generic")
    )
    played = world(
        *(200, half, TransportError("gone")),
        *(200, again[:place], TransportError("gone again")),
        *(200, "the rest"),
        targets=(TARGET, HOST, third),
    )
    turns = check(played)
    assert {type(turn) for turn in turns} == {StreamContinued}
    assert turns[-1].attempt in {2, 3}
