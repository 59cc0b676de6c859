"""Who is let in: checked before anything else is looked at.

A server on loopback can be reached by every page that a browser on this machine shows: over a name
that is made to point here (then the browser says whose ``Host`` it means), or by a request whose
answer the page cannot read but that spends money all the same (then it has an ``Origin``, or a type
of content that needs no leave). So each of these is looked at, and a key is always needed.
"""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING, TypeAlias

from unillm.gateway.refusing import refused
from unillm.gateway.settings import Settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_OPEN = frozenset({("GET", "/"), ("HEAD", "/"), ("GET", "/health"), ("HEAD", "/health")})
"""What is answered without a key, and tells nothing."""

Headers: TypeAlias = dict[bytes, list[bytes]]
Refusal: TypeAlias = tuple[int, str, str]
"""The status, a word for programs, and a sentence for people."""


class Guard:
    """Let in who may, and refuse everybody else in the protocol asked for."""

    def __init__(self, inner: ASGIApp, settings: Settings) -> None:
        """Stand before an application."""
        self._inner = inner
        self._settings = settings
        self._key = settings.key.encode()
        self._hosts = frozenset(host.encode() for host in settings.hosts)
        self._origins = frozenset(origin.encode() for origin in settings.origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] == "lifespan":
            await self._inner(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            told = self._why_not(scope)
            if told is None:
                await self._inner(scope, receive, send)
            else:
                await refused(scope, *told)(scope, receive, send)

    def _why_not(self, scope: Scope) -> Refusal | None:
        """Return why a request is not let in; None: it is."""
        headers: Headers = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.lower(), []).append(value)
        told = self._why_no_place(headers)
        if told is not None or (scope["method"], scope["path"]) in _OPEN:
            return told
        if not self._has_key(headers):
            return 401, "invalid_api_key", "the key of the gateway is missing or wrong"
        return _why_not_read(headers) if scope["method"] == "POST" else None

    def _why_no_place(self, headers: Headers) -> Refusal | None:
        """Return why nothing is answered, whatever is asked, to where this comes from."""
        hosts = headers.get(b"host", [])
        if len(hosts) != 1:
            return 400, "invalid_host", "exactly one Host header must say whom you ask"
        if hosts[0].lower() not in self._hosts:
            return 403, "invalid_host", "this Host is not served here: --allowed-host adds one"
        if any(origin.lower() not in self._origins for origin in headers.get(b"origin", [])):
            return 403, "invalid_origin", "pages are not served: --allowed-origin adds one"
        if any(b"websocket" in value.lower() for value in headers.get(b"upgrade", [])):
            return 426, "no_websocket", "there are no WebSockets here: send a POST"
        return None

    def _has_key(self, headers: Headers) -> bool:
        """Tell whether the key is shown; how long it takes tells nothing about the key."""
        shown = [*headers.get(b"x-api-key", [])]
        for value in headers.get(b"authorization", []):
            scheme, _, credentials = value.partition(b" ")
            if scheme.lower() == b"bearer":
                shown.append(credentials.strip())
        right = [compare_digest(one, self._key) for one in shown]
        return any(right)


def _why_not_read(headers: Headers) -> Refusal | None:
    """Return why a body is not read; None: it is."""
    kinds = headers.get(b"content-type", [])
    if len(kinds) != 1 or kinds[0].partition(b";")[0].strip().lower() != b"application/json":
        return 415, "invalid_content_type", "the body must be application/json"
    if any(
        value.strip().lower() not in {b"", b"identity"}
        for value in headers.get(b"content-encoding", [])
    ):
        return 415, "invalid_content_encoding", "the body must not be compressed"
    return None
