"""What is asked beside conversations: models, what an operation cost, how long a prompt is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio.to_thread
from starlette.responses import Response

from unillm._wire.serve.failed import failed
from unillm._wire.serve.reading import asked_in
from unillm._wire.serve.sealed import Seal
from unillm._wire.written import written_texts
from unillm.errors import UnillmError
from unillm.gateway.bodies import body_of, nothing_before
from unillm.gateway.refusing import ALWAYS, refused, response_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from unillm.gateway.settings import Settings
    from unillm.gateway.turns import Desk
    from unillm.types.json import JsonObject


class Telling:
    """Answer what costs nothing."""

    def __init__(self, desk: Desk, settings: Settings) -> None:
        """Take what is told of."""
        self._desk = desk
        self._most = settings.most_bytes
        self._seal = Seal(settings.secret)

    async def models(self, _request: Request) -> Response:
        """Return the list of models and routes."""
        return _json(await self._desk.models.listed())

    async def model(self, request: Request) -> Response:
        """Return one of them; its id may have a slash and a colon in it."""
        try:
            found = await self._desk.models.one(request.path_params["id"])
        except UnillmError as error:
            is_anthropic = "anthropic-version" in request.headers
            return response_of(failed(error, "messages" if is_anthropic else "chat"))
        return _json(found)

    async def operation(self, request: Request) -> Response:
        """Return what is known of an operation: who answered, what it took and cost."""
        name = request.path_params["id"]
        try:
            found = await anyio.to_thread.run_sync(self._desk.kept.find, name)
        except UnillmError as error:  # the ledger cannot be read
            return response_of(failed(error))
        if found is None:
            message = "no operation of that id is known here"
            return refused(request.scope, 404, "operation_not_found", message)
        return _json(found)

    async def tokens(self, request: Request) -> Response:
        """Return how many tokens a prompt has, as far as can be told without asking anybody."""
        body = await body_of(request, self._most)
        if body is None:
            message = f"the body is longer than {self._most:,} bytes"
            return refused(request.scope, 413, "request_too_large", message)
        try:
            asked = asked_in("messages", body, nothing_before, self._seal)
            call = asked.call
            model = self._desk.models.resolve(asked.model)
            tools = call.get("tools")
            found = self._desk.client.count_tokens(call["messages"], model=model, tools=tools)
        except UnillmError as error:
            return response_of(failed(error, "messages"))
        estimate = {"low": found.low, "high": found.high, "source": found.source}
        return _json({"input_tokens": found.tokens, "unillm": {"estimate": estimate}})


def _json(body: JsonObject) -> Response:
    return Response(written_texts(body), headers={"content-type": "application/json", **ALWAYS})
