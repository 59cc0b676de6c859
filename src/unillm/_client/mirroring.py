"""Copies of a route's calls, as operations of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from unillm._flow.chat import chat
from unillm._flow.course import Course, Leg
from unillm.types.decision import Decision
from unillm.types.policy import RetryPolicy

if TYPE_CHECKING:
    from unillm._client.config import Call, Config
    from unillm._client.copies import Begin, Made
    from unillm._flow.operation import Operation
    from unillm._flow.tree import Tree
    from unillm.types.request import ChatRequest

_ONCE = RetryPolicy(max_attempts=1)
_WHY = "a copy of a call that others answer; nobody waits for it"


def mirror_of(
    config: Config,
    call: Call,
    tree: Tree,
    request: ChatRequest,
    begin: Begin,
    operation_for: Callable[[], Operation],
) -> Callable[[Leg], None]:
    """Return what begins a copy of a call, once the route has said who gets one.

    Args:
        config: The client, with the options of the call in it.
        call: The call.
        tree: Its route.
        request: What it asks.
        begin: Has it made.
        operation_for: Makes the memory of an operation.
    """

    def mirror(leg: Leg) -> None:
        begin(partial(_copy, config, call, tree, request, leg, operation_for))

    return mirror


def _copy(
    config: Config,
    call: Call,
    tree: Tree,
    request: ChatRequest,
    leg: Leg,
    operation_for: Callable[[], Operation],
) -> Made:
    """Return the operation of a copy: one attempt, whatever comes of it."""
    what = config.exchanged(call, request, leg.target)
    expected = what.expected and replace(what.expected, retries=0)
    what = replace(what, expected=expected, repair=replace(what.repair, reask=0))
    course = Course.direct(what, config.health)
    course.decision = Decision(
        route=tree.name, strategy=tree.ranked_by, order=(leg.name,), reasons={leg.name: _WHY}
    )
    operation = operation_for()
    operation.target, operation.request = leg.target, what.plan.request
    operation.role, operation.decision = "shadow", course.decision
    flow = chat(course, operation, _ONCE, return_invalid_calls=True)
    return flow, operation, config.watchers()
