"""One operation: attempts at one target until an answer stands or no more may be made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from unillm._flow.attempt import Exchanged, attempt, emit
from unillm._flow.billing import difference
from unillm._flow.bounds import Bounds
from unillm._flow.budget import Spending, reserved, settled
from unillm._flow.deadlines import DRAIN
from unillm._flow.effects import Close, Drain, Flow, Now, Sleep
from unillm._flow.operation import Operation, Trial
from unillm._flow.prompt import bounded
from unillm._flow.reask import asked_again
from unillm._flow.retry import pause_after
from unillm._flow.verdict import Refusal, verdict_on
from unillm.errors import BudgetExceededError, UnillmError
from unillm.types.edits import Note
from unillm.types.events import Finished
from unillm.types.parsed import OutputTry
from unillm.types.policy import RetryPolicy
from unillm.types.response import ChatResponse


def chat(
    what: Exchanged, operation: Operation, policy: RetryPolicy, *, return_invalid_calls: bool
) -> Flow[ChatResponse]:
    """Return the answer, every attempt listed on it.

    An answer whose calls were refused is asked for again as often as ``what.repair`` says, and one
    that is not the output that was wanted as often as ``what.expected`` does.

    Raises:
        UnillmError: The last attempt failed; the error lists every attempt.
    """
    if operation.billing is not None:
        yield from operation.billing.prepared(what.plan.target)
    operation.began = yield from Now()
    tries: list[OutputTry] = []
    response = yield from _answered(what, operation, policy)
    response, refusal = verdict_on(response, what, tries)
    failure = None
    while refusal is not None and (yield from _shall_ask_again(refusal, operation, tries)):
        if refusal.tried is not None:
            tries.append(refusal.tried)
        what = asked_again(what, refusal.told())
        yield from _begin_again(refusal, response, operation)
        try:
            answer = yield from _answered(what, operation, policy)
        except UnillmError as error:
            if operation.emitted:
                raise
            # Nobody has seen anything of the new answer: the refused one stands, as without it.
            response, failure = _left_with(response, operation, error), error
            break
        response, refusal = verdict_on(answer, what, tries)
    if refusal is not None and not (return_invalid_calls and refusal.tried is None):
        operation.response = response
        raise refusal.error(response) from failure or refusal.cause
    return (yield from _ended(response, operation))


def _left_with(response: ChatResponse, operation: Operation, error: UnillmError) -> ChatResponse:
    """Return the answer that is left, since asking again has failed."""
    operation.restart = None
    message = f"asking the model again failed with {type(error).__name__}; see .attempts"
    return replace(
        response,
        attempts=tuple(operation.attempts),
        cost=operation.cost,
        notes=(*response.notes, Note("reask_failed", message)),
    )


def _shall_ask_again(
    refusal: Refusal, operation: Operation, tries: Sequence[OutputTry]
) -> Flow[bool]:
    for_calls = operation.reasked - len(tries)
    if (for_calls if refusal.tried is None else len(tries)) >= refusal.most:
        return False
    now = yield from Now()
    return operation.total_at is None or now.monotonic < operation.total_at


def _begin_again(refusal: Refusal, response: ChatResponse, operation: Operation) -> Flow[None]:
    """Leave an answer behind: its attempt says why, and so does what a stream tells next."""
    operation.reasked += 1
    why = refusal.error(response)
    last = operation.attempts[-1]
    told = f"{type(why).__name__}: {why.message}"
    operation.attempts[-1] = replace(last, outcome="error", error=told)
    if operation.emitted:
        operation.restart = refusal.reason
        operation.emitted = False
    yield from Drain(DRAIN)


def _answered(what: Exchanged, operation: Operation, policy: RetryPolicy) -> Flow[ChatResponse]:
    """Return one answer, tried for as often as the policy allows."""
    waited, before = 0.0, None
    while True:
        try:
            return (yield from _tried(what, operation, waited))
        except BudgetExceededError as refused:
            refused.attempts = tuple(operation.attempts)
            raise refused from before
        except UnillmError as error:
            pause = yield from pause_after(error, policy, operation)
            if pause is None:
                raise
            before = error
            yield from Close()
            yield from Sleep(pause, error)
            waited = pause


def _tried(what: Exchanged, operation: Operation, waited: float) -> Flow[ChatResponse]:
    now = yield from Now()
    trial = Trial(
        number=len(operation.attempts) + 1,
        target=what.plan.target,
        sent_at=now.monotonic,
        sent_unix=now.unix,
        waited=waited,
        what=what,
        billing=operation.billing,
        gaps=operation.start_gaps(),
    )
    if operation.spending is not None:
        trial.within = yield from _bounded(what, operation.spending)
        total = operation.timeout.total
        ceiling = operation.spending.billing.ceiling(what, total, trial.within)
        yield from reserved(ceiling, operation, trial)
    operation.trial = trial
    try:
        response = yield from attempt(what, operation, trial)
    except UnillmError as error:
        operation.end_trial((yield from Now()).monotonic, "error", error)
        error.provider = error.provider or what.plan.target.provider
        error.model = error.model or what.plan.target.model
        error.attempts = tuple(operation.attempts)
        if error.partial is not None:
            error.partial = replace(error.partial, cost=operation.cost)
        yield from settled(operation)
        raise
    operation.end_trial((yield from Now()).monotonic, "ok")
    yield from settled(operation)
    attempts = tuple(operation.attempts)
    differs = difference(attempts[-1])
    return replace(
        response,
        attempts=attempts,
        cost=operation.cost,
        rate_limits=trial.rate_limits,
        notes=response.notes if differs is None else (*response.notes, differs),
    )


def _bounded(what: Exchanged, spending: Spending) -> Flow[Bounds]:
    """Return the most tokens that an attempt can have; a further one of the same has as many."""
    known = spending.bounded
    if known is None or known[0] is not what:
        known = spending.bounded = what, (yield from bounded(what))
    return known[1]


def _ended(response: ChatResponse, operation: Operation) -> Flow[ChatResponse]:
    if operation.spending is not None and operation.spending.unchecked:
        response = replace(response, notes=(*response.notes, *operation.spending.notes()))
    operation.response = response
    yield from emit([Finished(response)], operation)
    yield from Drain(DRAIN)
    return response
