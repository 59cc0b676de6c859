"""What is told beside conversations, and in headers."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest

from tests.gateway.running import CHAT_TOOL, HI, KEY, MODEL, Gateway, running
from unillm import AsyncClient, InvalidRequestError, Ledger, Provider
from unillm.gateway import Settings, app
from unillm.testing import Answer, FakeCall, FakeProvider

PARIS = FakeCall("get_weather", "{'city': 'Paris'}")


def test_models_are_listed_for_both_packages(gateway: Gateway) -> None:
    with openai.OpenAI(base_url=gateway.url, api_key=KEY) as client:
        listed = {model.id for model in client.models.list()}
        assert client.models.retrieve("deepseek-v4-pro").owned_by == "deepseek"
        with pytest.raises(openai.NotFoundError, match="Did you mean 'deepseek-v4-pro'"):
            client.models.retrieve("deepseek-v4-prro")
    with anthropic.Anthropic(base_url=gateway.root, auth_token=KEY) as client:
        found = {model.id: model.display_name for model in client.models.list()}
        assert client.models.retrieve("deepseek-v4-pro").created_at.year >= 2025
        with pytest.raises(anthropic.NotFoundError):
            client.models.retrieve("nobody")
    assert listed == set(found)
    assert "deepseek-v4-pro" in listed
    assert not gateway.fake.served


def test_a_model_nobody_has_is_not_asked(gateway: Gateway) -> None:
    for stream in (False, True):
        answer = gateway.chat(model="deepseek-v4-prro", stream=stream)
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "model_not_found"
        assert "'deepseek-v4-pro'" in answer.json()["error"]["message"]
    assert not gateway.fake.served


def test_a_route_is_a_model(upstream: FakeProvider) -> None:
    with running(upstream, options={"routes": {"fast": ["deepseek:deepseek-flash"]}}) as gateway:
        assert gateway.chat(model="route:fast").json()["unillm"]["route"] == "fast"
        assert gateway.chat(model="fast").status_code == 200
        with gateway.client() as client:
            assert client.get("/v1/models/route:fast").json()["id"] == "route:fast"


def test_what_it_was_and_cost_is_in_the_headers(gateway: Gateway) -> None:
    gateway.fake.enqueue(Answer(tool_calls=[PARIS]))
    answer = gateway.chat(tools=[CHAT_TOOL])
    assert answer.headers["x-unillm-target"] == MODEL
    assert answer.headers["x-unillm-attempts"] == "1"
    assert answer.headers["x-unillm-repairs"] == "1"
    assert answer.headers["x-unillm-cost-state"] == "exact"
    body = answer.json()
    assert answer.headers["x-unillm-cost"] == f"{gateway.records[-1].cost.total:f}"
    assert float(answer.headers["x-unillm-cost"]) == body["usage"]["cost"]


def test_an_operation_is_looked_up(upstream: FakeProvider, tmp_path: Path) -> None:
    """While it is remembered, and from the ledger when it is not."""
    ledger = Ledger(tmp_path / "ledger.db")
    path = "/unillm/operations/"
    with running(upstream, ledger=ledger) as gateway, gateway.client() as client:
        answer = gateway.chat([{"role": "user", "content": "a secret plan"}], stream=True)
        name = answer.headers["x-unillm-operation"]
        found = client.get(f"{path}{name}").json()
        assert found["outcome"] == "ok"
        assert Decimal(found["cost"]["total"]) == gateway.records[-1].cost.total
        assert client.get(f"/v1{path}{name}").json() == found
        assert client.get(f"{path}nobody").status_code == 404
        assert "secret" not in str(found)
    with running(upstream, ledger=ledger) as gateway, gateway.client() as client:
        again = client.get(f"{path}{name}").json()
    assert again["cost"] == found["cost"]


def test_tokens_are_counted_without_asking(gateway: Gateway) -> None:
    with anthropic.Anthropic(base_url=gateway.root, auth_token=KEY) as client:
        counted = client.messages.count_tokens(
            model="deepseek-v4-pro", messages=[{"role": "user", "content": "word " * 1000}]
        )
    assert 500 < counted.input_tokens < 3000
    assert not gateway.fake.served
    assert gateway.post("/v1/messages/count_tokens", {"model": "nobody"}).status_code in {400, 404}


def test_it_does_not_ask_itself() -> None:
    here = "http://127.0.0.1:8787/v1"
    client = AsyncClient(providers=[Provider("openai", base_url=here, api_key="k")])
    with pytest.raises(InvalidRequestError, match="this gateway itself"):
        app(client, Settings(key=KEY, hosts=frozenset({"127.0.0.1:8787"})))


def test_a_client_that_cannot_be_awaited_is_refused() -> None:
    import unillm

    client = unillm.Client(providers=[Provider("deepseek", api_key="k")])
    with pytest.raises(InvalidRequestError, match=r"AsyncClient, not Client"):
        app(client, Settings(key=KEY, hosts=frozenset()))  # type: ignore[arg-type] # that is the point


def test_anthropic_s_package_is_answered(gateway: Gateway) -> None:
    gateway.fake.enqueue(Answer("Let me see.", reasoning="Hm.", tool_calls=[PARIS]))
    with anthropic.Anthropic(base_url=gateway.root, auth_token=KEY) as client:
        tool = {
            "name": "get_weather",
            "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
        }
        asked = {"model": MODEL, "max_tokens": 1000, "messages": HI, "tools": [tool]}
        with client.messages.stream(**asked) as stream:  # type: ignore[arg-type] # plain dicts
            message = stream.get_final_message()
    kinds = [block.type for block in message.content]
    assert kinds == ["thinking", "text", "tool_use"]
    assert message.content[2].input == {"city": "Paris"}  # type: ignore[union-attr] # it is one
    assert message.stop_reason == "tool_use"


def test_usage_that_nobody_reports_is_estimated_and_says_so(gateway: Gateway) -> None:
    gateway.fake.enqueue(*(Answer("Hello there", usage=None) for _ in range(6)))
    with openai.OpenAI(base_url=gateway.url, api_key=KEY) as client:
        ask: Any = client.chat.completions.create
        over: Any = client.responses.create
        usage = {"include_usage": True}
        *_, last = ask(model=MODEL, messages=HI, stream=True, stream_options=usage)
        chat = [ask(model=MODEL, messages=HI).usage, last.usage]
        *_, end = over(model=MODEL, input="hi", stream=True)
        responses = [over(model=MODEL, input="hi").usage, end.response.usage]
    with anthropic.Anthropic(base_url=gateway.root, auth_token=KEY) as other:
        asked: dict[str, Any] = {"model": MODEL, "max_tokens": 99, "messages": HI}
        create: Any = other.messages.create
        *_, delta, _ = create(**asked, stream=True)
        messages = [create(**asked).usage, delta.usage]
    given, made = 8, 3  # what the cost was estimated by
    assert "8 tokens in and 3 out were counted" in gateway.records[-1].cost.reason
    for told in chat:
        assert (told.prompt_tokens, told.completion_tokens) == (given, made)
    for told in (*responses, *messages):
        assert (told.input_tokens, told.output_tokens) == (given, made)
    for told in (*chat, *responses, *messages):
        assert told.model_extra["estimated"] is True
        assert "cost" not in told.model_extra


def test_usage_that_is_reported_is_not_marked(gateway: Gateway) -> None:
    usage = gateway.chat().json()["usage"]
    assert usage["prompt_tokens"] > 0
    assert "estimated" not in usage
