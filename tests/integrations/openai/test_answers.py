"""Which answers may be gone on from, and that nobody goes on from another's."""

from __future__ import annotations

from typing import Any

import httpx
import openai
import pytest

import unillm
from tests.integrations.openai.conftest import HI, Way, options_for, value
from unillm import AssistantMessage, ChatResponse
from unillm._wire.serve.reading import asked_in
from unillm.integrations.openai import openai_client
from unillm.integrations.openai.answers import Answers
from unillm.testing import FakeProvider, Raw


def body_of(name: str, text: str) -> dict[str, Any]:
    said = {"type": "output_text", "text": text, "annotations": []}
    item = {"type": "message", "id": "msg_1", "role": "assistant", "content": [said]}
    return {"id": name, "object": "response", "status": "completed", "output": [item]}


def keeping(answers: Answers, name: str, text: str = "Hi", **asking: Any) -> None:
    asked = asked_in("responses", b'{"input": "Hello"}', lambda _: None)
    response = ChatResponse(
        message=AssistantMessage(text), finish_reason="stop", provider="box", model="m"
    )
    answers.keep(asked, name, response)


def test_answers_that_were_not_heard_of_for_longest_are_forgotten() -> None:
    answers = Answers(kept=2)
    for name in ("a", "b"):
        keeping(answers, name)
    assert answers.before("a")
    keeping(answers, "c")
    assert [bool(answers.before(name)) for name in ("a", "b", "c")] == [True, False, True]


def test_they_have_room_in_bytes() -> None:
    answers = Answers(size=10_000)
    for number in range(50):
        keeping(answers, str(number), "x" * 1000)
    kept = [number for number in range(50) if answers.before(str(number))]
    assert kept == list(range(50 - len(kept), 50))
    assert 7 <= len(kept) <= 9
    keeping(answers, "large", "x" * 20_000)
    assert answers.before("large") is None


def test_a_host_that_counts_gives_nobody_another_s_conversation() -> None:
    with FakeProvider() as fake:
        provider = unillm.Provider("box", base_url=fake.base_url, api_key="test", api="responses")
        made = openai_client(unillm.Client(providers=[provider]))
        for text in ("Hello Alice", "Hello Bob", "Alice again"):
            fake.enqueue(Raw.of_json(body_of("resp_7", text)))
        alice = made.responses.create(model="box:m", input="I am Alice")
        made.responses.create(model="box:m", input="I am Bob")
        made.responses.create(model="box:m", input="And?", previous_response_id=alice.id)
        said = [item["content"] for item in fake.requests[-1].fields["input"]]
        assert "I am Alice" in said
        assert "I am Bob" not in said


@pytest.mark.parametrize("name", ["é", "a\r\nx-evil: 1", "x" * 5 + "\x00"])
def test_an_id_that_is_no_header_is_none(way: Way, fake: FakeProvider, name: str) -> None:
    async def body() -> None:
        client = way.unillm(**options_for(fake))
        made = way.openai(client)
        message = {"role": "assistant", "content": "Hi"}
        told = {"id": name, "choices": [{"message": message, "finish_reason": "stop"}]}
        fake.enqueue(Raw.of_json(told))
        raw = await value(
            made.chat.completions.with_raw_response.create(
                model="deepseek:deepseek-v4-pro", messages=HI
            )
        )
        assert "x-evil" not in str(raw.headers)
        answer = await value(raw.parse())
        assert (answer.id, answer.choices[0].message.content) == (name, "Hi")
        await value(client.close())

    way.run(body)


@pytest.mark.parametrize("limit", [0, -1, 1e13])
def test_a_time_limit_that_is_none_is_refused(fake: FakeProvider, limit: float) -> None:
    with unillm.Client(**options_for(fake)) as client:
        made = openai_client(client)
        ask: Any = made.chat.completions.create
        with pytest.raises(openai.BadRequestError):
            ask(model="deepseek:deepseek-v4-pro", messages=HI, timeout=limit)
        assert not fake.requests
        ask(model="deepseek:deepseek-v4-pro", messages=HI, timeout=httpx.Timeout(None))
        ask(model="deepseek:deepseek-v4-pro", messages=HI, timeout=float("inf"))
