"""Events told twice, late, in turns or in part: nothing is lost, nothing is doubled."""

from __future__ import annotations

import itertools
import json
import random
from typing import Any

import pytest

from tests.wire.drive import WEATHER, Told, decode
from tests.wire.responses.sending import (
    OURS,
    added,
    body,
    call,
    completed,
    delta,
    done,
    incomplete,
    message,
    read,
    stream,
    whole,
)
from unillm import (
    BadRequestError,
    ContentPolicyError,
    ImagePart,
    IncompleteStreamError,
    MalformedResponseError,
    ProviderError,
    RateLimitError,
    ReasoningDelta,
    ServerError,
    TextDelta,
    Tool,
    ToolArgumentsError,
    ToolCallDelta,
)

PARIS = '{"city":"Paris"}'


def answer(told: Told) -> Any:
    """Return the response, and check that its events say the same."""
    assert told.error is None, told.error
    assert told.response is not None
    pieces = [event.text for event in told.events if isinstance(event, TextDelta)]
    assert "".join(pieces) == told.response.text
    return told.response


def notes(told: Told) -> list[str]:
    found = told.response or told.partial
    return [note.code for note in found.notes]


# ---------------------------------------------------------------- texts


TOLD = {
    "deltas-alone": (delta("msg_1", 0, "Hel"), delta("msg_1", 0, "lo.")),
    "done-alone": (whole("msg_1", 0, text="Hello."),),
    "deltas-and-done": (delta("msg_1", 0, "Hello."), whole("msg_1", 0, text="Hello.")),
    "half-and-done": (delta("msg_1", 0, "Hel"), whole("msg_1", 0, text="Hello.")),
    "item-alone": (done(0, message("msg_1", "Hello.")),),
    "half-and-item": (delta("msg_1", 0, "Hel"), done(0, message("msg_1", "Hello."))),
    "all": (
        added(0, message("msg_1", "")),
        delta("msg_1", 0, "Hello."),
        whole("msg_1", 0, text="Hello."),
        done(0, message("msg_1", "Hello.")),
    ),
    "late": (
        delta("msg_1", 0, "Hel"),
        whole("msg_1", 0, text="Hello."),
        delta("msg_1", 0, "lo"),
        delta("msg_1", 0, "."),
    ),
    "no-ids": (delta("", 0, "Hel"), delta("", 0, "lo.")),
    "no-places": (
        {**delta("msg_1", 0, "Hel"), "output_index": None},
        {**delta("msg_1", 0, "lo."), "output_index": "0"},
    ),
    "empty-pieces": (delta("msg_1", 0, ""), delta("msg_1", 0, None), delta("msg_1", 0, "Hello.")),
    "empty-done": (delta("msg_1", 0, "Hello."), whole("msg_1", 0, text="")),
    "nothing": (),
}


@pytest.mark.parametrize("last", [(), (message("msg_1", "Hello."),)], ids=["bare", "again"])
@pytest.mark.parametrize("name", TOLD)
def test_a_text_comes_once_however_it_is_told(name, last):
    told = read(*TOLD[name], completed(*last))
    assert answer(told).text == ("Hello." if last or name != "nothing" else "")
    assert answer(told).finish_reason == "stop"
    assert answer(told).finish_reason_raw == "completed"
    assert notes(told) == []


@pytest.mark.parametrize(
    "second",
    [
        whole("msg_1", 0, text="Bye."),
        done(0, message("msg_1", "Bye.")),
        completed(message("msg_1", "Bye.")),
    ],
    ids=["done", "item", "last"],
)
def test_of_two_texts_the_first_is_kept_and_it_is_noted(second):
    told = read(delta("msg_1", 0, "Hello."), second, completed())
    assert answer(told).text == "Hello."
    assert notes(told) == ["two_versions_of_text"]


def test_a_late_piece_that_does_not_fit_is_noted():
    told = read(whole("msg_1", 0, text="Hello."), delta("msg_1", 0, "!"), completed())
    assert answer(told).text == "Hello."
    assert notes(told) == ["two_versions_of_text"]


def test_messages_told_in_turns_come_one_after_the_other():
    told = read(
        added(0, message("msg_1", "")),
        added(1, message("msg_2", "")),
        delta("msg_1", 0, "One, "),
        delta("msg_2", 1, "Three, "),
        delta("msg_1", 0, "two."),
        delta("msg_2", 1, "four."),
        whole("msg_1", 0, text="One, two."),
        delta("msg_2", 1, " Five."),
        completed(),
    )
    assert answer(told).text == "One, two.\n\nThree, four. Five."
    ordered = body([message("msg_1", "One, two."), message("msg_2", "Three, four. Five.")])
    assert answer(ordered).text == answer(told).text


def test_texts_that_wait_are_not_lost():
    told = read(
        delta("msg_1", 0, "One."),
        delta("msg_3", 2, "Three."),
        delta("msg_2", 1, "Two."),
        completed(),
    )
    assert answer(told).text == "One.\n\nTwo.\n\nThree."


def test_parts_of_one_message_are_one_text():
    parts = [{"type": "output_text", "text": text} for text in ("One, ", "two.")]
    item = message("msg_1", "", content=parts)
    told = read(
        delta("msg_1", 0, "One, "),
        {**delta("msg_1", 0, "two."), "content_index": 1},
        done(0, item),
        completed(item),
    )
    assert answer(told).text == answer(body([item])).text == "One, two."


@pytest.mark.parametrize("kind", ["output_text", "reasoning_text", "refusal"])
def test_halves_of_a_character_meet_inside_of_their_text(kind):
    field = {"output_text": "text", "reasoning_text": "reasoning", "refusal": "refusal"}[kind]
    escaped = ["\\ud83d", "\\ude00"]
    pieces = [json.dumps({**delta("a_1", 0, "X", kind), "type": f"response.{kind}.delta"})] * 2
    other = json.dumps({**delta("b_2", 1, "-", kind), "type": f"response.{kind}.delta"})
    first, last = (p.replace('"X"', f'"{e}"') for p, e in zip(pieces, escaped, strict=True))
    end = '{"type": "response.completed", "response": {}}'
    sent = b"".join(b"data: %b\n\n" % each.encode() for each in (first, other, last, end))
    told = decode([sent], api="responses")
    assert told.response is not None
    assert sorted(getattr(told.response, field).split()) in (["-", "😀"], ["-😀"])
    assert notes(told) == []


# ---------------------------------------------------------------- commentary


def spoken(*items: dict[str, Any]) -> Told:
    """Tell of items in full, as a stream does."""
    events: list[dict[str, Any]] = []
    for place, item in enumerate(items):
        events.append(added(place, {**item, "content": []}))
        if item["type"] == "message":
            text = "".join(part["text"] for part in item["content"])
            events += [delta(item["id"], place, piece) for piece in (text[:2], text[2:])]
            events.append(whole(item["id"], place, text=text))
        events.append(done(place, item))
    return read(*events, completed(*items))


def commentary(item_id: str, text: str) -> dict[str, Any]:
    return message(item_id, text, phase="commentary")


PHASES: dict[str, tuple[list[dict[str, Any]], str]] = {
    "alone": ([commentary("m1", "Looking.")], "Looking."),
    "before-a-call": ([commentary("m1", "Looking."), call("fc_1", "c1", PARIS)], "Looking."),
    "before-an-answer": (
        [commentary("m1", "Looking."), message("m2", "Four.", phase="final_answer")],
        "Four.",
    ),
    "before-an-unnamed-answer": ([commentary("m1", "Looking."), message("m2", "Four.")], "Four."),
    "before-an-empty-answer": (
        [commentary("m1", "Looking."), message("m2", "", phase="final_answer")],
        "",
    ),
    "after-an-answer": ([message("m1", "Four."), commentary("m2", "Done.")], "Four."),
    "twice": (
        [commentary("m1", "Looking."), commentary("m2", "Again."), call("fc_1", "c1", PARIS)],
        "Looking.\n\nAgain.",
    ),
    "around-a-call": (
        [commentary("m1", "Looking."), call("fc_1", "c1", PARIS), message("m2", "Four.")],
        "Looking.\n\nFour.",
    ),
}


@pytest.mark.parametrize("name", PHASES)
def test_commentary_is_text_only_where_no_answer_follows(name):
    items, expected = PHASES[name]
    streamed, at_once = spoken(*items), body(items)
    assert answer(streamed).text == expected
    assert streamed.response is not None
    assert at_once.response is not None
    assert streamed.response.message == at_once.response.message
    left_out = name.endswith("answer")
    assert notes(streamed) == notes(at_once) == (["commentary"] if left_out else [])


# ---------------------------------------------------------------- reasoning


def thought(item_id: str, **fields: Any) -> dict[str, Any]:
    return {"id": item_id, "type": "reasoning", "summary": [], **fields}


def test_summaries_and_items_are_told_apart():
    first = [{"type": "summary_text", "text": text} for text in ("A.", "B.")]
    items = [thought("rs_1", summary=first), thought("rs_2", summary=first[:1])]
    assert answer(body(items)).reasoning == "A.\n\nB.\n\nA."
    deltas = (
        delta("rs_1", 0, "A.", "reasoning_summary_text"),
        {**delta("rs_1", 0, "B.", "reasoning_summary_text"), "summary_index": 1},
        done(0, items[0]),
        delta("rs_2", 1, "A.", "reasoning_summary_text"),
    )
    told = read(*deltas, completed(*items))
    assert answer(told).reasoning == "A.\n\nB.\n\nA."
    assert [e.text for e in told.events if isinstance(e, ReasoningDelta)] == [
        "A.",
        "\n\nB.",
        "\n\nA.",
    ]


def test_of_content_and_summary_one_is_read():
    item = thought(
        "rs_1",
        content=[{"type": "reasoning_text", "text": "All of it."}],
        summary=[{"type": "summary_text", "text": "In short."}],
    )
    assert answer(body([item])).reasoning == "All of it."
    content = delta("rs_1", 0, "All of it.", "reasoning_text")
    summary = delta("rs_1", 0, "In short.", "reasoning_summary_text")
    assert answer(read(content, summary, completed(item))).reasoning == "All of it."
    assert answer(read(summary, content, completed(item))).reasoning == "In short."


def test_encrypted_reasoning_is_taken_whole():
    begun, complete = (
        thought("rs_1", encrypted_content="be"),
        thought("rs_1", encrypted_content="begun"),
    )
    for events in (
        (added(0, begun), done(0, complete), completed()),
        (added(0, begun), done(0, complete), completed(begun)),
        (added(0, begun), done(0, thought("rs_1", encrypted_content=None)), completed(complete)),
        (added(0, begun), completed(complete)),
    ):
        native = answer(read(*events)).message.native
        assert native is not None
        assert [item["encrypted_content"] for item in native.items] == ["begun"]


# ---------------------------------------------------------------- calls

ARGUMENTS = {
    "deltas-alone": (
        added(0, call("fc_1", "c1", "")),
        delta("fc_1", 0, PARIS, "function_call_arguments"),
    ),
    "done-alone": (
        added(0, call("fc_1", "c1", "")),
        whole("fc_1", 0, "function_call_arguments", arguments=PARIS),
    ),
    "item-alone": (done(0, call("fc_1", "c1", PARIS)),),
    "added-alone": (added(0, call("fc_1", "c1", PARIS)),),
    "an-object": (done(0, call("fc_1", "c1", {"city": "Paris"})),),
    "half-and-item": (
        added(0, call("fc_1", "c1", "")),
        delta("fc_1", 0, PARIS[:5], "function_call_arguments"),
        done(0, call("fc_1", "c1", PARIS)),
    ),
    "before-its-name": (
        delta("fc_1", 0, PARIS, "function_call_arguments"),
        done(0, call("fc_1", "c1", PARIS)),
    ),
    "late": (
        added(0, call("fc_1", "c1", "")),
        whole("fc_1", 0, "function_call_arguments", arguments=PARIS),
        delta("fc_1", 0, PARIS, "function_call_arguments"),
    ),
    "written-differently": (
        added(0, call("fc_1", "c1", "")),
        delta("fc_1", 0, PARIS, "function_call_arguments"),
        done(0, call("fc_1", "c1", '{ "city": "Paris" }')),
    ),
    "another-id-at-the-end": (
        added(0, call("fc_1", "c1", "")),
        done(0, call("fc_1", "c1", PARIS)),
        completed(call("fc_9", "c9", PARIS)),
    ),
    "no-ids-on-the-way": (
        added(0, call("fc_1", "c1", "")),
        delta("", 0, PARIS, "function_call_arguments"),
    ),
}


@pytest.mark.parametrize("last", [(), (call("fc_1", "c1", PARIS),)], ids=["bare", "again"])
@pytest.mark.parametrize("name", ARGUMENTS)
def test_a_call_comes_once_however_it_is_told(name, last):
    told = read(*ARGUMENTS[name], completed(*last), tools=(WEATHER,))
    (made,) = answer(told).tool_calls
    assert (made.id, made.name, made.arguments) == ("c1", "get_weather", {"city": "Paris"})
    assert answer(told).finish_reason == "tool_calls"
    fragments = [event.fragment for event in told.events if isinstance(event, ToolCallDelta)]
    assert "".join(fragments) == made.raw
    assert notes(told) == []


ROME = '{"city":"Rome"}'
DISPUTED = {
    "done": whole("fc_1", 0, "function_call_arguments", arguments=ROME),
    "item": done(0, call("fc_1", "c1", ROME)),
    "last": completed(call("fc_1", "c1", ROME)),
    "name": done(0, call("fc_1", "c1", PARIS, name="other")),
    "status": done(0, call("fc_1", "c1", PARIS, status="incomplete")),
}


@pytest.mark.parametrize("name", DISPUTED)
def test_a_call_of_which_two_things_are_said_is_never_offered(name):
    tools = (WEATHER, Tool("other"))
    told = read(
        added(0, call("fc_1", "c1", "")),
        delta("fc_1", 0, PARIS, "function_call_arguments"),
        DISPUTED[name],
        completed(),
        tools=tools,
    )
    assert isinstance(told.error, ToolArgumentsError)
    (bad,) = told.partial.invalid_tool_calls or told.error.response.invalid_tool_calls
    assert (bad.id, bad.raw) == ("c1", PARIS)
    assert any(word in bad.reason for word in ("differ", "two tools", "incomplete"))
    assert told.error.response.tool_calls == ()


def test_a_late_piece_of_arguments_that_does_not_fit_refuses_the_call():
    told = read(
        added(0, call("fc_1", "c1", "")),
        whole("fc_1", 0, "function_call_arguments", arguments="{}"),
        delta("fc_1", 0, "x", "function_call_arguments"),
        completed(),
    )
    assert isinstance(told.error, ToolArgumentsError)
    assert "differ" in told.error.response.invalid_tool_calls[0].reason


@pytest.mark.parametrize("arguments", ["", '{"city":', PARIS])
def test_of_an_incomplete_answer_only_a_call_that_was_done_is_offered(arguments):
    begun = (
        added(0, call("fc_1", "c1", "")),
        delta("fc_1", 0, arguments, "function_call_arguments"),
    )
    cut = read(*begun, incomplete(call("fc_1", "c1", arguments, status="incomplete")))
    assert isinstance(cut.error, ToolArgumentsError)
    assert cut.error.response.finish_reason == "length"
    assert cut.error.response.finish_reason_raw == "max_output_tokens"
    bare = read(*begun, incomplete())
    assert isinstance(bare.error, ToolArgumentsError)
    assert bare.error.response.tool_calls == ()
    if arguments == PARIS:
        item = call("fc_1", "c1", PARIS)
        whole_call = read(*begun, done(0, item), incomplete(item))
        assert answer(whole_call).tool_calls[0].arguments == {"city": "Paris"}


@pytest.mark.parametrize("seed", range(12))
def test_calls_told_in_any_turns_are_the_same(seed):
    dice = random.Random(seed)
    cities = ["Paris", "Rome", "Oslo"]
    lanes: list[list[dict[str, Any]]] = []
    for place, city in enumerate(cities):
        text, item_id = json.dumps({"city": city}), f"fc_{place}"
        pieces = [text[at : at + 4] for at in range(0, len(text), 4)]
        lane = [delta(item_id, place, piece, "function_call_arguments") for piece in pieces]
        lane.append(whole(item_id, place, "function_call_arguments", arguments=text))
        lane.append(done(place, call(item_id, f"c{place}", text)))
        lanes.append(lane)
    begins = [added(place, call(f"fc_{place}", f"c{place}", "")) for place in range(3)]
    turns = [place for place, lane in enumerate(lanes) for _ in lane]
    dice.shuffle(turns)
    events = [lanes[place].pop(0) for place in turns]
    told = read(*begins, *events, completed(), tools=(WEATHER,))
    assert [made.arguments["city"] for made in answer(told).tool_calls] == cities
    assert [made.id for made in answer(told).tool_calls] == ["c0", "c1", "c2"]


def test_any_order_of_the_pieces_of_a_call_is_the_call_or_is_refused():
    pieces = ['{"a"', ":1,", '"b":2}']
    for order in itertools.permutations(pieces):
        text = "".join(pieces)
        told = read(
            added(0, call("fc_1", "c1", "")),
            *(delta("fc_1", 0, piece, "function_call_arguments") for piece in order),
            done(0, call("fc_1", "c1", text)),
            completed(),
        )
        if list(order) == pieces:
            assert answer(told).tool_calls[0].arguments == {"a": 1, "b": 2}
        else:
            assert isinstance(told.error, ToolArgumentsError), order


@pytest.mark.parametrize("text", ["", "x", 'a "quoted"\n\ttext \\ 😀', "{}"])
def test_what_a_custom_tool_is_given_is_text(text):
    item = {"id": "ctc_1", "type": "custom_tool_call", "call_id": "c1", "name": "f", "input": text}
    begun = added(0, {**item, "input": ""})
    kind = "custom_tool_call_input"
    for events in (
        (
            begun,
            *(delta("ctc_1", 0, piece, kind) for piece in text),
            done(0, item),
            completed(item),
        ),
        (begun, whole("ctc_1", 0, kind, input=text), completed(item)),
        (done(0, item), completed()),
        (completed(item),),
    ):
        (made,) = answer(read(*events)).tool_calls
        assert made.arguments == {"input": text}
        assert json.loads(made.raw) == {"input": text}
    other = read(begun, delta("ctc_1", 0, "other", kind), done(0, item), completed())
    assert isinstance(other.error, ToolArgumentsError)


# ---------------------------------------------------------------- the rest of the output


def test_annotations_and_log_probabilities_come_once():
    cited = [{"type": "url_citation", "url": f"https://x.example/{at}"} for at in range(3)]
    logged = [{"token": "Hi", "logprob": -0.5, "top_logprobs": []}]
    part = {"type": "output_text", "text": "Hi", "annotations": cited, "logprobs": logged}
    item = message("msg_1", "", content=[part])
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    told = read(
        {**delta("msg_1", 0, "Hi"), "logprobs": logged},
        {"type": "output_text.annotation.added", **place, "annotation": cited[0]},
        {"type": "output_text.annotation.added", **place, "annotation": None},
        {**whole("msg_1", 0, text="Hi"), "logprobs": logged},
        {"type": "content_part.done", **place, "part": part},
        done(0, item),
        completed(item),
    )
    for found in (answer(told), answer(body([item]))):
        assert list(found.annotations) == cited
        assert list(found.logprobs) == logged
    late = read(
        delta("msg_1", 0, "Hi"), {**whole("msg_1", 0, text="Hi"), "logprobs": logged}, completed()
    )
    assert list(answer(late).logprobs) == logged


@pytest.mark.parametrize(
    ("fields", "media_type"),
    [
        ({"output_format": "webp", "result": "iVBORw0KGgo="}, "image/webp"),
        ({"output_format": "svg", "result": "PHN2Zz4="}, "image/svg+xml"),
        ({"output_format": "jpg", "result": "AAAA"}, "image/jpeg"),
        ({"result": "/9j/4AAQ"}, "image/jpeg"),
        ({"result": "R0lGODlh"}, "image/gif"),
        ({"result": "UklGRiIAAABXRUJQVlA4IA=="}, "image/webp"),
        ({"output_format": 5, "result": "AAAA"}, "image/png"),
    ],
)
def test_an_image_is_a_part_of_the_content(fields, media_type):
    item = {"id": "ig_1", "type": "image_generation_call", "status": "completed", **fields}
    told = read(done(0, item), completed(item))
    assert answer(told).message.content == (
        ImagePart(f"data:{media_type};base64,{fields['result']}"),
    )
    assert answer(told).text == ""


def test_an_image_that_was_not_made_is_noted():
    refused = {"message": "Rejected by the safety system.", "type": "x", "code": None}
    item = {"id": "ig_1", "type": "image_generation_call", "status": "failed", "error": refused}
    told = body([item, message("msg_1", "Sorry.")])
    assert notes(told) == ["no_image"]
    assert "Rejected by the safety system." in answer(told).notes[0].message
    assert answer(told).text == "Sorry."


def test_items_for_the_caller_to_handle_are_noted_and_kept():
    asks = {"id": "mcpr_1", "type": "mcp_approval_request", "name": "f"}
    ran = {"id": "ws_1", "type": "web_search_call", "status": "completed"}
    told = body([ran, asks, {"id": "x", "type": "new_thing"}])
    assert notes(told) == ["other_item", "other_item"]
    assert "mcp_approval_request" in answer(told).notes[0].message
    native = answer(told).message.native
    assert [item["type"] for item in native.items] == [ran["type"], asks["type"], "new_thing"]


def test_unknown_events_are_passed_over_and_those_with_content_noted():
    told = read(
        {"type": "web_search_call.searching", "item_id": "ws_1"},
        {"type": "code_interpreter_call_code.delta", "delta": "x"},
        {"type": "something.new"},
        delta("msg_1", 0, "Hi"),
        completed(),
    )
    assert answer(told).text == "Hi"
    assert notes(told) == []
    assert notes(read({"type": "audio.delta", "delta": "AAAA"}, completed())) == ["unknown_event"]


def test_an_unknown_part_is_noted():
    told = body(
        [
            message(
                "msg_1", "", content=[{"type": "hologram"}, {"type": "output_text", "text": "Hi"}]
            )
        ]
    )
    assert answer(told).text == "Hi"
    assert notes(told) == ["unknown_part"]


# ---------------------------------------------------------------- ends


def test_what_the_last_event_tells_is_what_counts():
    usage = {
        "input_tokens": 10,
        "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 3},
        "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 2},
        "total_tokens": 15,
    }
    begun = {"id": "resp_1", "model": "gpt-5.5", "created_at": 1795000000.0, "service_tier": "auto"}
    told = read(
        {"type": "created", "response": begun},
        {"type": "in_progress", "response": "x"},
        completed(usage=usage, service_tier="priority"),
        {"type": "output_text.delta", "delta": "ignored"},
    )
    found = answer(told)
    assert (found.id, found.model, found.created) == ("resp_1", "gpt-5.5", 1795000000)
    assert (found.service_tier, found.api) == ("priority", "responses")
    assert (found.usage.input_tokens, found.usage.output_tokens) == (10, 5)
    assert found.usage.cached_input_tokens == 4
    assert found.usage.cache_write_tokens == 3
    assert found.usage.reasoning_tokens == 2
    assert found.text == ""


def test_usage_that_cannot_be_read_is_noted():
    told = read(completed(usage={"input_tokens": "many"}))
    assert answer(told).usage is None
    assert notes(told) == ["odd_usage"]


@pytest.mark.parametrize(
    ("reason", "finish"),
    [("max_output_tokens", "length"), ("content_filter", "content_filter"), ("steered", "other")],
)
def test_why_an_answer_is_incomplete(reason, finish):
    told = read(delta("msg_1", 0, "Half"), incomplete(reason=reason))
    assert (answer(told).finish_reason, answer(told).finish_reason_raw) == (finish, reason)
    again = body(
        [message("msg_1", "Half")], status="incomplete", incomplete_details={"reason": reason}
    )
    assert answer(again).finish_reason == finish
    bare = read(delta("msg_1", 0, "Half"), {"type": "incomplete"})
    assert (answer(bare).finish_reason, answer(bare).finish_reason_raw) == ("other", "incomplete")


FAILED: dict[str, tuple[Any, type[ProviderError], bool]] = {
    "server": ({"code": "server_error", "message": "x"}, ServerError, True),
    "rate": ({"code": "rate_limit_exceeded", "message": "x"}, RateLimitError, True),
    "prompt": ({"code": "invalid_prompt", "message": "x"}, ContentPolicyError, False),
    "bio": ({"code": "bio_policy", "message": "x"}, ContentPolicyError, False),
    "image": ({"code": "image_too_large", "message": "x"}, BadRequestError, False),
    "unknown": ({"code": "brand_new", "message": "x"}, ServerError, True),
    "none": (None, ServerError, True),
}


@pytest.mark.parametrize("name", FAILED)
def test_a_failure_has_its_class_and_what_arrived(name):
    error, kind, retryable = FAILED[name]
    usage = {"input_tokens": 3, "output_tokens": 1}
    last = {"type": "failed", "response": {"status": "failed", "error": error, "usage": usage}}
    told = read(delta("msg_1", 0, "Half"), last)
    assert isinstance(told.error, ProviderError)
    assert (type(told.error), told.error.retryable) == (kind, retryable)
    assert told.partial.text == "Half"
    assert told.partial.usage is not None
    if error:
        assert type(body([], status="failed", error=error).error) is kind
        assert type(read({**error, "type": "error", "param": None}).error) is kind
        assert type(read({"type": "error", "error": error}).error) is kind


@pytest.mark.parametrize("status", ["queued", "in_progress"])
def test_an_answer_made_in_the_background_is_not_waited_for(status):
    told = body([], status=status, id="resp_77")
    assert isinstance(told.error, MalformedResponseError)
    assert "resp_77" in told.error.message
    assert "background" in told.error.message


def test_a_cancelled_answer_is_none():
    for told in (body([message("m", "x")], status="cancelled"), read({"type": "cancelled"})):
        error = told.error
        assert isinstance(error, ServerError)
        assert not error.retryable


@pytest.mark.parametrize("given", [{}, {"choices": []}, {"output": None}, {"output": {}}])
def test_a_body_without_output_is_no_answer(given):
    told = decode([json.dumps(given).encode()], api="responses")
    assert isinstance(told.error, MalformedResponseError)


@pytest.mark.parametrize(
    "given", [{"message": "no", "code": 5}, {"object": "error"}, {"error": "no"}]
)
def test_an_error_in_a_body_is_one(given):
    assert isinstance(decode([json.dumps(given).encode()], api="responses").error, ProviderError)


def test_a_stream_that_tells_of_no_output_is_no_answer():
    for last in ({"type": "completed"}, {"type": "completed", "response": {"output": None}}):
        assert isinstance(read(last).error, MalformedResponseError)
    assert answer(read(completed())).text == ""


def test_events_in_a_list_are_read_like_a_stream():
    events = [delta("msg_1", 0, "Hi"), completed()]
    named = [{**event, "type": f"response.{event['type']}"} for event in events]
    assert answer(decode([json.dumps(named).encode()], api="responses")).text == "Hi"
    cut = decode([json.dumps(named[:1]).encode()], api="responses")
    assert isinstance(cut.error, MalformedResponseError)


STREAMS = [recording for recording in OURS if recording.streamed]


@pytest.mark.parametrize("recording", STREAMS, ids=lambda r: r.name)
def test_cut_before_its_last_event_a_stream_is_incomplete(recording):
    blocks = [block + b"\n\n" for block in recording.body.split(b"\n\n") if block]
    ends = [at for at, block in enumerate(blocks) if b'"type":"response.' in block]
    last = next(
        (
            at
            for at in ends
            if any(
                f'"type":"response.{word}"'.encode() in blocks[at]
                for word in ("completed", "incomplete", "failed")
            )
        ),
        len(blocks) - 1,
    )
    full = decode([recording.body], recording.tools, api="responses")
    for count in range(len(blocks) + 1):
        for tail in (b"", b"data: [DONE]\n\n"):
            cut = decode([b"".join(blocks[:count]) + tail], recording.tools, api="responses")
            if count > last:
                assert cut.outcome == full.outcome
            else:
                assert isinstance(cut.error, IncompleteStreamError), count
                assert cut.partial.tool_calls == ()


def test_a_torn_stream_says_where_it_ended():
    told = read(delta("msg_1", 0, "Hel"))
    assert isinstance(told.error, IncompleteStreamError)
    assert "response.completed" in told.error.message
    assert told.partial.text == "Hel"
    assert stream() == b""
