"""Choosing among the targets of a route: first who may be asked at all, then in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from unillm._flow.attempt import Exchanged
from unillm._flow.course import Course, Leg
from unillm._flow.effects import Draw, Flow, Look
from unillm._flow.ranked import checked, reasons_of, scores_of
from unillm._flow.tree import Leaf, Tree
from unillm.errors import UnsupportedFeatureError
from unillm.types.constraints import Constraints
from unillm.types.health import FRESH, HealthStore, Stats
from unillm.types.record import Scope
from unillm.types.request import ChatRequest
from unillm.types.routing import (
    Candidate,
    Decision,
    Excluded,
    ExpectedCost,
    Ranked,
    RouteRequest,
    Verify,
)
from unillm.types.target import Target

TASK = "task"
"""The tag that says what kind of task a call is."""


class Sessions(Protocol):
    """Remembers who answered a session last."""

    def last(self, route: str, session: str) -> str | None:
        """Return the key of the target that did; None: not known."""
        ...

    def answered(self, route: str, session: str, key: str) -> None:
        """Take note of it."""
        ...


class Pricing(Protocol):
    """Tells what a call is expected to cost at a target."""

    def expected(
        self, target: Target, request: RouteRequest, stats: Stats, *, warm: bool
    ) -> ExpectedCost:
        """Return it; ``warm``: the target has answered the session before."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Choosing:
    """What an operation chooses by.

    Attributes:
        tree: The route.
        request: What is asked.
        scope: What it is made for.
        make: Makes what is sent to a target, or raises `UnsupportedFeatureError`.
        takes: Raises `UnsupportedFeatureError` if a target does not take the call.
        broken: Tells why constraints exclude a target, with those of routes on top; None: they
            do not.
        too_long: Tells why the call does not fit the window of a target; None: it may.
        count: Counts the likely tokens of the prompt.
        pricing: Tells what it is expected to cost.
        health: Who keeps how targets fare.
        sessions: Remembers who answered a session; None: nobody does.
    """

    tree: Tree
    request: ChatRequest
    scope: Scope
    make: Callable[[Target], Exchanged]
    takes: Callable[[Target], object]
    broken: Callable[[Target, Sequence[Constraints]], str | None]
    too_long: Callable[[Target], str | None]
    count: Callable[[], int]
    pricing: Pricing
    health: HealthStore | None
    sessions: Sessions | None

    def course(self, *, retry_given: bool) -> Course:
        """Return the course of an operation that chooses so.

        Args:
            retry_given: Whether the caller has said how often to try.
        """
        tree = self.tree
        return Course(
            make=self.make,
            name=tree.name,
            route=tree.route,
            choosing=self,
            health=self.health,
            retry_given=retry_given,
        )

    def decided(self, course: Course, now: float) -> Flow[None]:
        """Put into a course who may be asked, and in which order."""
        excluded: list[Excluded] = []
        able = dict(self._able(excluded))
        legs = [*able.values()]
        stats: Mapping[str, Stats] = {}
        if self.health is not None and legs:
            keys = tuple(leg.target.key for leg in legs)
            found = yield from Look(self.health, keys)
            stats = dict(zip(keys, found, strict=True))
        well = {id(leg) for leg in _well(legs, stats, excluded, now)}
        able = {place: leg for place, leg in able.items() if id(leg) in well}
        draws = (yield from Draw()), (yield from Draw())
        ranking = _Ranking(self, able, stats, self._last(), draws)
        ranking.rank(self.tree)
        course.legs = ranking.legs
        course.excluded = excluded
        course.mirrors = yield from self._mirrors(ranking, excluded)
        course.decision = ranking.decision(excluded)

    def _mirrors(self, ranking: _Ranking, excluded: list[Excluded]) -> Flow[list[Leg]]:
        """Return who gets a copy of the call; of those the strategy names, who may be sent it."""
        wanted = [leaf for leaf in self.tree.mirrors if leaf.name in ranking.mirror]
        legs = dict(self._permitted(wanted, excluded))
        mirrors = _once([*legs.values()])
        if self.health is not None and mirrors:
            found = yield from Look(self.health, tuple(leg.target.key for leg in mirrors))
            stats = {leg.target.key: one for leg, one in zip(mirrors, found, strict=True)}
            # Where none is well, all would be asked, were this not only a copy.
            unwell = {key for key, one in stats.items() if one.state in {"open", "quota"}}
            mirrors = [leg for leg in mirrors if leg.target.key not in unwell]
        ranking.mirror = tuple(leg.name for leg in mirrors)
        return mirrors

    def answered(self, leg: Leg) -> None:
        """Take note of who answered."""
        session = self._session
        if self.sessions is not None and session is not None and self.tree.route.sticky:
            self.sessions.answered(self.tree.name, session, leg.target.key)

    @property
    def _session(self) -> str | None:
        """Return what keeps to whoever answered it: a conversation, or the run it is a turn of."""
        return self.scope.session or self.scope.run

    def _last(self) -> str | None:
        session = self._session
        if self.sessions is None or session is None or not self.tree.route.sticky:
            return None
        return self.sessions.last(self.tree.name, session)

    def _able(self, excluded: list[Excluded]) -> Iterator[tuple[int, Leg]]:
        """Give those that may be sent the call, and can take it, by the leaves they come from."""
        return self._permitted(self.tree.leaves(), excluded)

    def _permitted(
        self, leaves: Iterable[Leaf], excluded: list[Excluded]
    ) -> Iterator[tuple[int, Leg]]:
        for leaf in leaves:
            found = self._out(leaf)
            if isinstance(found, Target):
                yield id(leaf), Leg(name=leaf.name, target=found)
            else:
                excluded.append(found)

    def _out(self, leaf: Leaf) -> Target | Excluded:
        """Return the target of a leaf, or why it may not be asked."""
        target = leaf.target
        if target is None or leaf.excluded is not None:
            return leaf.excluded or Excluded(leaf.name, "key", "it cannot be asked")
        broken = self.broken(target, leaf.constraints)
        if broken is not None:
            return Excluded(leaf.name, "constraint", broken)
        try:
            self.takes(target)
        except UnsupportedFeatureError as error:
            return Excluded(leaf.name, "capability", error.message)
        too_long = self.too_long(target)
        return target if too_long is None else Excluded(leaf.name, "context", too_long)


def _well(
    legs: Sequence[Leg], stats: Mapping[str, Stats], excluded: list[Excluded], now: float
) -> list[Leg]:
    """Return those that are well; where none is, all: who else could be asked?"""
    well: list[Leg] = []
    unwell: list[Excluded] = []
    for leg in legs:
        one = stats.get(leg.target.key, FRESH)
        if one.state not in {"open", "quota"}:
            well.append(leg)
            continue
        left = "" if one.until is None else f" for {max(0.0, one.until - now):.1f} s more"
        why = "it has failed too often" if one.state == "open" else "its account or key was refused"
        unwell.append(Excluded(leg.name, "health", f"{why}, and is not asked{left}"))
    if not well:
        return [*legs]
    excluded += unwell
    return well


@dataclass(slots=True)
class _Ranking:
    """The order of a route and of those in it, while it is made."""

    choosing: Choosing
    able: Mapping[int, Leg]
    stats: Mapping[str, Stats]
    last: str | None
    draws: tuple[float, float]
    scores: dict[str, float] = field(default_factory=dict[str, float])
    reasons: dict[str, str] = field(default_factory=dict[str, str])
    sticky: str | None = None
    mirror: tuple[str, ...] = ()
    legs: list[Leg] = field(default_factory=list[Leg])

    def rank(self, tree: Tree) -> None:
        """Put those of a route in order."""
        self.legs = _once(self._ranked(tree, outer=True))

    def decision(self, excluded: Sequence[Excluded]) -> Decision:
        """Return how the order came about."""
        tree = self.choosing.tree
        return Decision(
            route=tree.name,
            strategy=tree.ranked_by,
            order=tuple(leg.name for leg in self.legs),
            excluded=tuple(excluded),
            scores=self.scores,
            reasons=self.reasons,
            sticky=self.sticky,
            mirror=self.mirror,
        )

    def _ranked(self, tree: Tree, *, outer: bool) -> list[Leg]:
        groups: dict[str, list[Leg]] = {}
        for child in tree.children:
            found = self._of(child)
            if found:
                name = child.name if isinstance(child, Leaf) else child.called
                groups.setdefault(name, found)
        if not groups:
            return []
        request = self._request(tree)
        stats = {name: self._stats(legs) for name, legs in groups.items()}
        candidates = [
            self._candidate(name, legs[0], tree, request) for name, legs in groups.items()
        ]
        ranked = checked(tree.strategy(request, candidates, stats), groups, tree)
        self.scores.update(scores_of(ranked, tree))
        self.reasons.update(reasons_of(ranked, tree))
        if outer:
            self.mirror = tuple(ranked.mirror)
        order = self._stuck([*ranked.order], groups, ranked)
        _verified([groups[name] for name in order], ranked.verify)
        return [leg for name in order for leg in groups[name]]

    def _of(self, child: Tree | Leaf) -> list[Leg]:
        if isinstance(child, Tree):
            return self._ranked(child, outer=False)
        found = self.able.get(id(child))
        return [] if found is None else [found]

    def _stuck(
        self, order: list[str], groups: Mapping[str, list[Leg]], ranked: Ranked
    ) -> list[str]:
        """Put whoever answered the session before first."""
        if self.last is None or not ranked.sticks:
            return order
        for name in order:
            if any(leg.target.key == self.last for leg in groups[name]):
                self.sticky = name
                return [name, *(other for other in order if other != name)]
        return order

    def _request(self, tree: Tree) -> RouteRequest:
        choosing = self.choosing
        return RouteRequest(
            choosing.request,
            scope=choosing.scope,
            count=choosing.count,
            draws=self.draws,
            task=choosing.scope.tags.get(TASK),
            willingness_to_pay=tree.route.willingness_to_pay,
        )

    def _stats(self, legs: Sequence[Leg]) -> Stats:
        return self.stats.get(legs[0].target.key, FRESH)

    def _candidate(self, name: str, leg: Leg, tree: Tree, request: RouteRequest) -> Candidate:
        target = leg.target
        stats, warm = self._stats([leg]), target.key == self.last

        def price() -> ExpectedCost:
            return self.choosing.pricing.expected(target, request, stats, warm=warm)

        return Candidate(name, target, price=price, quality=tree.route.quality.get(name))


def _verified(groups: Sequence[Sequence[Leg]], verify: Verify | None) -> None:
    """Have the answers of all but the last looked at."""
    if verify is not None:
        for group in groups[:-1]:
            for leg in group:
                leg.verify = leg.verify or verify


def _once(legs: Sequence[Leg]) -> list[Leg]:
    """Return each target where it comes first."""
    found: dict[str, Leg] = {}
    for leg in legs:
        found.setdefault(leg.target.key, leg)
    return [*found.values()]
