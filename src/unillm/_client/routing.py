"""How a call that names a route becomes a course from target to target."""

from __future__ import annotations

from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from unillm._client.constraining import dearest, require_no_detour
from unillm._client.hedges import Hedges
from unillm._client.routes import find_route, routed
from unillm._client.sessions import Sessions
from unillm._client.warning import warn_of
from unillm._flow.bounds import bounds_of
from unillm._flow.choosing import Choosing
from unillm._flow.course import Course
from unillm._flow.expected import Expecting, Length, Tariffs
from unillm._io import clock
from unillm._wire.plan.features import likeness
from unillm.errors import UnsupportedFeatureError
from unillm.pricing import PriceBook
from unillm.routing.constraints import broken
from unillm.types.constraints import Constraints
from unillm.types.dataclass import dataclass
from unillm.types.record import Scope
from unillm.types.request import ChatRequest
from unillm.types.target import Target

if TYPE_CHECKING:
    from unillm._client.config import Call, Config
    from unillm._flow.attempt import Exchanged
    from unillm._flow.tree import Tree


_MOST = 512
"""Kinds of calls, and pairs of constraints, that are remembered."""


class Joined(NamedTuple):
    """Constraints of a call and of a route, and both together."""

    held: tuple[Constraints, ...]
    more: tuple[Constraints, ...]
    both: tuple[Constraints, ...]


class Permitted(NamedTuple):
    """A tree, what is demanded beside it, and who may be asked; None: that changes with prices."""

    tree: Tree
    held: tuple[Constraints, ...]
    leaves: set[int] | None


@dataclass(slots=True)
class Routing:
    """What the calls of a client, and of those made of it, share for their routes."""

    sessions: Sessions = field(default_factory=Sessions)
    hedges: Hedges = field(default_factory=Hedges)
    _tariffs: Tariffs | None = None
    _taken: dict[object, set[str]] = field(default_factory=dict[object, set[str]])
    _equal: dict[tuple[Constraints, ...], tuple[Constraints, ...]] = field(
        default_factory=dict[tuple[Constraints, ...], tuple[Constraints, ...]]
    )
    _permitted: dict[tuple[int, int], Permitted] = field(
        default_factory=dict[tuple[int, int], "Permitted"]
    )
    _joined: dict[tuple[int, int], Joined] = field(default_factory=dict[tuple[int, int], Joined])

    def tariffs(self, book: PriceBook) -> Tariffs:
        """Return what tokens cost by a book; of another one than before it is looked up anew."""
        kept = self._tariffs
        if kept is None or kept.book is not book:
            kept = self._tariffs = Tariffs(book)
        return kept

    def taken(self, like: object) -> set[str]:
        """Return the keys of targets that have taken a call that was like this one, to add to."""
        taken = self._taken.get(like)
        if taken is None:
            if len(self._taken) >= _MOST:
                self._taken.clear()
            taken = self._taken[like] = set()
        return taken

    def permitted(self, tree: Tree, held: tuple[Constraints, ...]) -> set[int]:
        """Return the leaves of a tree that constraints let be asked, by identity, to add to.

        It is forgotten with the tree, which is planted anew each day: so facts may expire.
        Where prices are limited it is of one call alone, since they change by the minute.
        """
        key = id(tree), id(held)
        kept = self._permitted.get(key)
        if kept is None:
            if len(self._permitted) >= _MOST:
                self._permitted.clear()
            is_priced = tree.is_priced or any(one.max_price is not None for one in held)
            # Both are kept with it: nobody else gets their identities, or those of leaves.
            kept = self._permitted[key] = Permitted(tree, held, None if is_priced else set())
        return set() if kept.leaves is None else kept.leaves

    def joined(
        self, held: tuple[Constraints, ...], more: tuple[Constraints, ...]
    ) -> tuple[Constraints, ...]:
        """Return constraints together, as one and the same object each time.

        Whether they hold of a target is remembered by that: equal ones would be compared in full.
        """
        key = id(held), id(more)
        kept = self._joined.get(key)
        if kept is None:
            if len(self._joined) >= _MOST:
                self._joined.clear()
                self._equal.clear()
            both = (*held, *more)
            both = self._equal.setdefault(both, both)
            # Both are kept with it: nobody else gets their identities.
            kept = self._joined[key] = Joined(held, more, both)
        return kept.both


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
    """Return the course of a call that names a route. Its options are in the config already.

    Raises:
        InvalidRequestError: A header would have another server answer than one that is permitted.
    """
    choosing = choosing_of(config, call, tree, request, scope)
    course = choosing.course(retry_given=config.retry_given)
    if tree.route.hedge is not None:
        course.hedges = config.routing.hedges.of(tree.name, tree.route.hedge.budget)
    return course


def choosing_of(
    config: Config, call: Call, tree: Tree, request: ChatRequest, scope: Scope
) -> Choosing:
    """Return what a call that names a route chooses by.

    Raises:
        InvalidRequestError: A header would have another server answer than one that is permitted.
    """
    if config.constraints or tree.is_constrained:
        require_no_detour(config)
    length = Length(request)
    routing, kind = config.routing, likeness(request)
    tariffs = routing.tariffs(PriceBook.default() if config.prices is None else config.prices)
    return Choosing(
        tree=tree,
        request=request,
        scope=scope,
        make=partial(_made, config, call, request),
        takes=partial(config.planned, call, request),
        taken=routing.taken((kind, call.output is None, config.rewrite)),
        permitted=routing.permitted(tree, config.constraints),
        broken=partial(_broken, config, call, request),
        fits=length.fits,
        too_long=length.too_long,
        count=lambda: length.likely,
        pricing=Expecting(request, tariffs=tariffs, length=length, unix=clock.now().unix),
        health=config.health,
        sessions=routing.sessions,
    )


def _made(config: Config, call: Call, request: ChatRequest, target: Target) -> Exchanged:
    warn_of(target.notes)
    return config.exchanged(call, request, target)


def _broken(
    config: Config,
    call: Call,
    request: ChatRequest,
    target: Target,
    more: tuple[Constraints, ...],
) -> str | None:
    held = config.constraints
    if not (held or more):
        return None
    both = config.routing.joined(held, more)
    if broken(target, both, partial(dearest, config, both)) is None:
        return None
    short = broken(target, both, partial(dearest, config, both, prompt=0))
    if short is not None:
        return short
    # Only a long prompt is too dear: whether this is one is told by what would be sent.
    return broken(
        target, both, partial(dearest, config, both, prompt=_most(config, call, request, target))
    )


def _most(config: Config, call: Call, request: ChatRequest, target: Target) -> int | None:
    """Return how many tokens a prompt has at most, were the answer to go on or be asked for again.

    None: that is not known.
    """
    try:
        bounds = bounds_of(config.exchanged(call, request, target))
    except UnsupportedFeatureError:  # which excludes it as well
        return None
    if bounds.input_tokens is None or bounds.output_tokens is None:
        return None
    return bounds.input_tokens + bounds.output_tokens
