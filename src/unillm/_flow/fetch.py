"""One exchange that is no chat: the same attempts, limits and errors, and a body read as a whole.

Observers are told only of those that a model answers and that cost something: completing a text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from unillm._flow.attempt import error_body, usage_in, with_advice
from unillm._flow.bounds import Beside
from unillm._flow.budget import reserved, settled
from unillm._flow.charges import OK
from unillm._flow.course import Course
from unillm._flow.deadlines import Deadlines
from unillm._flow.effects import Close, Flow, Head, Now, Read, Send, Sleep, TimedOutError
from unillm._flow.operation import Operation, Trial
from unillm._flow.retry import pause_after
from unillm._wire.failure import failure_from_status, request_id
from unillm.errors import (
    BudgetExceededError,
    FirstTokenTimeoutError,
    IncompleteStreamError,
    MalformedResponseError,
    RequestTimeoutError,
    TransportError,
    UnillmError,
)
from unillm.types.dataclass import dataclass
from unillm.types.policy import RetryPolicy
from unillm.types.response import ChatResponse
from unillm.types.transport import WireRequest

T = TypeVar("T")

MAX_BODY = 64 * 1024 * 1024
"""Bytes that an answer may have, where nothing else is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A whole answer with a good status.

    Attributes:
        status: The HTTP status.
        headers: The headers; names are lower case.
        body: The body.
        request_id: The provider's id of the exchange.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    request_id: str | None


def fetch(
    wire: WireRequest,
    operation: Operation,
    policy: RetryPolicy,
    read: Callable[[Fetched], T],
    *,
    most: int = MAX_BODY,
    beside: Beside | None = None,
) -> Flow[T]:
    """Return what is read from the answer to a request, tried for as often as the policy allows.

    Args:
        wire: The request.
        operation: The memory of it; it has the time limits.
        policy: When to try again.
        read: Reads the answer. What it raises counts as the failure of the attempt.
        most: How many bytes the body may have.
        beside: What is billed of it; None: nothing is.

    Raises:
        UnillmError: The last attempt failed; the error lists every attempt.
    """
    if beside is not None and operation.billing is not None:
        yield from operation.billing.prepared(operation.target)
    operation.began = yield from Now()
    course, waited, before = Course.alone(operation.target), 0.0, None
    while True:
        course.ask(course.legs[0])
        try:
            trial = yield from _begun(operation, waited, beside)
            return (yield from _tried(wire, operation, read, most, trial))
        except BudgetExceededError as refused:
            refused.attempts = tuple(operation.attempts)
            raise refused from before
        except UnillmError as error:
            pause = yield from pause_after(error, policy, operation, course)
            if pause is None:
                raise
            before = error
            yield from Close()
            yield from Sleep(pause, error)
            waited = pause


def _begun(operation: Operation, waited: float, beside: Beside | None) -> Flow[Trial]:
    now = yield from Now()
    trial = Trial(
        number=len(operation.attempts) + 1,
        target=operation.target,
        sent_at=now.monotonic,
        sent_unix=now.unix,
        waited=waited,
        beside=beside,
        role=operation.role,
        billing=None if beside is None else operation.billing,
    )
    if operation.spending is not None and operation.spending.ceiling is not None:
        yield from reserved(operation.spending.ceiling, operation, trial)
    operation.trial = trial
    return trial


def _tried(
    wire: WireRequest,
    operation: Operation,
    read: Callable[[Fetched], T],
    most: int,
    trial: Trial,
) -> Flow[T]:
    try:
        found = read((yield from _exchanged(wire, operation, trial, most)))
        if trial.beside is not None:
            _take(trial.beside.answer(found), operation, trial)
    except UnillmError as error:
        operation.end_trial((yield from Now()).monotonic, "error", error)
        error.provider = error.provider or operation.target.provider
        error.model = error.model or operation.target.model or None
        error.request_id = error.request_id or trial.request_id
        error.attempts = tuple(operation.attempts)
        yield from settled(operation)
        raise
    operation.end_trial((yield from Now()).monotonic, "ok")
    yield from settled(operation)
    return found


def _take(answer: ChatResponse, operation: Operation, trial: Trial) -> None:
    """Keep what is billed of an answer."""
    trial.said = operation.response = answer
    trial.usage, trial.served_model = answer.usage, answer.model
    trial.service_tier, trial.reported_cost = answer.service_tier, answer.reported_cost


def _exchanged(wire: WireRequest, operation: Operation, trial: Trial, most: int) -> Flow[Fetched]:
    deadlines = Deadlines(operation.timeout, operation.total_at, trial.sent_at)
    head = yield from _head(wire, deadlines)
    trial.status, trial.request_id = head.status, request_id(head.headers)
    if head.status not in OK:
        body = yield from error_body(deadlines, head.at.monotonic)
        failure = failure_from_status(head.status, head.headers, body, now=head.at.unix)
        trial.usage = usage_in(failure.body)
        raise with_advice(failure, operation.target)
    parts: list[bytes] = []
    size = 0
    while data := (yield from _more(deadlines)):
        parts.append(data)
        size += len(data)
        if size > most:
            raise MalformedResponseError(f"the answer is larger than {most:,} bytes")
    return Fetched(
        status=head.status,
        headers=head.headers,
        body=b"".join(parts),
        request_id=trial.request_id,
    )


def _head(wire: WireRequest, deadlines: Deadlines) -> Flow[Head]:
    limits = deadlines.timeout
    try:
        return (yield from Send(wire, deadlines.until(), limits.connect, deadlines.single_read()))
    except TimedOutError:
        raise _late(deadlines) from None


def _more(deadlines: Deadlines) -> Flow[bytes]:
    try:
        data, at = yield from Read(deadlines.until())
    except TimedOutError:
        raise _late(deadlines) from None
    except TransportError as error:
        message = f"the connection broke off in the middle of the answer: {error.message}"
        raise IncompleteStreamError(message) from error
    deadlines.news(at, token=True)
    return data


def _late(deadlines: Deadlines) -> RequestTimeoutError:
    error = deadlines.error()
    if isinstance(error, FirstTokenTimeoutError):
        limit = deadlines.timeout.first_token
        return FirstTokenTimeoutError(
            f"no answer came within {limit} s. Raise Timeout(first_token=…)."
        )
    return error
