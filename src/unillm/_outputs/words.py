"""What a model is told of the output in words."""

from __future__ import annotations

from pydantic_core import to_json

from unillm._outputs.output import Output

_ALONE = "Answer with one JSON value and nothing else: no explanation, no code fence."
_BESIDE_TOOLS = (
    "Call tools as you need them. Your final answer, without a call, must be one JSON value and "
    "nothing else: no explanation, no code fence."
)


def instruction(output: Output, *, beside_tools: bool) -> str:
    """Return what the prompt says of the output, where the host does not hold the model to it."""
    begin = _BESIDE_TOOLS if beside_tools else _ALONE
    return f"{begin} {_schema(output)}"


def complaint(output: Output, reason: str) -> str:
    """Return what a model is told of an answer that did not fit."""
    return (
        f"This answer cannot be used: {reason}.\nAnswer again, corrected, with one JSON value and "
        f"nothing else. {_schema(output)}"
    )


def correction(output: Output, reason: str) -> str:
    """Return what a model is told, as its result, of a call with an output that did not fit."""
    return (
        f"This call cannot be used: {reason}.\nCall the tool again, corrected. "
        f"{_schema(output, 'The arguments')}"
    )


def _schema(output: Output, subject: str = "It") -> str:
    return f"{subject} must satisfy this JSON Schema: {to_json(output.asked).decode()}"
