"""Errors are openai's own with ours as their cause, and unillm alone tries again."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import httpx
import httpx2
import openai
import pytest

import unillm
from tests.integrations.openai.conftest import HI, MODEL, Way, each, options_for, value
from unillm.integrations.openai import openai_client, transport
from unillm.testing import Answer, FakeProvider

pytestmark = pytest.mark.filterwarnings("ignore:Async generator '(openai|httpx):ResourceWarning")
ONCE = unillm.RetryPolicy(max_attempts=1)
STATUSES = [
    ("status-400", openai.BadRequestError, unillm.BadRequestError),
    ("status-401", openai.AuthenticationError, unillm.AuthenticationError),
    ("status-402", openai.APIStatusError, unillm.InsufficientBalanceError),
    ("status-429", openai.RateLimitError, unillm.RateLimitError),
    ("status-500", openai.InternalServerError, unillm.ServerError),
    ("status-503", openai.InternalServerError, unillm.OverloadedError),
    ("status-400-context-length", openai.BadRequestError, unillm.ContextLengthError),
]


def hasty(way: Way, made: Any) -> Any:
    """Return the same client with the retries that openai has by default."""
    return made.with_options(max_retries=2)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("row", STATUSES, ids=lambda row: row[0])
def test_a_refusal_has_its_class_its_cause_and_one_attempt(
    way: Way, fake: FakeProvider, row: tuple[str, Any, Any], stream: bool
) -> None:
    model, theirs, ours = row

    async def body() -> None:
        client = way.unillm(**options_for(fake, retry=ONCE))
        made = hasty(way, way.openai(client))
        with pytest.raises(theirs) as caught:
            await value(
                made.chat.completions.create(model=f"deepseek:{model}", messages=HI, stream=stream)
            )
        error = caught.value
        assert isinstance(error.__cause__, ours)
        assert error.response.extensions["unillm.error"] is error.__cause__
        assert error.response.headers["x-should-retry"] == "false"
        assert error.status_code == error.response.status_code
        assert isinstance(error.body, dict)
        assert error.__cause__.attempts
        assert len(fake.requests) == 1
        if ours is unillm.ContextLengthError:
            assert error.code == "context_length_exceeded"
        await value(client.close())

    way.run(body)


@pytest.mark.parametrize("model", ["cut-in-text", "cut-in-arguments"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_cut_is_a_connection_error(
    way: Way, fake: FakeProvider, model: str, stream: bool
) -> None:
    async def read(made: Any) -> None:
        asked = made.chat.completions.create(model=f"deepseek:{model}", messages=HI, stream=stream)
        seen = [chunk async for chunk in each(await value(asked))]
        assert seen

    async def body() -> None:
        client = way.unillm(**options_for(fake, retry=ONCE))
        made = hasty(way, way.openai(client))
        with pytest.raises(openai.APIConnectionError) as caught:
            await read(made)
        assert isinstance(caught.value.__cause__, unillm.IncompleteStreamError)
        assert len(fake.requests) == 1
        await value(client.close())

    way.run(body)


def test_nobody_listening_is_a_connection_error(way: Way) -> None:
    async def body() -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
            provider = unillm.Provider("deepseek", base_url=url, api_key="test")
            records: list[Any] = []
            client = way.unillm(providers=[provider], retry=ONCE, observers=[records.append])
            made = hasty(way, way.openai(client))
            with pytest.raises(openai.APIConnectionError) as caught:
                await value(made.chat.completions.create(model=MODEL, messages=HI))
        assert isinstance(caught.value.__cause__, unillm.ConnectError)
        assert len(records) == 1
        await value(client.close())

    way.run(body)


def test_a_time_limit_of_openai_s_client_holds(way: Way, fake: FakeProvider) -> None:
    async def body() -> None:
        client = way.unillm(**options_for(fake, retry=ONCE))
        made = hasty(way, way.openai(client))
        with pytest.raises(openai.APITimeoutError) as caught:
            await value(
                made.chat.completions.create(
                    model="deepseek:stall-before-head", messages=HI, timeout=0.2
                )
            )
        assert isinstance(caught.value.__cause__, unillm.RequestTimeoutError)
        assert len(fake.requests) == 1
        await value(client.close())

    way.run(body)


def test_what_cannot_be_honoured_says_so(way: Way, fake: FakeProvider) -> None:
    async def body() -> None:
        client = way.unillm(**options_for(fake))
        made = way.openai(client)
        with pytest.raises(openai.BadRequestError, match="n=2"):
            await value(made.chat.completions.create(model=MODEL, messages=HI, n=2))
        with pytest.raises(openai.BadRequestError, match="previous_response_id"):
            await value(
                made.responses.create(model=MODEL, input="Hi", previous_response_id="resp_x")
            )
        with pytest.raises(openai.NotFoundError, match="embeddings is not served here"):
            await value(made.embeddings.create(model=MODEL, input="Hi"))
        assert not fake.requests
        await value(client.close())

    way.run(body)


def test_what_is_not_to_be_stored_is_not(way: Way, fake: FakeProvider) -> None:
    async def body() -> None:
        client = way.unillm(**options_for(fake))
        made = way.openai(client)
        first = await value(made.responses.create(model=MODEL, input="Hi", store=False))
        with pytest.raises(openai.BadRequestError, match="store=false"):
            await value(
                made.responses.create(model=MODEL, input="Hi", previous_response_id=first.id)
            )
        await value(client.close())

    way.run(body)


def test_a_task_that_is_cancelled_closes_upstream(fake: FakeProvider) -> None:
    async def body() -> None:
        async with unillm.AsyncClient(**options_for(fake)) as client:
            made = openai_client(client)
            fake.enqueue(Answer("a b c d e f g h", reasoning="Hm.", pace=0.03))
            begun = asyncio.Event()

            async def read() -> None:
                answer = await made.chat.completions.create(
                    model=MODEL, messages=[{"role": "user", "content": "Hi"}], stream=True
                )
                async for _ in answer:
                    begun.set()

            task = asyncio.create_task(read())
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert fake.wait(in_flight=0)
            assert fake.served[-1].left_early

    asyncio.run(body())


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
def test_without_openai_there_are_responses_and_the_library_s_own_errors(
    library: Any, fake: FakeProvider
) -> None:
    url = "http://unillm.invalid/v1/chat/completions"
    with (
        unillm.Client(**options_for(fake, retry=ONCE)) as client,
        library.Client(transport=transport(library, client)) as http,
    ):
        refused = http.post(url, json={"model": "deepseek:status-429", "messages": HI})
        assert refused.status_code == 429
        assert isinstance(refused.extensions["unillm.error"], unillm.RateLimitError)
        with pytest.raises(library.RemoteProtocolError) as caught:
            http.post(url, json={"model": "deepseek:cut-in-text", "messages": HI, "stream": True})
        assert isinstance(caught.value.__cause__, unillm.IncompleteStreamError)
        with pytest.raises(library.ReadTimeout):
            http.post(
                url,
                json={"model": "deepseek:stall-before-head", "messages": HI},
                timeout=0.2,
            )
        assert http.get("http://unillm.invalid/v1/models").status_code == 404
        assert http.post("http://unillm.invalid/v1/messages", json={}).status_code == 404
        assert http.post(url, content=b"{").status_code == 400


def test_a_wrong_client_says_which_is_wanted(fake: FakeProvider) -> None:
    with unillm.Client(**options_for(fake)) as client:
        with pytest.raises(unillm.InvalidRequestError, match="AsyncClient"):
            openai_client(client, async_=True)  # pyright: ignore[reportCallIssue, reportArgumentType] - as it says
        with pytest.raises(unillm.InvalidRequestError, match="httpx or httpx2"):
            transport(socket, client)
        with pytest.raises(unillm.InvalidRequestError, match="needs a"):
            transport(httpx)
        with (
            httpx.Client(transport=transport(httpx, async_client=unillm.AsyncClient())) as http,
            pytest.raises(unillm.InvalidRequestError, match="has no unillm"),
        ):
            http.get("http://unillm.invalid/")
