"""What goes wrong over the Responses API, on the wire."""

import json
import re

import pytest

from tests.testing.oracle import complaints
from tests.testing.wire import ask
from unillm.testing import Answer, FakeProvider, faults

PATH = "/v1/responses"
SEEN = {"eof": "fin", "cut": "fin", "reset": "reset", "stall": "silence"}
LAST = {
    "before-event": b"",
    "in-text": b'"delta": " Paris", "logprobs": []}\n\n',
    "in-arguments": b'"delta": " \\"Par"}\n\n',
    "in-utf8": b'"delta": " caf\xc3',
    "in-line": b'"delta": " sun',
    "before-terminal": b'"annotations": []}]}}\n\n',
}
OWN = [name for name in faults.names("responses") if name.startswith("responses-")]
UNSOUND = {
    *("responses-error-object", "responses-incomplete-unknown-reason", "responses-chat-body"),
    *("responses-sequence-missing", "responses-unknown-events", "responses-unknown-item"),
    *("responses-event-not-json", "responses-output-null"),
}
"""Those in which OpenAI's own package finds a type or a key that it does not know."""
BODIES = {
    "responses-failed": "'status': 'failed'",
    "responses-failed-rate-limit": "'code': 'rate_limit_exceeded'",
    "responses-failed-at-start": "'output': [], ",
    "responses-error-event": "{'error': {",
    "responses-error-object": "{'error': {",
    "responses-incomplete-unknown-reason": "'reason': 'sunset'",
    "responses-unknown-item": "hologram_call",
    "responses-chat-body": "'object': 'chat.completion'",
    "responses-output-null": "'output': null",
}
"""What is in a body; the others' are sound."""
STREAMS = {
    "responses-failed": ("Paris'", "event: response.failed", "!response.output_text.done"),
    "responses-failed-rate-limit": ("event: response.failed", "rate_limit_exceeded"),
    "responses-failed-at-start": ("event: response.failed", "!output_item"),
    "responses-error-event": ("Paris'", "event: error\n", "!completed'"),
    "responses-error-object": ("Paris'", "\n\ndata: {'error': {"),
    "responses-incomplete-unknown-reason": ("event: response.incomplete", "'sunset'"),
    "responses-done-marker": ("event: response.completed", "\n\ndata: [DONE]\n\n"),
    "responses-event-names-missing": ("\n\ndata: {", "!event:"),
    "responses-sequence-missing": ("event: response.completed", "!sequence_number"),
    "responses-text-only-done": ("output_text.done", "!output_text.delta"),
    "responses-arguments-only-done": ("arguments.done", "!arguments.delta"),
    "responses-arguments-only-in-item": ("output_item.done", "!arguments.d"),
    "responses-items-only-done": ("output_item.done", "!.added", "!delta"),
    "responses-items-interleaved": ("'output_index': 1",),
    "responses-output-empty-at-end": ("'status': 'completed', 'error': null",),
    "responses-unknown-events": ("event: response.hologram.delta", "event: response.completed"),
    "responses-unknown-item": ("hologram_call", "event: response.completed"),
    "responses-encrypted-partial": ("encrypted_content",),
    "responses-item-id-changes": ("'item_id': 'msg_fake_1_0_",),
    "responses-chat-body": ("application/json", "'object': 'chat.completion'"),
    "responses-event-not-json": ("Paris'", "data: {oops\n\n"),
    "responses-output-null": ("'output': null", "event: response.completed"),
}


def take(fake, name, **fields):
    quiet = 0.01 if "stall" in name else 5.0
    return ask(fake, path=PATH, quiet=quiet, model=name, messages=None, input="Weather?", **fields)


def told(wire):
    blocks = wire.text.split("\n\n")
    data = [line for block in blocks for line in block.split("\n") if line.startswith("data: {")]
    return [json.loads(line.removeprefix("data: ")) for line in data if "{oops" not in line]


def test_every_fault_is_looked_at():
    assert set(STREAMS) == set(OWN)
    assert set(OWN) & set(faults.names("chat")) == set()


@pytest.mark.parametrize("name", OWN)
def test_a_stream_is_as_its_name_says(fake_provider, name):
    wire = take(fake_provider, name, stream=True)
    text = (wire.head + "\r\n\r\n" + wire.text).replace('"', "'")
    marks = STREAMS[name]
    assert [m for m in marks if (m[1:] in text if m[0] == "!" else m not in text)] == []


@pytest.mark.parametrize("name", OWN)
def test_openai_knows_what_is_no_part_of_the_fault(fake_provider, name):
    events = told(take(fake_provider, name, stream=True))
    odd = [complaint for one in events for complaint in complaints(one)]
    assert (odd != []) == (name in UNSOUND - {"responses-chat-body", "responses-event-not-json"})
    if name not in UNSOUND:
        numbers = [one["sequence_number"] for one in events]
        assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("name", OWN)
def test_a_body_is_as_its_name_says(fake_provider, name):
    wire = take(fake_provider, name)
    assert wire.status == 200
    if name in BODIES:
        assert BODIES[name] in wire.text.replace('"', "'")
    else:
        assert complaints(wire.json) == []
        assert wire.json["status"] == "completed"


@pytest.mark.parametrize("place", LAST)
@pytest.mark.parametrize("end", SEEN)
def test_a_stream_ends_in_its_place(fake_provider, end, place):
    wire = take(fake_provider, f"{end}-{place}", stream=True)
    assert (wire.status, wire.end, wire.whole) == (200, SEEN[end], end == "eof")
    assert wire.body[-len(LAST[place]) :] == LAST[place]
    assert b"response.completed" not in wire.body
    if place == "in-arguments":
        pieces = [one["delta"] for one in told(wire) if one["type"].endswith("arguments.delta")]
        assert "".join(pieces) == '{"city": "Par'


def test_calls_alternate(fake_provider):
    events = told(take(fake_provider, "responses-items-interleaved", stream=True))
    order = [one["output_index"] for one in events if "output_index" in one]
    assert order == [0, 1] * (len(order) // 2)
    assert len(order) > 8


def test_reasoning_is_whole_only_when_it_is_done(fake_provider):
    events = told(take(fake_provider, "responses-encrypted-partial", stream=True))
    steps = [one["item"] for one in events if one["type"].startswith("response.output_item.")]
    added, done = (step["encrypted_content"] for step in steps if step["type"] == "reasoning")
    assert done.startswith(added)
    assert len(done) > len(added) > 0


@pytest.mark.parametrize("stream", [True, False])
def test_what_is_said_to_be_of_both_says_nothing_of_chat(fake_provider, stream):
    wrong: list[str] = []
    for name in (name for name in faults.names() if name not in OWN):
        if faults.get(name).api == "chat":
            refused = take(fake_provider, name, stream=stream)
            said = refused.status, refused.json["error"]["code"]
            right = said == (400, "fault_of_another_interface")
        elif re.match(r"comments-for-ever|endless|slow|byte-by|stall|reset|redirect", name):
            continue
        else:
            text = take(fake_provider, name, stream=stream).text
            right = not re.search(r'chat\.completion|"choices"', text)
        wrong += [] if right else [name]
    assert wrong == []


@pytest.mark.parametrize("name", OWN)
def test_a_fault_of_responses_is_none_of_chat(fake_provider, name):
    refused = ask(fake_provider, model=name)
    assert refused.status == 400
    assert name in refused.json["error"]["message"]


def test_by_chance_only_what_the_interface_can_get_wrong_is_served():
    with FakeProvider(faults={"choices-null": 0.5, "responses-failed": 0.5}, seed=1) as fake:
        for _ in range(8):
            take(fake, "m")
            ask(fake, model="m")
        assert fake.wait(in_flight=0)
        of = [(served.seen.api, served.fault) for served in fake.served]
    assert set(of) == {
        *(("responses", None), ("responses", "responses-failed")),
        *(("chat", None), ("chat", "choices-null")),
    }


def test_an_answer_that_is_queued_is_a_fault_as_well(fake_provider):
    fake_provider.enqueue(faults.get("responses-failed"), Answer("Hi."))
    assert take(fake_provider, "m").json["status"] == "failed"
    assert take(fake_provider, "m").json["status"] == "completed"
