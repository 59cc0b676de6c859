"""Whether an answer stands, and if not, what is said of it to the model and to the caller."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from unillm._flow.attempt import Exchanged
from unillm._flow.course import Course
from unillm._flow.reask import reasons, told_of_calls
from unillm.errors import (
    InvalidRequestError,
    OutputValidationError,
    ResponseError,
    ToolArgumentsError,
)
from unillm.types.dataclass import dataclass
from unillm.types.messages import Message
from unillm.types.parsed import OutputTry
from unillm.types.response import ChatResponse, Role
from unillm.types.routing import Verify

if TYPE_CHECKING:
    from unillm._flow.modes import Expected
    from unillm._flow.outputs import NotFittingError


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why an answer does not stand.

    Attributes:
        reason: Why not, in one line, for whoever has seen a part of it.
        most: How often the model may be asked again for this.
        told: Returns the messages that ask again.
        error: Returns what is raised if it is not asked again.
        cause: What that is raised from.
        tried: What is kept of it, if an output was wanted.
        role: Why another target is asked, if one is.
    """

    reason: str
    most: int
    told: Callable[[], Iterable[Message]]
    error: Callable[[ChatResponse], ResponseError]
    cause: BaseException | None = None
    tried: OutputTry | None = None
    role: Role = "fallback"


def judged(response: ChatResponse, course: Course) -> tuple[ChatResponse, Refusal | None]:
    """Return the answer of the target that was asked last, and why it does not stand.

    Raises:
        InvalidRequestError: The verifier of the route is async.
        Exception: What it raises.
    """
    leg = course.at
    if leg is None:
        return response, None
    response, refusal = verdict_on(response, leg.asked, course.tries)
    if leg.verify is None or not course.must_stand(leg):
        return response, refusal
    if refusal is None:
        return response, None if _accepted(leg.verify, response) else _unverified(response)
    return response, replace(refusal, role="cascade")


def _accepted(verify: Verify, response: ChatResponse) -> bool:
    said: Any = verify(response)
    if inspect.isawaitable(said):
        close: Any = getattr(said, "close", None)
        if close is not None:
            close()
        message = "the verifier of a route must be a plain def: it is called in the flow"
        raise InvalidRequestError(message)
    return bool(said)


def _unverified(response: ChatResponse) -> Refusal:
    def error(last: ChatResponse) -> ResponseError:
        made = ResponseError(
            f"the verifier of the route did not accept the answer of {response.provider}:"
            f"{response.model}",
            provider=last.provider,
            model=last.model,
            request_id=last.request_id,
            partial=last,
        )
        made.attempts = last.attempts
        return made

    return Refusal(
        reason="the verifier of the route did not accept it",
        most=0,
        told=tuple,
        error=error,
        role="cascade",
    )


def verdict_on(
    response: ChatResponse, what: Exchanged, tries: Sequence[OutputTry]
) -> tuple[ChatResponse, Refusal | None]:
    """Return the response, with its output if one is wanted, and why it does not stand.

    Args:
        response: The answer.
        what: How it was asked for.
        tries: The answers before it that were not what was wanted.
    """
    expected = what.expected
    if response.invalid_tool_calls and (expected is None or expected.has_tools):
        return response, _of_calls(response, what)
    if expected is None:
        return response, None
    from unillm._flow.outputs import NotFittingError, fitted

    try:
        return fitted(response, expected, what.repair), None
    except NotFittingError as wrong:
        return response, _of_output(wrong, expected, (*tries, wrong.tried))


def _of_calls(response: ChatResponse, what: Exchanged) -> Refusal:
    return Refusal(
        reason=f"tool calls were refused: {reasons(response)}",
        most=what.repair.reask,
        told=lambda: told_of_calls(response, what.plan.request.tools),
        error=_arguments_error,
    )


def _of_output(wrong: NotFittingError, expected: Expected, tries: Sequence[OutputTry]) -> Refusal:
    from unillm._flow.complaints import told_of_output

    response, tried = wrong.response, wrong.tried
    spoken = expected.output.spoken

    def error(last: ChatResponse) -> OutputValidationError:
        made = OutputValidationError(
            f"the answer is not {spoken}: {tried.reason}. {_times(len(tries))}; see .tries and "
            ".response.",
            response=last,
            tries=tries,
            provider=last.provider,
            model=last.model,
            request_id=last.request_id,
        )
        made.attempts = last.attempts
        return made

    return Refusal(
        reason=f"the answer is not {spoken}: {tried.reason}",
        most=0 if wrong.is_final else expected.retries,
        told=lambda: told_of_output(response, expected, tried.reason),
        error=error,
        cause=wrong.__cause__,
        tried=tried,
    )


def _times(number: int) -> str:
    return "It was asked for once" if number == 1 else f"It was asked for {number} times"


def _arguments_error(response: ChatResponse) -> ToolArgumentsError:
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
