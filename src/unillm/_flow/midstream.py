"""What becomes of an answer that breaks off when the caller has seen a part of it."""

from __future__ import annotations

from unillm._flow.attempt import emit
from unillm._flow.course import Course, Leg
from unillm._flow.effects import Flow
from unillm._flow.joint import Joint, gone_on, joinable
from unillm._flow.operation import Operation
from unillm.errors import UnillmError
from unillm.types.response import ChatResponse


def set_out(leg: Leg, course: Course, operation: Operation) -> None:
    """Settle what the next attempt asks for: an answer, or what is missing of one.

    What is told of an answer that has to be looked at first is held back until then.
    """
    must_stand = operation.streamed and course.must_stand(leg)
    operation.held = [] if must_stand else None
    leg.going_on = None
    if operation.joint is not None:
        leg.going_on = gone_on(leg.asked, operation.joint, operation.restart or "")
        if leg.going_on is None:
            operation.joint = None
        else:
            operation.role = "continuation"


def joined_by(response: ChatResponse, operation: Operation) -> Flow[ChatResponse]:
    """Return the answer, whole, if it has gone on from one that broke off."""
    if operation.joint is None:
        return response
    yield from emit(operation.joint.rest(), operation)
    return operation.joined(response)


def keep_parts(error: UnillmError, operation: Operation) -> None:
    """Put on an error all that has come of the answer, if its attempt has gone on with one."""
    if operation.joint is not None and isinstance(error.partial, ChatResponse):
        error.partial = operation.joined(error.partial)


def break_off(error: UnillmError, leg: Leg, course: Course, operation: Operation) -> None:
    """Leave behind what the caller has seen of an answer that broke off, or go on from it."""
    if not operation.emitted:
        return
    operation.left = left = operation.left_behind(error)
    operation.restart = f"{type(error).__name__}: {error.message}"
    operation.emitted, operation.joint = False, None
    has_call = operation.answer is not None and operation.answer.left_calls
    if course.continues and not has_call and joinable(left, leg.asked):
        operation.joint = Joint(before=left)
