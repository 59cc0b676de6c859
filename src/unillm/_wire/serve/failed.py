"""An error as a reply over HTTP, in OpenAI's form.

``{"error": {message, type, param, code}}``: openai-python 3.57.0, _exceptions.py;
``x-should-retry``: _base_client.py there (read 2026-11-29).
"""

from __future__ import annotations

import math
from typing import Any

from unillm import errors
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
_ERROR = range(400, 600)


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


def failed(error: UnillmError) -> Failed:
    """Return the reply that tells an error. Of several targets the last one's is told."""
    told = _told(error)
    _, usual, kind, code = next(row for row in _KINDS if isinstance(told, row[0]))
    given = told.status if isinstance(told, ProviderError) else None
    status = given if given in _ERROR and given is not None else usual
    body = {"error": _body(error, told, kind, code), "unillm": _extras(error)}
    headers = {
        "content-type": "application/json",
        "x-should-retry": "false",
        "x-unillm-error": type(error).__name__,
    }
    retry_after = getattr(told, "retry_after", None)
    if retry_after is not None:
        headers["retry-after"] = str(math.ceil(retry_after))
        headers["retry-after-ms"] = str(math.ceil(retry_after * 1000))
    request_id = header(told.request_id)
    if request_id is not None:
        headers["x-request-id"] = request_id
    return Failed(status, headers, body)


def not_served(method: str, path: str) -> Failed:
    """Return the reply to what is asked at a path where nothing is."""
    message = (
        f"{method} {path} is not served here: POST …/chat/completions and POST …/responses are"
    )
    error = {"message": message, "type": "invalid_request_error", "param": None}
    headers = {"content-type": "application/json", "x-should-retry": "false"}
    return Failed(404, headers, {"error": {**error, "code": "not_served"}})


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


def _extras(error: UnillmError) -> JsonObject:
    cost = error.cost
    return {
        "error": type(error).__name__,
        "retryable": error.retryable,
        "attempts": [attempt_told(attempt) for attempt in error.attempts],
        "cost": None if cost is None else cost_told(cost),
    }
