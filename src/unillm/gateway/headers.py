"""What an answer has as headers: who answered, what it took, and what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unillm._wire.serve.figures import header

if TYPE_CHECKING:
    from unillm.errors import UnillmError
    from unillm.types.response import ChatResponse


def of_beginning(operation: str | None, so_far: ChatResponse | None) -> dict[str, str]:
    """Return what is known when an answer begins: the operation, who answers, at which attempt."""
    told = {} if operation is None else {"x-unillm-operation": operation}
    if so_far is None:
        return told
    told["x-unillm-attempts"] = str(len(so_far.attempts) or 1)
    target = header(f"{so_far.provider}:{so_far.model}")
    return told if target is None else {**told, "x-unillm-target": target}


def of_failure(operation: str | None, error: UnillmError) -> dict[str, str]:
    """Return what is known when there is no answer."""
    told = {} if operation is None else {"x-unillm-operation": operation}
    return {**told, "x-unillm-attempts": str(len(error.attempts))}


def of_answer(operation: str | None, response: ChatResponse) -> dict[str, str]:
    """Return what is known when the answer is whole. The cost is in US dollars, where exact."""
    repaired = sum(bool(call.repairs) or call.origin == "rescued" for call in response.tool_calls)
    cost = response.cost
    told = {"x-unillm-cost-state": cost.state, "x-unillm-repairs": str(repaired)}
    if cost.total is not None:
        told["x-unillm-cost"] = f"{cost.total:f}"
    return of_beginning(operation, response) | told
