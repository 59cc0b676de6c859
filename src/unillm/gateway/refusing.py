"""Refusals of the gateway itself, in the protocol of whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from starlette.responses import Response

from unillm._wire.serve.asked import Face
from unillm._wire.serve.failed import Failed
from unillm._wire.serve.failed import refused as told
from unillm._wire.written import written_texts

if TYPE_CHECKING:
    from starlette.types import Scope

ALWAYS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
"""Headers of every answer."""


def face_of(path: str) -> Face:
    """Return the protocol in which whoever asks at a path wants to be answered."""
    return "messages" if "/messages" in path else "responses" if "/responses" in path else "chat"


def refused(scope: Scope, status: int, code: str, message: str) -> Response:
    """Return the answer that refuses a request; a client does not try it again."""
    return response_of(told(status, code, message, face_of(scope["path"])))


def response_of(failed: Failed, headers: Mapping[str, str] | None = None) -> Response:
    """Return a failure as an answer."""
    return Response(
        written_texts(failed.body), failed.status, {**failed.headers, **ALWAYS, **(headers or {})}
    )
