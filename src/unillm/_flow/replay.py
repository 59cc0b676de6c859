"""What a route would have cost on past calls, decided again one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import field
from datetime import datetime
from hashlib import blake2b
from itertools import pairwise
from typing import Any

from unillm._flow.choosing import TASK
from unillm._flow.course import Course, Leg
from unillm._flow.effects import Draw
from unillm._flow.replay_call import Asking, Ground
from unillm._flow.replay_sums import Sum
from unillm._flow.tree import Tree
from unillm.pricing import PriceBook
from unillm.types.constraints import Constraints
from unillm.types.dataclass import dataclass
from unillm.types.replay import PastCall, Replay, ReplayExclusion, ReplayRow, ReplaySkip
from unillm.types.routing import Excluded
from unillm.types.target import Target
from unillm.types.usage import Cost, CostState, highest, lowest, total_cost

ASSUMPTIONS = (
    "A call whose first target stays keeps what it cost, its retries and fallbacks included.",
    "Any other is answered by its new target at the first attempt: nobody fails, nobody is late.",
    "Prompts have as many tokens as were reported, whoever counts them.",
    (
        "Answers have as many tokens as the new target's own had on average in this period for "
        "calls with the same tag task; as many as the answer that came, where it gave none."
    ),
    (
        "The share of a prompt that is cached is that of the new target's own calls in the same "
        "way; that of the call itself, where it had none. No price is paid for writing to a cache."
    ),
    "Prices are those of the moment of each call, in the standard service tier.",
    "Every target is well, as busy as any other, and has a key.",
    "Chance is drawn anew for each call, from its id: the same in every replay.",
    "Sessions stay with their target, where the route and its strategy want that.",
    (
        "An answer that a strategy looks at (cascade) may be good at once, or only that of the "
        "last target: such a cost has two bounds."
    ),
    (
        "Copies of calls that were made (shadow) are left out; those that the route would make are "
        "counted, but for calls that stay with the very same route."
    ),
    (
        "Of what was said, and of fields of extra_body, the ledger has nothing: rules on texts see "
        "none, and who takes a call is told by its tools, images, files, format and settings."
    ),
)
"""What is taken for granted."""


def replayed(
    tree: Tree,
    calls: Callable[[], Iterable[PastCall]],
    *,
    book: PriceBook,
    constraints: tuple[Constraints, ...] = (),
    rewrite: Sequence[str] = (),
    period: tuple[datetime | None, datetime | None] = (None, None),
) -> Replay:
    """Return what a route would have made of past calls.

    They are gone through twice, one by one: first for how long answers were, then to decide.

    Args:
        tree: The route, its models looked up.
        calls: Gives the calls, each time anew.
        book: Prices.
        constraints: What must hold of every target, beside what routes demand.
        rewrite: Settings that may be rewritten where they would be refused.
        period: From when until when the calls are.
    """
    ground = Ground(tree=tree, book=book, constraints=constraints, rewrite=rewrite)
    for call in calls():
        ground.learned.add(call, call.tags.get(TASK))
    replaying = _Replaying(ground=ground)
    for call in calls():
        replaying.take(call)
    return replaying.found(period)


@dataclass(slots=True)
class _Row:
    """What one row of the answer sums up."""

    before: Sum = field(default_factory=Sum)
    after: Sum = field(default_factory=Sum)


@dataclass(slots=True)
class _Out:
    """Operations that are left out for one reason."""

    reason: str
    calls: int = 0


@dataclass(slots=True, kw_only=True)
class _Replaying:
    """A replay that goes on."""

    ground: Ground
    calls: int = 0
    changed: int = 0
    before: Sum = field(default_factory=Sum)
    after: Sum = field(default_factory=Sum)
    rows: dict[str, _Row] = field(default_factory=dict[str, _Row])
    skipped: dict[str, Sum] = field(default_factory=dict[str, Sum])
    out: dict[tuple[str, str], _Out] = field(default_factory=dict[tuple[str, str], _Out])

    def take(self, call: PastCall) -> None:
        """Decide a call again, and count it."""
        self.calls += 1
        reason = _unfit(call)
        if reason is None and call.usage is not None and call.needs is not None:
            request = self.ground.request(call.shape, call.needs)
            asking = Asking(self.ground, call, call.usage, request)
            reason = self._decided(call, asking)
        if reason is not None:
            self.skipped.setdefault(reason, Sum()).add(call.cost)

    def found(self, period: tuple[datetime | None, datetime | None]) -> Replay:
        """Return what came of it."""
        rows = (
            ReplayRow(
                target=target,
                calls_before=row.before.calls,
                calls_after=row.after.calls,
                before=row.before.found,
                after=row.after.found,
            )
            for target, row in self.rows.items()
        )
        skipped = (
            ReplaySkip(reason=reason, calls=of.calls, cost=of.found)
            for reason, of in self.skipped.items()
        )
        excluded = (
            ReplayExclusion(name=name, by=by, reason=out.reason, calls=out.calls)
            for (name, by), out in self.out.items()
        )
        return Replay(
            route=self.ground.tree.name,
            since=period[0],
            until=period[1],
            calls=self.calls,
            decided=self.before.calls,
            changed=self.changed,
            before=self.before.found,
            after=self.after.found,
            rows=tuple(sorted(rows, key=lambda r: (-r.calls_after, -r.calls_before, r.target))),
            skipped=tuple(sorted(skipped, key=lambda s: (-s.calls, s.reason))),
            excluded=tuple(sorted(excluded, key=lambda x: (-x.calls, x.name, x.by))),
            assumptions=ASSUMPTIONS,
        )

    def _decided(self, call: PastCall, asking: Asking) -> str | None:
        """Count what a call would have come to; return why that cannot be told."""
        choosing = asking.choosing()
        course = choosing.course(retry_given=False)
        try:
            _run(choosing.decided(course, call.at), call.operation)
        except Exception as error:  # noqa: BLE001 - whatever a strategy of one's own raises
            return f"deciding raised {type(error).__name__}"
        self._note(course.excluded)
        if not course.legs:
            return "no target of the route could be asked"
        first = course.legs[0]
        course.ask(first)
        course.answered()
        chosen = str(first.target)
        stays = chosen == call.asked
        after = self._after(call, asking, course, stays=stays)
        self.changed += not stays
        self.before.add(call.cost)
        self.after.add(after)
        self._row(str(call.asked)).before.add(call.cost)
        self._row(chosen).after.add(after)
        return None

    def _after(self, call: PastCall, asking: Asking, course: Course, *, stays: bool) -> Cost:
        first = course.legs[0]
        cost = call.cost if stays else asking.cost(first.target)
        decision = course.decision
        same = (call.route, call.strategy) == (self.ground.tree.name, self.ground.tree.ranked_by)
        if stays and same:
            return cost  # what it looked at is in it already; copies are calls of their own
        if first.verify is not None:
            cost = _perhaps(cost, [asking.cost(leg.target) for leg in _later(course.legs)])
        mirror = () if decision is None else decision.mirror
        copies = [asking.cost(t) for t in self._mirrors(mirror)]
        return total_cost([cost, *copies]) if copies else cost

    def _mirrors(self, names: Sequence[str]) -> list[Target]:
        wanted = set(names)
        leaves = (leaf for leaf in self.ground.tree.mirrors if leaf.name in wanted)
        return [leaf.target for leaf in leaves if leaf.target is not None]

    def _row(self, target: str) -> _Row:
        return self.rows.setdefault(target, _Row())

    def _note(self, excluded: Iterable[Excluded]) -> None:
        for one in excluded:
            self.out.setdefault((one.name, one.by), _Out(one.reason)).calls += 1


def _unfit(call: PastCall) -> str | None:
    """Return why a call cannot be decided again; None: it can."""
    if call.asked is None:
        return "it is a copy of another call (shadow)" if call.attempts else "nothing was sent"
    if call.needs is None:
        return "what it needed was not recorded: it was no chat, or of an older release"
    if call.usage is None:
        return "no attempt reported its tokens"
    return None


def _run(flow: Any, operation: str) -> None:
    """Run a choice to its end, with chance drawn from the id of the call."""
    seed = blake2b(operation.encode("utf-8", "replace"), digest_size=8).digest()
    draws = iter([int.from_bytes(seed[:4]) / 2**32, int.from_bytes(seed[4:]) / 2**32])
    try:
        effect = next(flow)
        while True:
            effect = flow.send(next(draws) if isinstance(effect, Draw) else None)
    except StopIteration:
        return


def _perhaps(first: Cost, later: Sequence[Cost]) -> Cost:
    """Return what a call costs whose answer may be thrown away, and that of others as well."""
    if not later:
        return first
    high = highest(total_cost([first, *later]))
    low = lowest(first)
    state: CostState = "unknown" if first.state == "unknown" or high is None else "bounded"
    return Cost(low=low, high=high, state=state, reason="which answer will do is not known")


def _later(legs: Sequence[Leg]) -> list[Leg]:
    """Return those that may be asked because the answer of the one before would not do."""
    found: list[Leg] = []
    for before, leg in pairwise(legs):
        if before.verify is None:
            break
        found.append(leg)
    return found
