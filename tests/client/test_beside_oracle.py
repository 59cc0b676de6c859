"""OpenAI's own types are the judge of what is sent to endpoints beside chat."""

from __future__ import annotations

import json
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

import pytest
from openai.types.batch_create_params import BatchCreateParams
from openai.types.completion_create_params import CompletionCreateParamsNonStreaming
from pydantic import TypeAdapter

import unillm
from tests.client.ways import KEY
from tests.oracle import require_openai
from unillm._flow import batch as flow
from unillm.testing import FakeProvider


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(flow, "FIRST_PAUSE", 0.0)


def required(kind, body):
    """Hold a body against a type: every field known, every value of its type."""
    read = TypeAdapter(kind).validate_python(body, strict=True)
    assert read == body


@pytest.mark.parametrize(
    ("model", "api"), [("box:gpt-6-luna", "chat"), ("box:gpt-5.5-pro", "responses")]
)
def test_batches_are_what_openai_takes(model, api):
    with FakeProvider(api_key=KEY) as fake:
        server = unillm.Provider("box", base_url=fake.base_url, api_key=KEY, profile="openai")
        with unillm.Client(providers=[server], model=model) as client:
            rows = client.map(["one", "two"], batch=True, max_tokens=99).collect()
        assert not any(row.error for row in rows)
        upload, create, *_ = fake.requests
        required(BatchCreateParams, create.json)
        head = f"content-type: {upload.headers['content-type']}\r\n\r\n".encode()
        form = BytesParser(policy=HTTP).parsebytes(head + upload.body)
        purpose, file = form.iter_parts()
        assert purpose.get_payload() == "batch"
        content: Any = file.get_payload(decode=True)
        lines = [json.loads(line) for line in content.splitlines()]
        assert len({line["custom_id"] for line in lines}) == 2
        for line in lines:
            assert set(line) == {"custom_id", "method", "url", "body"}
            assert line["url"] == create.json["endpoint"]
            require_openai(line["body"], api)


def test_completions_are_what_openai_takes():
    with FakeProvider(api_key=KEY) as fake:
        server = unillm.Provider("box", base_url=fake.base_url, api_key=KEY)
        with unillm.Client(providers=[server], model="box:any") as client:
            client.complete("a", suffix="b", max_tokens=9, temperature=0.5, top_p=0.5, stop=["\n"])
        sent = fake.requests[0].json
        assert (sent["prompt"], sent["suffix"], sent["max_tokens"]) == ("a", "b", 9)
        required(CompletionCreateParamsNonStreaming, sent)
