"""Where every exception of aiohttp becomes one of ours, as `foreign` has it for httpx."""

from __future__ import annotations

import aiohttp
from aiohttp.http_exceptions import ContentEncodingError

from unillm._io import foreign
from unillm.errors import (
    ConnectError,
    ConnectTimeoutError,
    MalformedResponseError,
    TransportError,
    UnillmError,
)

_UNCONNECTED = "no connection could be made"
_UNSUPPORTED = "the URL's protocol is not supported"
_BROKE_PROTOCOL = "the server broke the HTTP protocol"

_BY_CLASS: tuple[tuple[type[Exception], type[UnillmError], str], ...] = (
    (aiohttp.ConnectionTimeoutError, ConnectTimeoutError, "connecting took too long"),
    (aiohttp.ClientConnectorError, ConnectError, _UNCONNECTED),
    (aiohttp.ClientHttpProxyError, ConnectError, "the proxy refused"),
    (aiohttp.InvalidURL, ConnectError, _UNSUPPORTED),
    (aiohttp.NonHttpUrlClientError, ConnectError, _UNSUPPORTED),
    (aiohttp.ClientPayloadError, TransportError, _BROKE_PROTOCOL),
    (aiohttp.ClientResponseError, TransportError, _BROKE_PROTOCOL),
    (aiohttp.ServerDisconnectedError, TransportError, _BROKE_PROTOCOL),
    (aiohttp.ClientConnectionError, TransportError, "the connection broke"),
)
"""The first that fits counts: some are classes of others."""


def mapped(error: Exception) -> UnillmError:
    """Return our exception for one of aiohttp's, with its cause.

    It is to be raised outside of the ``except``: aiohttp's exceptions about requests and about
    connections hold both, and can say nothing without them. They are not to be kept on a chain.
    """
    ours = _ours(error)
    if ours is not error and ours.__cause__ is None:
        holds = isinstance(error, aiohttp.ClientResponseError | aiohttp.ClientConnectorError)
        ours.__cause__ = error.__cause__ if holds else error
    return ours


def _ours(error: Exception) -> UnillmError:
    if isinstance(error.__cause__, ContentEncodingError):
        return MalformedResponseError(f"the body cannot be decompressed: {_said(error)}")
    for known, ours, what in _BY_CLASS:
        if isinstance(error, known):
            said = _said(error)
            lasting = ours is ConnectError and "certificate" in said.lower()
            return ours(f"{what}: {said}", retryable=False if lasting else None)
    return foreign.mapped(error)


def _said(error: BaseException) -> str:
    """Return in one line what the innermost cause says, or else what it is."""
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "Server disconnected without sending a response."  # it may hold half a head
    link = error
    while isinstance(link.__cause__, Exception):
        link = link.__cause__
    text = getattr(link, "message", None)
    text = (text if isinstance(text, str) else str(link)).partition("\n")[0].strip()
    if isinstance(error, aiohttp.ClientHttpProxyError):
        text = f"{error.status} {text}"
    return f"{(text or type(link).__name__).removesuffix('.')}."
