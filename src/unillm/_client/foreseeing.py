"""What a route would choose for a call now, told without asking anyone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unillm._client.routing import choosing_of, tree_for
from unillm._flow.effects import Look
from unillm._io import clock
from unillm.providers import resolve

if TYPE_CHECKING:
    from unillm._client.config import Call, Config
    from unillm._flow.choosing import Choosing
    from unillm._flow.course import Course
    from unillm._flow.effects import Flow
    from unillm._flow.tree import Tree
    from unillm.types.decision import Decision
    from unillm.types.request import ChatRequest
    from unillm.types.target import Target


def foreseen(
    config: Config, call: Call, tree: Tree, request: ChatRequest
) -> tuple[Choosing, Course, Decision]:
    """Return what a call chooses by, the course that it takes, and how that came about.

    Its options are in the config.

    Raises:
        InvalidRequestError: A strategy cannot rank it.
    """
    choosing = choosing_of(config, call, tree, request, config.scope())
    choosing.taken = set()  # what is told is looked at anew
    course = choosing.course(retry_given=config.retry_given)
    decision = _performed(choosing.decided(course, clock.monotonic()))
    return choosing, course, decision


def asked_by(config: Config, call: Call, request: ChatRequest) -> tuple[tuple[Target, ...], str]:
    """Return whom a call asks, the first first, and how that came about; "" where it is named.

    Of a route without any key it is those that it would choose from if it had them.

    Raises:
        InvalidRequestError: Nobody could be meant, or a strategy cannot rank them.
        NoTargetError: The route has nobody for it.
    """
    tree, today = tree_for(config, call), clock.today()
    if tree is None:
        model = call.model or config.model
        return (resolve(model, config.servers, today=today, keyed=False),), ""
    _, course, decision = foreseen(config, call, tree, request)
    if course.legs:
        return tuple(leg.target for leg in course.legs), f"the route {decision.brief}"
    keyless = [leaf.name for leaf in tree.leaves() if leaf.excluded and leaf.excluded.by == "key"]
    if not keyless or len(keyless) < len(course.excluded):
        raise course.nobody()
    found = tuple(resolve(name, config.servers, today=today, keyed=False) for name in keyless)
    return found, f"the route {tree.name} has no key for any target"


def _performed(flow: Flow[Decision]) -> Decision:
    """Perform what choosing asks for, a look at how targets fare, and chance; return the choice."""
    answer: Any = None
    while True:
        try:
            effect = flow.send(answer)
        except StopIteration as stop:
            decision: Decision = stop.value
            return decision
        if isinstance(effect, Look):
            answer = effect.store.look(effect.keys, clock.monotonic())
        else:
            answer = clock.draw()
