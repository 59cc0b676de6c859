"""The fake's endpoints beside chat, asked by OpenAI's own client and held against its types."""

from __future__ import annotations

import json

import openai
import pytest
from openai.types.chat import ChatCompletion

from unillm.testing import Answer, FakeBatch, FakeProvider

LINE = {
    "custom_id": "one",
    "method": "POST",
    "url": "/v1/chat/completions",
    "body": {"model": "gpt-6-luna", "messages": [{"role": "user", "content": "Hi"}]},
}


def client_of(fake):
    return openai.OpenAI(base_url=fake.base_url, api_key="k", max_retries=0)


def lines(*rows):
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def submitted(client, *rows, endpoint="/v1/chat/completions"):
    file = client.files.create(file=("rows.jsonl", lines(*rows)), purpose="batch")
    return client.batches.create(
        input_file_id=file.id,
        endpoint=endpoint,
        completion_window="24h",
        metadata={"of": "test"},
    )


def looked_at(client, batch, times=4):
    seen = []
    for _ in range(times):
        batch = client.batches.retrieve(batch.id)
        seen.append(batch.status)
    return batch, seen


def content(client, name):
    return [json.loads(line) for line in client.files.content(name).text.splitlines()]


def test_a_batch_goes_step_by_step_and_its_rows_are_answered():
    with FakeProvider() as fake, client_of(fake) as client:
        fake.enqueue(Answer("first"))
        batch = submitted(client, LINE, {**LINE, "custom_id": "two"})
        assert batch.status == "validating"
        batch, seen = looked_at(client, batch)
        assert seen == ["validating", "in_progress", "finalizing", "completed"]
        assert batch.to_dict()["request_counts"] == {"total": 2, "completed": 2, "failed": 0}
        assert batch.error_file_id is None
        last, first = content(client, batch.output_file_id)
        assert (first["custom_id"], last["custom_id"]) == ("one", "two")
        answer = ChatCompletion.model_validate(first["response"]["body"])
        assert answer.choices[0].message.content == "first"
        assert client.batches.list().data[0].metadata == {"of": "test"}


def test_rows_can_fail_and_batches_can_end_early():
    how = FakeBatch(end="expired", answered=2, failing={0: 400}, steps=())
    with FakeProvider(batch=how) as fake, client_of(fake) as client:
        rows = [{**LINE, "custom_id": name} for name in ("one", "two", "three")]
        batch, seen = looked_at(client, submitted(client, *rows), times=2)
        assert seen == ["expired", "expired"]
        assert batch.to_dict()["request_counts"] == {"total": 3, "completed": 1, "failed": 2}
        assert [row["custom_id"] for row in content(client, batch.output_file_id)] == ["two"]
        late, bad = content(client, batch.error_file_id)
        assert (late["response"], late["error"]["code"]) == (None, "batch_expired")
        assert bad["response"]["status_code"] == 400


BROKEN = {
    "two rows of one id": ([LINE, LINE], "duplicate_custom_id", 2),
    "another url": ([{**LINE, "url": "/v1/responses"}], "mismatched_url", 1),
    "no body": ([{**LINE, "body": 7}], "invalid_request", 1),
    "a stream": ([{**LINE, "body": {"stream": True}}], "invalid_request", 1),
}


@pytest.mark.parametrize(("rows", "code", "line"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_wrong_fails_as_a_whole(rows, code, line):
    with FakeProvider() as fake, client_of(fake) as client:
        batch, seen = looked_at(client, submitted(client, *rows))
        assert seen[-1] == "failed"
        (told,) = json.loads(batch.to_json())["errors"]["data"]
        assert (told["code"], told["line"]) == (code, line)


@pytest.mark.parametrize(
    "line", [b"{broken", b"[1]", b"5", b"{}", b'{"custom_id": ["a"]}', b"\xff"]
)
def test_a_line_that_is_no_row_fails_the_file(line):
    with FakeProvider() as fake, client_of(fake) as client:
        file = client.files.create(file=("rows.jsonl", lines(LINE) + line), purpose="batch")
        batch = client.batches.create(
            input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
        )
        batch, _ = looked_at(client, batch)
        assert batch.status == "failed"
        (told,) = json.loads(batch.to_json())["errors"]["data"]
        assert (told["code"], told["line"]) == ("invalid_json_line", 2)


def test_what_is_asked_wrongly_is_refused_and_not_a_crash():
    with FakeProvider() as fake, client_of(fake) as client:
        for limit in ("many", "-1", "0", "101"):
            with pytest.raises(openai.BadRequestError, match="limit"):
                client.batches.list(extra_query={"limit": limit})
        with pytest.raises(openai.NotFoundError, match="No such File"):
            client.post("/batches", body={"input_file_id": ["x"]}, cast_to=object)


def test_what_is_not_there_and_what_is_wrong_is_refused():
    with FakeProvider() as fake, client_of(fake) as client:
        for call in (
            lambda: client.batches.retrieve("x"),
            lambda: client.batches.cancel("x"),
            lambda: client.files.content("x"),
            lambda: client.batches.create(
                input_file_id="x", endpoint="/v1/responses", completion_window="24h"
            ),
        ):
            with pytest.raises(openai.NotFoundError):
                call()
        with pytest.raises(openai.BadRequestError, match="purpose"):
            client.files.create(file=("a", b""), purpose="vision")
        file = client.files.create(file=("rows.jsonl", lines(LINE)), purpose="batch")
        with pytest.raises(openai.BadRequestError, match="completion_window"):
            client.batches.create(
                input_file_id=file.id,
                endpoint="/v1/chat/completions",
                completion_window="1h",  # type: ignore[arg-type]  # the mistake meant
            )


def test_a_batch_can_be_cancelled_and_pages_are_turned():
    with FakeProvider() as fake, client_of(fake) as client:
        made = [submitted(client, LINE).id for _ in range(3)]
        client.batches.cancel(made[0])
        assert client.batches.retrieve(made[0]).status == "cancelled"
        assert [batch.id for batch in client.batches.list(limit=1)] == made[::-1]
        fake.clear()
        assert client.batches.list().data == []


def test_a_text_is_completed():
    with FakeProvider() as fake, client_of(fake) as client:
        fake.enqueue("queued")
        first, second = (
            client.completions.create(model="m", prompt="a", suffix="b") for _ in range(2)
        )
        assert first.choices[0].text == "queued"
        assert second.choices[0].text == "[between 'a' and 'b']"
        assert second.usage
        with pytest.raises(openai.BadRequestError, match="prompt"):
            client.completions.create(model="m", prompt=["a"])
