"""The scripted model: it makes the file with whatever tools there are, and goes wrong as told."""

import json

import httpx
import pytest

from tests.agents.agents import AGENTS
from tests.agents.model import Model
from tests.agents.run import applies
from tests.agents.troubles import TROUBLES
from tests.agents.ways import WAYS
from unillm.testing import FakeProvider

WRITE = {
    "name": "write_file",
    "parameters": {
        "type": "object",
        "properties": {
            "file_path": {"type": "string"},
            "content": {"type": "string"},
            "why": {"type": "string"},
            "mode": {"type": "string"},
        },
        "required": ["file_path", "content", "why"],
    },
}
SHELL = {
    "name": "developer.shell",
    "parameters": {"type": "object", "properties": {"command": {"type": "array"}}},
}
READ = {"name": "read_file", "parameters": {"type": "object", "properties": {}}}
RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "ok"}


@pytest.fixture
def fake():
    with FakeProvider() as running:
        yield running


def ask(fake, *messages, tools=()):
    """Return the answer's message."""
    offered = [{"type": "function", "function": tool} for tool in tools]
    said = [{"role": "user", "content": "Make it."}, *messages]
    body = {"model": "m", "messages": said, "tools": offered}
    answer = httpx.post(f"{fake.base_url}/chat/completions", json=body)
    return answer.json()["choices"][0]["message"]


def model(fake, folder, trouble="ok", **options):
    playing = Model(folder, TROUBLES[trouble], **options)
    fake.enqueue(*[playing.as_fault()] * 10)
    return playing


def test_a_tool_that_writes_is_taken_before_a_shell(fake, tmp_path):
    playing = model(fake, tmp_path)
    (call,) = ask(fake, tools=[READ, SHELL, WRITE])["tool_calls"]
    assert call["function"]["name"] == "write_file"
    given = json.loads(call["function"]["arguments"])
    assert given == {
        "file_path": str(tmp_path / "hello.txt"),
        "content": "hi",
        "why": "make a file",
    }
    assert (playing.turns, playing.ended) == (1, 0)


def test_a_shell_does_too(fake, tmp_path):
    model(fake, tmp_path)
    (call,) = ask(fake, tools=[READ, SHELL])["tool_calls"]
    (line,) = json.loads(call["function"]["arguments"])["command"]
    assert line == f"printf hi > {tmp_path / 'hello.txt'}"


def test_it_ends_once_the_file_is_there_and_not_before(fake, tmp_path):
    playing = model(fake, tmp_path)
    assert ask(fake, RESULT, tools=[WRITE])["tool_calls"]
    assert playing.ended == 0
    (tmp_path / "hello.txt").write_text("hi", encoding="utf-8")
    assert "tool_calls" not in ask(fake, RESULT, tools=[WRITE])
    assert playing.ended == 1


def test_it_says_that_the_work_is_done_where_an_agent_waits_for_it(fake, tmp_path):
    playing = model(fake, tmp_path, ending="echo THE_END")
    (tmp_path / "hello.txt").write_text("hi", encoding="utf-8")
    (call,) = ask(fake, RESULT, tools=[SHELL])["tool_calls"]
    assert json.loads(call["function"]["arguments"]) == {"command": ["echo THE_END"]}
    assert playing.ended == 1
    said = {"role": "assistant", "content": None, "tool_calls": [call]}
    assert "tool_calls" not in ask(fake, said, RESULT, tools=[SHELL])


def test_without_tools_it_says_what_it_has_to_say(fake, tmp_path):
    model(fake, tmp_path, said="hello.txt\n```\nhi\n```")
    assert ask(fake)["content"] == "hello.txt\n```\nhi\n```"


@pytest.mark.parametrize("trouble", [name for name, one in TROUBLES.items() if name != "ok"])
def test_what_goes_wrong_is_another_answer_than_a_sound_one(fake, tmp_path, trouble):
    told = []
    for name in ("ok", trouble):
        fake.clear()
        playing = model(fake, tmp_path, name)
        body = {
            "model": "m",
            "stream": True,
            "messages": [
                {"role": "developer", "content": "Make files."},
                {"role": "user", "content": "Make it."},
                {"role": "assistant", "content": "Wait."},
                {"role": "user", "content": "Well?"},
            ],
            "tools": [{"type": "function", "function": WRITE}],
        }
        try:
            got = httpx.post(f"{fake.base_url}/chat/completions", json=body)
            told.append((got.status_code, got.text.replace("fake_2", "fake_1").replace("-2", "-1")))
        except httpx.TransportError as error:
            told.append((0, type(error).__name__))
        assert playing.wanted.keys() == (
            {"hello.txt", "bye.txt"} if playing.trouble.two else {"hello.txt"}
        )
    assert told[0] != told[1]


def test_every_agent_meets_the_sound_model_by_the_gateway():
    for agent in AGENTS.values():
        assert applies(agent, WAYS["unillm"], TROUBLES["ok"])
        assert not applies(agent, WAYS["direct"], TROUBLES["ok"]) or agent.face != "messages"
