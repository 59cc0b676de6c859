"""Many rows by way of a Batch API: submitted once, waited for, read in any order."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

import unillm
from tests.client.ways import KEY, QUICK
from unillm._client.batches import BatchAsked, custom_id, run_batches, run_batches_async
from unillm._client.config import Call, Config
from unillm._flow import batch as flow
from unillm.errors import (
    AuthenticationError,
    BadRequestError,
    DeadlineExceededError,
    MalformedResponseError,
    ProviderError,
    RateLimitError,
    ServerError,
    ToolArgumentsError,
    UnsupportedFeatureError,
)
from unillm.providers import profile_named
from unillm.testing import Answer, FakeBatch, FakeCall, FakeProvider, Raw
from unillm.types.services import BatchApi


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(flow, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(flow, "MAX_PAUSE", 0.002)


class Notes:
    def __init__(self):
        self.kept = []

    def note(self, kind, data):
        self.kept.append((kind, json.loads(json.dumps(data))))

    def notes(self, kind):
        return [data for one, data in self.kept if one == kind]


def config_for(fake, profile: Any = "openai", **options):
    server = unillm.Provider("fake", base_url=fake.base_url, api_key=KEY, profile=profile)
    known = {"retry": QUICK, **options}
    return Config.read(providers=[server], options=known)


def rows_of(config, *prompts, model="fake:gpt-6-luna", tools=None, start=0):
    return [
        (
            index,
            f"key {index}",
            config.prepared(Call(p, model, None, tools, {}, stream=False), asynchronous=True),
            config,
        )
        for index, p in enumerate(prompts, start)
    ]


class Job:
    """One run, three ways, and what came of it."""

    def __init__(self, fake, config=None, **options):
        self.fake = fake
        self.config = config or config_for(fake, **options)
        self.notes = Notes()
        self.found = {}
        self.counts = []

    def asked(self, rows):
        return BatchAsked(
            self.config,
            rows,
            answer=self.found.__setitem__,
            notebook=self.notes,
            progress=lambda done, failed: self.counts.append((done, failed)),
        )

    async def run(self, way, *prompts, **more):
        asked = self.asked(rows_of(self.config, *prompts, **more))
        if way.is_sync:
            with unillm.Client(providers=["openai"]) as client:
                run_batches(asked, client._connection.transport())
        else:
            async with unillm.AsyncClient(providers=["openai"]) as client:
                await run_batches_async(asked, client._connection.transport())
        return self.found


def made(fake):
    return [s for s in fake.requests if s.method == "POST" and s.path.endswith("/batches")]


def uploaded(fake):
    return [s for s in fake.requests if s.path.endswith("/files")]


async def test_rows_come_back_by_their_places_though_the_file_has_them_backwards(way):
    with FakeProvider(api_key=KEY) as fake:
        job = Job(fake)
        found = await job.run(way, "one", "two", "three")
        assert {index: came.text for index, came in found.items()} == {
            0: "You said: one",
            1: "You said: two",
            2: "You said: three",
        }
        response = found[1]
        assert response.service_tier == "batch"
        assert response.usage.input_tokens
        assert [note.code for note in response.notes] == ["batch"]
        (attempt,) = response.attempts
        assert (attempt.outcome, attempt.status, attempt.duration) == ("ok", 200, 60.0)
        assert attempt.usage == response.usage
        assert job.counts[-1] == (3, 0)
        assert [s["step"] for s in job.notes.notes("batch")] == [
            "planned",
            "uploaded",
            "submitted",
            "read",
        ]
        assert KEY not in repr(job.notes.kept)
        assert KEY.encode() not in uploaded(fake)[0].body


@pytest.mark.parametrize(
    ("model", "endpoint"),
    [("fake:gpt-6-luna", "/v1/chat/completions"), ("fake:gpt-5.5-pro", "/v1/responses")],
)
async def test_each_interface_is_asked_at_its_endpoint(way, model, endpoint):
    with FakeProvider(api_key=KEY) as fake:
        job = Job(fake)
        found = await job.run(way, "one", model=model)
        assert found[0].text == "You said: one"
        assert found[0].api == ("chat" if endpoint.endswith("completions") else "responses")
        (create,) = made(fake)
        assert create.json["endpoint"] == endpoint
        assert create.json["completion_window"] == "24h"


async def test_two_models_are_two_batches(way):
    with FakeProvider(api_key=KEY) as fake:
        job = Job(fake)
        rows = [
            *rows_of(job.config, "one"),
            *rows_of(job.config, "two", model="fake:gpt-6-sol", start=1),
        ]
        asked = job.asked(rows)
        with unillm.Client() as client:
            run_batches(asked, client._connection.transport())
        assert len(made(fake)) == 2
        assert sorted(job.found) == [0, 1]


async def test_files_stay_within_what_the_provider_takes(way):
    with FakeProvider(api_key=KEY) as fake:
        api = BatchApi(requests=2, size=10_000)
        profile = replace(profile_named("openai"), batch=api)
        job = Job(fake, config_for(fake, profile))
        found = await job.run(way, *"abcde")
        assert len(found) == 5
        assert len(made(fake)) == 3
        profile = replace(profile, batch=replace(api, requests=100, size=300))
        fake.clear()
        job = Job(fake, config_for(fake, profile))
        await job.run(way, *"abcde")
        assert len(made(fake)) == len(job.found) == 5 // 1


async def test_a_row_that_fails_fails_alone(way):
    with FakeProvider(api_key=KEY, batch=FakeBatch(failing={0: 400, 2: 429})) as fake:
        job = Job(fake)
        found = await job.run(way, "one", "two", "three")
        assert type(found[0]) is BadRequestError
        assert found[0].status == 400
        assert found[0].request_id == "req_row_0"
        assert found[0].provider == "fake"
        assert type(found[2]) is RateLimitError
        assert found[1].text == "You said: two"
        assert job.counts[-1] == (3, 2)


@pytest.mark.parametrize(
    ("end", "kind", "code"),
    [
        ("expired", ServerError, "batch_expired"),
        ("cancelled", ProviderError, "batch_cancelled"),
    ],
)
async def test_what_was_answered_before_a_batch_ended_early_is_kept(way, end, kind, code):
    with FakeProvider(api_key=KEY, batch=FakeBatch(end=end, answered=1)) as fake:
        found = await Job(fake).run(way, "one", "two")
        assert found[0].text == "You said: one"
        assert isinstance(found[1], kind)
        assert found[1].code == code


async def test_a_batch_that_is_refused_gives_every_row_the_reason(way):
    with FakeProvider(api_key=KEY, batch=FakeBatch(end="failed")) as fake:
        found = await Job(fake).run(way, "one", "two")
        assert {type(came) for came in found.values()} == {BadRequestError}
        assert "The batch is refused." in str(found[0])
        assert "(line 1)" in str(found[0])


async def test_a_lost_answer_to_the_submission_is_looked_up_not_sent_again(way):
    with FakeProvider(api_key=KEY, batch=FakeBatch(lost=1)) as fake:
        found = await Job(fake).run(way, "one")
        assert found[0].text == "You said: one"
        assert len(made(fake)) == 1
        assert len(uploaded(fake)) == 1


async def test_a_submission_that_is_refused_for_now_is_sent_again(way):
    with FakeProvider(api_key=KEY, batch=FakeBatch(refused=2)) as fake:
        found = await Job(fake).run(way, "one")
        assert found[0].text == "You said: one"
        assert [len(uploaded(fake)), len(made(fake))] == [1, 3]
    with FakeProvider(api_key=KEY, batch=FakeBatch(refused=9)) as fake:
        with pytest.raises(unillm.OverloadedError):
            await Job(fake).run(way, "one")
        assert len(made(fake)) == QUICK.max_attempts


async def test_an_upload_that_fails_for_now_is_tried_again(way):
    with FakeProvider(api_key=KEY) as fake:
        fake.enqueue(Raw.of_json({"error": {"message": "busy"}}, status=503))
        found = await Job(fake).run(way, "one")
        assert found[0].text == "You said: one"
        assert [len(uploaded(fake)), len(made(fake))] == [2, 1]


async def test_looks_that_fail_for_a_while_are_taken_again(way):
    with FakeProvider(api_key=KEY, batch=FakeBatch(misses=4)) as fake:
        job = Job(fake, retry=unillm.RetryPolicy(max_attempts=1))
        found = await job.run(way, "one")
        assert found[0].text == "You said: one"


async def test_looks_that_fail_for_good_end_it_and_name_the_batch(way, monkeypatch):
    monkeypatch.setattr(flow, "MAX_MISSES", 2)
    with FakeProvider(api_key=KEY, batch=FakeBatch(misses=10)) as fake:
        job = Job(fake, retry=unillm.RetryPolicy(max_attempts=1))
        with pytest.raises(unillm.OverloadedError, match="go on at the provider: batch_fake_1"):
            await job.run(way, "one")


async def test_waiting_has_an_end(way):
    with FakeProvider(api_key=KEY, batch=FakeBatch(steps=("in_progress",) * 10_000)) as fake:
        job = Job(fake, timeout=0.05)
        with pytest.raises(DeadlineExceededError, match=r"same checkpoint.*batch_fake_1"):
            await job.run(way, "one")


async def test_who_has_no_batch_api_is_not_asked(way):
    with FakeProvider(api_key=KEY) as fake:
        job = Job(fake, config_for(fake, "deepseek"))
        with pytest.raises(UnsupportedFeatureError, match="no Batch API"):
            await job.run(way, "one", model="fake:deepseek-v4-pro")
        chat_alone = replace(profile_named("openai"), batch=BatchApi(requests=9, size=9_000))
        job = Job(fake, config_for(fake, chat_alone))
        with pytest.raises(UnsupportedFeatureError, match=r"\(responses\)"):
            await job.run(way, "one", model="fake:gpt-5.5-pro")
        assert not fake.requests


async def test_a_wrong_key_is_an_error_of_the_call_and_is_not_shown(way):
    with FakeProvider(api_key="another-key-entirely") as fake:
        with pytest.raises(AuthenticationError) as caught:
            await Job(fake).run(way, "one")
        assert KEY not in repr(caught.value)


async def test_answers_are_read_as_any_other(way):
    tool = {
        "type": "function",
        "function": {
            "name": "add",
            "parameters": {"type": "object", "properties": {"n": {"type": "integer"}}},
        },
    }
    with FakeProvider(api_key=KEY) as fake:
        fake.enqueue(
            Answer(tool_calls=[FakeCall("add", '{"n": "1",}')]),
            Answer(tool_calls=[FakeCall("add", "{never")]),
        )
        found = await Job(fake).run(way, "one", "two", tools=[tool])
        assert found[0].tool_calls[0].arguments == {"n": 1}
        assert found[0].tool_calls[0].repairs
        assert type(found[1]) is ToolArgumentsError
        assert found[1].response.attempts


async def test_observers_are_told_of_every_row(way):
    told = []
    with FakeProvider(api_key=KEY, batch=FakeBatch(failing={1: 400})) as fake:
        job = Job(fake, observers=[told.append], tags={"of": "test"})
        await job.run(way, "one", "two")
        assert sorted(record.outcome for record in told) == ["error", "ok"]
        assert {record.tags["of"] for record in told} == {"test"}


async def test_nothing_is_asked_for_no_rows(way):
    with FakeProvider(api_key=KEY) as fake:
        assert await Job(fake).run(way) == {}
        assert not fake.requests


LINES = {
    "no JSON": b"{",
    "no object": b"[1]",
    "another row": b'{"custom_id": "x", "response": {"status_code": 200, "body": {}}}',
    "neither": b'{"custom_id": "ID"}',
    "wrong types": b'{"custom_id": "ID", "response": [], "error": 7}',
    "no answer": b'{"custom_id": "ID", "response": {"status_code": 200, "body": {"choices": 1}}}',
    "body is a text": b'{"custom_id": "ID", "response": {"status_code": 200, "body": "hi"}}',
    "status is a text": b'{"custom_id": "ID", "response": {"status_code": "200", "body": {}}}',
    "error is a text": b'{"custom_id": "ID", "error": "no"}',
    "half a character": b'{"custom_id": "ID", "response": {"body": "\xff"}}',
    "nothing": b"",
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
async def test_a_line_of_any_shape_is_an_answer_or_an_error(way, line, monkeypatch):
    name = custom_id("key 0").encode()
    with FakeProvider(api_key=KEY) as fake:
        batches = fake._service.router.batches
        content = batches._content
        monkeypatch.setattr(type(batches), "_content", lambda self, _n: served(line, name))
        assert content
        found = await Job(fake).run(way, "one")
        assert isinstance(found[0], MalformedResponseError | ProviderError)


def served(line, name):
    return Raw(segments=(line.replace(b"ID", name),), framing="length")
