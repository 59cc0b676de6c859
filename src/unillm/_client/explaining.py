"""How a call would be routed, told without asking anyone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from unillm._client.config import Call, Config
from unillm._client.foreseeing import foreseen
from unillm._client.planting import PREFIX
from unillm._client.routes import direct
from unillm._client.routing import tree_for
from unillm._flow.tree import Leaf, Tree
from unillm._io import clock
from unillm.errors import UnsupportedFeatureError
from unillm.providers import resolve
from unillm.types.dataclass import dataclass
from unillm.types.decision import Decision, Excluded
from unillm.types.explanation import ExplainedTarget, Explanation
from unillm.types.health import FRESH, Stats
from unillm.types.routing import ExpectedCost
from unillm.types.target import Target

if TYPE_CHECKING:
    from unillm._flow.choosing import Choosing
    from unillm._flow.course import Course, Leg


def explained(config: Config, call: Call) -> Explanation:
    """Return how a call as written would be routed.

    Raises:
        InvalidRequestError: The call as written cannot be sent to anyone.
    """
    config = config.changed(call.options)
    request = config.request(call, asynchronous=True)
    tree = tree_for(config, call)
    named = tree is not None
    if tree is None:
        tree = direct(call.model or config.model, config.servers, clock.today())
    choosing, course, decision = foreseen(config, call, tree, request)
    if not named:
        decision = replace(decision, route=None)
    telling = _Telling(config, choosing, course, decision)
    return Explanation(
        decision=decision, candidates=tuple(telling.candidates()), notes=telling.notes()
    )


@dataclass(frozen=True, slots=True)
class _Telling:
    """What is told of each candidate."""

    config: Config
    choosing: Choosing
    course: Course
    decision: Decision

    def candidates(self) -> Iterator[ExplainedTarget]:
        """Give the candidates: those that are asked, in order, then the others as written."""
        leaves = [*self.choosing.tree.leaves()]
        stats = self._stats(leaves)
        asked: list[Leaf] = []
        for place, leg in enumerate(self.course.legs, start=1):
            leaf = next(leaf for leaf in leaves if _is(leaf, leg) and leaf not in asked)
            asked.append(leaf)
            yield self._told(leaf, stats, place=place, verified=leg.verify is not None)
        for leaf in leaves:
            if not any(leaf is one for one in asked):
                yield replace(self._told(leaf, stats), excluded=self._against(leaf))

    def notes(self) -> tuple[str, ...]:
        """Return what else is to be known: what the models that are asked would be warned of."""
        told = [note.message for leg in self.course.legs for note in leg.target.notes]
        if self.config.budget:
            told.append("budgets are looked at when an attempt is sent")
        return tuple(dict.fromkeys(told))

    def _told(
        self,
        leaf: Leaf,
        stats: Mapping[str, Stats],
        *,
        place: int | None = None,
        verified: bool = False,
    ) -> ExplainedTarget:
        target = self._target(leaf)
        decision, tree = self.decision, _around(self.choosing.tree, leaf)
        return ExplainedTarget(
            name=leaf.name,
            target=None if target is None else str(target),
            path=() if decision.route is None else leaf.path,
            place=place,
            cost=None if target is None else self._cost(target, stats),
            score=None if place is None else decision.scores.get(leaf.name),
            quality=tree.route.quality.get(leaf.name),
            reason="" if place is None else "; ".join(self._reasons(leaf)),
            verified=verified,
        )

    def _reasons(self, leaf: Leaf) -> Iterator[str]:
        """Give why it stands where it stands: its own reason, then those of routes around it."""
        reasons = self.decision.reasons
        if leaf.name in reasons:
            yield reasons[leaf.name]
        for name in leaf.path[:0:-1]:
            called = next((one for one in (f"{PREFIX}{name}", name) if one in reasons), None)
            if called is not None:
                yield f"{called}: {reasons[called]}"

    def _cost(self, target: Target, stats: Mapping[str, Stats]) -> ExpectedCost:
        choosing = self.choosing
        return choosing.pricing.expected(target, stats.get(target.key, FRESH), choosing.last())

    def _stats(self, leaves: list[Leaf]) -> Mapping[str, Stats]:
        store = self.choosing.health
        keys = tuple({leaf.target.key: None for leaf in leaves if leaf.target is not None})
        if store is None:
            return {}
        return dict(zip(keys, store.look(keys, clock.monotonic()), strict=True))

    def _target(self, leaf: Leaf) -> Target | None:
        """Return whom a leaf means, without a key too."""
        if leaf.target is not None or leaf.excluded is None or leaf.excluded.by != "key":
            return leaf.target
        return resolve(leaf.name, self.config.servers, today=clock.today(), keyed=False)

    def _against(self, leaf: Leaf) -> tuple[Excluded, ...]:
        """Return all that speaks against a candidate, not only what was found first."""
        target, choosing = self._target(leaf), self.choosing
        found = [] if leaf.excluded is None else [leaf.excluded]
        if target is not None:
            broken = choosing.broken(target, leaf.constraints)
            if broken is not None:
                found.insert(0, Excluded(leaf.name, "constraint", broken))
            try:
                choosing.takes(target)
            except UnsupportedFeatureError as error:
                found.append(Excluded(leaf.name, "capability", error.message))
            too_long = choosing.too_long(target)
            if too_long is not None:
                found.append(Excluded(leaf.name, "context", too_long))
        known = {one.by for one in found}
        found += [
            one for one in self.decision.excluded if one.name == leaf.name and one.by not in known
        ]
        return tuple(found)


def _is(leaf: Leaf, leg: Leg) -> bool:
    return leaf.name == leg.name and leaf.target is not None and leaf.target.key == leg.target.key


def _around(tree: Tree, leaf: Leaf) -> Tree:
    """Return the route in which a model stands."""
    for child in tree.children:
        if child is leaf:
            return tree
        if isinstance(child, Tree) and any(one is leaf for one in child.leaves()):
            return _around(child, leaf)
    return tree
