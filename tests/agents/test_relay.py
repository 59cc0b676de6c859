"""What stands between an agent and its model changes nothing but the Host, and counts."""

import socket
from typing import Any

import httpx
import pytest

from tests.agents.relay import Relay
from unillm.testing import Answer, FakeProvider, Raw


@pytest.fixture
def fake():
    with FakeProvider() as running:
        yield running


@pytest.fixture
def relay(fake):
    with Relay() as running:
        running.begin(fake.port, limit=2)
        yield running


def post(relay, content: Any = b'{"messages": []}', path="/v1/chat/completions", **headers):
    return httpx.post(relay.url + path, content=content, headers=headers, timeout=10)


def test_requests_and_answers_pass_as_they_are(relay, fake):
    fake.enqueue(Answer("Hello", headers={"x-odd": "yes"}))
    answer = post(relay, b'{"messages": [], "stream": true}', x_agent="one")
    assert answer.headers["x-odd"] == "yes"
    assert "Hello" in answer.text
    assert answer.text.endswith("[DONE]\n\n")
    (seen,) = fake.requests
    assert seen.body == b'{"messages": [], "stream": true}'
    assert seen.headers["x_agent"] == "one"
    assert seen.headers["host"] == f"127.0.0.1:{fake.port}"
    (asked,) = relay.asked
    assert asked.named
    assert asked.body == seen.body


def test_a_body_in_chunks_arrives_whole(relay, fake):
    fake.enqueue("Hello")
    assert post(relay, iter([b'{"mess', b'ages": []}'])).status_code == 200
    assert fake.requests[0].body == b'{"messages": []}'


def test_a_status_and_its_body_pass(relay, fake):
    fake.enqueue(Raw.of_json({"error": "no"}, status=429, headers={"retry-after": "7"}))
    answer = post(relay)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert answer.content == b'{"error": "no"}'


@pytest.mark.parametrize("framing", ["chunked", "length"])
@pytest.mark.parametrize("end", ["cut", "reset"])
def test_a_broken_answer_stays_broken(relay, fake, framing, end):
    fake.enqueue(Raw(segments=[b"data: half"], framing=framing, end=end))
    # Of an answer that is reset, the head may be lost with the rest.
    with pytest.raises(httpx.TransportError):
        post(relay)


def test_an_answer_that_ends_properly_ends_properly(relay, fake):
    fake.enqueue(Raw(segments=[b"data: half"], end="eof"))
    assert post(relay).content == b"data: half"


def test_whoever_asks_too_often_is_noticed(relay, fake):
    for _ in range(2):
        post(relay)
    post(relay, path="/v1/embeddings")  # asks no model for an answer
    assert not relay.overrun.is_set()
    post(relay, path="/v1/messages?beta=true")
    assert relay.overrun.is_set()
    assert len(relay.models_asked) == 3


def test_a_wrong_host_is_noticed(relay, fake):
    host, port = relay.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as client:
        client.sendall(
            b"GET /v1/models HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
        )
        while client.recv(65536):
            pass
    assert [asked.named for asked in relay.asked] == [False]
