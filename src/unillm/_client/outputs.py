"""What a call's answer is to be made into."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from unillm.errors import InvalidRequestError
from unillm.types.dataclass import dataclass
from unillm.types.json import JsonObject
from unillm.types.parsed import ParsedResponse
from unillm.types.policy import RepairPolicy
from unillm.types.response import ChatResponse

if TYPE_CHECKING:
    from unillm._flow.modes import Expected
    from unillm._flow.operation import Watching
    from unillm._wire.plan import Plan, Recall
    from unillm.types.request import ChatRequest
    from unillm.types.target import Target

_FIELDS = ("response_format", "tools", "tool_choice", "functions", "function_call")
"""Fields of a body that would go over what an output needs."""


@dataclass(frozen=True, slots=True)
class OutputGiven:
    """What a caller said of the output: a type or a schema, and how often to ask again."""

    output: Any
    retries: int = 1


def output_given(
    output: Any, retries: int, tools: Iterable[Any] | None = None
) -> OutputGiven | None:
    """Return what was said of the output of a call without a tool loop; None: nothing.

    Raises:
        InvalidRequestError: There are tools as well, which nobody would call.
    """
    if output is None:
        return None
    if tools:
        message = "tools and output are for client.run(…, tools=…, output=…), which calls the tools"
        raise InvalidRequestError(message)
    return OutputGiven(output, retries)


def planned_with(
    given: OutputGiven,
    request: ChatRequest,
    target: Target,
    rewrite: tuple[str, ...],
    recall: Recall | None,
) -> tuple[Plan, Expected]:
    """Return how a request goes to a target so that its answer is an output.

    Raises:
        InvalidRequestError: The output, or what was said beside it, cannot be meant.
        UnsupportedFeatureError: The target does not take the request.
    """
    from unillm._flow.modes import planned_for
    from unillm._outputs import output_of

    output = output_of(given.output)
    retries: Any = given.retries
    if type(retries) is not int or retries < 0:
        raise InvalidRequestError(f"retries must be a whole number from 0, not {retries!r}")
    _refuse_taken(request)
    return planned_for(request, target, output, retries=retries, rewrite=rewrite, recall=recall)


def watcher_for(expected: Expected) -> Watching:
    """Return what tells of an output while it comes."""
    from unillm._flow.watch import Watch

    return Watch(expected)


def parsed(response: ChatResponse) -> ParsedResponse[Any]:
    """Return an answer with its output: one that was asked for without tools has it."""
    return cast("ParsedResponse[Any]", response)


def read_again(response: ParsedResponse[Any], given: OutputGiven) -> ParsedResponse[Any]:
    """Return a response that was read back from JSON, its output made into its type again.

    Raises:
        InvalidRequestError: It is not the output that is wanted now.
    """
    from unillm._flow.modes import Expected
    from unillm._flow.outputs import NotFittingError, fitted
    from unillm._outputs import output_of

    output = output_of(given.output)
    expected = Expected(
        output=output,
        mode=response.mode if response.mode != "tool" else "json",
        retries=0,
        has_tools=False,
        is_strict=response.mode == "native" and output.strict is not None,
    )
    try:
        made: Any = fitted(response, expected, RepairPolicy())
    except NotFittingError as wrong:
        message = f"what was kept is not {output.spoken}: {wrong.tried.reason}"
        raise InvalidRequestError(message) from None
    return replace(response, output=made.output)


def _refuse_taken(request: ChatRequest) -> None:
    """Refuse what would go over the output, or beside it say something else."""
    has_tools = bool(request.tools or request.hosted_tools)
    settings: Mapping[str, Any] = request.settings
    body: JsonObject = request.extra_body
    names = ("response_format",) if has_tools else ("response_format", "tool_choice")
    taken = [name for name in names if name in settings]
    taken += [f"extra_body={{{name!r}: …}}" for name in _FIELDS if name in body]
    if taken:
        message = (
            f"output= asks for the answer itself: leave out {' and '.join(taken)}. "
            "To ask in a way of your own use client.chat"
        )
        raise InvalidRequestError(f"{message}.")
