"""unillm's errors as pydantic-ai's: its class by what happened, ours as the cause."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, TypeAlias

from pydantic_ai import exceptions as theirs

from unillm import errors as ours

Category: TypeAlias = type[
    theirs.ModelRateLimitError
    | theirs.ModelQuotaExceededError
    | theirs.ModelUnavailableError
    | theirs.ModelServerError
    | theirs.ModelRequestRejectedError
]

_CATEGORIES: tuple[tuple[type[ours.ProviderError], Category], ...] = (
    (ours.RateLimitError, theirs.ModelRateLimitError),
    (ours.InsufficientBalanceError, theirs.ModelQuotaExceededError),
    (ours.OverloadedError, theirs.ModelOverloadedError),
    (ours.ServerError, theirs.ModelServerError),
    (ours.AuthenticationError, theirs.ModelAuthenticationError),
    (ours.PermissionDeniedError, theirs.ModelAuthenticationError),
    (ours.ModelNotFoundError, theirs.ModelNotFoundError),
    (ours.NotFoundError, theirs.ModelNotFoundError),
    (ours.ContextLengthError, theirs.ModelContextWindowExceededError),
    (ours.BadRequestError, theirs.ModelRequestRejectedError),
)
"""The first that fits holds."""


@contextmanager
def translated(model_name: str) -> Generator[None]:
    """Raise what unillm raises inside the block as pydantic-ai names it.

    Raises:
        UserError: The call as written cannot be sent.
        ModelAPIError: It failed; the subclass says how.
        UnexpectedModelBehavior: An answer came that is no answer, or a filter refused the prompt.
    """
    try:
        yield
    except ours.UnillmError as error:
        raise translation(error, model_name) from error


def translation(error: ours.UnillmError, model_name: str) -> Exception:
    """Return the exception of pydantic-ai that says what happened."""
    last = error
    while isinstance(last, ours.RouteExhaustedError) and last.errors:
        last = last.errors[-1]
    match last:
        case ours.InvalidRequestError():
            return theirs.UserError(str(error))
        case ours.ContentPolicyError():
            return theirs.ContentFilterError(str(error))
        case ours.ProviderError():
            return _refusal(last, error, model_name)
        case ours.TransportError():
            return _connection(last, error, model_name)
        case ours.ResponseError():
            return theirs.UnexpectedModelBehavior(str(error))
        case _:
            return theirs.ModelAPIError(model_name, str(error))


def _connection(
    last: ours.TransportError, error: ours.UnillmError, model_name: str
) -> theirs.ModelConnectionError:
    kind = theirs.ModelConnectionError
    if isinstance(last, ours.RequestTimeoutError):
        kind = theirs.ModelTimeoutError
    at_first = isinstance(last, ours.ConnectError | ours.ConnectTimeoutError)
    return kind(
        model_name,
        str(error),
        phase="connect" if at_first else "read",
        in_stream=last.partial is not None,
    )


def _refusal(
    last: ours.ProviderError, error: ours.UnillmError, model_name: str
) -> theirs.ModelAPIError:
    category = next((theirs for mine, theirs in _CATEGORIES if isinstance(last, mine)), None)
    said: dict[str, Any] = {
        "body": str(error) if last.body is None else last.body,
        "provider_error_code": last.code,
        "retry_after": last.retry_after,
        "in_stream": last.partial is not None,
    }
    if last.status is not None and last.status >= 400:
        return theirs.ModelHTTPError.for_category(
            category, status_code=last.status, model_name=model_name, **said
        )
    return (category or theirs.ModelAPIError)(model_name, str(error), **said)
