"""Streams: told at once, alive while silent, ended for good when nobody listens."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from tests.gateway.conftest import client_of, run
from tests.gateway.running import CHAT_TOOL, HI, KEY, MODEL, Gateway, events_in, running
from unillm import Ledger
from unillm.gateway import Settings, app
from unillm.gateway.streaming import Streaming
from unillm.testing import Answer, AsyncFakeTransport, FakeCall, FakeProvider, Raw, faults

CHAT = "/v1/chat/completions"
STREAM: dict[str, Any] = {
    "model": MODEL,
    "messages": HI,
    "stream": True,
    "stream_options": {"include_usage": True},
}
PARIS = FakeCall("get_weather", {"city": "Paris"})


def test_text_is_told_while_it_comes(gateway: Gateway) -> None:
    """The upstream waits for nobody: what was read before it ended came before it ended."""
    gateway.fake.enqueue(Answer("one two three four five", pace=0.2))
    with gateway.client() as client, client.stream("POST", CHAT, json=STREAM) as answer:
        lines = answer.iter_lines()
        seen = next(line for line in lines if "one" in line)
        assert gateway.fake.in_flight == 1
        assert seen
        assert list(lines)[-2] == "data: [DONE]"


def test_a_silence_is_filled(upstream: FakeProvider) -> None:
    with running(upstream, silence=0.05) as gateway:
        upstream.enqueue(Answer(tool_calls=[PARIS], pace=0.3))
        with gateway.client() as client:
            answer = client.post(CHAT, json={**STREAM, "tools": [CHAT_TOOL]})
    assert answer.text.startswith(": keepalive\n\n")
    assert ": keepalive\n\ndata:" in answer.text
    (*_, last, done) = events_in(answer.text)
    assert done == "[DONE]"
    assert json.loads(last)["usage"]["total_tokens"] > 0


@pytest.mark.parametrize(("fault", "status"), [("status-503", 503), ("status-401", 401)])
def test_what_fails_at_once_has_a_status_of_its_own(
    upstream: FakeProvider, fault: str, status: int
) -> None:
    with running(upstream, session_budget=None) as gateway:
        answer = gateway.post(CHAT, {**STREAM, "model": f"deepseek:{fault}"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-should-retry"] == "false"
    assert answer.json()["error"]["message"]


def read_while_it_lasts(gateway: Gateway, body: dict[str, Any]) -> bytes:
    """Return what came of a stream before its connection broke off."""
    got: list[bytes] = []
    with gateway.client() as client, client.stream("POST", CHAT, json=body) as answer:
        assert answer.status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            got.extend(answer.iter_bytes())
    return b"".join(got)


def test_what_fails_after_a_silence_has_no_end(upstream: FakeProvider) -> None:
    """By then a status is told: no end, no [DONE], and the connection breaks off."""
    with running(upstream, silence=0.02) as gateway:
        upstream.enqueue(faults.get("stall-before-head"))
        got = read_while_it_lasts(gateway, {**STREAM, "unillm": {"timeout": 0.5}})
    assert b"keepalive" in got
    assert b"[DONE]" not in got
    assert b"finish_reason" not in got


def test_a_stream_that_may_be_tried_again_breaks_off_without_an_error(gateway: Gateway) -> None:
    """Agents ask again then, and give up where an error is told first: it is in a comment."""
    gateway.fake.enqueue(*[faults.get("cut-in-text")] * 3)
    *told, comment = read_while_it_lasts(gateway, STREAM).decode().strip().split("\n\n")
    assert comment.startswith(": ")
    assert "broke off" in comment
    deltas = [json.loads(one.removeprefix("data: ")) for one in told]
    assert all("error" not in one for one in deltas)
    assert all(choice["finish_reason"] is None for one in deltas for choice in one["choices"])


def test_a_stream_that_no_other_try_would_help_tells_its_error(gateway: Gateway) -> None:
    problem = {"message": "That is not allowed.", "code": "content_policy_violation"}
    delta = {"choices": [{"index": 0, "delta": {"content": "He"}, "finish_reason": None}]}
    gateway.fake.enqueue(Raw.of_events(delta, {"error": problem}, done=False))
    *_, last = events_in(read_while_it_lasts(gateway, STREAM).decode())
    assert json.loads(last)["error"]["code"] == "content_filter"


def test_who_leaves_is_not_answered_any_more(upstream: FakeProvider, tmp_path: Path) -> None:
    """Upstream is closed, and what had come is billed between bounds."""
    ledger = Ledger(tmp_path / "ledger.db")
    with running(upstream, ledger=ledger) as gateway:
        upstream.enqueue(Answer("word " * 1000, pace=0.01))
        with gateway.client() as client, client.stream("POST", CHAT, json=STREAM) as answer:
            next(line for line in answer.iter_lines() if "word" in line)
        upstream.wait(in_flight=0, timeout=1)
        assert upstream.served[-1].left_early
    (operation,) = ledger.operations()
    assert operation.outcome == "cancelled"
    assert operation.cost.state == "bounded"


def test_who_leaves_before_it_begins_is_not_answered(upstream: FakeProvider) -> None:
    with running(upstream) as gateway:
        for stream in (True, False):
            upstream.enqueue(faults.get("stall-before-head"))
            with gateway.client() as client, pytest.raises(httpx.ReadTimeout):
                client.post(CHAT, json={**STREAM, "stream": stream}, timeout=0.3)
            upstream.wait(in_flight=0, timeout=1)
            assert upstream.served[-1].left_early
        assert gateway.chat().status_code == 200
    assert [record.outcome for record in gateway.records] == ["cancelled", "cancelled", "ok"]


def test_many_at_once(upstream: FakeProvider) -> None:
    """500 streams at a time, each told whole and apart from the others."""
    many = 500

    async def asked(client: httpx.AsyncClient, number: int) -> str:
        body = {**STREAM, "messages": [{"role": "user", "content": f"number {number}"}]}
        answer = await client.post(CHAT, json=body)
        deltas = [json.loads(data) for data in events_in(answer.text) if data != "[DONE]"]
        return "".join(
            choice["delta"].get("content") or "" for one in deltas for choice in one["choices"]
        )

    async def all_of_them(gateway: Gateway) -> dict[int, str]:
        found: dict[int, str] = {}
        limits = httpx.Limits(max_connections=many)
        headers = {"authorization": gateway.client().headers["authorization"]}
        async with (
            httpx.AsyncClient(
                base_url=gateway.root, headers=headers, limits=limits, timeout=60
            ) as client,
            anyio.create_task_group() as group,
        ):

            async def one(number: int) -> None:
                found[number] = await asked(client, number)

            for number in range(many):
                group.start_soon(one, number)
        return found

    with running(upstream) as gateway:
        found = anyio.run(all_of_them, gateway)
    assert found == {number: f"You said: number {number}" for number in range(many)}


def test_more_than_may_be_are_refused(upstream: FakeProvider) -> None:
    with running(upstream, at_once=1) as gateway:
        upstream.enqueue(faults.get("stall-in-text"))
        with gateway.client() as client, client.stream("POST", CHAT, json=STREAM) as answer:
            lines = answer.iter_lines()  # kept: dropped, it would close the stream
            assert next(lines)
            refused = gateway.chat()
            assert refused.status_code == 503
            assert refused.json()["error"]["code"] == "too_many_requests"
        upstream.wait(in_flight=0)
        deadline = time.monotonic() + 10
        while gateway.chat().status_code == 503:  # until it has seen that the other one is gone
            assert time.monotonic() < deadline


def test_it_ends_in_order(upstream: FakeProvider) -> None:
    """An answer that is under way is told to its end."""
    with running(upstream) as gateway:
        upstream.enqueue(Answer("one two three", pace=0.2))
        told: list[str] = []
        begun = threading.Event()

        def ask() -> None:
            with gateway.client() as client, client.stream("POST", CHAT, json=STREAM) as answer:
                for line in answer.iter_lines():
                    begun.set()
                    told.append(line)

        asking = threading.Thread(target=ask)
        asking.start()
        assert begun.wait(10)
    asking.join(10)
    assert "data: [DONE]" in told


def test_nothing_is_told_after_the_end_to_who_reads_slowly(
    fake: AsyncFakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client takes the end only when the next sign of life waits behind it."""
    say = Streaming._say  # pyright: ignore[reportPrivateUsage] - it is watched here
    told: list[Any] = []

    async def body() -> None:
        ending, waiting = anyio.Event(), anyio.Event()

        async def watched(self: Streaming, send: Any, piece: bytes, *, more: bool = True) -> None:
            if ending.is_set() and piece.startswith(b": "):
                waiting.set()
            await say(self, send, piece, more=more)

        async def send(message: Any) -> None:
            if message.get("more_body") is False:
                ending.set()
                await waiting.wait()
            told.append(message)

        received = [{"type": "http.request", "body": json.dumps(STREAM).encode()}]

        async def receive() -> Any:
            if not received:
                await anyio.sleep_forever()
            return received.pop()

        monkeypatch.setattr(Streaming, "_say", watched)
        async with client_of(fake) as client:
            settings = Settings(key=KEY, hosts=frozenset({"here"}), silence=0.01)
            shown = {
                b"host": b"here",
                b"authorization": f"Bearer {KEY}".encode(),
                b"content-type": b"application/json",
            }
            scope = {"type": "http", "method": "POST", "path": CHAT, "headers": [*shown.items()]}
            with anyio.fail_after(20):
                await app(client, settings)(scope, receive, send)

    run(body)
    assert [one.get("more_body") for one in told].index(False) == len(told) - 1
