"""The provider's own log and bill, faults by chance, and strictness."""

import asyncio
import contextlib

import httpx
import pytest

import unillm
from tests.client.ways import ONCE, server
from tests.testing.wire import ask, connect, read, request
from unillm import Usage
from unillm.testing import Answer, FakeProvider, FakeTransport, Raw, Tally, faults

COUNTED = {
    "prompt_tokens": 7,
    "completion_tokens": 3,
    "prompt_tokens_details": {"cached_tokens": 2},
}


def only(fake):
    (served,) = fake.served
    return served


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("dialect", ["openai", "deepseek"])
def test_what_was_reported_is_in_the_log(fake_provider, stream, dialect):
    fake_provider.enqueue(Answer("One two three", dialect=dialect, usage=COUNTED))
    ask(fake_provider, stream=stream, stream_options={"include_usage": True})
    served = only(fake_provider)
    assert (served.model, served.status, served.fault, served.end) == (
        *("fake-model", 200, None),
        "whole",
    )
    assert served.usage == Usage(input_tokens=7, output_tokens=3, cached_input_tokens=2)
    assert served.seen == fake_provider.requests[0]


def test_what_was_not_reported_is_not(fake_provider):
    fake_provider.enqueue(Answer("One", usage=None), Answer("Two"))
    ask(fake_provider)
    ask(fake_provider, stream=True)  # it does not ask for usage
    assert [served.usage for served in fake_provider.served] == [None, None]


SHAPES = {
    "byte-by-byte": True,
    "multi-line-data": False,
    "crlf-lines-split": False,
    "gzip-body": True,
    "envelope": True,
    "blank-lines": True,
    "http-1-0": True,
    "closed-after-answer": True,
    "usage-last-chunk": True,
    "usage-null": False,
    "garbage-body": False,
    "gzip-body-broken": False,
    "invalid-utf8": False,
}


@pytest.mark.parametrize("name", SHAPES)
def test_usage_is_read_off_any_body(fake_provider, name):
    ask(fake_provider, model=name, stream=True, stream_options={"include_usage": True})
    served = only(fake_provider)
    assert served.fault == name
    assert (served.usage is not None) is SHAPES[name]


def test_the_log_says_what_the_client_was_told():
    told, others = 0, 0
    for name in faults.names("chat"):
        if name in {"huge-event", "endless-line", "endless-stream", "comments-for-ever"}:
            continue
        fake = FakeTransport(faults.get(name))
        box = unillm.Provider("box", base_url="http://box.example/v1")
        client = unillm.Client(providers=[box], transport=fake, model="box:m", retry=ONCE)
        with contextlib.suppress(unillm.UnillmError):
            response = client.chat("Weather?", tools=[faults.WEATHER_TOOL])
            assert response.usage == only(fake).usage, name
            told += response.usage is not None
        others += only(fake).usage is None
    assert told > 50
    assert others > 50


@pytest.mark.parametrize(
    ("name", "end"),
    [("cut-in-text", "broken"), ("reset-in-text", "broken"), ("eof-in-text", "whole")],
)
def test_how_it_ended(fake_provider, name, end):
    ask(fake_provider, model=name, stream=True)
    assert only(fake_provider).end == end


def test_a_client_that_leaves_is_noted(fake_provider):
    fake_provider.enqueue(Raw.of_events({"usage": COUNTED}, end="stall"))
    ask(fake_provider, stream=True, enough=1)
    assert fake_provider.wait(in_flight=0)
    served = only(fake_provider)
    assert served.left_early
    assert served.usage is not None


def test_an_answer_that_the_end_of_the_provider_stopped_is_noted():
    with FakeProvider() as fake:
        fake.enqueue(Raw(end="stall"))
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{fake.base_url}/chat/completions", json={}, timeout=0.2)
        client = httpx.Client(timeout=20)
        fake.enqueue(Raw(end="stall"))
        request = client.build_request("POST", f"{fake.base_url}/chat/completions", json={})
        with client.stream(request.method, request.url, json={}) as response:
            assert response.status_code == 200
            assert fake.in_flight == 1
            fake.stop()
        client.close()
    assert [served.end for served in fake.served] == ["left", "stopped"]


def test_the_bill_adds_up_by_model(fake_provider):
    answers = [Answer("x", usage=COUNTED), Answer("y", usage=COUNTED), Answer("z", usage=None)]
    fake_provider.enqueue(*answers)
    for model in ("a", "b", "a"):
        ask(fake_provider, model=model)
    assert fake_provider.bill == {
        "a": Tally(requests=2, reported=1, input_tokens=7, output_tokens=3, cached_input_tokens=2),
        "b": Tally(requests=1, reported=1, input_tokens=7, output_tokens=3, cached_input_tokens=2),
    }
    fake_provider.clear()
    assert (fake_provider.bill, fake_provider.served) == ({}, ())


ONE_TWO = [{"choices": [{"index": 0, "delta": {"content": word}}]} for word in ("One ", "two ")]
CALL = {"index": 0, "function": {"name": "add", "arguments": '{"a": 1}'}}


@pytest.mark.parametrize(
    ("reply", "billed"),
    [
        (Answer("One two three", usage=COUNTED), (7, 3)),
        (Answer("One two three", usage=None), (2, 3)),
        (Answer("One", reasoning="I think so.", usage=None), (2, 4)),
        (Answer(refusal="I will not.", usage=None), (2, 3)),
        (Raw.of_events(*ONE_TWO, end="cut"), (2, 2)),
        (Raw.of_events({**ONE_TWO[0], "usage": COUNTED}, *ONE_TWO, end="cut"), (7, 3)),
        (Raw.of_events({"choices": [{"index": 0, "delta": {"tool_calls": [CALL]}}]}), (2, 3)),
        (Raw(wire=()), (2, 0)),
        (Raw.of_events(*ONE_TWO, {"error": {"message": "No."}}), (2, 2)),
        (Raw.of_json({"error": {"message": "No."}}), None),
        (Raw.of_json({"error": {"message": "No."}}, status=500), None),
        (Raw.of_json({"error": {"message": "No."}, "usage": COUNTED}, status=500), (7, 3)),
    ],
    ids=[
        *("reported", "counted", "thought", "refused", "cut", "counted so far", "a call"),
        *("silent", "failed", "an error", "status", "status with usage"),
    ],
)
@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
def test_what_is_billed(fake_provider, reply, billed, stream):
    fake_provider.enqueue(reply)
    said = [{"role": "user", "content": "Say it."}]
    wanted = {"include_usage": True}
    ask(fake_provider, stream=stream, stream_options=wanted, messages=said)
    served = only(fake_provider).billed
    assert (served and (served.input_tokens, served.output_tokens)) == billed
    assert list(fake_provider.billed) == (["fake-model"] if billed else [])


def test_who_leaves_is_billed_for_what_was_sent(fake_provider):
    fake_provider.enqueue(Raw.of_events(*ONE_TWO, end="stall"))
    asked = {"model": "fake-model", "messages": [{"role": "user", "content": "Say it."}]}
    with connect(fake_provider) as sock:
        sock.sendall(request({**asked, "stream": True}))
        came = b""
        while b"two" not in came:
            came += read(sock, enough=1).raw
    assert fake_provider.wait(in_flight=0)
    assert fake_provider.billed == {"fake-model": Usage(input_tokens=2, output_tokens=2)}


@pytest.mark.parametrize("usage", ["auto", None], ids=["reported", "counted"])
@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
def test_both_interfaces_are_billed_alike(usage, stream):
    bills = []
    for api in ("chat", "responses"):
        fake = FakeTransport(Answer("One two", usage=usage))
        box = unillm.Provider("box", base_url="http://box.example/v1", api=api)
        client = unillm.Client(providers=[box], transport=fake, model="box:m")
        if stream:
            with client.stream("Say it.") as said:
                assert list(said)
        else:
            client.chat("Say it.")
        bills.append(fake.billed["m"])
    assert [(bill.input_tokens, bill.output_tokens) for bill in bills] == [(2, 2)] * 2


def test_what_is_no_answer_of_a_model_is_not_billed(fake_provider):
    httpx.get(f"{fake_provider.base_url}/models")
    text = {"model": "m", "prompt": "One two", "suffix": "three"}
    httpx.post(f"{fake_provider.base_url}/completions", json=text)
    assert fake_provider.billed["m"].input_tokens == 3
    assert list(fake_provider.billed) == ["m"]


def drawn(seed, count=200, **chances):
    with FakeProvider(faults=chances or {"status-503": 0.2, "status-500": 0.1}, seed=seed) as fake:
        for _ in range(count):
            ask(fake)
        return [served.fault for served in fake.served]


def test_chance_is_the_same_for_the_same_seed():
    first = drawn(7)
    assert drawn(7) == first
    assert drawn(8) != first
    assert 20 <= first.count("status-503") <= 60
    assert 5 <= first.count("status-500") <= 40
    assert first.count(None) > 100


def test_chance_leaves_the_queue_alone():
    with FakeProvider(faults={"status-503": 0.5}, seed=1, strict=True) as fake:
        fake.enqueue(*(Answer(f"{n}") for n in range(5)))
        client = unillm.Client(
            providers=[server(fake)],
            model="fake:m",
            retry=unillm.RetryPolicy(max_attempts=30, first_wait=0.0),
        )
        assert [client.chat("Hi").text for _ in range(5)] == ["0", "1", "2", "3", "4"]
        assert len(fake.served) > 5


@pytest.mark.parametrize("chances", [{"status-503": 1.5}, {"status-503": 0.6, "status-500": 0.6}])
def test_odd_probabilities_are_refused(chances):
    with pytest.raises(ValueError, match="probabilit"):
        FakeProvider(faults=chances)


def test_an_unknown_fault_is_refused():
    with pytest.raises(KeyError, match="did you mean 'cut-in-text'"):
        FakeProvider(faults={"cut-in-txt": 0.1})


def test_a_strict_provider_says_what_was_not_queued():
    surprise = pytest.raises(AssertionError, match=r"nothing was queued for request 2.*A retry")
    with surprise, FakeProvider(strict=True) as fake:
        fake.enqueue("One")
        assert ask(fake).status == 200
        refused = ask(fake, model="cut-in-text")
        assert (refused.status, refused.json["error"]["code"]) == (500, "nothing_queued")
        assert "x-should-retry: false" in refused.head
    left_over = pytest.raises(AssertionError, match="1 queued answers were not asked for")
    with left_over, FakeProvider(strict=True) as fake:
        fake.enqueue("One")


def test_an_async_block_is_strict_too():
    async def block():
        async with FakeProvider(strict=True) as fake:
            fake.enqueue("One")

    with pytest.raises(AssertionError, match="1 queued answers"):
        asyncio.run(block())


def test_a_conversation_of_several_turns_is_scripted_at_once(fake_provider):
    fake_provider.enqueue(
        Answer("Let me look.", tool_calls=[{"name": "look", "arguments": {"at": "Paris"}}]),
        Answer("Sunny.", reasoning="It says so.", dialect="deepseek"),
    )
    first, second = ask(fake_provider).json, ask(fake_provider).json
    call = first["choices"][0]["message"]["tool_calls"][0]["function"]
    assert call == {"name": "look", "arguments": '{"at": "Paris"}'}
    assert second["choices"][0]["message"]["reasoning_content"] == "It says so."


def test_the_status_of_an_answer_given_byte_by_byte(fake_provider):
    for name in ("http-1-0", "garbage-instead-of-http", "cut-before-head"):
        ask(fake_provider, model=name)
    assert [served.status for served in fake_provider.served] == [200, None, None]


def test_a_function_is_told_of_each_answer(caplog):
    told = []

    def tell(served):
        told.append(served)
        raise LookupError

    fake = FakeTransport("One", "Two")
    fake.on_served(tell)
    box = unillm.Provider("box", base_url="http://box.example/v1")
    client = unillm.Client(providers=[box], transport=fake, model="box:m")
    assert [client.chat("Hi").text for _ in "12"] == ["One", "Two"]
    assert tuple(told) == fake.served
    assert caplog.text.count("told of served answers failed") == 2
