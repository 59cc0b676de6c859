"""What is asked over HTTP, answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from unillm._io import clock
from unillm._wire.serve.failed import failed
from unillm._wire.serve.reading import asked_in, face_at
from unillm._wire.serve.sealed import Seal
from unillm._wire.serve.speaking import Reply, reply_to
from unillm._wire.written import written_texts
from unillm.errors import UnillmError
from unillm.gateway.bodies import body_of, nothing_before
from unillm.gateway.headers import of_answer, of_failure
from unillm.gateway.leaving import LeftError, until_left
from unillm.gateway.refusing import ALWAYS, refused, response_of
from unillm.gateway.settings import Settings
from unillm.gateway.streaming import Streaming
from unillm.gateway.turns import Desk, Turn

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class Answering:
    """Have a client answer, as an ASGI application for all that is a conversation."""

    def __init__(self, desk: Desk, settings: Settings) -> None:
        """Take who answers."""
        self._desk = desk
        self._settings = settings
        self._seal = Seal(settings.secret)
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, unless as many as may be are being answered."""
        if self._under_way >= self._settings.at_once:
            message = f"{self._settings.at_once} requests are being answered already"
            await refused(scope, 503, "too_many_requests", message)(scope, receive, send)
            return
        self._under_way += 1
        try:
            answer = await self._answer(Request(scope, receive))
            await answer(scope, receive, send)
        except LeftError:
            return  # nobody is there who would be told
        finally:
            self._under_way -= 1

    async def _answer(self, request: Request) -> ASGIApp:
        most = self._settings.most_bytes
        body = await body_of(request, most)
        if body is None:
            message = f"the body is longer than {most:,} bytes"
            return refused(request.scope, 413, "request_too_large", message)
        face = face_at("POST", request.scope["path"]) or "chat"
        try:
            asked = asked_in(face, body, nothing_before, self._seal, lenient=True)
            turn = self._desk.turn(asked, dict(request.headers))
            reply = reply_to(asked, clock.unique())
            stream = self._desk.client.stream(**turn.call) if asked.request.stream else None
        except UnillmError as error:
            return response_of(failed(error, face))
        if stream is None:
            return await self._whole(request.receive, turn, reply)
        turn.begun(stream.operation)
        return Streaming(stream, reply, turn, self._settings.silence)

    async def _whole(self, receive: Receive, turn: Turn, reply: Reply) -> Response:
        """Return an answer that is not streamed."""
        try:
            response = await until_left(receive, self._desk.client.chat(**turn.call))
        except UnillmError as error:
            told = failed(turn.failed(error), turn.asked.face)
            return response_of(told, of_failure(turn.operation, error))
        turn.answered()
        headers = {
            "content-type": "application/json",
            **ALWAYS,
            **of_answer(turn.operation, response),
        }
        return Response(written_texts(reply.whole(response)), 200, headers)
