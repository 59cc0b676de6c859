"""The bodies of streamed answers: bytes of event streams while the events come."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import TypeAlias

from unillm._client.streams import AsyncStream, Stream
from unillm._wire.serve.speaking import Reply
from unillm.errors import UnillmError
from unillm.types.events import Event, Finished
from unillm.types.response import ChatResponse

Translate: TypeAlias = Callable[[UnillmError], Exception]
"""Makes of an error what is raised to whoever reads the body."""
Keep: TypeAlias = Callable[[ChatResponse], None]
"""Takes the whole answer."""


class Telling:
    """What the events of one stream are told as."""

    def __init__(self, reply: Reply, translate: Translate, keep: Keep) -> None:
        """Start before the first event."""
        self.translate = translate
        self._reply = reply
        self._keep = keep
        self._begun = False
        self._last = b""

    def of(self, event: Event, stream: Stream | AsyncStream) -> bytes:
        """Return what an event is told as; of the last one nothing yet."""
        begin = b""
        if not self._begun:
            self._begun = True
            begin = self._reply.begin(stream.partial)
        piece = begin + self._reply.feed(event)
        if not isinstance(event, Finished):
            return piece
        # Whoever reads it stops there: by then the operation is to be over.
        self._last = piece
        self._keep(event.response)
        return b""

    def end(self) -> bytes:
        """Return what is left to be told when the stream is over."""
        last, self._last = self._last, b""
        return last


class Body:
    """The body of an answer to a sync client; closing it releases the upstream at once."""

    def __init__(self, stream: Stream, telling: Telling) -> None:
        """Take a stream that was entered."""
        self._stream = stream
        self._telling = telling

    def __iter__(self) -> Iterator[bytes]:
        """Give the pieces of the body as events come."""
        try:
            for event in self._stream:
                piece = self._telling.of(event, self._stream)
                if piece:
                    yield piece
        except UnillmError as error:
            self.close()
            raise self._telling.translate(error) from error
        yield self._telling.end()

    def close(self) -> None:
        """Release the upstream."""
        self._stream.close()


class AsyncBody:
    """The body of an answer to an async client; closing it releases the upstream at once."""

    def __init__(self, stream: AsyncStream, telling: Telling) -> None:
        """Take a stream that was entered."""
        self._stream = stream
        self._telling = telling
        self._ended = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the pieces of the body as events come."""
        return self

    async def __anext__(self) -> bytes:
        """Return the next piece."""
        try:
            async for event in self._stream:
                piece = self._telling.of(event, self._stream)
                if piece:
                    return piece
        except UnillmError as error:
            self._ended = True
            await self.aclose()
            raise self._telling.translate(error) from error
        if self._ended:
            raise StopAsyncIteration
        self._ended = True
        return self._telling.end()

    async def aclose(self) -> None:
        """Release the upstream."""
        await self._stream.close()
