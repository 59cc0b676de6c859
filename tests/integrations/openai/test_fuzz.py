"""Whatever error comes at whatever event, callers see openai's errors or those of the library."""

from __future__ import annotations

import asyncio
from types import ModuleType
from typing import Any, Self

import httpx
import httpx2
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.integrations.openai.conftest import HI
from unillm import (
    AssistantMessage,
    ChatResponse,
    Event,
    Finished,
    ReasoningDelta,
    RefusalDelta,
    StreamContinued,
    StreamRestarted,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolCallReady,
    ToolCallStarted,
    errors,
)
from unillm.errors import UnillmError
from unillm.integrations.openai import transport

CALL = ToolCall("c", "f", {"a": 1}, raw='{"a": 1}')
RESPONSE = ChatResponse(
    message=AssistantMessage("Hi", tool_calls=(CALL,)),
    finish_reason="tool_calls",
    provider="box",
    model="m",
)
EVENTS: list[Event] = [
    ReasoningDelta("Hm."),
    TextDelta("Hi"),
    RefusalDelta("No."),
    ToolCallStarted(0, "c", "f"),
    ToolCallDelta(0, CALL.raw),
    ToolCallReady(0, CALL),
    StreamContinued(2, "it broke off"),
    StreamRestarted(2, "it broke off"),
    Finished(RESPONSE),
]


def family(kind: type[UnillmError]) -> list[type[UnillmError]]:
    return [kind, *(one for under in kind.__subclasses__() for one in family(under))]


MORE: dict[type[UnillmError], dict[str, Any]] = {
    errors.ToolArgumentsError: {"response": RESPONSE},
    errors.OutputValidationError: {"response": RESPONSE, "tries": ()},
    errors.RouteExhaustedError: {"errors": ()},
}
KINDS = [kind for kind in family(UnillmError) if kind.__module__ == "unillm.errors"]
RAISED = st.sampled_from(KINDS).map(lambda kind: kind("what happened", **MORE.get(kind, {})))


class Stream:
    """A stream that gives some events, and then an error or nothing more."""

    partial = None

    def __init__(self, events: list[Event], error: UnillmError | None) -> None:
        self.events, self.error, self.closed = iter(events), error, False

    def __enter__(self) -> Self:
        return self

    def __iter__(self) -> Stream:
        return self

    def __next__(self) -> Event:
        for event in self.events:
            return event
        if self.error is not None:
            raise self.error
        raise StopIteration

    def close(self) -> None:
        self.closed = True


class AsyncStream(Stream):
    async def __aenter__(self) -> Self:
        return self

    def __aiter__(self) -> AsyncStream:
        return self

    async def __anext__(self) -> Event:
        try:
            return super().__next__()
        except StopIteration:
            raise StopAsyncIteration from None

    async def close(self) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as the real one
        self.closed = True


class Client:
    """Answers with one stream, or raises at once."""

    def __init__(self, made: Any) -> None:
        self.made = made

    def stream(self, **_: Any) -> Any:
        if isinstance(self.made, UnillmError):
            raise self.made
        return self.made


def clients(library: ModuleType, made: Any, asynchronous: bool) -> Any:
    stand_in: Any = Client(made)
    where: dict[str, Any] = {"base_url": "http://x.invalid", "api_key": "k"}
    behind = transport(library, stand_in, stand_in)
    if asynchronous:
        return openai.AsyncOpenAI(http_client=library.AsyncClient(transport=behind), **where)
    return openai.OpenAI(http_client=library.Client(transport=behind), **where)


def ask(api: str, made: Any) -> Any:
    if api == "chat":
        return made.chat.completions.create(model="m", messages=HI, stream=True)
    return made.responses.create(model="m", input="Hi", stream=True)


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
@pytest.mark.parametrize("api", ["chat", "responses"])
@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "asyncio"])
@given(events=st.lists(st.sampled_from(EVENTS[:-1]), max_size=6), error=RAISED)
def test_only_their_errors_come_out(
    library: Any, api: str, asynchronous: bool, events: list[Event], error: UnillmError
) -> None:
    stream = AsyncStream(events, error) if asynchronous else Stream(events, error)
    made = clients(library, stream, asynchronous)

    async def read_async() -> None:
        async for _ in await ask(api, made):
            pass

    def read() -> None:
        for _ in ask(api, made):
            pass

    with pytest.raises((openai.OpenAIError, library.HTTPError)) as caught:
        asyncio.run(read_async()) if asynchronous else read()
    assert isinstance(caught.value.__cause__, UnillmError)
    assert stream.closed


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_error_before_the_first_event_is_theirs(library: Any, kind: type[UnillmError]) -> None:
    error = kind("what happened", **MORE.get(kind, {}))
    with pytest.raises(openai.OpenAIError) as caught:
        ask("chat", clients(library, error, asynchronous=False))
    assert caught.value.__cause__ is error
