"""Errors as callers of HTTP libraries, and of the `openai` package, expect them."""

from __future__ import annotations

import sys
from typing import Any

from unillm._wire.serve.failed import Failed, failed
from unillm._wire.written import written_texts
from unillm.errors import RequestTimeoutError, TransportError, UnillmError

_STATUSES = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    409: "ConflictError",
    422: "UnprocessableEntityError",
    429: "RateLimitError",
}
"""The classes of openai by status (openai-python 3.57.0, _client.py, read 2026-11-29)."""
_SERVER = 500


def refusal(library: Any, request: Any, told: Failed, error: UnillmError | None = None) -> Any:
    """Return the HTTP response that tells an error.

    Args:
        library: httpx or httpx2, whichever the request is of.
        request: The request.
        told: What it is told as.
        error: The error; it stands in ``response.extensions["unillm.error"]``.
    """
    return library.Response(
        told.status,
        headers=told.headers,
        content=written_texts(told.body),
        request=request,
        extensions={} if error is None else {"unillm.error": error},
    )


def answer_or_raise(library: Any, request: Any, error: UnillmError) -> Any:
    """Return the response that tells an error, or raise it where nobody answered.

    To clients of openai it is raised as the class of theirs that they would raise: with the error
    as its cause, and not tried again, since `unillm` has done that.
    """
    openai = _openai_of(request)
    if isinstance(error, TransportError):
        raise _broken(openai, library, request, error) from error
    told = failed(error)
    response = refusal(library, request, told, error)
    if openai is None:
        return response
    body = told.body["error"]
    usual = "InternalServerError" if told.status >= _SERVER else "APIStatusError"
    kind = getattr(openai, _STATUSES.get(told.status, usual))
    message = f"Error code: {told.status} - {body.get('message')}"
    raise kind(message, response=response, body=body) from error


def midstream(library: Any, request: Any, error: UnillmError) -> Exception:
    """Return what to raise where an answer that has begun breaks off."""
    openai = _openai_of(request)
    if openai is not None and not isinstance(error, TransportError):
        body = failed(error).body["error"]
        made: Exception = openai.APIError(str(error), request=request, body=body)
        return made
    return _broken(openai, library, request, error)


def _broken(openai: Any, library: Any, request: Any, error: UnillmError) -> Exception:
    """Return the error of a connection that failed, or was too slow."""
    is_late = isinstance(error, RequestTimeoutError)
    made: Exception
    if openai is None:
        kind = library.ReadTimeout if is_late else library.RemoteProtocolError
        made = kind(str(error), request=request)
    elif is_late:
        made = openai.APITimeoutError(request=request)  # its message is openai's own
    else:
        made = openai.APIConnectionError(message=str(error), request=request)
    return made


def _openai_of(request: Any) -> Any:
    """Return the `openai` package if it made the request; None: something else did."""
    return sys.modules.get("openai") if "x-stainless-lang" in request.headers else None
