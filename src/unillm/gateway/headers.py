"""What an answer has as headers: who answered, what it took, and what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unillm._wire.serve.figures import header

if TYPE_CHECKING:
    from unillm.types.response import ChatResponse


def of_beginning(so_far: ChatResponse | None) -> dict[str, str]:
    """Return what is known when a stream begins: who answers, and at which attempt."""
    if so_far is None:
        return {}
    attempts = {"x-unillm-attempts": str(len(so_far.attempts) or 1)}
    target = header(f"{so_far.provider}:{so_far.model}")
    return attempts if target is None else {"x-unillm-target": target, **attempts}


def of_answer(response: ChatResponse) -> dict[str, str]:
    """Return what is known when the answer is whole. The cost is in US dollars, where exact."""
    repaired = sum(bool(call.repairs) or call.origin == "rescued" for call in response.tool_calls)
    cost = response.cost
    told = {"x-unillm-cost-state": cost.state, "x-unillm-repairs": str(repaired)}
    if cost.total is not None:
        told["x-unillm-cost"] = f"{cost.total:f}"
    return of_beginning(response) | told
