"""One operation: attempts at one target until one succeeds or no more may be made."""

from __future__ import annotations

from dataclasses import replace

from unillm._flow.attempt import Exchanged, attempt
from unillm._flow.deadlines import DRAIN
from unillm._flow.effects import Close, Drain, Emit, Flow, Now, Sleep
from unillm._flow.operation import Operation, Trial
from unillm._flow.retry import pause_after
from unillm.errors import ToolArgumentsError, UnillmError
from unillm.types.events import Finished
from unillm.types.policy import RetryPolicy
from unillm.types.response import ChatResponse


def chat(
    what: Exchanged, operation: Operation, policy: RetryPolicy, *, return_invalid_calls: bool
) -> Flow[ChatResponse]:
    """Return the answer, every attempt listed on it.

    Raises:
        UnillmError: The last attempt failed; the error lists every attempt.
    """
    operation.began = yield from Now()
    waited = 0.0
    while True:
        try:
            response = yield from _tried(what, operation, waited)
        except UnillmError as error:
            pause = yield from pause_after(error, policy, operation)
            if pause is None:
                raise
            yield from Close()
            yield from Sleep(pause, error)
            waited = pause
        else:
            return (
                yield from _ended(response, operation, return_invalid_calls=return_invalid_calls)
            )


def _tried(what: Exchanged, operation: Operation, waited: float) -> Flow[ChatResponse]:
    now = yield from Now()
    trial = operation.trial = Trial(
        number=len(operation.attempts) + 1,
        target=what.target,
        sent_at=now.monotonic,
        sent_unix=now.unix,
        waited=waited,
    )
    try:
        response = yield from attempt(what, operation, trial)
    except UnillmError as error:
        operation.end_trial((yield from Now()).monotonic, "error", error)
        error.provider = error.provider or what.target.provider
        error.model = error.model or what.target.model
        error.attempts = tuple(operation.attempts)
        raise
    operation.end_trial((yield from Now()).monotonic, "ok")
    return replace(response, attempts=tuple(operation.attempts))


def _ended(
    response: ChatResponse, operation: Operation, *, return_invalid_calls: bool
) -> Flow[ChatResponse]:
    operation.response = response
    if response.invalid_tool_calls and not return_invalid_calls:
        raise _arguments_error(response)
    if operation.streamed:
        yield from Emit([Finished(response)])
    yield from Drain(DRAIN)
    return response


def _arguments_error(response: ChatResponse) -> ToolArgumentsError:
    bad = response.invalid_tool_calls
    reasons = "; ".join(f"{call.name or '(no name)'}: {call.reason}" for call in bad)
    error = ToolArgumentsError(
        f"the model made {len(bad)} tool call(s) that cannot be executed: {reasons}. "
        "See .invalid_tool_calls, or pass on_invalid_tool_call='return' for the response.",
        response=response,
        provider=response.provider,
        model=response.model,
        request_id=response.request_id,
    )
    error.attempts = response.attempts
    return error
