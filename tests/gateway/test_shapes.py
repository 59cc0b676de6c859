"""Requests in the shape in which agents send them are read as meant, and refused by nobody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unillm import (
    AssistantMessage,
    InvalidRequestError,
    Message,
    SystemMessage,
    TextPart,
    ToolMessage,
    UnsupportedFeatureError,
    UserMessage,
)
from unillm._wire.encode import encode
from unillm._wire.plan import plan
from unillm._wire.serve.asked import Asked, Face
from unillm._wire.serve.reading import asked_in
from unillm._wire.serve.sealed import Seal
from unillm.catalog import find
from unillm.providers import profile_named
from unillm.types.target import Target

SHAPES = Path(__file__).parent / "shapes"
AGENTS = ("aider", "cline", "cn", "codex", "goose", "mini", "opencode", "pi", "qwen")
SEAL = Seal(b"k")
TASK = "create hello.txt containing hi"


def shape(agent: str) -> dict[str, Any]:
    text = (SHAPES / f"{agent}.json").read_text(encoding="utf-8")
    made: dict[str, Any] = json.loads(text.replace("SEALED", SEAL.of_text("I write it.")))
    return made


def read(body: Any) -> Asked:
    face: Face = "responses" if "input" in body else "chat"
    return asked_in(face, json.dumps(body).encode(), lambda _: None, SEAL, lenient=True)


def text_of(message: Message) -> str:
    content = message.content or ""
    if isinstance(content, str):
        return content
    return "".join(part.text for part in content if isinstance(part, TextPart))


@pytest.mark.parametrize("agent", AGENTS)
def test_the_first_turn_is_read_as_it_is_meant(agent: str) -> None:
    asked = read(shape(agent)["first"])
    first, *_, last = asked.request.messages
    assert isinstance(first, SystemMessage)
    assert TASK in "".join(map(text_of, asked.request.messages))
    assert isinstance(last, UserMessage)
    assert asked.model == "deepseek-v4-pro"
    assert asked.request.extra_body == {}
    assert not asked.request.hosted_tools


@pytest.mark.parametrize("agent", [agent for agent in AGENTS if agent != "aider"])
def test_the_second_turn_has_the_first_one_s_calls_and_results(agent: str) -> None:
    bodies = shape(agent)
    before, asked = read(bodies["first"]), read(bodies["second"])
    added = asked.request.messages[len(before.request.messages) :]
    assert asked.request.messages[: len(before.request.messages)] == before.request.messages
    said, *results = added
    assert isinstance(said, AssistantMessage)
    assert said.reasoning == (None if agent in {"cn", "goose"} else "I write it.")
    assert said.extra == {}
    assert said.tool_calls
    offered = {tool.name for tool in asked.request.tools}
    for call, result in zip(said.tool_calls, results, strict=True):
        assert call.name in offered
        assert call.arguments
        assert isinstance(result, ToolMessage)
        assert result.tool_call_id == call.id
        assert call.id.strip()


def test_what_codex_calls_in_a_group_has_one_name() -> None:
    asked = read(shape("codex")["second"])
    said = asked.request.messages[-3]
    assert isinstance(said, AssistantMessage)
    assert said.content == "I will write it."
    assert [call.name for call in said.tool_calls] == [
        "exec_command", "multi_agent_v1__spawn_agent",
    ]  # fmt: skip
    assert [note.code for note in asked.notes] == ["dropped_tool"]


def test_what_a_text_agent_says_stays_to_the_letter() -> None:
    second = shape("aider")["second"]
    asked = read(second)
    assert [text_of(one) for one in asked.request.messages] == [
        one["content"] for one in second["messages"]
    ]
    assert not asked.notes
    assert not asked.wants_usage


def target(provider: str, model: str) -> Target:
    """Return a model at its vendor's own API."""
    profile = profile_named(provider)
    return Target(
        provider=provider,
        model=model,
        base_url=str(profile.base_url),
        profile=profile,
        info=find(model),
    )


TARGETS = [
    target("deepseek", "deepseek-v4-pro"),
    target("openai", "gpt-5.5"),
    target("openai", "gpt-4.1"),
]


@pytest.mark.parametrize("turn", ["first", "second"])
@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("at", TARGETS, ids=lambda one: f"{one.model}")
def test_no_provider_refuses_it(at: Target, agent: str, turn: str) -> None:
    asked = read(shape(agent)[turn])
    settings = asked.request.settings
    if "max_tokens" in settings:
        # More than a model writes is the plan's to lower, where it may.
        settings["max_tokens"] = min(settings["max_tokens"], 8000)
    planned = plan(asked.request, at)
    body = json.loads(encode(planned).body)
    assert body["tools" if asked.request.tools else "model"]


VALUE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "x", " ", "user", "function", "message", "é\n"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["type", "text", "name", "content", "function", "id", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=5,
)


def places(value: Any, *path: Any) -> list[tuple[Any, ...]]:
    """Return every place in a body."""
    if not isinstance(value, dict | list):
        return [path]
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    return [path, *(place for key, one in inner for place in places(one, *path, key))]


BODIES = [shape(agent)[turn] for agent in AGENTS for turn in ("first", "second")]
ALL = [(body, place) for body in BODIES for place in places(body) if place]


@given(
    where=st.sampled_from(ALL),
    value=VALUE,
    field=st.none() | st.sampled_from(["x", "name", "type", "content", "tool_calls", "namespace"]),
    lenient=st.booleans(),
)
def test_anything_anywhere_is_read_or_refused(
    where: tuple[Any, tuple[Any, ...]], value: Any, field: str | None, lenient: bool
) -> None:
    body, place = where
    body = json.loads(json.dumps(body))
    at = body
    for key in place[:-1]:
        at = at[key]
    if field is not None and isinstance(at[place[-1]], dict):
        at[place[-1]][field] = value
    else:
        at[place[-1]] = value
    face: Face = "responses" if "input" in where[0] else "chat"
    content = json.dumps(body).encode()
    try:
        asked = asked_in(face, content, lambda _: None, SEAL, lenient=lenient)
    except (InvalidRequestError, UnsupportedFeatureError):
        return
    assert asked.call["messages"] == asked.request.messages


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
@pytest.mark.parametrize("agent", AGENTS)
def test_texts_come_through_to_the_letter(agent: str, text: str) -> None:
    body = json.loads(json.dumps(shape(agent)["first"]))
    said = body["input" if agent == "codex" else "messages"]
    if isinstance(said[-1]["content"], str):
        said[-1]["content"] = text
    else:
        said[-1]["content"][-1]["text"] = text
    asked = read(body)
    assert text_of(asked.request.messages[-1]).endswith(text)
    sent = json.loads(encode(plan(asked.request, TARGETS[0])).body)["messages"][-1]["content"]
    assert (sent if isinstance(sent, str) else sent[-1]["text"]) == text
