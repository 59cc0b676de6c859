"""The sockets that a gateway listens on."""

from __future__ import annotations

import asyncio
import socket

import pytest

from unillm.gateway.serving import bound


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_what_is_written_is_sent_at_once(host: str) -> None:
    """Else each piece of a stream waits until the reader has acknowledged the one before."""

    async def accepted_option(listening: socket.socket) -> int:
        accepted: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def look(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            made = writer.get_extra_info("socket")
            accepted.set_result(made.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        server = await asyncio.start_server(look, sock=listening)
        async with server:
            where, port, *_ = listening.getsockname()
            _, writer = await asyncio.open_connection(where, port)
            try:
                return await accepted
            finally:
                writer.close()
                await writer.wait_closed()

    for listening in bound(host, 0):
        assert asyncio.run(accepted_option(listening))
