"""The application run by uvicorn, on sockets of its own."""

from __future__ import annotations

import errno
import signal
import socket
from collections.abc import Awaitable, Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING

import anyio
import uvicorn

from unillm.errors import InvalidRequestError
from unillm.gateway.application import app
from unillm.gateway.settings import Settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from unillm import AsyncClient

_BACKLOG = 1024
_IDLE = 120
"""Seconds for which a connection stays open that is not used.

hyper, with which codex and goose ask, keeps its own for 90
(docs.rs/rweb/0.8.0/rweb/hyper/client/struct.Builder.html, read 2026-11-29; that these two leave it
so is unverified). Were it shorter here, as the five of uvicorn, one might be closed just when a
request is sent on it.
"""
_PORTS = range(65_536)
_SECONDS_TO_END = 5
"""For how long answers may go on that are under way when it is to end."""


def bound(host: str, port: int) -> list[socket.socket]:
    """Return sockets at an address; for ``localhost``, of both kinds where there are both.

    Args:
        host: ``localhost``, or an address of this machine.
        port: The port; 0: one that is free.

    Raises:
        InvalidRequestError: The port is none, or taken, or it is no address of this machine.
    """
    if port not in _PORTS:
        raise InvalidRequestError(f"a port is a number from 0 to {_PORTS[-1]}, not {port}")
    if host != "localhost":
        return [_bound(host, port)]
    first = _bound("127.0.0.1", port)
    sockets = [first]
    with suppress(InvalidRequestError):  # a machine may have one kind alone
        sockets.append(_bound("::1", first.getsockname()[1]))
    return sockets


def is_loopback(host: str) -> bool:
    """Tell whether an address can be reached from this machine alone."""
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ip_address(host.strip("[]")).is_loopback
    return False


async def serve(
    client: AsyncClient,
    settings: Settings,
    sockets: Iterable[socket.socket],
    *,
    started: Callable[[], None] | None = None,
    until: Callable[[], Awaitable[object]] | None = None,
    on_refusal: Callable[[int, str], None] | None = None,
) -> None:
    """Answer until it is to end; what is under way then has five seconds.

    Args:
        client: Who answers. It is not closed.
        settings: Who is let in.
        sockets: Where; they are closed in the end.
        started: Called when it answers.
        until: Returns when it is to end; None: at Ctrl-C, or when the process is told to.
        on_refusal: As for `app`.
    """
    server = _Server(_config(app(client, settings, on_refusal=on_refusal)), started)
    async with anyio.create_task_group() as group:
        group.start_soon(_ended_by_signals if until is None else partial(_ended, until), server)
        await server.serve(sockets=list(sockets))
        group.cancel_scope.cancel()


def _config(application: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",  # what it would say of requests is told by the one who started it
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=_SECONDS_TO_END,
        proxy_headers=False,  # who asks matters nowhere: what a header says of it is not looked at
        timeout_keep_alive=_IDLE,
        backlog=_BACKLOG,
    )


class _Server(uvicorn.Server):
    """Say when it has started, and leave signals alone.

    uvicorn raises a signal once more when it has ended, which would end the process before the
    client is closed and the ledger written.
    """

    def __init__(self, config: uvicorn.Config, started: Callable[[], None] | None) -> None:
        super().__init__(config)
        self._on_start = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self._on_start is not None:
            self._on_start()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


async def _ended_by_signals(server: uvicorn.Server) -> None:
    """End it when the process is told to: at the first word in order, at the second at once."""
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            server.force_exit = server.should_exit
            server.should_exit = True


async def _ended(until: Callable[[], Awaitable[object]], server: uvicorn.Server) -> None:
    await until()
    server.should_exit = True


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only for sockets that say that they are TCP's (3.11 to
    # 3.13, base_events.py, _set_nodelay). With it, what follows the head of an answer, and each
    # piece of a stream, waits for the reader's acknowledgement: 40 ms where Linux delays that.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((host.strip("[]"), port))
    except OSError as error:
        made.close()
        hint = ""
        if error.errno == errno.EADDRINUSE:
            hint = (
                ": another program has it, perhaps a gateway that runs already. Choose another "
                "port, or 0 for one that is free"
            )
        raise InvalidRequestError(
            f"nothing can be served at {host} port {port} ({error.strerror}){hint}"
        ) from error
    return made
