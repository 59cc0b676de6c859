"""Who asks, and in which conversation."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unillm._wire.serve.asked import Asked
from unillm._wire.serve.reading import asked_in
from unillm.gateway.programs import agent_of
from unillm.gateway.sessions import HEADERS, LONGEST, Caller, caller_of

SECRET = b"0123456789abcdef"
UUID = "0b9c9b8e-7a55-4f8e-9f7b-2f0f3c1d2e4f"


def asked_of(body: dict[str, Any]) -> Asked:
    return asked_in("chat", json.dumps(body).encode(), lambda _: None)


def chat(*texts: str, **fields: Any) -> dict[str, Any]:
    roles = ("user", "assistant")
    messages = [{"role": roles[n % 2], "content": text} for n, text in enumerate(texts)]
    return {"model": "m", "messages": [{"role": "system", "content": "S"}, *messages], **fields}


def caller(
    headers: dict[str, str] | None = None, body: dict[str, Any] | None = None, key: bytes = SECRET
) -> Caller:
    given = chat("Hi") if body is None else body
    return caller_of(headers or {}, asked_of(given), key)


@pytest.mark.parametrize(
    ("user_agent", "agent"),
    [
        ("codex_cli_rs/0.169.0 (Ubuntu 24.4.0; x86_64) xterm", "codex"),
        ("codex_exec/0.169.0", "codex"),
        ("claude-cli/2.1.197 (external, cli)", "claude-code"),
        ("QwenCode/0.15.10 (linux; x64)", "qwen-code"),
        ("goose/1.34.0", "goose"),
        ("opencode/1.18.33", "opencode"),
        ("OpenAI/JS 5.12.2", "openai-js"),
        ("OpenAI/Python 3.57.0", "openai-python"),
        ("AsyncOpenAI/Python 3.57.0", "openai-python"),
        ("AsyncAnthropic/Python 2.14.0", "anthropic-python"),
        ("ai-sdk/openai-compatible/1.0.19", "ai-sdk"),
        ("my-own-agent", "my-own-agent"),
        ("", "unknown"),
        ("\x00\x1b[31m", "unknown"),
        ("Ünïcode/1", "unknown"),
    ],
)
def test_an_agent_is_called_what_it_says(user_agent: str, agent: str) -> None:
    assert agent_of({"user-agent": user_agent}) == agent


def test_a_title_tells_more_than_the_name_of_a_library() -> None:
    library = {"user-agent": "OpenAI/JS 5.12.2"}
    assert agent_of({**library, "x-title": "Kilo Code"}) == "kilo"
    assert (
        agent_of({**library, "http-referer": "https://www.example.org:8443/a?b"}) == "example.org"
    )
    assert agent_of({**library, "http-referer": "http://[broken"}) == "openai-js"
    assert agent_of({**library, "originator": "codex_cli_rs"}) == "codex"
    assert agent_of({"agent-session-id": "20261129_1"}) == "goose"
    assert agent_of({"agent-session-id": "20261129_1", "x-title": "Kilo Code"}) == "kilo"
    # Whoever says who it is in its User-Agent is believed.
    assert agent_of({"user-agent": "goose/1", "x-title": "Kilo Code"}) == "goose"


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=300))
def test_the_name_of_an_agent_can_be_shown_anywhere(agent: str, title: str, referer: str) -> None:
    name = agent_of({"user-agent": agent, "x-title": title, "http-referer": referer})
    assert 1 <= len(name) <= 40
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_.")


@pytest.mark.parametrize("header", HEADERS)
def test_agents_name_their_session_in_headers(header: str) -> None:
    found = caller({header: UUID})
    assert (found.session, found.derived) == (UUID, False)


def test_the_surest_name_of_a_session_holds() -> None:
    body = chat("Hi", prompt_cache_key="cache", unillm={"session": "mine"})
    headers = {"x-session-affinity": "affinity", "session-id": "first"}
    assert caller(headers, body).session == "mine"
    del body["unillm"]
    assert caller(headers, body).session == "first"
    assert caller({"x-session-affinity": "affinity"}, body).session == "affinity"
    assert caller({"session-id": "  "}, body).session == "cache"


@pytest.mark.parametrize(
    "user_id",
    [
        f"user_{'a' * 64}_account__session_{UUID}",
        f"user_{'a' * 64}_account_{'b' * 36}_session_{UUID}",
        json.dumps({"device_id": "a" * 64, "account_uuid": "", "session_id": UUID}),
    ],
)
def test_the_session_of_claude_code_stands_in_its_user_id(user_id: str) -> None:
    body = chat("Hi", metadata={"user_id": user_id})
    assert caller(body=body).session == UUID


@pytest.mark.parametrize(
    "user_id", ["somebody", '{"device_id": "a"}', '{"session_id": 7}', "[1]", "{" * 2000, ""]
)
def test_a_user_is_no_session(user_id: str) -> None:
    body = chat("Hi", metadata={"user_id": user_id})
    found = caller(body=body)
    assert found.derived
    assert found == caller()


def test_a_conversation_keeps_its_session_over_its_turns() -> None:
    first = caller(body=chat("Fix the bug"))
    assert first.derived
    assert caller(body=chat("Fix the bug", "Done", "And the other")) == first
    assert caller(body=chat("Another thing")).session != first.session
    assert caller({"user-agent": "goose/1"}, chat("Fix the bug")).session != first.session
    # The same text as parts is the same text.
    parts = chat("-")
    parts["messages"][1]["content"] = [{"type": "text", "text": "Fix the bug"}]
    assert caller(body=parts).session == first.session


def test_nobody_without_the_key_can_tell_what_was_said() -> None:
    one, other = caller(body=chat("secret words")), caller(body=chat("secret words"), key=b"k" * 16)
    assert one.session != other.session
    assert "secret" not in repr(one)


def test_a_conversation_without_a_user_has_a_session() -> None:
    body = {"model": "m", "messages": [{"role": "assistant", "content": "I go on"}]}
    assert caller(body=body).derived


def test_two_long_names_are_two_sessions() -> None:
    one, other = (caller({"session-id": "s" * 5000 + end}) for end in "ab")
    assert one.session != other.session
    assert caller({"session-id": "s" * 5000 + "a"}) == one


@given(st.text(max_size=400), st.dictionaries(st.text(max_size=5), st.text(max_size=9), max_size=3))
def test_a_session_can_be_shown_anywhere(name: str, more: dict[str, str]) -> None:
    given = chat("Hi")
    body: dict[str, Any] = {**given, "prompt_cache_key": more, "metadata": more}
    session = caller_of({"session-id": name}, asked_of(body), SECRET).session
    assert 1 <= len(session) <= LONGEST
    assert session.isascii()
    assert session.isprintable()
    assert session == session.strip()
