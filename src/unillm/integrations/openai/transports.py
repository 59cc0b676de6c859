"""Transports of httpx and httpx2 behind which unillm answers, in this process."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache, partial
from types import ModuleType
from typing import TYPE_CHECKING, Any

from unillm._io import clock
from unillm._wire.serve.asked import Asked, Face
from unillm._wire.serve.failed import not_served
from unillm._wire.serve.figures import cost_header, header
from unillm._wire.serve.reading import asked_in, face_at
from unillm._wire.serve.speaking import Reply, reply_to
from unillm._wire.written import written_texts
from unillm.errors import InvalidRequestError, UnillmError
from unillm.integrations.openai.answers import Answers
from unillm.integrations.openai.bodies import AsyncBody, Body, Telling
from unillm.integrations.openai.raised import answer_or_raise, midstream, refusal
from unillm.types.json import JsonObject
from unillm.types.policy import Timeout
from unillm.types.response import ChatResponse

if TYPE_CHECKING:
    from unillm._client.asynchronous import AsyncClient
    from unillm._client.streams import AsyncStream, Stream
    from unillm._client.sync import Client

_LIBRARIES = ("httpx", "httpx2")
_FACES: tuple[Face, ...] = ("chat", "responses")
_USUAL_READ = 600
"""Seconds that a client of openai waits for bytes if nothing is said (openai-python 3.57.0,
_constants.py, read 2026-11-29): nobody asked for that."""


def transport(
    library: ModuleType,
    client: Client | None = None,
    async_client: AsyncClient | None = None,
    *,
    owned: bool = False,
) -> Any:
    """Return a transport behind which unillm answers: ``httpx.Client(transport=…)``.

    It serves Chat Completions and the Responses API under any host and path that ends as theirs,
    ``http://unillm.invalid/v1/chat/completions`` for example. Streams are streams: each event is
    handed on when it comes. Closing a response closes what is behind it at once.

    Args:
        library: ``httpx`` or ``httpx2``: transport and client must be of the same.
        client: Who answers what a sync client asks.
        async_client: Who answers what an async client asks. With both, one transport is both.
        owned: Whether closing the transport closes the clients.

    Raises:
        InvalidRequestError: The library is neither, or there is no client.
    """
    if getattr(library, "__name__", None) not in _LIBRARIES:
        raise InvalidRequestError(f"library must be the module httpx or httpx2, not {library!r}")
    if client is None and async_client is None:
        raise InvalidRequestError("transport needs a unillm.Client, a unillm.AsyncClient, or both")
    return _kind(library)(client, async_client, owned=owned)


class _Serving:
    """Read requests, and write answers to them."""

    library: ModuleType

    def __init__(
        self,
        client: Client | None,
        async_client: AsyncClient | None,
        *,
        owned: bool,
    ) -> None:
        self._client = client
        self._async_client = async_client
        self._owned = owned
        self._answers = Answers()

    def handle_request(self, request: Any) -> Any:
        """Answer a sync client."""
        client, read = self._client, request.read()
        if client is None:
            raise InvalidRequestError("this transport has no unillm.Client: give it one")
        asked = self._asked(request, read)
        if not isinstance(asked, Asked):
            return asked
        reply = reply_to(asked, clock.unique())
        try:
            call = _call(asked, request)
            if not asked.request.stream:
                return self._whole(request, asked, reply, client.chat(**call))
            stream = client.stream(**call).__enter__()
        except UnillmError as error:
            return answer_or_raise(self.library, request, error)
        body = _bodies(self.library)[0](stream, self._telling(request, asked, reply))
        return self._streamed(request, body, stream, reply)

    async def handle_async_request(self, request: Any) -> Any:
        """Answer an async client."""
        client, read = self._async_client, await request.aread()
        if client is None:
            raise InvalidRequestError("this transport has no unillm.AsyncClient: give it one")
        asked = self._asked(request, read)
        if not isinstance(asked, Asked):
            return asked
        reply = reply_to(asked, clock.unique())
        try:
            call = _call(asked, request)
            if not asked.request.stream:
                return self._whole(request, asked, reply, await client.chat(**call))
            stream = await client.stream(**call).__aenter__()
        except UnillmError as error:
            return answer_or_raise(self.library, request, error)
        body = _bodies(self.library)[1](stream, self._telling(request, asked, reply))
        return self._streamed(request, body, stream, reply)

    def close(self) -> None:
        """Close the sync client, if it is this transport's own."""
        if self._owned and self._client is not None:
            self._client.close()

    async def aclose(self) -> None:
        """Close the async client, if it is this transport's own."""
        if self._owned and self._async_client is not None:
            await self._async_client.close()

    def _asked(self, request: Any, body: bytes) -> Any:
        """Return what is asked, or the response that refuses it."""
        face = face_at(request.method, request.url.path, _FACES)
        if face is None:
            told = not_served(request.method, request.url.path)
            return refusal(self.library, request, told)
        try:
            return asked_in(face, body, self._answers.before)
        except UnillmError as error:
            return answer_or_raise(self.library, request, error)

    def _whole(self, request: Any, asked: Asked, reply: Reply, response: ChatResponse) -> Any:
        content = written_texts(reply.whole(response))
        self._answers.keep(asked, reply.id, response)
        headers = {
            "content-type": "application/json",
            **_named(response.request_id, reply),
            **cost_header(response.cost),
        }
        return self.library.Response(200, headers=headers, content=content, request=request)

    def _streamed(self, request: Any, body: Any, stream: Stream | AsyncStream, reply: Reply) -> Any:
        so_far = stream.partial
        named = _named(None if so_far is None else so_far.request_id, reply)
        headers = {"content-type": "text/event-stream", **named}
        return self.library.Response(200, headers=headers, stream=body, request=request)

    def _telling(self, request: Any, asked: Asked, reply: Reply) -> Telling:
        def keep(response: ChatResponse) -> None:
            self._answers.keep(asked, reply.id, response)

        return Telling(reply, partial(midstream, self.library, request), keep)


def _named(request_id: str | None, reply: Reply) -> dict[str, str]:
    """Return the header that names an exchange: by the provider's id, else by the answer's own."""
    name = header(request_id) or header(reply.id)
    return {} if name is None else {"x-request-id": name}


def _call(asked: Asked, request: Any) -> JsonObject:
    """Return the arguments of the call; a time limit that the client of openai was given holds."""
    call = asked.call
    limits: Any = request.extensions.get("timeout") or {}
    read = limits.get("read")
    if read not in {None, math.inf, _USUAL_READ} and "timeout" not in call:
        call["timeout"] = Timeout(first_token=read, idle=read)
    return call


@lru_cache(maxsize=len(_LIBRARIES))
def _kind(library: Any) -> Callable[..., Any]:
    """Return the transport of a library: a class of its own classes, sync and async in one."""
    bases = (_Serving, library.BaseTransport, library.AsyncBaseTransport)
    return type("UnillmTransport", bases, {"library": library})


@lru_cache(maxsize=len(_LIBRARIES))
def _bodies(library: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return the bodies of a library, which it knows by their classes."""
    return (
        type("UnillmBody", (Body, library.SyncByteStream), {}),
        type("UnillmAsyncBody", (AsyncBody, library.AsyncByteStream), {}),
    )
