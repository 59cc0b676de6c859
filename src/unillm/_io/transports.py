"""The async transports that have a name; each is loaded when it is chosen."""

from __future__ import annotations

import os
from typing import Any

from unillm.errors import InvalidRequestError
from unillm.types.brief import brief
from unillm.types.transport import AsyncTransport

VARIABLE = "UNILLM_TRANSPORT"
"""The variable of the environment that names the transport of async clients."""


def default_transport() -> AsyncTransport:
    """Return the transport that the environment names, or that over httpx.

    Raises:
        InvalidRequestError: There is none of that name, or its package is missing.
    """
    name = os.environ.get(VARIABLE) or "httpx"
    try:
        return named_transport(name)
    except InvalidRequestError as error:
        raise InvalidRequestError(f"{VARIABLE}={brief(name)}: {error.message}") from error


def named_transport(name: str, http_client: Any = None) -> AsyncTransport:
    """Return a transport by its name; only that over httpx takes a client.

    Raises:
        InvalidRequestError: There is none of that name, or its package is missing.
    """
    if name == "httpx":
        from unillm._io.httpx_async import AsyncHttpxTransport

        return AsyncHttpxTransport(http_client)
    if name != "aiohttp":
        message = f'there is no transport {brief(name)!r}: write "httpx" or "aiohttp"'
        raise InvalidRequestError(message)
    try:
        from unillm._io.aiohttp_async import AsyncAiohttpTransport
    except ModuleNotFoundError as error:
        message = 'the transport "aiohttp" needs aiohttp: pip install "unillm-sdk[aiohttp]"'
        raise InvalidRequestError(message) from error
    return AsyncAiohttpTransport()
