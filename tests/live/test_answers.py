"""A real model's answers: text, streams, settings, structure. Its prose is not judged."""

import json
from concurrent.futures import ThreadPoolExecutor

import jsonschema
import pytest

import unillm
from tests.client.ways import read_all
from tests.live.llama import ENDLESS

pytestmark = pytest.mark.live

EXACT = {"temperature": 0, "seed": 7, **ENDLESS}
TRIP = {
    "type": "object",
    "properties": {
        "city": {"enum": ["Paris", "Rome"]},
        "days": {"type": "integer", "minimum": 1, "maximum": 9},
    },
    "required": ["city", "days"],
    "additionalProperties": False,
}


def joined(events):
    return "".join(event.text for event in events if isinstance(event, unillm.TextDelta))


async def test_a_call_is_answered(way, llama):
    async with llama.client(way) as client:
        r = await client.chat("Say hello.", system="Be brief.", **ENDLESS)
    assert r.text
    assert (r.provider, r.model, r.finish_reason) == ("llamacpp", "gemma", "length")
    assert r.usage.output_tokens == 12
    assert r.usage.input_tokens > 5
    assert r.usage.cached_input_tokens is not None
    assert r.id == r.raw["id"]
    assert r.notes == ()
    attempt = r.attempts[-1]
    assert (attempt.status, attempt.outcome, attempt.usage) == (200, "ok", r.usage)


async def test_the_events_of_a_stream_add_up_to_its_response(way, llama):
    async with llama.client(way) as client, client.stream("Say hello.", **EXACT) as stream:
        events = await read_all(stream)
        r = stream.response
    assert joined(events) == r.text
    assert len(events) > 5
    assert events[-1] == unillm.Finished(r)
    assert (r.finish_reason, r.model, r.notes) == ("length", "gemma", ())
    assert r.usage.output_tokens == 12
    assert 0 < r.attempts[-1].first_token < r.attempts[-1].duration


async def test_a_stream_and_a_body_say_the_same(way, llama):
    async with llama.client(way) as client:
        await client.chat("Once upon a time", **EXACT)  # the prompt is in the server's cache now
        texts = {(await client.chat("Once upon a time", **EXACT)).text for _ in range(2)}
        async with client.stream("Once upon a time", **EXACT) as stream:
            texts.add(joined(await read_all(stream)))
    assert len(texts) == 1


async def test_max_tokens_is_kept_to(way, llama):
    async with llama.client(way) as client:
        r = await client.chat("Count: one, two,", max_tokens=3, **ENDLESS)
    assert (r.finish_reason, r.usage.output_tokens) == ("length", 3)


async def test_stop_ends_the_answer(way, llama):
    async with llama.client(way) as client:
        whole = await client.chat("Count: one, two, three,", max_tokens=16, **EXACT)
        stop = whole.text[6:8]
        r = await client.chat("Count: one, two, three,", max_tokens=16, stop=stop, **EXACT)
    assert (r.finish_reason, r.finish_reason_raw) == ("stop", "stop")
    assert r.text == whole.text[: whole.text.index(stop)]


async def test_a_schema_is_kept_to(way, llama):
    wanted = {"type": "json_schema", "json_schema": {"name": "trip", "schema": TRIP}}
    async with llama.client(way, max_tokens=60, temperature=0, response_format=wanted) as client:
        r = await client.chat("Plan a trip.")
        async with client.stream("Plan a trip.") as stream:
            text = joined(await read_all(stream))
    for answer in (r.text, text):
        jsonschema.validate(json.loads(answer), TRIP)
    assert r.finish_reason == stream.response.finish_reason == "stop"


async def test_log_probabilities_come_for_each_token(way, llama):
    async with llama.client(way, max_tokens=4, logprobs=True, top_logprobs=2, **ENDLESS) as client:
        r = await client.chat("Say hello.")
        async with client.stream("Say hello.") as stream:
            await read_all(stream)
    for answer in (r, stream.response):
        assert len(answer.logprobs) == 4
        assert "".join(token["token"] for token in answer.logprobs).startswith(answer.text)
        assert all(token["logprob"] <= 0 for token in answer.logprobs)
        assert all(len(token["top_logprobs"]) == 2 for token in answer.logprobs)


def tokens_of(client, limit):
    usage = client.chat("Count: one, two,", max_tokens=limit).usage
    return usage and usage.output_tokens


def test_clients_in_threads_get_their_own_answers(llama):
    def ask_twice(limit):
        with unillm.Client(**llama.options(**ENDLESS)) as client:
            return [tokens_of(client, limit) for _ in range(2)]

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(ask_twice, (3, 5))) == [[3, 3], [5, 5]]


def test_one_client_serves_several_threads(llama):
    with unillm.Client(**llama.options(**ENDLESS)) as client, ThreadPoolExecutor(3) as threads:
        asked = [threads.submit(tokens_of, client, limit) for limit in (2, 4, 6)]
        assert [one.result() for one in asked] == [2, 4, 6]
