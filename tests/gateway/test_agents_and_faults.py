"""Requests in the shape of each agent, before a provider with DeepSeek's rules, times the faults.

What comes of it is what the client itself makes of the fault, told so that the package of that
protocol takes it; or an error. Nothing is half an answer, and no call that cannot be executed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import unillm
from tests.gateway.judges import Told, chat, messages, responses
from tests.gateway.running import CHAT_TOOL, KEY, WEATHER, Gateway, running
from tests.gateway.test_matrix import OFTEN
from unillm import Provider, RetryPolicy
from unillm._wire.serve.sealed import Seal
from unillm.testing import FakeProvider, faults

SHAPES = Path(__file__).parent / "shapes"
AGENTS = sorted(path.stem for path in SHAPES.glob("*.json"))
FAULTS = sorted(OFTEN - {"status-500"})
RETRY = RetryPolicy(max_attempts=2, first_wait=0, max_wait=0.06)
TURNS = ("first", "second")


@pytest.fixture(scope="module")
def shared() -> Iterator[Gateway]:
    with (
        FakeProvider(rules="deepseek") as fake,
        # All requests of an agent are one session here, and half of them break off.
        running(fake, options={"retry": RETRY}, repeats=0, session_budget=None) as made,
    ):
        yield made


def shape(agent: str) -> dict[str, Any]:
    text = (SHAPES / f"{agent}.json").read_text(encoding="utf-8")
    sealed = Seal(KEY.encode()).of_text("I write it.")
    made: dict[str, Any] = json.loads(text.replace("SEALED", sealed))
    return made


def asked(gateway: Gateway, agent: str, turn: str) -> Told:
    """Ask as an agent does; among its tools is the one that the faults call."""
    told = shape(agent)
    body, headers = told[turn], dict(told["headers"])
    headers.pop("authorization", None)
    stream = body.get("stream", False)
    if "input" in body:
        tool: Any = {"type": "function", **WEATHER}
        judge = responses
    elif "system" in body:
        tool = {"name": WEATHER["name"], "input_schema": WEATHER["parameters"]}
        judge = messages
    else:
        tool, judge = CHAT_TOOL, chat
    tools = [*body["tools"], tool] if body.get("tools") else None
    body = {**body, **({} if tools is None else {"tools": tools})}
    return judge(gateway, body, stream=stream, headers=headers)


def expected(gateway: Gateway, fault: str, *, tools: bool, stream: bool) -> Any:
    """Return what the client itself answers; None: it raises."""
    gateway.fake.enqueue(*[faults.get(fault)] * 4)
    provider = Provider("deepseek", base_url=gateway.fake.base_url, api_key="k")
    call: dict[str, Any] = {"messages": "Hi", "model": "deepseek:deepseek-v4-pro"}
    call |= {"tools": [CHAT_TOOL]} if tools else {}
    with unillm.Client(providers=[provider], retry=RETRY, on_midstream_error="restart") as client:
        try:
            if stream:
                with client.stream(**call) as events:
                    list(events)
                response = events.response
            else:
                response = client.chat(**call)
        except unillm.UnillmError:
            return None
        finally:
            gateway.fake.clear()
    return response.text, [(one.name, one.arguments) for one in response.tool_calls]


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("turn", TURNS)
def test_a_sound_answer_is_told(shared: Gateway, agent: str, turn: str) -> None:
    told = asked(shared, agent, turn)
    assert told.error is None
    assert told.text or told.calls
    assert shared.fake.served[-1].rule is None
    scope = shared.records[-1].scope
    assert scope.tags["agent"]
    assert scope.session


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_put_right_or_told(shared: Gateway, agent: str, fault: str) -> None:
    for turn in TURNS:
        body = shape(agent)[turn]
        stream = bool(body.get("stream"))
        what = expected(shared, fault, tools=bool(body.get("tools")), stream=stream)
        shared.fake.enqueue(*[faults.get(fault)] * 4)
        told = asked(shared, agent, turn)
        shared.fake.clear()
        if what is None:
            assert told.error is not None
        else:
            assert told.error is None
            assert told.said == what


@pytest.mark.parametrize("fault", sorted(name for name in faults.names() if "leaked" in name))
def test_who_sends_no_tools_gets_every_byte(shared: Gateway, fault: str) -> None:
    """What looks like a call in the text of an agent that works in text is its text."""
    what = expected(shared, fault, tools=False, stream=True)
    shared.fake.enqueue(*[faults.get(fault)] * 4)
    told = asked(shared, "aider", "first")
    shared.fake.clear()
    if what is None:
        assert told.error is not None
    else:
        assert told.said == what
