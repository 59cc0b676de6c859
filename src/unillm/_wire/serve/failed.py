"""An error as a reply over HTTP, in OpenAI's form or in Anthropic's.

``{"error": {message, type, param, code}}``: openai-python 3.57.0, _exceptions.py;
``x-should-retry``: _base_client.py there (read 2026-11-29).

``{"type": "error", "error": {type, message, details}, "request_id"}``: anthropic-sdk-python 2.14.0,
types/shared/error_response.py and _exceptions.py, which reads ``details.error_code``; it heeds
``x-should-retry`` too (_base_client.py; read 2026-11-29).
"""

from __future__ import annotations

import math
from typing import Any

from unillm import errors
from unillm._wire.serve.asked import Face
from unillm._wire.serve.figures import attempt_told, cost_told, header
from unillm.errors import ProviderError, RouteExhaustedError, UnillmError
from unillm.types.dataclass import dataclass
from unillm.types.json import JsonObject, is_object

_KINDS: tuple[tuple[type[UnillmError], int, str, str | None], ...] = (
    # the class; the status where the provider gave none; the type; the code, None: the provider's
    (errors.UnknownModelError, 404, "invalid_request_error", "model_not_found"),
    (errors.UnsupportedFeatureError, 400, "invalid_request_error", "unsupported_feature"),
    (errors.InvalidRequestError, 400, "invalid_request_error", "invalid_request"),
    (errors.NoTargetError, 400, "invalid_request_error", "no_target"),
    (errors.BudgetUnavailableError, 503, "server_error", "budget_unavailable"),
    (errors.BudgetExceededError, 402, "insufficient_quota", "budget_exceeded"),
    (errors.AuthenticationError, 401, "authentication_error", None),
    (errors.PermissionDeniedError, 403, "permission_error", None),
    (errors.InsufficientBalanceError, 402, "insufficient_quota", None),
    (errors.RateLimitError, 429, "rate_limit_error", None),
    (errors.ContextLengthError, 400, "invalid_request_error", "context_length_exceeded"),
    (errors.ContentPolicyError, 400, "invalid_request_error", "content_filter"),
    (errors.BadRequestError, 400, "invalid_request_error", None),
    (errors.ModelNotFoundError, 404, "invalid_request_error", "model_not_found"),
    (errors.NotFoundError, 404, "invalid_request_error", None),
    (errors.OverloadedError, 503, "server_error", None),
    (errors.ProviderError, 502, "server_error", None),
    (errors.RequestTimeoutError, 504, "server_error", "timeout"),
    (errors.IncompleteStreamError, 502, "server_error", "incomplete_stream"),
    (errors.TransportError, 502, "server_error", "connection_error"),
    (errors.ToolArgumentsError, 502, "server_error", "invalid_tool_arguments"),
    (errors.ResponseError, 502, "server_error", "malformed_response"),
    (errors.UnillmError, 500, "server_error", "error"),
)
_SERVER = 500
_ERROR = range(400, 600)
_HEADERS = {"content-type": "application/json", "x-should-retry": "false"}

_STATUSES: tuple[tuple[type[UnillmError], int], ...] = (
    (errors.ContextLengthError, 400),
    (errors.OverloadedError, 529),
)
"""Statuses that Anthropic has of its own for an error, whatever the provider's."""
_ANTHROPIC = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
"""Anthropic's types of errors by their statuses (https://docs.claude.com/en/api/errors, and
anthropic-sdk-python 2.14.0, types/shared/error_type.py, read 2026-11-29)."""
_TOO_LONG = "prompt is too long: "
"""What Anthropic's message begins with where the context is too small: claude-code looks for it,
and then makes the conversation shorter (raine/claude-code-proxy#29, read 2026-11-29)."""


@dataclass(frozen=True, slots=True)
class Failed:
    """What an error is told as.

    Attributes:
        status: The HTTP status.
        headers: The HTTP headers; they say that it is not to be tried again, since it was.
        body: The body.
    """

    status: int
    headers: dict[str, str]
    body: JsonObject


def failed(error: UnillmError, face: Face = "chat") -> Failed:
    """Return the reply that tells an error. Of several targets the last one's is told.

    Args:
        error: The error.
        face: The protocol it is told over.
    """
    told = _told(error)
    _, usual, kind, code = next(row for row in _KINDS if isinstance(told, row[0]))
    given = told.status if isinstance(told, ProviderError) else None
    status = given if given in _ERROR and given is not None else usual
    request_id = header(told.request_id)
    if face == "messages":
        status = next((n for known, n in _STATUSES if isinstance(told, known)), status)
        before = _TOO_LONG if isinstance(told, errors.ContextLengthError) else ""
        code = code or getattr(told, "code", None)
        body = _anthropic(status, code, before + str(error))
        body |= {} if request_id is None else {"request_id": request_id}
    else:
        body = {"error": _body(error, told, kind, code)}
    headers = {
        **_HEADERS,
        "x-unillm-error": type(error).__name__,
    }
    retry_after = getattr(told, "retry_after", None)
    if retry_after is not None:
        headers["retry-after"] = str(math.ceil(retry_after))
        headers["retry-after-ms"] = str(math.ceil(retry_after * 1000))
    if request_id is not None:
        headers["request-id" if face == "messages" else "x-request-id"] = request_id
    return Failed(status, headers, {**body, "unillm": _extras(error)})


def refused(status: int, code: str, message: str, face: Face = "chat") -> Failed:
    """Return the reply to a request that is refused before anybody is asked.

    Args:
        status: The HTTP status.
        code: A stable word for the reason.
        message: The reason, and what to do.
        face: The protocol it is told over.
    """
    if face == "messages":
        return Failed(status, dict(_HEADERS), _anthropic(status, code, message))
    usual = "server_error" if status >= _SERVER else "invalid_request_error"
    kind = next((row[2] for row in _KINDS if row[1] == status), usual)
    error = {"message": message, "type": kind, "param": None, "code": code}
    return Failed(status, dict(_HEADERS), {"error": error})


def not_served(method: str, path: str, face: Face = "chat") -> Failed:
    """Return the reply to what is asked at a path where nothing is."""
    served = "POST …/chat/completions and POST …/responses are"
    if face == "messages":
        served = "POST …/messages and POST …/messages/count_tokens are"
    return refused(404, "not_served", f"{method} {path} is not served here: {served}", face)


def _told(error: UnillmError) -> UnillmError:
    """Return the error that says what happened: of a route that of the target tried last."""
    while isinstance(error, RouteExhaustedError) and error.errors:
        error = error.errors[-1]
    return error


def _body(error: UnillmError, told: UnillmError, kind: str, code: str | None) -> JsonObject:
    """Return the error, the provider's own fields first where it told one in this form."""
    theirs: Any = told.body if isinstance(told, ProviderError) else None
    theirs = theirs.get("error") if is_object(theirs) else None
    own: JsonObject = {"message": str(error), "type": kind, "param": None, "code": code}
    if code is None:
        own["code"] = getattr(told, "code", None)
    if not is_object(theirs):
        return own
    # A code of ours has one meaning whoever answered, and clients look at it.
    return {**own, **theirs, "message": own["message"], "code": own["code"]}


def _anthropic(status: int, code: str | None, message: str) -> JsonObject:
    """Return the body of an error in Anthropic's form."""
    usual = "api_error" if status >= _SERVER else "invalid_request_error"
    error: JsonObject = {"type": _ANTHROPIC.get(status, usual), "message": message}
    if code is not None:
        error["details"] = {"error_code": code}
    return {"type": "error", "error": error}


def _extras(error: UnillmError) -> JsonObject:
    cost = error.cost
    return {
        "error": type(error).__name__,
        "retryable": error.retryable,
        "attempts": [attempt_told(attempt) for attempt in error.attempts],
        "cost": None if cost is None else cost_told(cost),
    }
