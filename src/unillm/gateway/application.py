"""The ASGI application."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from traceback import format_tb
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from unillm import AsyncClient
from unillm._io.log import logger
from unillm._version import __version__
from unillm.errors import InvalidRequestError
from unillm.gateway.answering import Answering
from unillm.gateway.guarding import Guard
from unillm.gateway.refusing import ALWAYS, refused
from unillm.gateway.settings import Settings
from unillm.gateway.telling import Telling
from unillm.gateway.turns import Desk
from unillm.gateway.watching import Watched
from unillm.types.brief import shown

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

_FACES = ("/chat/completions", "/responses", "/messages")
_BEFORE = ("/v1", "")
"""What stands before a path: some clients are told the address with it, some without."""


def app(
    client: AsyncClient,
    settings: Settings,
    *,
    on_refusal: Callable[[int, str], None] | None = None,
) -> ASGIApp:
    """Return an ASGI application that has a client answer.

    Args:
        client: Who answers. It stays open when the application ends.
        settings: Who is let in.
        on_refusal: Told the status of each request that was refused before anything was asked, and
            in one line what was asked and why not; of others the client's observers are told.

    Raises:
        InvalidRequestError: The client cannot be awaited, or would ask this application itself.
    """
    _require_async(client)
    _require_elsewhere(client, settings)
    desk = Desk(client, settings)
    answering, telling = Answering(desk, settings), Telling(desk, settings)
    routes = [Route("/", _root), Route("/health", _health)]
    for before in _BEFORE:
        routes += [Route(f"{before}{face}", answering, methods=["POST"]) for face in _FACES]
        routes += [
            Route(f"{before}/messages/count_tokens", telling.tokens, methods=["POST"]),
            Route(f"{before}/models", telling.models),
            Route(f"{before}/models/{{id:path}}", telling.model),
            Route(f"{before}/unillm/operations/{{id}}", telling.operation),
        ]
    handlers = {HTTPException: _not_here, ClientDisconnect: _gone, Exception: _broken}
    made = Starlette(routes=routes, exception_handlers=handlers)
    made.router.redirect_slashes = False
    guarded = Guard(made, settings)
    return guarded if on_refusal is None else Watched(guarded, on_refusal)


def _require_elsewhere(client: AsyncClient, settings: Settings) -> None:
    """Refuse a client that would ask this gateway itself, which would ask itself in turn.

    What is set in a shell for an agent, such as OPENAI_BASE_URL, is set for this as well.
    """
    config = client._config  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - of one package
    for server in config.servers.values():
        if urlsplit(server.base_url or "").netloc.lower() in settings.hosts:
            raise InvalidRequestError(
                f"{server.name} is to be asked at {server.base_url}, which is this gateway itself: "
                "unset what was set for an agent, such as OPENAI_BASE_URL, in this shell"
            )


def _require_async(client: object) -> None:
    if not isinstance(client, AsyncClient):
        raise InvalidRequestError(f"this takes a unillm.AsyncClient, not {type(client).__name__}")


async def _root(_request: Request) -> Response:
    return JSONResponse({"name": "unillm", "version": __version__}, headers=ALWAYS)


async def _health(_request: Request) -> Response:
    return JSONResponse({"status": "ok"}, headers=ALWAYS)


async def _not_here(request: Request, error: Exception) -> Response:
    """Refuse what is asked at a path where nothing is."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    message = f"{request.method} {shown(request.scope['path'])} is not served here"
    return refused(request.scope, status, "not_served", message)


async def _gone(_request: Request, _error: Exception) -> Response:
    """Answer a client that went away while it was still sending: nobody is there to read it."""
    return Response(status_code=400, headers=ALWAYS)


async def _broken(request: Request, error: Exception) -> Response:
    """Tell that there is a mistake in the gateway, in the protocol of whoever asks.

    What went wrong may quote what was sent: the client and the log are told the class, and the log
    where it was.
    """
    first = _first(error)
    name = type(first).__name__
    logger.error("the gateway failed with %s\n%s", name, "".join(format_tb(first.__traceback__)))
    message = f"the gateway has a mistake in it ({name}); with UNILLM_LOG=error it tells where"
    return refused(request.scope, 500, "gateway_error", message)


def _first(error: BaseException) -> BaseException:
    """Return what went wrong, taken out of the groups that tasks put it in."""
    inner: Sequence[BaseException] = getattr(error, "exceptions", ())
    return _first(inner[0]) if inner else error
