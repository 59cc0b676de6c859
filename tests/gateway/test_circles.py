"""Agents that would go on for ever, before a gateway that runs: what is sent upstream, and told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import anthropic
import httpx
import openai
import pytest

from tests.gateway.running import CHAT_TOOL, HI, KEY, MODEL, WEATHER, Gateway, running
from unillm.testing import Answer, FakeCall, FakeProvider

PATHS = {
    "chat": "/v1/chat/completions",
    "responses": "/v1/responses",
    "messages": "/v1/messages",
}
SPOILT = "Paris, I think }{"
"""Arguments that mean nothing, however they are looked at."""


def body_of(face: str, text: str = "Weather?", **fields: Any) -> dict[str, Any]:
    """Return a request with a tool, as each protocol has it."""
    said = [{"role": "user", "content": text}]
    if face == "chat":
        return {"model": MODEL, "messages": said, "tools": [CHAT_TOOL], **fields}
    if face == "responses":
        return {"model": MODEL, "input": said, "tools": [{"type": "function", **WEATHER}], **fields}
    tool = {"name": WEATHER["name"], "input_schema": WEATHER["parameters"]}
    return {"model": MODEL, "max_tokens": 1000, "messages": said, "tools": [tool], **fields}


def code_in(answer: httpx.Response) -> Any:
    """Return the code of an error, where the protocol has one."""
    return answer.json()["error"].get("code")


def told_by(gateway: Gateway, face: str, body: dict[str, Any], headers: dict[str, str]) -> str:
    """Return what is told: a stream that fails ends without its end, after all that it said."""
    told: list[str] = []
    with (
        gateway.client() as client,
        client.stream("POST", PATHS[face], json=body, headers=headers) as answer,
        suppress(httpx.RemoteProtocolError),
    ):
        for text in answer.iter_text():
            told.append(text)  # noqa: PERF402 - what came before it broke off is kept
    return "".join(told)


def spoilt(upstream: FakeProvider, times: int) -> None:
    call = FakeCall("get_weather", SPOILT)
    upstream.enqueue(*(Answer("", tool_calls=[call]) for _ in range(times)))


@pytest.mark.parametrize("face", PATHS)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_model_that_keeps_getting_a_call_wrong_is_asked_three_times(
    upstream: FakeProvider, gateway: Gateway, face: str, *, stream: bool
) -> None:
    spoilt(upstream, 50)
    body = body_of(face, stream=stream)
    headers = {"x-session-id": "s-1"}
    for _ in range(3):
        told = told_by(gateway, face, body, headers)
        # What was never executable was never shown.
        assert SPOILT not in told
    answers = [gateway.post(PATHS[face], body, headers=headers) for _ in range(5)]
    assert len(upstream.requests) == 3
    assert "3 times" in told  # the third one says it already
    for answer in answers:
        assert answer.status_code == 400
        assert "3 times" in answer.json()["error"]["message"]
        assert "$" in answer.json()["error"]["message"]  # what it has cost so far
        assert answer.headers["x-should-retry"] == "false"
        if face != "messages":
            assert code_in(answer) == "repeated_invalid_tool_call"
    # The session is not lost: another message is asked.
    told_by(gateway, face, body_of(face, "Weather in Rome?", stream=stream), headers)
    assert len(upstream.requests) == 4


def test_conversations_without_a_name_are_told_apart(
    upstream: FakeProvider, gateway: Gateway
) -> None:
    spoilt(upstream, 50)
    for text in ("Weather in Rome?", "Weather in Oslo?"):
        before = len(upstream.requests)
        for _ in range(6):
            gateway.post(PATHS["chat"], body_of("chat", text))
        assert len(upstream.requests) - before == 3
    sessions = {record.session for record in gateway.records}
    assert len(sessions) == 2
    assert not any("Rome" in str(session) for session in sessions)


def test_an_agent_that_calls_the_same_again_and_again_is_stopped_for_nothing(
    upstream: FakeProvider, gateway: Gateway
) -> None:
    """The agent appends each call and its result, as agents do; the model never learns."""
    messages: list[dict[str, Any]] = [*HI]
    answers: list[httpx.Response] = []
    for n in range(30):
        upstream.enqueue(Answer("", tool_calls=[FakeCall("get_weather", {"city": "Rome"})]))
        answer = gateway.chat(messages, tools=[CHAT_TOOL])
        answers.append(answer)
        if answer.status_code != 200:
            continue
        message = answer.json()["choices"][0]["message"]
        call_id = message["tool_calls"][0]["id"]
        messages += [message, {"role": "tool", "tool_call_id": call_id, "content": "no network"}]
        assert n < 10
    assert len(upstream.requests) == 10
    assert {answer.status_code for answer in answers[10:]} == {400}
    assert code_in(answers[-1]) == "repeated_tool_call"
    # A word of the user's, and it goes on.
    upstream.enqueue("Then I shall guess")
    assert gateway.chat([*messages, {"role": "user", "content": "Guess"}]).status_code == 200


@pytest.fixture
def poor(upstream: FakeProvider) -> Iterator[Gateway]:
    with running(upstream, session_budget="0.0001") as made:
        yield made


@pytest.mark.parametrize("face", PATHS)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_beyond_its_budget_a_session_sends_nothing(
    upstream: FakeProvider, poor: Gateway, face: str, *, stream: bool
) -> None:
    answer = poor.post(PATHS[face], body_of(face, stream=stream))
    assert upstream.requests == []
    assert answer.status_code == 402
    assert answer.headers["content-type"].startswith("application/json")
    assert "--session-budget" in answer.json()["error"]["message"]
    assert answer.headers["x-should-retry"] == "false"


def test_the_official_libraries_ask_once_beyond_a_budget(
    upstream: FakeProvider, poor: Gateway
) -> None:
    with (
        openai.OpenAI(api_key=KEY, base_url=poor.url, max_retries=5) as one,
        pytest.raises(openai.APIStatusError, match="session-budget") as caught,
    ):
        one.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "Hi"}])
    assert caught.value.status_code == 402
    with (
        anthropic.Anthropic(auth_token=KEY, base_url=poor.root, max_retries=5) as other,
        pytest.raises(anthropic.APIStatusError, match="session-budget") as refused,
    ):
        other.messages.create(
            model=MODEL, max_tokens=9000, messages=[{"role": "user", "content": "Hi"}]
        )
    assert refused.value.status_code == 402
    assert upstream.requests == []
    assert len(poor.records) == 2


def test_a_session_spends_what_its_calls_cost_and_others_have_their_own(
    upstream: FakeProvider,
) -> None:
    with running(upstream, session_budget="0.0045") as gateway:
        statuses: list[int] = []
        for _ in range(8):
            upstream.enqueue("word " * 500)
            headers = {"x-session-id": "one"}
            body = {"model": MODEL, "messages": HI, "max_tokens": 1000}
            statuses.append(gateway.post(PATHS["chat"], body, headers=headers).status_code)
        assert 200 in statuses
        assert statuses[-1] == 402
        sent = len(upstream.requests)
        assert sent == statuses.count(200)
        spent = sum(record.cost.total or Decimal(0) for record in gateway.records)
        assert Decimal(0) < spent <= Decimal("0.0045")
        assert gateway.post(PATHS["chat"], body, headers={"x-session-id": "two"}).status_code == 200


@pytest.mark.parametrize(
    ("face", "headers", "fields", "whose"),
    [
        (
            "responses",
            {"user-agent": "codex_cli_rs/0.169.0 (Linux)", "session-id": "c-1", "thread-id": "t-1"},
            {"prompt_cache_key": "other"},
            ("codex", "c-1"),
        ),
        (
            "messages",
            {"user-agent": "claude-cli/2.1.197 (external, cli)"},
            {"metadata": {"user_id": json.dumps({"device_id": "d", "session_id": "u-u-i-d-1"})}},
            ("claude-code", "u-u-i-d-1"),
        ),
        (
            "messages",
            {"user-agent": "claude-cli/2.0.1 (external, cli)"},
            {"metadata": {"user_id": "user_ab_account_cd_session_12345678-aaaa"}},
            ("claude-code", "12345678-aaaa"),
        ),
        ("chat", {"user-agent": "goose/1.34.0", "agent-session-id": "g-1"}, {}, ("goose", "g-1")),
        (
            "chat",
            {"user-agent": "OpenAI/JS 5.12.2", "x-title": "Kilo Code", "x-session-id": "k-1"},
            {},
            ("kilo", "k-1"),
        ),
        ("chat", {"user-agent": "pi"}, {"prompt_cache_key": "p-1"}, ("pi", "p-1")),
    ],
    ids=["codex", "claude-code", "claude-code-2.0", "goose", "kilo", "pi"],
)
def test_what_is_recorded_says_which_agent_asked_and_in_which_session(
    gateway: Gateway,
    face: str,
    headers: dict[str, str],
    fields: dict[str, Any],
    whose: tuple[str, str],
) -> None:
    answer = gateway.post(PATHS[face], body_of(face, **fields), headers=headers)
    assert answer.status_code == 200, answer.text
    (record,) = gateway.records
    assert (record.tags["agent"], record.session) == whose


def test_an_operation_of_before_a_restart_is_looked_up_in_the_ledger(
    upstream: FakeProvider, tmp_path: Path
) -> None:
    path = tmp_path / "ledger.db"
    with running(upstream, ledger=path) as before:
        assert before.chat().status_code == 200
        record = before.records[-1]
    with running(upstream, ledger=path) as after, after.client() as client:
        told = client.get(f"/unillm/operations/{record.operation}").json()
        assert (told["id"], told["outcome"]) == (record.operation, "ok")
        assert Decimal(told["cost"]["total"]) == record.cost.total
        assert told["session"] == record.session
        assert client.get("/unillm/operations/never-heard-of").status_code == 404
