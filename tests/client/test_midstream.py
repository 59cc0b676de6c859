"""A stream that breaks off goes on at the next target, and the caller sees one answer."""

# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

import dataclasses
from decimal import Decimal

import pytest

import unillm
from tests.client.test_fallback import asking, tried
from tests.client.ways import KEY, read_all
from tests.faults.expected import EXPECTED, Raised
from unillm import Route, StreamContinued, StreamRestarted, TextDelta, Timeout
from unillm.pricing import Price, PriceBook
from unillm.testing import Answer, FakeCall, Raw, faults

ONE = Decimal(1)
BEGUN = "The weather in Paris "
REST = Answer("Paris is sunny.")
JOINT = "The weather in Paris is sunny."
TWO = Route(["a:m", "b:m"], on_midstream_error="continue")
SHORT = Timeout(first_token=20.0, idle=0.4)


def broke_off():
    """Name the faults of streams that end in an error after some text, and after nothing else."""
    for name, (streamed, _) in EXPECTED.items():
        breaks = isinstance(streamed, Raised) and streamed.text and not streamed.calls
        if breaks and name != "endless-stream":
            yield name


def told(events):
    """Give the text that a reader of events has at the end, and the kinds of what was said."""
    text = ""
    for event in events:
        if isinstance(event, StreamRestarted):
            text = ""
        if isinstance(event, TextDelta):
            text += event.text
    turns = [event for event in events if isinstance(event, StreamRestarted | StreamContinued)]
    return text, [(type(event).__name__, event.attempt) for event in turns]


async def streamed(client, *args, **options):
    async with client.stream(*(args or ("hi",)), **options) as stream:
        events = await read_all(stream)
    return events, stream.response


@pytest.mark.parametrize("name", list(broke_off()))
async def test_however_it_breaks_off_the_next_goes_on(way, hosts, name):
    hosts[0].enqueue(faults.get(name))
    begun = EXPECTED[name][0].text
    hosts[1].enqueue(Answer(f"{begun.strip()} and so on."))
    async with asking(way, hosts, TWO, timeout=SHORT) as client:
        events, response = await streamed(client)
    text, turns = told(events)
    assert turns == [("StreamContinued", 2)]
    assert text == response.text
    assert text.split() == [*begun.split(), "and", "so", "on."]
    assert tried(response) == [("a", "first", "error"), ("b", "continuation", "ok")]
    assert response.cost.state != "exact"
    assert "continued" in [note.code for note in response.notes]


async def test_it_is_told_to_go_on_and_repeats_are_left_out(way, hosts):
    hosts[0].enqueue(faults.get("cut-in-text"))
    hosts[1].enqueue(REST)
    async with asking(way, hosts, TWO) as client:
        events, response = await streamed(client)
    assert response.text == told(events)[0] == JOINT
    assert isinstance(events[[type(e) for e in events].index(StreamContinued) + 1], TextDelta)
    (seen,) = hosts[1].requests
    said = seen.json["messages"]
    assert [message["role"] for message in said] == ["user", "assistant", "user"]
    assert said[1]["content"] == BEGUN
    assert "exactly where it stopped" in said[2]["content"]
    assert response.usage.output_tokens > 0
    assert response.finish_reason == "stop"


@pytest.mark.parametrize("profile", ["vllm", "deepseek"])
async def test_where_it_can_be_handed_the_beginning_it_is(way, hosts, profile):
    hosts[0].enqueue(faults.get("cut-in-text"))
    hosts[1].enqueue(Answer("is sunny."))
    path = f"{hosts[1].url}/beta" if profile == "deepseek" else hosts[1].base_url
    model = "deepseek-v4-pro" if profile == "deepseek" else "m"
    providers = [
        unillm.Provider("a", base_url=hosts[0].base_url, api_key=KEY),
        unillm.Provider("b", base_url=path, api_key=KEY, profile=profile),
    ]
    route = Route(["a:m", f"b:{model}"], on_midstream_error="continue")
    async with way.client(None, providers=providers, routes={"r": route}, model="r") as client:
        _, response = await streamed(client)
    assert response.text == JOINT
    assert hosts[1].requests[0].json["messages"][-1]["role"] == "assistant"
    assert hosts[1].requests[0].json["messages"][-1]["content"] == BEGUN
    assert hosts[1].requests[0].json.get("continue_final_message", profile != "vllm")


async def test_the_same_target_goes_on_if_it_alone_is_left(way, hosts):
    hosts[0].enqueue(faults.get("cut-in-text"), REST)
    async with asking(way, hosts, Route(["a:m"], on_midstream_error="continue")) as client:
        events, response = await streamed(client)
    assert told(events) == (JOINT, [("StreamContinued", 2)])
    assert tried(response) == [("a", "first", "error"), ("a", "continuation", "ok")]


async def test_it_may_break_off_more_than_once(way, hosts):
    hosts[0].enqueue(faults.get("cut-in-text"))
    hosts[1].enqueue(cut_after("in Paris is sunny,", " and"))
    hosts[2].enqueue(Answer("is sunny, and warm."))
    route = Route(["a:m", "b:m", "c:m"], on_midstream_error="continue")
    async with asking(way, hosts, route) as client:
        events, response = await streamed(client)
    joint = "The weather in Paris is sunny, and"
    assert hosts[2].requests[0].json["messages"][1]["content"] == joint
    text, turns = told(events)
    assert turns == [("StreamContinued", 2), ("StreamContinued", 3)]
    assert text == response.text == f"{joint}is sunny, and warm."[: len(joint)] + " warm."
    assert [note.code for note in response.notes].count("continued") == 2


async def test_who_refuses_to_go_on_is_asked_for_a_whole_answer(way, hosts):
    hosts[0].enqueue(faults.get("cut-in-text"))
    hosts[1].enqueue(faults.get("status-400"), Answer("It is sunny."))
    async with asking(way, hosts, TWO) as client:
        events, response = await streamed(client)
    assert told(events) == ("It is sunny.", [("StreamRestarted", 3)])
    assert response.text == "It is sunny."
    assert [role for _, role, _ in tried(response)] == ["first", "continuation", "retry"]
    assert len(hosts[1].requests[1].json["messages"]) == 1


async def test_the_next_but_one_goes_on_if_the_next_fails(way, hosts):
    hosts[0].enqueue(faults.get("cut-in-text"))
    hosts[1].enqueue(faults.get("status-503"))
    hosts[2].enqueue(REST)
    route = Route(["a:m", "b:m", "c:m"], on_midstream_error="continue")
    async with asking(way, hosts, route) as client:
        events, response = await streamed(client)
    assert told(events) == (JOINT, [("StreamContinued", 3)])
    assert response.provider == "c"


async def test_nobody_to_go_on_leaves_what_came(way, hosts):
    hosts[0].enqueue(faults.get("cut-in-text"))
    hosts[1].enqueue(cut_after("in Paris is", " so"), faults.get("status-500"))
    route = Route(["a:m", "b:m"], on_midstream_error="continue", max_attempts=3)
    async with asking(way, hosts, route) as client:
        hosts[0].enqueue(faults.get("status-500"))
        with pytest.raises(unillm.UnillmError) as caught:
            async with client.stream("hi") as stream:
                await read_all(stream)
    assert caught.value.partial.text == "The weather in Paris is so"
    assert stream.partial.text == "The weather in Paris is so"
    assert len(caught.value.attempts) == 3


TOOL = unillm.Tool("get_weather", parameters={"type": "object"})


@pytest.mark.parametrize("name", ["cut-in-arguments", "stall-in-arguments", "eof-in-call"])
async def test_never_inside_a_tool_call(way, hosts, name):
    hosts[0].enqueue(faults.get(name))
    hosts[1].enqueue(Answer(tool_calls=[FakeCall("get_weather", {"city": "Paris"})]))
    async with asking(way, hosts, TWO, timeout=SHORT) as client:
        events, response = await streamed(client, "hi", tools=[TOOL])
    assert told(events)[1] == [("StreamRestarted", 2)]
    assert [call.arguments for call in response.tool_calls] == [{"city": "Paris"}]
    assert len(hosts[1].requests[0].json["messages"]) == 1


def cut_after(*texts, **delta):
    """Give a stream of these pieces that is cut."""
    from tests.flow.reading import chunk

    pieces = [chunk(**delta)] if delta else []
    return Raw(segments=[*pieces, *(chunk(content=text) for text in texts)], end="cut")


@pytest.mark.parametrize(
    ("reply", "options"),
    [
        (cut_after(reasoning_content="Hm, "), {}),
        (cut_after("{"), {"response_format": {"type": "json_object"}}),
        (cut_after("It is EN"), {"stop": ["END"]}),
        (cut_after("{"), {"extra_body": {"guided_json": {"type": "object"}}}),
        (cut_after("", refusal="I cannot"), {}),
    ],
    ids=["reasoning alone", "JSON", "half a stop text", "a form of the host's", "a refusal"],
)
async def test_what_cannot_be_joined_begins_anew(way, hosts, reply, options):
    hosts[0].enqueue(reply)
    hosts[1].enqueue(Answer('{"a": 1}'))
    async with asking(way, hosts, TWO) as client:
        events, response = await streamed(client, "hi, as JSON", **options)
    assert told(events) == ('{"a": 1}', [("StreamRestarted", 2)])
    assert response.reasoning is None


@dataclasses.dataclass
class Weather:
    city: str


async def test_an_output_begins_anew(way, hosts):
    hosts[0].enqueue(cut_after('{"city": "Pa'))
    hosts[1].enqueue(Answer('{"city": "Paris"}'))
    async with asking(way, hosts, TWO) as client:
        events, response = await streamed(client, "hi", output=Weather)
    assert told(events)[1] == [("StreamRestarted", 2)]
    assert response.output == Weather("Paris")


async def test_thinking_is_joined_too(way, hosts):
    hosts[0].enqueue(cut_after(BEGUN, reasoning_content="Hm. "))
    hosts[1].enqueue(Answer("Paris is sunny.", reasoning="Go on."))
    async with asking(way, hosts, TWO) as client:
        events, response = await streamed(client)
    thought = "".join(event.text for event in events if isinstance(event, unillm.ReasoningDelta))
    assert response.reasoning == thought == "Hm. Go on."
    assert response.text == JOINT


async def test_a_call_after_the_joint_text_is_made(way, hosts):
    hosts[0].enqueue(faults.get("cut-in-text"))
    hosts[1].enqueue(Answer("Paris is: ", tool_calls=[FakeCall("get_weather", {"city": "Paris"})]))
    async with asking(way, hosts, TWO) as client:
        events, response = await streamed(client, "hi", tools=[TOOL])
    assert response.text == told(events)[0] == "The weather in Paris is: "
    assert [call.name for call in response.tool_calls] == ["get_weather"]


async def test_what_is_not_streamed_just_goes_to_the_next(way, hosts):
    hosts[0].enqueue(faults.get("cut-in-body"))
    async with asking(way, hosts, TWO) as client:
        response = await client.chat("hi")
    assert tried(response) == [("a", "first", "error"), ("b", "fallback", "ok")]
    assert len(hosts[1].requests[0].json["messages"]) == 1


async def test_observers_and_the_bill_have_both_legs(way, hosts):
    records = []
    hosts[0].enqueue(faults.get("cut-in-text"))
    hosts[1].enqueue(REST)
    rows = [Price(provider=name, model="m", input=ONE, output=ONE) for name in "ab"]
    options = {"prices": PriceBook(prices=tuple(rows)), "observers": [records.append]}
    async with asking(way, hosts, TWO, **options) as client:
        _, response = await streamed(client, "hi", max_tokens=50)
    (record,) = records
    assert [attempt.role for attempt in record.attempts] == ["first", "continuation"]
    assert record.response.text == JOINT
    assert record.cost == response.cost
    dead, alive = (attempt.cost for attempt in record.attempts)
    assert (dead.state, alive.state, response.cost.state) == ("bounded", "exact", "bounded")
    assert response.cost.high == dead.high + alive.total
    assert response.usage == record.attempts[1].usage


async def test_over_the_responses_api_it_goes_on_too(way, hosts):
    hosts[0].enqueue(faults.get("cut-in-text"))
    hosts[1].enqueue(REST)
    providers = [
        unillm.Provider(name, base_url=host.base_url, api_key=KEY, api="responses")
        for name, host in zip("ab", hosts, strict=False)
    ]
    async with way.client(None, providers=providers, routes={"r": TWO}, model="r") as client:
        events, response = await streamed(client)
    assert told(events) == (JOINT, [("StreamContinued", 2)])
    assert (response.api, response.text, response.message.native) == ("responses", JOINT, None)
    assert [item["role"] for item in hosts[1].requests[0].json["input"]] == [
        "user",
        "assistant",
        "user",
    ]


async def test_a_stream_that_cannot_begin_anew_leaves_what_came(way, hosts):
    hosts[0].enqueue(faults.get("cut-in-text"))
    hosts[1].enqueue(faults.get("status-401"))
    route = Route(["a:m", "b:m"], on_midstream_error="restart", max_attempts=2)
    async with asking(way, hosts, route) as client:
        with pytest.raises(unillm.RouteExhaustedError) as caught:
            async with client.stream("hi") as stream:
                await read_all(stream)
    assert caught.value.partial.text == stream.partial.text == BEGUN


async def test_the_answer_that_went_on_is_valid_for_the_next_call(way, hosts):
    hosts[0].enqueue(faults.get("cut-in-text"))
    hosts[1].enqueue(REST, "And then?")
    async with asking(way, hosts, TWO) as client:
        _, response = await streamed(client)
        await client.chat(["hi", response.message, "go on"], model="b:m")
    assert hosts[1].requests[1].json["messages"][1]["content"] == JOINT


async def test_an_answer_asked_for_again_after_going_on_has_all_of_it(way, hosts):
    hosts[0].enqueue(faults.get("cut-in-text"))
    bad = [FakeCall("get_weather", "{never")]
    hosts[1].enqueue(Answer("Paris is so.", tool_calls=bad), Answer("It is sunny."))
    repair = unillm.RepairPolicy(reask=1)
    async with asking(way, hosts, TWO, repair=repair) as client:
        events, response = await streamed(client, "hi", tools=[TOOL])
    kinds = [kind for kind, _ in told(events)[1]]
    assert kinds == ["StreamContinued", "StreamRestarted"]
    assert response.text == told(events)[0] == "It is sunny."
    said = hosts[1].requests[1].json["messages"]
    assert [message["role"] for message in said] == ["user", "assistant", "tool"]
    assert said[1]["content"] == "The weather in Paris is so."
