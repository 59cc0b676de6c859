"""One operation: attempts, target after target, until an answer stands or no more may be made."""

from __future__ import annotations

from dataclasses import replace

from unillm._flow.attempt import Exchanged, attempt, emit
from unillm._flow.billing import difference
from unillm._flow.bounds import Bounds
from unillm._flow.budget import Spending, reserved, settled
from unillm._flow.course import Course, Leg
from unillm._flow.deadlines import DRAIN
from unillm._flow.effects import Close, Drain, Flow, Now, Sleep
from unillm._flow.operation import Operation, Trial
from unillm._flow.prompt import bounded
from unillm._flow.reask import asked_again
from unillm._flow.retry import pause_after
from unillm._flow.seat import reported, seated, unseated
from unillm._flow.verdict import Refusal, judged
from unillm.errors import BudgetExceededError, UnillmError
from unillm.routing.failures import handling_of
from unillm.types.edits import Note
from unillm.types.events import Finished
from unillm.types.parsed import OutputTry
from unillm.types.policy import RetryPolicy
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
    course.most = course.most_attempts(policy)
    tries: list[OutputTry] = []
    response = yield from _answered(course, operation, policy)
    response, refusal = judged(response, course, tries)
    failure = None
    while refusal is not None and (
        yield from _goes_on(refusal, response, course, operation, tries)
    ):
        yield from _begin_again(refusal, response, operation)
        try:
            answer = yield from _answered(course, operation, policy)
        except UnillmError as error:
            if operation.emitted:
                raise
            # Nobody has seen anything of the new answer: the refused one stands, as without it.
            response, failure = _left_with(response, operation, error), error
            break
        response, refusal = judged(answer, course, tries)
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
    tries: list[OutputTry],
) -> Flow[bool]:
    """Tell whether there is another answer after one that was refused, and prepare for it."""
    leg = course.at
    now = yield from Now()
    if leg is None or (operation.total_at is not None and now.monotonic >= operation.total_at):
        return False
    for_calls = operation.reasked - len(tries)
    if (for_calls if refusal.tried is None else len(tries)) < refusal.most:
        leg.what = asked_again(leg.asked, refusal.told())
        operation.reasked += 1
        operation.role = "reask"
        course.again = leg
    elif course.moves_on(operation.emitted):
        error = refusal.error(response)
        course.failed(handling_of(error), error, now.monotonic)
        operation.role = "fallback"
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
    if operation.emitted:
        operation.restart = refusal.reason
        operation.emitted = False
    yield from Drain(DRAIN)


def _answered(course: Course, operation: Operation, policy: RetryPolicy) -> Flow[ChatResponse]:
    """Return one answer, tried for as often as the policy allows, by whoever may be asked."""
    waited = 0.0
    before: UnillmError | None = None
    while True:
        leg = yield from seated(course, operation, policy, before)
        try:
            return (yield from _tried(leg, course, operation, waited))
        except BudgetExceededError as refused:
            refused.attempts = tuple(operation.attempts)
            yield from unseated(course, operation)
            course.unasked(leg, refused.message)
            if not course.open():
                raise refused from before
            before = refused
        except UnillmError as error:
            pause = yield from pause_after(error, policy, operation, course)
            if pause is None:
                raised = error if operation.emitted else course.exhausted(error)
                if raised is error:
                    raise
                raise raised from error
            before = error
            _begin_anew(error, operation)
            yield from Close()
            yield from Sleep(pause, error)
            waited = pause


def _begin_anew(error: UnillmError, operation: Operation) -> None:
    """Leave behind what the caller has seen of an answer that broke off."""
    if operation.emitted:
        operation.restart = f"{type(error).__name__}: {error.message}"
        operation.emitted = False


def _tried(leg: Leg, course: Course, operation: Operation, waited: float) -> Flow[ChatResponse]:
    what, now = leg.asked, (yield from Now())
    operation.target, operation.request = leg.target, what.plan.request
    trial = Trial(
        number=len(operation.attempts) + 1,
        target=leg.target,
        sent_at=now.monotonic,
        sent_unix=now.unix,
        waited=waited,
        role=operation.role,
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
        error.provider = error.provider or leg.target.provider
        error.model = error.model or leg.target.model
        error.attempts = tuple(operation.attempts)
        if error.partial is not None:
            error.partial = replace(error.partial, cost=operation.cost)
        yield from reported(course, operation, trial, error)
        yield from settled(operation)
        raise
    operation.end_trial((yield from Now()).monotonic, "ok")
    yield from reported(course, operation, trial, None)
    yield from settled(operation)
    attempts = tuple(operation.attempts)
    differs = difference(attempts[-1])
    return replace(
        response,
        attempts=attempts,
        cost=operation.cost,
        decision=course.decision,
        rate_limits=trial.rate_limits,
        notes=response.notes if differs is None else (*response.notes, differs),
    )


def _bounded(what: Exchanged, spending: Spending) -> Flow[Bounds]:
    """Return the most tokens that an attempt can have; a further one of the same has as many."""
    known = spending.bounded
    if known is None or known[0] is not what:
        known = spending.bounded = what, (yield from bounded(what))
    return known[1]


def _ended(response: ChatResponse, course: Course, operation: Operation) -> Flow[ChatResponse]:
    course.answered()
    if operation.spending is not None and operation.spending.unchecked:
        response = replace(response, notes=(*response.notes, *operation.spending.notes()))
    operation.response = response
    yield from emit([Finished(response)], operation)
    yield from Drain(DRAIN)
    return response
