"""Asking again: what the model is told of its calls that were refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from pydantic_core import from_json, to_json

from unillm._flow.attempt import Exchanged
from unillm._wire.arguments import is_whole_object
from unillm._wire.encode import encode
from unillm._wire.plan import continued
from unillm.types.messages import AssistantMessage, Message, ToolMessage, UserMessage
from unillm.types.response import ChatResponse
from unillm.types.tools import InvalidToolCall, Tool, ToolCall

UNREADABLE = "INVALID_ARGUMENTS"
"""Under this key go arguments back to the model that are no JSON object: hosts, and the templates
of their models, answer others with an error (pydantic-ai#7042)."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
_NOT_EXECUTED = (
    "This call was not executed, because another call of the same answer was refused. "
    "Make every call again."
)


def asked_again(what: Exchanged, told: Iterable[Message]) -> Exchanged:
    """Return the request that tells the model what was wrong with its answer.

    It is the same request with more messages after it: the answer, and what is said of it. The
    target is asked in its own dialect, as before.
    """
    planned = continued(what.plan, *told)
    return replace(what, plan=planned, wire=encode(planned))


def reasons(response: ChatResponse) -> str:
    """Return what was wrong with the refused calls of an answer, in one line."""
    bad = response.invalid_tool_calls
    return "; ".join(f"{call.name or '(no name)'}: {call.reason}" for call in bad)


def replayable(response: ChatResponse) -> AssistantMessage:
    """Return the answer as it goes back: refused calls too, where a host takes them."""
    refused = (replayed(call) for call in response.invalid_tool_calls if can_go_back(call))
    return replace(response.message, tool_calls=(*response.tool_calls, *refused))


def complaints(response: ChatResponse, tools: tuple[Tool, ...]) -> Iterator[Message]:
    """Give what the model is told of its refused calls, after the results of the good ones."""
    schemas = {tool.name: to_json(tool.parameters).decode() for tool in tools}
    refused = response.invalid_tool_calls
    for bad in filter(can_go_back, refused):
        yield ToolMessage(bad.id, _complaint(bad, schemas.get(bad.name)))
    # No host takes a call back that has no name, or one that no tool can have.
    for bad in refused:
        if not can_go_back(bad):
            what = f"You called the tool {bad.name!r} with the arguments {bad.raw!r}."
            yield UserMessage(f"{what}\n{_complaint(bad, None)}")


def told_of_calls(response: ChatResponse, tools: tuple[Tool, ...]) -> Iterator[Message]:
    """Give an answer whose calls were refused, and what is said of each of them."""
    said = replayable(response)
    if said.content or said.tool_calls:
        yield said
    for good in response.tool_calls:
        yield ToolMessage(good.id, _NOT_EXECUTED)
    yield from complaints(response, tools)


def can_go_back(call: InvalidToolCall) -> bool:
    """Tell whether hosts take a refused call back: one has a name that a tool can have."""
    return _NAME.fullmatch(call.name) is not None


def replayed(call: InvalidToolCall) -> ToolCall:
    """Return a refused call as one that hosts take back."""
    if is_whole_object(call.raw):
        return ToolCall(call.id, call.name, from_json(call.raw), raw=call.raw)
    return ToolCall(call.id, call.name, {UNREADABLE: call.raw})


def _complaint(call: InvalidToolCall, schema: str | None) -> str:
    parts = [f"This call was not executed: {call.reason}."]
    if call.position is not None:
        parts.append(f"The trouble is at character {call.position} of the arguments.")
    if schema is not None:
        parts.append(f"The arguments must be one JSON object that satisfies this schema: {schema}")
    parts.append("Make the call again, corrected.")
    return "\n".join(parts)
