"""Copies of a route's calls, as operations of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from unillm._flow.chat import chat
from unillm._flow.course import Course, Leg
from unillm.types.dataclass import dataclass
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


@dataclass(frozen=True, slots=True)
class Mirroring:
    """A call of which copies may be made.

    Attributes:
        config: The client, with the options of the call in it.
        call: The call.
        tree: Its route.
        request: What it asks.
        begin: Has a copy made.
        memory: Makes the memory of an operation.
    """

    config: Config
    call: Call
    tree: Tree
    request: ChatRequest
    begin: Begin
    memory: Callable[[], Operation]

    def mirror(self, leg: Leg) -> None:
        """Begin a copy, once the route has said who gets one."""
        self.begin(partial(self._copy, leg))

    def _copy(self, leg: Leg) -> Made:
        """Return the operation of a copy: one attempt, whatever comes of it."""
        config, tree = self.config, self.tree
        what = config.exchanged(self.call, self.request, leg.target)
        expected = what.expected and replace(what.expected, retries=0)
        what = replace(what, expected=expected, repair=replace(what.repair, reask=0))
        course = Course.direct(what, config.health)
        course.decision = Decision(
            route=tree.name, strategy=tree.ranked_by, order=(leg.name,), reasons={leg.name: _WHY}
        )
        operation = self.memory()
        operation.target, operation.request = leg.target, what.plan.request
        operation.role, operation.decision = "shadow", course.decision
        flow = chat(course, operation, _ONCE, return_invalid_calls=True)
        return flow, operation, config.watchers()
