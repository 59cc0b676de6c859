"""Every exception unillm raises, as one tree.

::

    UnillmError
    ├── InvalidRequestError (ValueError)     your call cannot be sent as it stands
    │   ├── UnknownModelError                a model's name means nobody, or could mean several
    │   └── UnsupportedFeatureError          the model named cannot do what is asked
    ├── NoTargetError                        no provider is left that may answer
    ├── BudgetExceededError                  the call may cost more than is left of a budget
    │   └── BudgetUnavailableError           what is left cannot be told: its store is away
    ├── MaxTurnsError                        a run may have no more turns, and the model would go on
    ├── LedgerError                          the ledger cannot be read
    ├── TransportError                       nothing usable came over the network
    │   ├── ConnectError
    │   ├── RequestTimeoutError (TimeoutError)
    │   │   ├── ConnectTimeoutError
    │   │   ├── FirstTokenTimeoutError
    │   │   ├── IdleTimeoutError
    │   │   └── DeadlineExceededError
    │   └── IncompleteStreamError            the answer ended before its terminal event
    ├── ProviderError                        the provider said no (status, code)
    │   ├── AuthenticationError
    │   ├── PermissionDeniedError
    │   ├── InsufficientBalanceError
    │   ├── RateLimitError
    │   ├── BadRequestError
    │   │   ├── ContextLengthError
    │   │   └── ContentPolicyError
    │   ├── ModelNotFoundError
    │   ├── NotFoundError
    │   ├── OverloadedError
    │   └── ServerError
    ├── ResponseError                        an answer came, but it cannot be used
    │   ├── MalformedResponseError
    │   ├── ToolArgumentsError
    │   ├── OutputValidationError
    │   └── UnrepairableError                text that cannot be made JSON without guessing
    └── RouteExhaustedError                  every target of a route failed

`InvalidRequestError` and its kin are the caller's to mend; the rest is what the
network, the provider or the model did.
"""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from decimal import Decimal

    from unillm.types.budget import BudgetState
    from unillm.types.parsed import OutputTry
    from unillm.types.rates import RateLimits
    from unillm.types.response import Attempt, ChatResponse
    from unillm.types.run import RunResult
    from unillm.types.tools import InvalidToolCall
    from unillm.types.usage import Cost


class UnillmError(Exception):
    """Base of every exception that unillm raises.

    Attributes:
        message: What happened, to whom, and what to do about it.
        provider: Name of the provider concerned, if one was.
        model: The model asked, as the provider knows it.
        request_id: The provider's id of the failed exchange; quote it to their support.
        operation: The id of the operation that it ended, as observers and the ledger have it; None:
            nothing had begun.
        attempts: Every HTTP exchange made for the call, the failed ones included.
        partial: What had arrived of the answer when it failed, or None.
        run: What had come of the run that it ended; None: it was raised by no run.
        retryable: Whether the same call may succeed if it is made again.
    """

    retryable: bool = False

    def __init__(
        self,
        message: str,
        *,
        provider: str | None = None,
        model: str | None = None,
        request_id: str | None = None,
        partial: ChatResponse | None = None,
        retryable: bool | None = None,
    ) -> None:
        """Keep the message and the context it belongs to."""
        super().__init__(message)
        self.message = message
        self.provider = provider
        self.model = model
        self.request_id = request_id
        self.partial = partial
        self.operation: str | None = None
        self.attempts: tuple[Attempt, ...] = ()
        self.run: RunResult[Any] | None = None
        if retryable is not None:
            self.retryable = retryable

    @property
    def cost(self) -> Cost | None:
        """Return what the call cost all the same, all attempts together; None: none was made."""
        costs = [attempt.cost for attempt in self.attempts]
        return reduce(add, costs) if costs else None

    def __str__(self) -> str:
        """Return the message, followed by whom it concerns."""
        whom = ":".join(part for part in (self.provider, self.model) if part)
        known = [whom] if whom else []
        if self.request_id:
            known.append(f"request id {self.request_id}")
        if len(self.attempts) > 1:
            known.append(f"{len(self.attempts)} attempts")
        return f"{self.message} [{', '.join(known)}]" if known else self.message

    def __repr__(self) -> str:
        """Return the class and what `str` says."""
        return f"{type(self).__name__}({str(self)!r})"

    def _repr_markdown_(self) -> str:
        """Show in a notebook what happened, every attempt, and what had come of the answer."""
        from unillm._markdown import answer, inert, table

        blocks = [f"**{type(self).__name__}**: {inert(str(self))}"]
        if self.attempts:
            heads = ("", "asked", "status", "took", "cost", "what came of it")
            rows = (
                (
                    *(f"{a.number}", f"{a.provider}:{a.model}", f"{a.status or ''}"),
                    *(f"{a.duration:.2f} s", a.cost.brief, a.error or a.outcome),
                )
                for a in self.attempts
            )
            blocks.append(table(heads, rows, {"asked", "what came of it"}))
        so_far = self.partial.text if self.partial is not None else ""
        blocks += ["What had come:", answer(so_far)] if so_far else []
        return "\n\n".join(blocks)

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        """Return how it looks, by media type."""
        from unillm._markdown import bundle

        return bundle(self, include, exclude)

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive pickling whatever the subclass' signature is."""
        return _restore, (type(self), self.args, dict(self.__dict__))


def _restore(kind: type[UnillmError], args: tuple[Any, ...], state: dict[str, Any]) -> UnillmError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class InvalidRequestError(UnillmError, ValueError):
    """Raised before sending: the call as written cannot be made."""


class UnknownModelError(InvalidRequestError):
    """Raised before sending: the name of a model, or of a route, means nobody, or several.

    `ModelNotFoundError` is what a provider says of a name that was sent to it.

    Attributes:
        near: Names that may have been meant, each good as ``model=``; the likeliest first.
    """

    def __init__(
        self,
        message: str,
        *,
        near: Sequence[str] = (),
        provider: str | None = None,
        model: str | None = None,
    ) -> None:
        """Keep what may have been meant."""
        super().__init__(message, provider=provider, model=model)
        self.near = tuple(near)


class UnsupportedFeatureError(InvalidRequestError):
    """Raised before sending: the model named directly cannot do what is asked."""


class NoTargetError(UnillmError):
    """Raised when policy leaves no target; the message names each one with its reason."""


class BudgetExceededError(UnillmError):
    """Raised before an attempt is sent: it may cost more than is left of a budget it runs under.

    If it is a further attempt, ``__cause__`` is the error of the one before.

    Attributes:
        budget: The name of the budget; of the one with the least left, if there are several.
        needed: What the attempt may cost at most, in US dollars; None: nobody knows.
        left: What is left of that budget, in US dollars; None: that was not looked at.
        fits: The largest ``max_tokens`` with which it would fit; None: none is known.
        states: How each of the budgets stands that have no room for it.
    """

    def __init__(
        self,
        message: str,
        *,
        budget: str | None = None,
        needed: Decimal | None = None,
        left: Decimal | None = None,
        fits: int | None = None,
        states: Sequence[BudgetState] = (),
        **context: Any,
    ) -> None:
        """Keep what was needed and what is left."""
        super().__init__(message, **context)
        self.budget = budget
        self.needed = needed
        self.left = left
        self.fits = fits
        self.states = tuple(states)

    @property
    def may_pass(self) -> bool:
        """Tell whether there would be room if calls under way cost nothing."""
        return self.needed is not None and all(
            state.usd - state.spent >= self.needed for state in self.states
        )


class BudgetUnavailableError(BudgetExceededError):
    """Raised before an attempt is sent: the store of a budget cannot be asked what is left."""

    retryable = True


class LedgerError(UnillmError):
    """Raised where a ledger is read: its database cannot be reached, or holds no ledger."""


class MaxTurnsError(UnillmError):
    """Raised when a run has had all its turns and the model would go on calling.

    Its last calls were not made. ``run`` has the conversation, in which each of them is told so:
    another run goes on from ``run.messages``.
    """

    # Whoever catches it need not ask whether there was a run.
    run: RunResult[Any]  # pyright: ignore[reportIncompatibleVariableOverride]


class TransportError(UnillmError):
    """Raised when the exchange broke below the level of the provider's protocol."""

    retryable = True


class ConnectError(TransportError):
    """Raised when no connection could be made: DNS, refused, TLS, proxy."""


class RequestTimeoutError(TransportError, TimeoutError):
    """Raised when a time limit passed; its subclasses say which."""


class ConnectTimeoutError(RequestTimeoutError):
    """Raised when connecting took longer than ``Timeout.connect``."""


class FirstTokenTimeoutError(RequestTimeoutError):
    """Raised when no token came within ``Timeout.first_token`` seconds of sending."""


class IdleTimeoutError(RequestTimeoutError):
    """Raised when a stream said nothing new for ``Timeout.idle`` seconds.

    Keep-alive comments and blank lines are not news.
    """


class DeadlineExceededError(RequestTimeoutError):
    """Raised when the whole operation took longer than ``Timeout.total``."""

    retryable = False


class IncompleteStreamError(TransportError):
    """Raised when an answer ended before its terminal event; ``partial`` has what came."""


class ProviderError(UnillmError):
    """Raised when the provider answered with an error.

    Attributes:
        status: HTTP status, or None when the error came inside a 200 answer without one.
        code: The provider's own code or type string, if it gave one.
        body: The error body as received (decoded JSON, or text cut to 2,000 characters).
        retry_after: Seconds the provider asked to wait, if it said so.
        rate_limits: How much it said is left of what it allows, if it said so.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        body: Any = None,
        retry_after: float | None = None,
        **context: Any,
    ) -> None:
        """Keep what the provider said."""
        super().__init__(message, **context)
        self.status = status
        self.code = code
        self.body = body
        self.retry_after = retry_after
        self.rate_limits: RateLimits | None = None


class AuthenticationError(ProviderError):
    """Raised when the key is missing or refused (401)."""


class PermissionDeniedError(ProviderError):
    """Raised when the key may not do this (403, 451)."""


class InsufficientBalanceError(ProviderError):
    """Raised when the account has no money or quota left (402, quota codes of 429)."""


class RateLimitError(ProviderError):
    """Raised when too many requests were made (429); see ``retry_after``."""

    retryable = True


class BadRequestError(ProviderError):
    """Raised when the provider refuses the request itself (400, 413, 422 and the like)."""


class ContextLengthError(BadRequestError):
    """Raised when the conversation is longer than the model's context window."""


class ContentPolicyError(BadRequestError):
    """Raised when the provider's content filter refused the prompt."""


class ModelNotFoundError(ProviderError):
    """Raised when the provider does not serve the model (404 naming it)."""


class NotFoundError(ProviderError):
    """Raised when the URL is not there (404, 405, 410): usually a wrong ``base_url``."""


class OverloadedError(ProviderError):
    """Raised when the provider has no capacity right now (503, 529)."""

    retryable = True


class ServerError(ProviderError):
    """Raised when the provider failed (5xx), or gave up in the middle of an answer."""

    retryable = True


class ResponseError(UnillmError):
    """Raised when an answer arrived that cannot be used."""


class MalformedResponseError(ResponseError):
    """Raised when an answer is not the protocol: no JSON, an HTML page, wrong types.

    An empty answer where ``response_format`` asked for JSON is one too, and is asked for again.
    """


class ToolArgumentsError(ResponseError):
    """Raised when the model called a tool with arguments that cannot be used.

    Attributes:
        response: The whole answer: text, usage, the good calls, and the bad ones.
        invalid_tool_calls: The calls that were refused, each with the reason.
    """

    def __init__(self, message: str, *, response: ChatResponse, **context: Any) -> None:
        """Keep the answer the calls came in."""
        super().__init__(message, **context)
        self.response = response
        self.partial = response

    @property
    def invalid_tool_calls(self) -> tuple[InvalidToolCall, ...]:
        """Return the refused calls."""
        return self.response.invalid_tool_calls


class OutputValidationError(ResponseError):
    """Raised when no answer was what ``output=`` asks for.

    Attributes:
        response: The last answer, whole.
        tries: What was wrong with each answer, in order; one for every time the model was asked.
        path: Where in the last one's value the trouble is; empty: as a whole, or unreadable.
    """

    def __init__(
        self, message: str, *, response: ChatResponse, tries: Sequence[OutputTry], **context: Any
    ) -> None:
        """Keep the answers."""
        super().__init__(message, **context)
        self.response = response
        self.partial = response
        self.tries = tuple(tries)

    @property
    def path(self) -> tuple[str | int, ...]:
        """Return where in the last answer's value the trouble is."""
        return self.tries[-1].path if self.tries else ()


class UnrepairableError(ResponseError):
    """Raised when a text cannot be made the JSON that was meant without guessing.

    Attributes:
        reason: Why not, in a sentence.
        position: Where in the text the trouble is, in characters; None if it is nowhere exactly.
        candidates: What the text may have meant, if it may have meant several things.
        schema_path: Where in the value the schema was not met; None if it could not be read.
        partial: What can be read of it, to be shown and never to be executed; None: nothing can.
    """

    partial: Any

    def __init__(
        self,
        reason: str,
        position: int | None = None,
        candidates: Sequence[Any] = (),
        *,
        schema_path: tuple[str | int, ...] | None = None,
        partial: Any = None,
    ) -> None:
        """Keep where and why, and what it may have been."""
        where = "" if position is None else f" (at character {position})"
        super().__init__(f"{reason}{where}")
        self.reason = reason
        self.position = position
        self.candidates = tuple(candidates)
        self.schema_path = schema_path
        self.partial = partial


class RouteExhaustedError(UnillmError):
    """Raised when more than one target was tried and all failed.

    Attributes:
        errors: The error of each attempt, in order.
    """

    def __init__(self, message: str, *, errors: Sequence[UnillmError], **context: Any) -> None:
        """Keep the error of each attempt."""
        super().__init__(message, **context)
        self.errors = tuple(errors)
