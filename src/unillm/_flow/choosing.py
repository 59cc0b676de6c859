"""Choosing among the targets of a route: first who may be asked at all, then in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from itertools import chain
from typing import Protocol

from unillm._flow.attempt import Exchanged
from unillm._flow.course import Course, Leg
from unillm._flow.effects import Draw, Flow, Look
from unillm._flow.ranked import checked, reasons_of, scores_of
from unillm._flow.tree import Leaf, Tree
from unillm.errors import UnsupportedFeatureError
from unillm.types.constraints import Constraints
from unillm.types.dataclass import dataclass
from unillm.types.empty import empty_dict, empty_list
from unillm.types.health import HealthStore, Stats
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

    @property
    def counted(self) -> int | None:
        """Return the likely tokens of the prompt if they have been counted; None: they were not."""
        ...

    def expected(self, target: Target, stats: Stats, last: str | None) -> ExpectedCost:
        """Return it.

        Args:
            target: Whom it is about.
            stats: How the target stands.
            last: The key of the target that answered the session before; None: there is none.
        """
        ...


@dataclass(slots=True, kw_only=True)  # not frozen: one is made for every call, in half the time
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
        fits: Tells whether the call surely fits a window; None is one that nobody knows.
        too_long: Tells why the call does not fit the window of a target; None: it may.
        count: Counts the likely tokens of the prompt.
        pricing: Tells what it is expected to cost.
        health: Who keeps how targets fare.
        sessions: Remembers who answered a session; None: nobody does.
        taken: The keys of targets that have taken such a call. One of them may refuse this one
            all the same, as what is sent to it is made: then it is excluded there.
        permitted: The leaves, by identity, that constraints let be asked. Calls share it, unless
            constraints speak of prices.
    """

    tree: Tree
    request: ChatRequest
    scope: Scope
    make: Callable[[Target], Exchanged]
    takes: Callable[[Target], object]
    broken: Callable[[Target, tuple[Constraints, ...]], str | None]
    fits: Callable[[int | None], bool]
    too_long: Callable[[Target], str | None]
    count: Callable[[], int]
    pricing: Pricing
    health: HealthStore | None
    sessions: Sessions | None
    taken: set[str] = field(default_factory=set[str])
    permitted: set[int] = field(default_factory=set[int])

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

    def decided(self, course: Course, now: float) -> Flow[Decision]:
        """Put into a course who may be asked, and in which order; return how that came about."""
        excluded: list[Excluded] = []
        able = self._able(self.tree.leaves(), excluded)
        if self.health is not None and able:
            keys = tuple([leg.target.key for leg in able.values()])
            found = yield from Look(self.health, keys)
            for leg, stats in zip(able.values(), found, strict=True):
                leg.stats = stats
            able = _well(able, excluded, now)
        draws = (yield from Draw()), (yield from Draw())
        ranking = _Ranking(self, able, self.last(), draws)
        ranking.rank(self.tree)
        course.legs = ranking.legs
        course.tokens = self.pricing.counted or 0
        course.excluded = excluded
        if ranking.mirror:
            course.mirrors = yield from self._mirrors(ranking, excluded)
        course.decision = decision = ranking.decision(excluded)
        return decision

    def _mirrors(self, ranking: _Ranking, excluded: list[Excluded]) -> Flow[list[Leg]]:
        """Return who gets a copy of the call; of those the strategy names, who may be sent it."""
        wanted = [leaf for leaf in self.tree.mirrors if leaf.name in ranking.mirror]
        legs = self._able(wanted, excluded)
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

    def last(self) -> str | None:
        """Return the key of whoever answered the session before; None: nobody, or not known."""
        session = self._session
        if self.sessions is None or session is None or not self.tree.route.sticky:
            return None
        return self.sessions.last(self.tree.name, session)

    def _able(self, leaves: Iterable[Leaf], excluded: list[Excluded]) -> dict[int, Leg]:
        """Return those that may be sent the call, and can take it, by the leaves they come from."""
        able: dict[int, Leg] = {}
        permitted, taken = self.permitted, self.taken
        fits = self.fits(self.tree.window)
        for leaf in leaves:
            place, target = id(leaf), leaf.target
            if fits and target is not None and place in permitted and target.key in taken:
                able[place] = Leg(leaf.name, target)  # as nearly all are
                continue
            out = self._out(leaf, target)
            if out is not None:
                excluded.append(out)
            elif target is not None:
                able[place] = Leg(leaf.name, target)
        return able

    def _out(self, leaf: Leaf, target: Target | None) -> Excluded | None:
        """Return why a leaf may not be asked; None: it may."""
        if target is None or leaf.excluded is not None:
            return leaf.excluded or Excluded(leaf.name, "key", "it cannot be asked")
        if id(leaf) not in self.permitted:
            broken = self.broken(target, leaf.constraints)
            if broken is not None:
                return Excluded(leaf.name, "constraint", broken)
            self.permitted.add(id(leaf))
        if target.key not in self.taken:
            try:
                self.takes(target)
            except UnsupportedFeatureError as error:
                return Excluded(leaf.name, "capability", error.message)
            self.taken.add(target.key)
        too_long = self.too_long(target)
        return None if too_long is None else Excluded(leaf.name, "context", too_long)


_UNWELL = {
    "open": "it failed too often, refused its key, or asked to be left alone",
    "quota": "its account has nothing left",
}
"""Why a target is put by, by its state."""


def _well(able: dict[int, Leg], excluded: list[Excluded], now: float) -> dict[int, Leg]:
    """Return those that are well; where none is, all: who else could be asked?"""
    unwell = [leg for leg in able.values() if leg.stats.state in _UNWELL]
    if not unwell or len(unwell) == len(able):
        return able
    for leg in unwell:
        one = leg.stats
        left = "" if one.until is None else f" for {max(0.0, one.until - now):.1f} s more"
        excluded.append(
            Excluded(leg.name, "health", f"{_UNWELL[one.state]}, and is not asked{left}")
        )
    return {place: leg for place, leg in able.items() if leg.stats.state not in _UNWELL}


@dataclass(slots=True)
class _Ranking:
    """The order of a route and of those in it, while it is made."""

    choosing: Choosing
    able: Mapping[int, Leg]
    last: str | None
    draws: tuple[float, float]
    scores: dict[str, float] = field(default_factory=empty_dict)
    reasons: dict[str, str] = field(default_factory=empty_dict)
    sticky: str | None = None
    mirror: tuple[str, ...] = ()
    legs: list[Leg] = field(default_factory=empty_list)

    def rank(self, tree: Tree) -> None:
        """Put those of a route in order."""
        legs = self._ranked(tree, outer=True)
        self.legs = legs if tree.is_distinct else _once(legs)

    def decision(self, excluded: Sequence[Excluded]) -> Decision:
        """Return how the order came about."""
        tree = self.choosing.tree
        return Decision(
            route=tree.name,
            strategy=tree.ranked_by,
            order=tuple([leg.name for leg in self.legs]),
            excluded=tuple(excluded),
            scores=self.scores,
            reasons=self.reasons,
            sticky=self.sticky,
            mirror=self.mirror,
        )

    def _ranked(self, tree: Tree, *, outer: bool) -> list[Leg]:
        groups: dict[str, list[Leg]] = {}
        stats: dict[str, Stats] = {}
        candidates: list[Candidate] = []
        able, last, quality = self.able, self.last, tree.route.quality
        expected = self.choosing.pricing.expected
        for child in tree.children:
            if type(child) is Tree:
                name, legs = child.called, self._ranked(child, outer=False)
            elif (leg := able.get(id(child))) is not None:
                name, legs = leg.name, [leg]
            else:
                continue
            if legs and name not in groups:
                first = legs[0]
                target, standing = first.target, first.stats
                groups[name], stats[name] = legs, standing
                about = target, standing, last
                candidates.append(Candidate(name, target, expected, quality.get(name), about))
        if not groups:
            return []
        ranked = checked(tree.strategy(self._request(tree), candidates, stats), groups, tree)
        self.scores.update(scores_of(ranked, tree))
        self.reasons.update(reasons_of(ranked, tree))
        if outer:
            self.mirror = tuple(ranked.mirror)
        order = self._stuck([*ranked.order], groups, ranked)
        if ranked.verify is not None:
            _verify(map(groups.__getitem__, order[:-1]), ranked.verify)
        return [*chain.from_iterable(map(groups.__getitem__, order))]

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


def _verify(groups: Iterable[Sequence[Leg]], verify: Verify) -> None:
    """Have the answers of some looked at, who have another after them."""
    for leg in chain.from_iterable(groups):
        leg.verify = leg.verify or verify


def _once(legs: Sequence[Leg]) -> list[Leg]:
    """Return each target where it comes first."""
    found: dict[str, Leg] = {}
    for leg in legs:
        found.setdefault(leg.target.key, leg)
    return [*found.values()]
