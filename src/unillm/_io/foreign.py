"""Where every exception of an HTTP library becomes one of ours."""

from __future__ import annotations

from urllib.parse import urlsplit

from unillm.errors import (
    ConnectError,
    ConnectTimeoutError,
    MalformedResponseError,
    RequestTimeoutError,
    TransportError,
    UnillmError,
)

_BY_NAME: tuple[tuple[frozenset[str], type[UnillmError], str], ...] = (
    (frozenset({"ConnectTimeout"}), ConnectTimeoutError, "connecting took too long"),
    (frozenset({"PoolTimeout"}), ConnectTimeoutError, "no connection of the pool became free"),
    (frozenset({"ReadTimeout", "WriteTimeout"}), RequestTimeoutError, "the server is silent"),
    (frozenset({"ConnectError"}), ConnectError, "no connection could be made"),
    (frozenset({"ProxyError"}), ConnectError, "the proxy refused"),
    (frozenset({"UnsupportedProtocol"}), ConnectError, "the URL's protocol is not supported"),
    (frozenset({"RemoteProtocolError"}), TransportError, "the server broke the HTTP protocol"),
    (frozenset({"ReadError", "WriteError", "CloseError"}), TransportError, "the connection broke"),
    (frozenset({"DecodingError"}), MalformedResponseError, "the body cannot be decompressed"),
)
"""httpx and httpx2 name their exceptions alike, so that neither needs to be imported here."""

_UNKNOWN_NAME = ("Name or service not known", "nodename nor servname", "getaddrinfo", "in name res")
"""What systems say of a host name that cannot be resolved."""


def mapped(error: Exception) -> UnillmError:
    """Return our exception for a foreign one; one of ours is returned as it is."""
    if isinstance(error, UnillmError):
        return error
    names = {kind.__name__ for kind in type(error).__mro__}
    for known, ours, what in _BY_NAME:
        if names & known:
            said = _said(error)
            lasting = ours is ConnectError and "certificate" in said.lower()
            return ours(f"{what}: {said}", retryable=False if lasting else None)
    message = f"the transport failed: {type(error).__name__}: {error}"
    return TransportError(message, retryable=isinstance(error, OSError))


def located(error: UnillmError, url: str) -> UnillmError:
    """Say in an error about connecting where that was."""
    if isinstance(error, ConnectError | ConnectTimeoutError) and error.args:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
        advice = "Is it running? Check base_url, and the proxy if there is one."
        if "WRONG_VERSION_NUMBER" in error.message:
            advice = "It does not speak TLS there; is it http://?"
        elif any(words in error.message for words in _UNKNOWN_NAME):
            advice = "No such host is known: check base_url."
        error.message = f"{error.message} It was {parts.scheme}://{parts.hostname}{port}. {advice}"
        error.args = (error.message,)
    return error


def _said(error: Exception) -> str:
    """Return what the exception says, or the first of its causes that says something."""
    link: BaseException | None = error
    while link is not None and not str(link):
        link = link.__cause__ or link.__context__
    said = type(error).__name__ if link is None else str(link)
    return said if said.endswith((".", "!", "?")) else f"{said}."
