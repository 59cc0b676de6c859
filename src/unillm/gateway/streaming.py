"""A streamed answer: told while it comes, alive while it is silent, ended when nobody listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from unillm._wire.serve.failed import failed
from unillm.errors import UnillmError
from unillm.gateway.headers import of_beginning, of_failure
from unillm.gateway.leaving import left
from unillm.gateway.refusing import ALWAYS, response_of
from unillm.types.events import Event, Finished

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from unillm._client.streams import AsyncStream
    from unillm._wire.serve.speaking import Reply
    from unillm.gateway.turns import Turn

_ALIVE = b": keepalive\n\n"
"""A comment, which readers of event streams pass over (WHATWG HTML, 9.2.6)."""

_HEADERS = {
    "content-type": "text/event-stream; charset=utf-8",
    "x-accel-buffering": "no",  # nginx would hold it back else
    **ALWAYS,
}


class Streaming:
    """Tell the events of one answer. Nothing is told before the first one, or a long silence.

    So what fails at once has a status of its own. What fails later ends the stream without the end
    that a whole answer has.
    """

    def __init__(self, stream: AsyncStream, reply: Reply, turn: Turn, silence: float) -> None:
        """Take a stream that was not entered.

        Args:
            stream: The stream.
            reply: What writes it.
            turn: What is told how it went.
            silence: After how many seconds of silence it says that it is alive.
        """
        self._stream = stream
        self._reply = reply
        self._turn = turn
        self._silence = silence
        self._saying = anyio.Lock(fast_acquire=True)
        self._begun = False  # an answer has begun: its status is told
        self._over = False  # all of it is told
        self._spoken = False  # the reply has begun
        self._spoke = 0.0
        self._last = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, as an ASGI application."""
        error: UnillmError | None = None
        self._spoke = anyio.current_time()
        async with anyio.create_task_group() as group:
            group.start_soon(left, receive, group.cancel_scope)
            group.start_soon(self._stay_alive, send)
            error = await self._tell(send)
            group.cancel_scope.cancel()
        if error is None:
            return
        told = self._turn.failed(error)
        if self._begun:
            # The body is left without its end: so nobody takes it for whole.
            await self._say(send, self._failing(told))
        else:
            headers = of_failure(self._turn.operation, error)
            answer = response_of(failed(told, self._turn.asked.face), headers)
            await answer(scope, receive, send)

    def _failing(self, error: UnillmError) -> bytes:
        """Return the last that is told of a stream that failed.

        Agents that speak Chat Completions ask again where a stream breaks off, and give up where it
        tells an error first (docs/decisions/gateway-ends.md, measured 2026-11-29). So where another
        try may help, the error is in a comment, which nobody reads but people.
        """
        if self._turn.asked.face == "chat" and error.retryable:
            return f": {' '.join(str(error).split())}\n\n".encode()
        return self._reply.fail(error)

    async def _tell(self, send: Send) -> UnillmError | None:
        """Tell all events; return what it failed with."""
        try:
            async with self._stream as stream:
                async for event in stream:
                    piece = self._told(event)
                    if piece:
                        await self._say(send, piece)
        except UnillmError as error:
            return error
        self._turn.answered()
        # By now the operation is over and its cost is kept: readers may stop at the last event.
        await self._say(send, self._last, more=False)
        return None

    def _told(self, event: Event) -> bytes:
        """Return what an event is told as; of the last one nothing yet."""
        begin = b"" if self._spoken else self._reply.begin(self._stream.partial)
        self._spoken = True
        piece = begin + self._reply.feed(event)
        if isinstance(event, Finished):
            self._last, piece = piece, b""
        return piece

    async def _say(self, send: Send, piece: bytes, *, more: bool = True) -> None:
        async with self._saying:
            if self._over:  # it ended while this waited for a client that reads slowly
                return
            if not self._begun:
                headers = _HEADERS | of_beginning(self._turn.operation, self._stream.partial)
                raw = [(name.encode(), value.encode()) for name, value in headers.items()]
                await send({"type": "http.response.start", "status": 200, "headers": raw})
                self._begun = True  # not before: a wait for the client may be cancelled
            await send({"type": "http.response.body", "body": piece, "more_body": more})
            self._over = not more
            self._spoke = anyio.current_time()

    async def _stay_alive(self, send: Send) -> None:
        """Say so whenever nothing was said for a while."""
        while True:
            quiet = anyio.current_time() - self._spoke
            if quiet < self._silence:
                await anyio.sleep(self._silence - quiet)
            else:
                await self._say(send, _ALIVE)
