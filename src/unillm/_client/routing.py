"""How a call that names a route becomes a course from target to target."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from unillm._client.constraining import price_of
from unillm._client.hedges import Hedges
from unillm._client.routes import find_route, routed
from unillm._client.sessions import Sessions
from unillm._client.warning import warn_of
from unillm._flow.bounds import bounds_of
from unillm._flow.choosing import Choosing
from unillm._flow.course import Course
from unillm._flow.expected import Expecting, Length, Tariffs
from unillm._io import clock
from unillm.errors import UnillmError
from unillm.routing.constraints import broken
from unillm.types.constraints import Constraints
from unillm.types.record import Scope
from unillm.types.request import ChatRequest
from unillm.types.target import Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unillm._client.config import Call, Config
    from unillm._flow.attempt import Exchanged
    from unillm._flow.tree import Tree
    from unillm.pricing import PriceBook


@dataclass(slots=True)
class Routing:
    """What the calls of a client, and of those made of it, share for their routes."""

    sessions: Sessions = field(default_factory=Sessions)
    hedges: Hedges = field(default_factory=Hedges)
    _tariffs: Tariffs | None = None

    def tariffs(self, book: PriceBook) -> Tariffs:
        """Return what tokens cost by a book; of another one than before it is looked up anew."""
        kept = self._tariffs
        if kept is None or kept.book is not book:
            kept = self._tariffs = Tariffs(book)
        return kept


def tree_for(config: Config, call: Call) -> Tree | None:
    """Return the route that a call asks for; None: it names a model.

    Raises:
        InvalidRequestError: There is no route of that name.
    """
    if call.target is not None:
        return None
    name = find_route(config, call.model)
    return None if name is None else routed(config, name, clock.today())


def course_of(config: Config, call: Call, tree: Tree, request: ChatRequest, scope: Scope) -> Course:
    """Return the course of a call that names a route. Its options are in the config already."""
    choosing = choosing_of(config, call, tree, request, scope)
    course = choosing.course(retry_given=config.retry_given)
    if tree.route.hedge is not None:
        course.hedges = config.routing.hedges.of(tree.name, tree.route.hedge.budget)
    return course


def choosing_of(
    config: Config, call: Call, tree: Tree, request: ChatRequest, scope: Scope
) -> Choosing:
    """Return what a call that names a route chooses by."""
    length = Length(request)
    tariffs = config.routing.tariffs(config.billing().book)
    return Choosing(
        tree=tree,
        request=request,
        scope=scope,
        make=partial(_made, config, call, request),
        takes=partial(config.planned, call, request),
        broken=partial(_broken, config, call, request),
        too_long=length.too_long,
        count=lambda: length.tokens.tokens,
        pricing=Expecting(tariffs=tariffs, length=length, unix=clock.now().unix),
        health=config.health,
        sessions=config.routing.sessions,
    )


def _made(config: Config, call: Call, request: ChatRequest, target: Target) -> Exchanged:
    warn_of(target.notes)
    return config.exchanged(call, request, target)


def _broken(
    config: Config, call: Call, request: ChatRequest, target: Target, more: Sequence[Constraints]
) -> str | None:
    constraints = (*config.constraints, *more)
    if not constraints:
        return None
    found = broken(target, constraints, price_of(config, None, more))
    if found is None or all(one.max_price is None for one in constraints):
        return found
    # Long prompts may be dearer: it is asked how long this one can be only where that decides.
    short = broken(target, constraints, price_of(config, 0, more))
    if short is not None:
        return short
    try:
        most = bounds_of(config.exchanged(call, request, target)).input_tokens
    except UnillmError:
        return found
    return broken(target, constraints, price_of(config, most, more))
