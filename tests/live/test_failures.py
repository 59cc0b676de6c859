"""What a real server does when it cannot, may not or need not answer any more."""

import anyio
import pytest

import unillm
from tests.client.ways import ONCE, read_all
from tests.live.llama import ENDLESS

pytestmark = pytest.mark.live

LONG = {"max_tokens": 300, "temperature": 0, **ENDLESS}
SOON = 5.0
"""Seconds; the answer that is not wanted any more would take longer."""


async def test_leaving_a_stream_early_frees_the_server(way, llama):
    async with llama.client(way) as client:
        async with client.stream("Count:", **LONG) as stream:
            async for event in stream:
                if isinstance(event, unillm.TextDelta):
                    break
            assert llama.busy() == 1
        assert await llama.comes_free(way) < SOON
        assert (await client.chat("Count:", max_tokens=2)).text


@pytest.mark.parametrize("way", ["asyncio", "trio"], indirect=True)
async def test_cancelling_a_task_frees_the_server(way, llama):
    """Streams only: what is not streamed this server generates to its end, whoever has left."""
    heard = anyio.Event()

    async def ask(client):
        async with client.stream("Count:", **LONG) as stream:
            async for _event in stream:
                heard.set()

    async with llama.client(way) as client:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask, client)
            await heard.wait()
            assert llama.busy() == 1
            tasks.cancel_scope.cancel()
        assert await llama.comes_free(way) < SOON
        assert (await client.chat("Count:", max_tokens=2)).text


async def test_a_deadline_frees_the_server(way, llama):
    async with llama.client(way, timeout=0.7) as client:
        with pytest.raises(unillm.DeadlineExceededError):
            async with client.stream("Count:", **LONG) as stream:
                await read_all(stream)
        assert await llama.comes_free(way) < SOON


async def test_a_conversation_beyond_the_context_is_told_so(way, llama):
    async with llama.client(way) as client:
        with pytest.raises(unillm.ContextLengthError, match="512 tokens") as caught:
            await client.chat("word " * 600)
        with pytest.raises(unillm.ContextLengthError):
            async with client.stream("word " * 600):
                pass
    error = caught.value
    assert (error.status, error.code) == (400, "exceed_context_size_error")
    assert not error.retryable
    assert error.attempts[-1].status == 400


async def test_a_wrong_address_is_told_so(way, llama):
    async with llama.client(way, path="/v2") as client:
        with pytest.raises(unillm.NotFoundError, match="base_url") as caught:
            await client.chat("Hi")
    assert caught.value.status == 404


async def test_a_wrong_key_is_told_so(way, llama):
    async with llama.client(way, api_key="open-barley") as client:
        with pytest.raises(unillm.AuthenticationError, match="Invalid API Key") as caught:
            await client.chat("Hi")
    assert "open-barley" not in str(caught.value)


async def test_a_refused_request_says_what_is_wrong_with_it(way, llama):
    async with llama.client(way, extra_body={"messages": "Hi"}) as client:
        with pytest.raises(unillm.BadRequestError, match="Expected 'messages' to be an array"):
            await client.chat("Hi")


async def test_a_server_that_dies_is_told_apart_from_an_end(way, new_llama):
    async def read_and_kill(client, llama, texts):
        async with client.stream("Count:", **LONG) as stream:
            async for event in stream:
                texts.append(event.text)
                if len(texts) == 3:
                    llama.kill()

    with new_llama() as llama:
        async with llama.client(way) as client:
            texts = []
            with pytest.raises(unillm.IncompleteStreamError) as caught:
                await read_and_kill(client, llama, texts)
            with pytest.raises(unillm.ConnectError):
                await client.chat("Hi")
    assert len(texts) >= 3
    partial = caught.value.partial
    assert partial
    assert (partial.text, partial.finish_reason) == ("".join(texts), "other")


async def test_a_server_that_stalls_is_given_up_and_answers_later(way, llama):
    texts = []
    async with llama.client(way, retry=ONCE) as client:
        stream = client.stream("Count:", timeout=unillm.Timeout(idle=0.5), **LONG)
        async with stream:
            texts.append((await anext(stream)).text)
            with llama.stalled(), pytest.raises(unillm.IdleTimeoutError) as caught:
                texts += [event.text for event in await read_all(stream)]
        assert caught.value.partial.text.startswith(texts[0])
        assert await llama.comes_free(way) < SOON
        assert (await client.chat("Count:", max_tokens=2)).text


async def test_a_server_that_stalls_before_the_first_token_is_given_up(way, llama):
    limits = unillm.Timeout(first_token=0.5)
    async with llama.client(way, retry=ONCE) as client:
        with llama.stalled(), pytest.raises(unillm.FirstTokenTimeoutError):
            await client.chat("Count:", timeout=limits, max_tokens=2)
        assert await llama.comes_free(way) < SOON
