"""One operation: attempts at one target until an answer stands or no more may be made."""

from __future__ import annotations

from dataclasses import replace

from unillm._flow.attempt import Exchanged, attempt, emit
from unillm._flow.deadlines import DRAIN
from unillm._flow.effects import Close, Drain, Flow, Now, Sleep
from unillm._flow.operation import Operation, Trial
from unillm._flow.reask import asked_again, reasons
from unillm._flow.retry import pause_after
from unillm.errors import ToolArgumentsError, UnillmError
from unillm.types.edits import Note
from unillm.types.events import Finished
from unillm.types.policy import RetryPolicy
from unillm.types.response import ChatResponse


def chat(
    what: Exchanged, operation: Operation, policy: RetryPolicy, *, return_invalid_calls: bool
) -> Flow[ChatResponse]:
    """Return the answer, every attempt listed on it.

    An answer whose calls were refused is asked for again as often as ``what.repair`` says.

    Raises:
        UnillmError: The last attempt failed; the error lists every attempt.
    """
    operation.began = yield from Now()
    response = yield from _answered(what, operation, policy)
    failure = None
    while (yield from _shall_ask_again(response, operation, what.repair.reask)):
        what = asked_again(what, response)
        yield from _begin_again(response, operation)
        try:
            response = yield from _answered(what, operation, policy)
        except UnillmError as error:
            if operation.emitted:
                raise
            # Nobody has seen anything of the new answer: the refused one stands, as without it.
            message = f"asking the model again failed with {type(error).__name__}; see .attempts"
            response = replace(
                response,
                attempts=tuple(operation.attempts),
                notes=(*response.notes, Note("reask_failed", message)),
            )
            failure, operation.restart = error, None
            break
    return (
        yield from _ended(
            response, operation, return_invalid_calls=return_invalid_calls, failure=failure
        )
    )


def _shall_ask_again(response: ChatResponse, operation: Operation, most: int) -> Flow[bool]:
    if not response.invalid_tool_calls or operation.reasked >= most:
        return False
    now = yield from Now()
    return operation.total_at is None or now.monotonic < operation.total_at


def _begin_again(response: ChatResponse, operation: Operation) -> Flow[None]:
    """Leave an answer behind: its attempt says why, and so does what a stream tells next."""
    operation.reasked += 1
    why = arguments_error(response)
    last = operation.attempts[-1]
    told = f"{type(why).__name__}: {why.message}"
    operation.attempts[-1] = replace(last, outcome="error", error=told)
    if operation.emitted:
        operation.restart = f"tool calls were refused: {reasons(response)}"
        operation.emitted = False
    yield from Drain(DRAIN)


def _answered(what: Exchanged, operation: Operation, policy: RetryPolicy) -> Flow[ChatResponse]:
    """Return one answer, tried for as often as the policy allows."""
    waited = 0.0
    while True:
        try:
            return (yield from _tried(what, operation, waited))
        except UnillmError as error:
            pause = yield from pause_after(error, policy, operation)
            if pause is None:
                raise
            yield from Close()
            yield from Sleep(pause, error)
            waited = pause


def _tried(what: Exchanged, operation: Operation, waited: float) -> Flow[ChatResponse]:
    now = yield from Now()
    trial = operation.trial = Trial(
        number=len(operation.attempts) + 1,
        target=what.plan.target,
        sent_at=now.monotonic,
        sent_unix=now.unix,
        waited=waited,
    )
    try:
        response = yield from attempt(what, operation, trial)
    except UnillmError as error:
        operation.end_trial((yield from Now()).monotonic, "error", error)
        error.provider = error.provider or what.plan.target.provider
        error.model = error.model or what.plan.target.model
        error.attempts = tuple(operation.attempts)
        raise
    operation.end_trial((yield from Now()).monotonic, "ok")
    attempts = tuple(operation.attempts)
    return replace(response, attempts=attempts, rate_limits=trial.rate_limits)


def _ended(
    response: ChatResponse,
    operation: Operation,
    *,
    return_invalid_calls: bool,
    failure: UnillmError | None,
) -> Flow[ChatResponse]:
    operation.response = response
    if response.invalid_tool_calls and not return_invalid_calls:
        raise arguments_error(response) from failure
    yield from emit([Finished(response)], operation)
    yield from Drain(DRAIN)
    return response


def arguments_error(response: ChatResponse) -> ToolArgumentsError:
    """Return the error of an answer with calls that cannot be executed."""
    error = ToolArgumentsError(
        f"the model made {len(response.invalid_tool_calls)} tool call(s) that cannot be executed: "
        f"{reasons(response)}. "
        "See .invalid_tool_calls, or pass on_invalid_tool_call='return' for the response.",
        response=response,
        provider=response.provider,
        model=response.model,
        request_id=response.request_id,
    )
    error.attempts = response.attempts
    return error
