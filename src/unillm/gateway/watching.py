"""Refusals before anything was asked, which no operation tells of, told to whoever runs it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from pydantic_core import from_json

from unillm.types.brief import shown
from unillm.types.json import is_object

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_FIRST_ERROR = 400


class Watched:
    """Hear what an application refuses."""

    def __init__(self, inner: ASGIApp, tell: Callable[[int, str], None]) -> None:
        """Stand before an application.

        Args:
            inner: The application.
            tell: Told the status of a refusal, and in one line what was asked and why not.
        """
        self._inner = inner
        self._tell = tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request as the application does."""
        status = 0

        async def heard(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                names = {name.lower() for name, _ in message["headers"]}
                status = 0 if b"x-unillm-operation" in names else message["status"]
            elif status >= _FIRST_ERROR:
                why = _why(message.get("body", b""))
                self._tell(status, f"{scope['method']} {shown(scope['path'])}: {why}")
                status = 0
            await send(message)

        await self._inner(scope, receive, heard)


def _why(body: bytes) -> str:
    """Return what a refusal says, in one line."""
    with suppress(ValueError):
        told = from_json(body)
        error = told.get("error") if is_object(told) else None
        if is_object(error):
            words = " ".join(str(error.get("message")).split())
            return "".join(
                sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in words
            )
    return "refused"
