"""One operation: attempts, target after target, until an answer stands or no more may be made."""

from __future__ import annotations

from dataclasses import replace

from unillm._flow.attempt import attempt, emit, handed_out
from unillm._flow.billing import difference
from unillm._flow.budget import settled
from unillm._flow.course import Course, Leg
from unillm._flow.deadlines import DRAIN
from unillm._flow.effects import Close, Drain, Flow, Now, Sleep, Tell
from unillm._flow.hedging import hedge_for, hedged
from unillm._flow.midstream import break_off, joined_by, keep_parts, set_out
from unillm._flow.operation import Operation, Trial
from unillm._flow.reask import asked_again
from unillm._flow.retry import begins_anew, may_try, pause_after
from unillm._flow.seat import reported, seated, unseated
from unillm._flow.trying import secured, trial_of
from unillm._flow.verdict import Refusal, judged
from unillm.errors import BudgetExceededError, UnillmError
from unillm.routing.failures import handling_of
from unillm.types.edits import Note
from unillm.types.events import Finished
from unillm.types.policy import RetryPolicy
from unillm.types.replaced import completed
from unillm.types.response import ChatResponse


def chat(
    course: Course, operation: Operation, policy: RetryPolicy, *, return_invalid_calls: bool
) -> Flow[ChatResponse]:
    """Return the answer, every attempt listed on it.

    An answer whose calls were refused is asked for again as often as ``what.repair`` says, and one
    that is not the output that was wanted as often as ``what.expected`` does; then by the next
    target of the route, if there is one.

    Raises:
        UnillmError: The last attempt failed; the error lists every attempt.
    """
    yield from _begun(course, operation)
    response = yield from _answered(course, operation, policy)
    response, refusal = judged(response, course)
    failure = None
    while refusal is not None and (
        yield from _goes_on(refusal, response, course, operation, policy)
    ):
        yield from _begin_again(refusal, response, operation)
        answered_by, seen = course.at, operation.left
        try:
            answer = yield from _answered(course, operation, policy)
        except UnillmError as error:
            was_seen = operation.emitted or operation.left is not seen
            if refusal.role == "cascade" and not was_seen:
                attempts = tuple(operation.attempts)
                error.partial = replace(response, attempts=attempts, cost=operation.cost)
            if was_seen or refusal.role == "cascade":
                raise
            # Nobody has seen anything of the new answer: the refused one stands, as without it.
            response, failure = _left_with(response, operation, error), error
            course.at = answered_by
            break
        response, refusal = judged(answer, course)
    if refusal is not None and not (return_invalid_calls and refusal.tried is None):
        operation.response = response
        raise refusal.error(response) from failure or refusal.cause
    return (yield from _ended(response, course, operation))


def _begun(course: Course, operation: Operation) -> Flow[None]:
    """Begin: whoever may be asked is put in order."""
    if course.choosing is None and operation.billing is not None:
        yield from operation.billing.prepared(course.legs[0].target)
    operation.began = yield from Now()
    if course.choosing is not None:
        yield from course.choosing.decided(course, operation.began.monotonic)
        operation.decision = course.decision
        if course.mirror is not None and course.legs:
            for leg in course.mirrors:
                yield from Tell(course.mirror, leg)


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


def _goes_on(
    refusal: Refusal,
    response: ChatResponse,
    course: Course,
    operation: Operation,
    policy: RetryPolicy,
) -> Flow[bool]:
    """Tell whether there is another answer after one that was refused, and prepare for it."""
    leg, tries = course.at, course.tries
    now = yield from Now()
    if leg is None or (operation.total_at is not None and now.monotonic >= operation.total_at):
        return False
    for_calls = operation.reasked - len(tries)
    if (for_calls if refusal.tried is None else len(tries)) < refusal.most:
        leg.going_on = None  # it is asked again for the whole
        leg.what = asked_again(leg.asked, refusal.told())
        operation.reasked += 1
        operation.role = "reask"
        course.again = leg
        course.errors.append(refusal.error(response))
    elif course.moves_on(emitted=operation.emitted) and may_try(policy, operation, course):
        error = refusal.error(response)
        course.failed(handling_of(error), error, now.monotonic)
        operation.role = refusal.role
    else:
        return False
    if refusal.tried is not None:
        tries.append(refusal.tried)
    return True


def _begin_again(refusal: Refusal, response: ChatResponse, operation: Operation) -> Flow[None]:
    """Leave an answer behind: its attempt says why, and so does what a stream tells next."""
    why = refusal.error(response)
    last = operation.attempts[-1]
    told = f"{type(why).__name__}: {why.message}"
    operation.attempts[-1] = replace(last, outcome="error", error=told)
    operation.joint = operation.held = None
    if operation.emitted:
        operation.restart, operation.left = refusal.reason, response
        operation.emitted = False
    yield from Drain(DRAIN)


def _answered(course: Course, operation: Operation, policy: RetryPolicy) -> Flow[ChatResponse]:
    """Return one answer, tried for as often as the policy allows, by whoever may be asked."""
    try:
        return (yield from _asked(course, operation, policy))
    except UnillmError as error:
        error.attempts = tuple(operation.attempts)
        error.partial = operation.left_behind(error)
        raise


def _asked(course: Course, operation: Operation, policy: RetryPolicy) -> Flow[ChatResponse]:
    waited = 0.0
    before: UnillmError | None = None
    while True:
        leg = yield from seated(course, operation, policy, before)
        operation.decision = course.decision
        set_out(leg, course, operation)
        try:
            response = yield from _tried(leg, course, operation, policy, waited)
            return (
                response if operation.joint is None else (yield from joined_by(response, operation))
            )
        except BudgetExceededError as refused:
            refused.attempts = tuple(operation.attempts)
            yield from unseated(course, operation)
            course.unasked(leg, refused.message)
            operation.decision = course.decision
            if not course.open():
                raise refused from before
            before = refused
        except UnillmError as error:
            keep_parts(error, operation)
            if (yield from begins_anew(error, policy, operation, course)):
                before, waited = error, 0.0
                yield from Close()
                continue
            pause = yield from pause_after(error, policy, operation, course)
            if pause is None:
                raised = error if operation.emitted else course.exhausted(error)
                if raised is error:
                    raise
                raise raised from error
            before = error
            break_off(error, course.at or leg, course, operation)
            yield from Close()
            yield from Sleep(pause, error)
            waited = pause


def _tried(
    leg: Leg, course: Course, operation: Operation, policy: RetryPolicy, waited: float
) -> Flow[ChatResponse]:
    operation.target, operation.request = leg.target, leg.asked.plan.request
    number, now = len(operation.attempts) + 1, (yield from Now())
    trial = trial_of(leg, operation, now, number=number, role=operation.role, waited=waited)
    if operation.spending is not None:
        yield from secured(trial, operation)
    operation.trial = trial
    hedge = hedge_for(course, operation, policy)
    try:
        if hedge is None:
            response = yield from attempt(leg.asked, operation, trial)
        else:
            response = yield from hedged(hedge, leg, course, operation)
    except UnillmError as error:
        trial = _left(operation, trial)
        operation.end_trial((yield from Now()).monotonic, "error", error)
        _complete(error, trial, operation)
        yield from reported(course, operation, trial, error)
        yield from settled(operation)
        raise
    trial = _left(operation, trial)
    operation.end_trial((yield from Now()).monotonic, "ok")
    yield from reported(course, operation, trial, None)
    if operation.spending is not None:
        yield from settled(operation)
    attempts = tuple(operation.attempts)
    differs = difference(attempts[-1])
    return completed(  # until here it is nobody's
        response,
        attempts=attempts,
        cost=operation.cost,
        decision=course.decision,
        rate_limits=trial.rate_limits,
        notes=response.notes if differs is None else (*response.notes, differs),
    )


def _left(operation: Operation, trial: Trial) -> Trial:
    """Return the attempt that is over now: where two ran, it need not be the first."""
    return trial if operation.trial is None else operation.trial


def _complete(error: UnillmError, trial: Trial, operation: Operation) -> None:
    """Put on an error whom it is of, and what there was before it."""
    error.provider = error.provider or trial.target.provider
    error.model = error.model or trial.target.model
    error.attempts = tuple(operation.attempts)
    if error.partial is not None:
        error.partial = replace(error.partial, cost=operation.cost)


def _ended(response: ChatResponse, course: Course, operation: Operation) -> Flow[ChatResponse]:
    course.answered()
    if operation.held is not None:
        held, operation.held = operation.held, None
        yield from handed_out(held, operation)
    if operation.spending is not None and operation.spending.unchecked:
        response = replace(response, notes=(*response.notes, *operation.spending.notes()))
    operation.response = response
    if operation.remember is not None and response.message.tool_calls:
        operation.remember(response)
    if operation.streamed:
        yield from emit([Finished(response)], operation)
    if operation.answer is None or not operation.answer.at_end:
        yield from Drain(DRAIN)
    return response
