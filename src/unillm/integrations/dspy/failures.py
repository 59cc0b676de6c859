"""unillm's errors, as those that DSPy's engines raise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dspy import lm15

import unillm
from unillm.integrations.dspy.events import whole

_Kind = Callable[..., lm15.LM15Error]

_KINDS: tuple[tuple[type[unillm.UnillmError], _Kind], ...] = (
    (unillm.AuthenticationError, lm15.AuthError),
    (unillm.PermissionDeniedError, lm15.AuthError),
    (unillm.InsufficientBalanceError, lm15.BillingError),
    (unillm.BudgetExceededError, lm15.BillingError),
    (unillm.RateLimitError, lm15.RateLimitError),
    (unillm.ContextLengthError, lm15.ContextLengthError),
    (unillm.ModelNotFoundError, lm15.UnsupportedModelError),
    (unillm.BadRequestError, lm15.InvalidRequestError),
    (unillm.NotFoundError, lm15.InvalidRequestError),
    (unillm.OverloadedError, lm15.ServerError),
    (unillm.ServerError, lm15.ServerError),
    (unillm.ProviderError, lm15.ProviderError),
    (unillm.RequestTimeoutError, lm15.TimeoutError),
    (unillm.IncompleteStreamError, lm15.StreamAssemblyError),
    (unillm.ToolArgumentsError, lm15.StreamAssemblyError),
    (unillm.TransportError, lm15.TransportError),
    (unillm.UnsupportedFeatureError, lm15.UnsupportedFeatureError),
    (unillm.InvalidRequestError, lm15.InvalidRequestError),
    (unillm.NoTargetError, lm15.ConfigurationError),
    (unillm.ResponseError, lm15.ProviderError),
)
"""What each of ours is there, kin before their parents. A stream that was cut and a call that must
not be made are both answers that cannot be put together: DSPy does not ask again after those."""


def translated(error: unillm.UnillmError, request: lm15.Request) -> lm15.LM15Error:
    """Return DSPy's error for one of ours, which is to be its cause.

    A route that failed as a whole is what its last target failed with.
    """
    last = error.errors[-1] if isinstance(error, unillm.RouteExhaustedError) else error
    kind = next((theirs for ours, theirs in _KINDS if isinstance(last, ours)), lm15.LM15Error)
    details: dict[str, Any] = {
        "provider": last.provider,
        "provider_code": getattr(last, "code", None),
        "status": getattr(last, "status", None),
        "request_id": last.request_id,
        "retry_after": getattr(last, "retry_after", None),
    }
    if kind is lm15.StreamAssemblyError and last.partial is not None:
        cost = error.cost or last.partial.cost
        partial = replace(last.partial, attempts=error.attempts, cost=cost)
        details["partial"] = whole(partial, request)
    made = kind(str(error), **details)
    # Some of theirs add what to do about it with their own transport, which is not at work here.
    made.message, made.args = str(error), (str(error),)
    return made
