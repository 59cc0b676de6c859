"""One call of a client, sync and async, and the message it gives."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from langchain_core.messages import AIMessage, AIMessageChunk

from unillm import AsyncClient, Client
from unillm.integrations.langchain.answers import message_of
from unillm.integrations.langchain.chunks import Chunks, chunk_of
from unillm.integrations.langchain.outputs import parsed_message
from unillm.integrations.langchain.settings import Asked


def answer(client: Client, asked: Asked) -> AIMessage:
    """Make a call and return its answer."""
    if asked.wanted is None:
        return message_of(client.chat(asked.messages, **asked.options))
    output, retries = asked.wanted.output, asked.wanted.retries
    made = client.parse(asked.messages, output=output, retries=retries, **asked.options)
    return parsed_message(made)


async def answer_async(client: AsyncClient, asked: Asked) -> AIMessage:
    """Make a call and return its answer."""
    if asked.wanted is None:
        return message_of(await client.chat(asked.messages, **asked.options))
    output, retries = asked.wanted.output, asked.wanted.retries
    made = await client.parse(asked.messages, output=output, retries=retries, **asked.options)
    return parsed_message(made)


def streamed(client: Client, asked: Asked) -> Iterator[AIMessageChunk]:
    """Make a call and give its answer as it comes.

    What is made into an output comes whole: where it does not fit, it is asked for again, and
    what was shown could not be taken back.
    """
    if asked.wanted is not None:
        yield chunk_of(answer(client, asked))
        return
    chunks = Chunks()
    with client.stream(asked.messages, **asked.options) as stream:
        for event in stream:
            yield from chunks.of(event)


async def streamed_async(client: AsyncClient, asked: Asked) -> AsyncIterator[AIMessageChunk]:
    """Make a call and give its answer as it comes, as `streamed` does."""
    if asked.wanted is not None:
        yield chunk_of(await answer_async(client, asked))
        return
    chunks = Chunks()
    async with client.stream(asked.messages, **asked.options) as stream:
        async for event in stream:
            for chunk in chunks.of(event):
                yield chunk
