"""What a model is told of an answer that is not the output that was wanted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from unillm._flow.modes import Expected
from unillm._flow.reask import can_go_back, replayed
from unillm._outputs.words import complaint, correction
from unillm.types.messages import Message, ToolMessage, UserMessage
from unillm.types.response import ChatResponse

_NO_TOOL = "There is no such tool."


def told_of_output(response: ChatResponse, expected: Expected, reason: str) -> Iterator[Message]:
    """Give an answer that is not the output that was wanted, and what is said of it."""
    output = expected.output
    refused = [replayed(c) for c in response.invalid_tool_calls if can_go_back(c)]
    calls = [*response.tool_calls, *refused]
    said = replace(response.message, tool_calls=tuple(calls))
    if said.content or calls:
        yield said
    for call in calls:
        yield ToolMessage(call.id, correction(output, reason) if expected.tool else _NO_TOOL)
    if not (calls and expected.tool):
        yield UserMessage(complaint(output, reason))
