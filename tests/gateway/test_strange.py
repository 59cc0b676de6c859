"""What nobody foresaw: bodies that make no sense, mistakes of the gateway's own, late goodbyes."""

from __future__ import annotations

import logging
import socket
from typing import Any

import pytest

from tests.gateway.running import CHAT_TOOL, HI, KEY, MODEL, Gateway, running
from unillm import Timeout
from unillm.gateway.turns import Turn
from unillm.testing import Answer, FakeProvider

FACES: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {"messages": HI},
    "/v1/responses": {"input": "hi"},
    "/v1/messages": {"messages": HI, "max_tokens": 9},
}
ODD: list[Any] = [
    {"tags": True},
    {"tags": "blue"},
    {"tags": [["team", "blue"]]},
    {"rewrite": 1},
    {"rewrite": "tool_choice"},
    {"rewrite": [{}]},
    {"rewrite": {"tool_choice": 1}},
    {"timeout": "soon"},
    {"observers": []},
    {"budget": None},
    {"api_key": "sk-other"},
    [],
]


@pytest.mark.parametrize("path", FACES)
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("options", ODD, ids=repr)
def test_options_that_make_no_sense_are_refused(
    gateway: Gateway, path: str, options: Any, *, stream: bool
) -> None:
    body = {"model": MODEL, "stream": stream, "unillm": options, **FACES[path]}
    told = gateway.post(path, body)
    assert told.status_code == 400, told.text
    assert told.headers["content-type"] == "application/json"
    assert "unillm" in told.json()["error"]["message"] or "timeout" in told.text
    assert not gateway.fake.requests


@pytest.mark.parametrize("kind", [[], {}, [[]]])
def test_a_choice_of_no_kind_is_refused(gateway: Gateway, kind: Any) -> None:
    choice = {"type": kind, "name": "get_weather"}
    told = gateway.chat(tools=[CHAT_TOOL], tool_choice=choice)
    assert told.headers["content-type"] == "application/json"
    assert told.status_code < 500, told.text


@pytest.mark.parametrize("path", FACES)
def test_a_mistake_of_its_own_is_told_in_the_protocol(
    gateway: Gateway,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    said = "a secret of the prompt"

    def broken(_turn: Turn) -> dict[str, Any]:
        raise KeyError(said)

    monkeypatch.setattr(Turn, "call", property(broken))
    with caplog.at_level(logging.ERROR, logger="unillm"):
        told = gateway.post(path, {"model": MODEL, **FACES[path]})
    assert told.status_code == 500
    assert told.headers["x-should-retry"] == "false"
    error = told.json()["error"]
    assert "gateway_error" in {error.get("code"), error.get("details", {}).get("error_code")}
    assert "KeyError" in error["message"]
    assert "turns" in caplog.text or "answering" in caplog.text
    assert said not in told.text + caplog.text
    monkeypatch.undo()
    assert gateway.post(path, {"model": MODEL, **FACES[path]}).status_code == 200


@pytest.mark.parametrize("path", [*FACES, "/v1/messages/count_tokens"])
def test_who_leaves_while_asking_breaks_nothing(
    gateway: Gateway, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost:{gateway.port}\r\nAuthorization: Bearer {KEY}\r\n"
        "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    )
    with caplog.at_level(logging.ERROR):
        with socket.create_connection(("127.0.0.1", gateway.port)) as asking:
            asking.sendall(head.encode() + b'{"model"')
        assert gateway.chat().status_code == 200
    assert not caplog.records


@pytest.mark.parametrize(
    "name", ["deepseek:a\nb: forged", "deepseek:\x1b[2J", "deepseek:" + "x" * 600]
)
def test_a_name_that_a_terminal_would_not_show_is_nobodys(gateway: Gateway, name: str) -> None:
    told = gateway.post("/v1/chat/completions", {"model": name, "messages": HI})
    assert told.status_code == 404
    assert told.json()["error"]["code"] == "model_not_found"
    assert not gateway.records


@pytest.mark.parametrize(("own", "asked"), [(0.2, 1e9), (60, 0.2), (None, 0.2)])
def test_a_client_has_no_more_patience_than_the_gateway(
    upstream: FakeProvider, own: float | None, asked: float
) -> None:
    with running(upstream, options={"timeout": Timeout(total=own)}) as gateway:
        upstream.enqueue(Answer("one two three four five six", pace=5))
        told = gateway.chat(stream=True, unillm={"timeout": asked})
    assert "[DONE]" not in told.text
    assert type(gateway.records[-1].error).__name__ == "DeadlineExceededError"
