"""An answer that begins anew goes on from what was told, or the stream fails; and how it fails."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import httpx2
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionChunk
from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter

from tests.wire.drive import WEATHER, decode
from tests.wire.serve.test_judged import data_in
from tests.wire.serve.test_round_trip import made_call, replying
from unillm import (
    AssistantMessage,
    ChatResponse,
    Event,
    Finished,
    Native,
    ReasoningDelta,
    RefusalDelta,
    StreamContinued,
    StreamRestarted,
    TextDelta,
    ToolCallReady,
    Usage,
    UserMessage,
    errors,
)
from unillm._wire.serve.failed import failed
from unillm._wire.serve.reading import asked_in
from unillm._wire.serve.retelling import Retelling
from unillm._wire.serve.sealed import Seal
from unillm._wire.serve.speaking import Reply, reply_to
from unillm.errors import IncompleteStreamError, UnillmError
from unillm.types.facts import Api

APIS: list[Api] = ["chat", "responses"]
RESTARTED = StreamRestarted(2, "it broke off")
CALL = made_call(0, {"city": "Bern"}, None)
Spoken = Sequence[TextDelta | ReasoningDelta]


def answer(text: str, thought: str = "", **fields: Any) -> ChatResponse:
    message = AssistantMessage(text or None, reasoning=thought or None, tool_calls=(CALL,))
    usual: dict[str, Any] = {
        "message": message,
        "finish_reason": "tool_calls",
        "usage": Usage(input_tokens=3, output_tokens=2),
        "provider": "box",
        "model": "m",
    }
    return ChatResponse(**usual | fields)


def of(kind: type[TextDelta | ReasoningDelta], attempt: Iterable[Event]) -> str:
    return "".join(event.text for event in attempt if isinstance(event, kind))


def events_of(attempts: Sequence[Spoken]) -> list[Event]:
    events: list[Event] = []
    for at, attempt in enumerate(attempts):
        events += [StreamRestarted(at + 1, "it broke off")] if at else []
        events += attempt
        # A call may be whole, and its attempt be cut all the same.
        events += [ToolCallReady(0, CALL)]
    last = attempts[-1]
    return [*events, Finished(answer(of(TextDelta, last), of(ReasoningDelta, last)))]


# Two letters, so that one attempt often says the same as another, or nearly.
WORDS = st.text("ab", min_size=1, max_size=4)
ATTEMPT = st.lists(st.builds(TextDelta, WORDS) | st.builds(ReasoningDelta, WORDS), max_size=6)


@st.composite
def same_again(draw: st.DrawFn) -> list[Spoken]:
    """Draw attempts each of which begins the same answer, in pieces of its own."""
    text = draw(st.text("ab", max_size=12))
    attempts: list[Spoken] = []
    for at in range(draw(st.integers(1, 4)), -1, -1):
        said = text if at == 0 else text[: draw(st.integers(0, len(text)))]
        pieces: list[TextDelta | ReasoningDelta] = []
        while said:
            cut = draw(st.integers(1, len(said)))
            pieces += draw(st.lists(st.builds(ReasoningDelta, WORDS), max_size=1))
            pieces.append(TextDelta(said[:cut]))
            said = said[cut:]
        attempts.append(pieces)
    return attempts


def told_by(attempts: Sequence[Spoken]) -> str | None:
    """Return what is told in the end; None: what was told cannot stand."""
    told = ""
    for at, attempt in enumerate(attempts):
        text = of(TextDelta, attempt)
        is_last = at == len(attempts) - 1
        if not text.startswith(told) and (is_last or not told.startswith(text)):
            return None
        told = max(told, text, key=len)
    return told


def thoughts_by(api: Api, attempts: Sequence[Spoken]) -> str | None:
    if api == "chat":
        return "\n\n".join(filter(None, (of(ReasoningDelta, one) for one in attempts))) or None
    return None


@pytest.mark.parametrize("api", APIS)
@given(attempts=same_again() | st.lists(ATTEMPT, min_size=1, max_size=4))
def test_what_was_told_stands_where_the_new_answer_begins_with_it(
    api: Api, attempts: list[Spoken]
) -> None:
    reply, events, meant = replying(api), events_of(attempts), told_by(attempts)
    if meant is None:
        with pytest.raises(IncompleteStreamError, match="began anew"):
            list(map(reply.feed, events))
        return
    pieces = [reply.begin(None), *map(reply.feed, events)]
    adapter: TypeAdapter[Any] = TypeAdapter(
        ChatCompletionChunk if api == "chat" else ResponseStreamEvent
    )
    for data in data_in(pieces):
        adapter.validate_python(data)
    told = decode(pieces, [WEATHER], api=api)
    assert told.error is None
    assert told.response is not None
    assert told.response.text == meant
    assert told.response.tool_calls == (CALL,)
    assert told.response.usage == Usage(
        input_tokens=3,
        output_tokens=2,
        cached_input_tokens=0 if api == "responses" else None,
        cache_write_tokens=0 if api == "responses" else None,
        reasoning_tokens=0 if api == "responses" else None,
    )
    if api == "chat":
        assert (told.response.reasoning or None) == thoughts_by(api, attempts)
    else:
        for one in attempts:
            for event in one:
                assert isinstance(event, TextDelta) or event.text in (told.response.reasoning or "")


@given(texts=st.lists(st.lists(WORDS, max_size=5), min_size=1, max_size=5))
def test_nothing_is_told_twice(texts: list[list[str]]) -> None:
    retelling, told, said = Retelling(), "", ""
    for at, pieces in enumerate(texts):
        if at:
            retelling.begin_anew(RESTARTED)
        said = ""
        for piece in pieces:
            said += piece
            agrees = said.startswith(told) or told.startswith(said)
            if not agrees:
                with pytest.raises(IncompleteStreamError):
                    retelling.take(piece)
                return
            told += retelling.take(piece)
            assert told.startswith(said)
    if len(said) < len(told):
        with pytest.raises(IncompleteStreamError):
            retelling.end()
    else:
        retelling.end()
        assert told == said


def test_many_restarts_look_at_nothing_twice() -> None:
    """A restart alone costs nothing: what was told is not copied for each of them."""
    retelling = Retelling()
    retelling.take("a" * 100_000)
    for _ in range(100_000):
        retelling.begin_anew(RESTARTED)
    assert retelling.take("a" * 100_000 + "b") == "b"


@pytest.mark.parametrize("api", APIS)
def test_a_refusal_is_held_against_the_one_that_was_told(api: Api) -> None:
    reply = replying(api)
    reply.feed(RefusalDelta("No, I"))
    reply.feed(RESTARTED)
    assert reply.feed(RefusalDelta("No")) == b""
    assert b'" cannot"' in reply.feed(RefusalDelta(", I cannot"))
    reply.feed(RESTARTED)
    with pytest.raises(IncompleteStreamError):
        reply.feed(RefusalDelta("Yes"))


@pytest.mark.parametrize("api", APIS)
def test_an_answer_that_goes_on_needs_nothing(api: Api) -> None:
    reply = replying(api)
    events: list[Event] = [TextDelta("He"), StreamContinued(2, "it broke off"), TextDelta("llo")]
    pieces = [reply.begin(None), *map(reply.feed, [*events, Finished(answer("Hello"))])]
    told = decode(pieces, [WEATHER], api=api)
    assert told.response is not None
    assert told.response.text == "Hello"


def sealing(seal: Seal) -> Reply:
    body = {"input": "Hi", "store": False, "stream": True}
    return reply_to(asked_in("responses", json.dumps(body).encode(), lambda _: None, seal), "1")


ITEMS: tuple[dict[str, Any], ...] = ({"type": "reasoning", "encrypted_content": "x"},)


@pytest.mark.parametrize("native", [None, Native("openai", api="responses", items=ITEMS)])
@pytest.mark.parametrize("before", [[ReasoningDelta("A")], [ReasoningDelta("A"), TextDelta("He")]])
@pytest.mark.parametrize("after", [[], [ReasoningDelta("B")]])
def test_what_is_sealed_is_the_final_answer_s_own(
    native: Native | None, before: list[Event], after: list[Event]
) -> None:
    seal = Seal(b"k")
    reply = sealing(seal)
    message = AssistantMessage("Hello", reasoning="B" if after else None, native=native)
    response = answer("Hello", message=message, finish_reason="stop")
    events = [*before, RESTARTED, *after, TextDelta("Hello"), Finished(response)]
    body = data_in([reply.begin(None), *map(reply.feed, events)])[-1]["response"]
    assert [item["summary"][0]["text"] for item in body["output"] if item.get("summary")] == [
        "A",
        *("B" for _ in after),
    ]
    back = {"input": [{"role": "user", "content": "Hi"}, *body["output"]], "store": False}
    asked = asked_in("responses", json.dumps(back).encode(), lambda _: None, seal)
    user, said = asked.request.messages
    assert user == UserMessage("Hi")
    assert isinstance(said, AssistantMessage)
    assert (said.content, said.reasoning, said.native) == ("Hello", message.reasoning, native)


ERRORS: list[tuple[UnillmError, str]] = [
    (IncompleteStreamError("it was cut"), "server_error"),
    (errors.RateLimitError("slow down", status=429, retry_after=2.0), "rate_limit_exceeded"),
    (errors.ContextLengthError("too long", status=400), "context_length_exceeded"),
    (errors.BudgetExceededError("all is spent"), "insufficient_quota"),
    (errors.InsufficientBalanceError("nothing left", status=402), "insufficient_quota"),
    (errors.InvalidRequestError("no"), "invalid_prompt"),
    (errors.BadRequestError("no", status=400), "invalid_prompt"),
    (errors.OverloadedError("busy", status=503), "server_error"),
]


def served(api: Api, content: bytes) -> Any:
    def answer_with(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=content)

    made = httpx2.Client(transport=httpx2.MockTransport(answer_with))
    client = openai.OpenAI(base_url="http://x.invalid", api_key="k", http_client=made)
    if api == "chat":
        said: Any = [{"role": "user", "content": "Hi"}]
        return client.chat.completions.create(model="m", messages=said, stream=True)
    return client.responses.create(model="m", input="Hi", stream=True)


@pytest.mark.parametrize(("error", "code"), ERRORS, ids=lambda one: type(one).__name__)
def test_a_stream_that_failed_says_so(error: UnillmError, code: str) -> None:
    chat = replying("chat")
    begun = chat.begin(None) + chat.feed(TextDelta("He"))
    with pytest.raises(openai.APIError) as caught:
        list(served("chat", begun + chat.fail(error)))
    assert caught.value.body == failed(error).body["error"]
    assert b"[DONE]" not in chat.fail(error)
    assert b"finish_reason" not in chat.fail(error)
    reply = replying("responses")
    begun = reply.begin(None) + reply.feed(TextDelta("He"))
    *before, last = list(served("responses", begun + reply.fail(error)))
    assert (last.type, last.response.status) == ("response.failed", "failed")
    assert last.sequence_number == len(before)
    assert (last.response.error.code, last.response.error.message) == (code, str(error))
    assert last.response.id == before[0].response.id


@pytest.mark.parametrize("api", APIS)
def test_a_stream_that_failed_is_read_by_us_as_one(api: Api) -> None:
    reply = replying(api)
    pieces = [reply.begin(None), reply.feed(TextDelta("He"))]
    told = decode([*pieces, reply.fail(IncompleteStreamError("it was cut"))], api=api)
    assert told.response is None
    assert told.error is not None
    assert "it was cut" in str(told.error)
    assert told.partial.text == "He"
