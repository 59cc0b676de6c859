"""Events out: those of unillm's stream as LangChain's chunks."""

from __future__ import annotations

from collections.abc import Iterator

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.tool import ToolCallChunk
from pydantic_core import to_json

import unillm
from unillm import ChatResponse
from unillm.integrations.langchain.answers import beside, blocks_in, kept_of, refused_in


class Chunks:
    """Make chunks of the events of one answer. Added up, they are the message of `message_of`.

    LangChain reads arguments of calls out of the text of chunks, and closes what is open: of
    arguments that were cut or repaired it would make others. A call is therefore told in one
    piece, once it is known to be sound; and so is a refusal.

    It takes no chunk back either. Where an answer begins anew after its beginning was shown,
    nothing more is shown, and the new one stands whole on the error that ends the stream.
    """

    def __init__(self) -> None:
        """Begin with nothing shown."""
        self._shown = False
        self._void: str | None = None

    def of(self, event: unillm.Event) -> Iterator[AIMessageChunk]:
        """Give the chunks of an event.

        Raises:
            IncompleteStreamError: The answer is over, and began anew after its beginning was shown.
        """
        if self._shown and isinstance(event, unillm.StreamRestarted):
            self._void = event.reason
        elif self._void is None:
            for chunk in _made(event):
                self._shown = True
                yield chunk
        elif isinstance(event, unillm.Finished):
            raise _restarted(event.response, self._void)


def _made(event: unillm.Event) -> Iterator[AIMessageChunk]:
    match event:
        case unillm.TextDelta(text):
            yield AIMessageChunk(content=text)
        case unillm.ReasoningDelta(text):
            yield AIMessageChunk(content="", additional_kwargs={"reasoning_content": text})
        case unillm.Finished(response):
            yield from ending(response)
        case _:
            pass


def ending(response: ChatResponse) -> Iterator[AIMessageChunk]:
    """Give the last chunks of an answer: its calls, and what is known of it."""
    calls = [
        ToolCallChunk(
            type="tool_call_chunk",
            id=call.id,
            name=call.name,
            args=to_json(call.arguments).decode(),
            index=None,
        )
        for call in response.tool_calls
    ]
    calls += [
        ToolCallChunk(
            type="tool_call_chunk", id=c["id"], name=c["name"], args=c["args"], index=None
        )
        for c in refused_in(response)
    ]
    if calls:
        yield AIMessageChunk(content="", tool_call_chunks=calls)
    yield AIMessageChunk(
        content=[*blocks_in(response)] or "",
        additional_kwargs=kept_of(response),
        chunk_position="last",
        **beside(response),
    )


def apart(chunk: AIMessageChunk) -> AIMessageChunk:
    """Return a chunk whose blocks stay apart where LangChain numbers blocks by their type alone."""
    if isinstance(chunk.content, str):
        return chunk
    content = [
        {**block, "index": f"lc_unillm_{place}"} if isinstance(block, dict) else block
        for place, block in enumerate(chunk.content)
    ]
    return chunk.model_copy(update={"content": content})


def chunk_of(message: AIMessage) -> AIMessageChunk:
    """Return a whole answer as one chunk."""
    return AIMessageChunk(
        content=message.content,
        additional_kwargs=message.additional_kwargs,
        response_metadata=message.response_metadata,
        usage_metadata=message.usage_metadata,
        chunk_position="last",
    )


def _restarted(response: ChatResponse, reason: str) -> unillm.IncompleteStreamError:
    error = unillm.IncompleteStreamError(
        f"the answer was begun anew after its beginning was shown ({reason}); LangChain adds "
        "chunks up and takes none back. The new answer is .partial of this error; use invoke, or "
        "disable_streaming=True, where an answer may begin anew.",
        provider=response.provider,
        model=response.model,
        request_id=response.request_id,
        partial=response,
        retryable=False,
    )
    error.attempts = response.attempts
    return error
