"""A past call that is decided again: what is known of it, and what it would have cost elsewhere."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from unillm._flow.choosing import TASK, Choosing
from unillm._flow.course import never
from unillm._flow.quote import Quote
from unillm._flow.replay_sums import Learned
from unillm._flow.stand_in import stand_in
from unillm._flow.tree import Tree
from unillm._wire.plan import plan
from unillm.errors import UnsupportedFeatureError
from unillm.pricing import PriceBook
from unillm.routing.constraints import broken
from unillm.types.constraints import Constraints
from unillm.types.dataclass import dataclass
from unillm.types.health import Stats
from unillm.types.record import Scope
from unillm.types.replay import PastCall
from unillm.types.request import ChatRequest
from unillm.types.routing import ExpectedCost
from unillm.types.target import Target
from unillm.types.usage import Cost, Usage, highest

_SHAPES = 4_096
_SESSIONS = 100_000
_STANDARD: Sequence[str | None] = (None,)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MEANT = "it is what another target would have cost"


class Sessions:
    """Knows who answered a session last; those not heard of for longest are forgotten."""

    def __init__(self) -> None:
        """Begin with none."""
        self._known: OrderedDict[tuple[str, str], str] = OrderedDict()

    def last(self, route: str, session: str) -> str | None:
        """Return the key of the target that did; None: not known."""
        return self._known.get((route, session))

    def answered(self, route: str, session: str, key: str) -> None:
        """Take note of it."""
        self._known[route, session] = key
        self._known.move_to_end((route, session))
        if len(self._known) > _SESSIONS:
            self._known.popitem(last=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What all calls of a replay are decided by.

    Attributes:
        tree: The route.
        book: Prices.
        constraints: What must hold of every target.
        rewrite: Settings that may be rewritten where they would be refused.
        learned: What answers were like.
        sessions: Who answered a session last.
    """

    tree: Tree
    book: PriceBook
    constraints: tuple[Constraints, ...] = ()
    rewrite: Sequence[str] = ()
    learned: Learned = field(default_factory=Learned)
    sessions: Sessions = field(default_factory=Sessions)
    _requests: dict[str, ChatRequest] = field(default_factory=dict[str, ChatRequest])
    _refused: dict[tuple[str, int], UnsupportedFeatureError | None] = field(
        default_factory=dict[tuple[str, int], UnsupportedFeatureError | None]
    )

    def request(self, shape: str, needs: Mapping[str, Any]) -> ChatRequest:
        """Return what stands in for a call of some needs."""
        found = self._requests.get(shape)
        if found is None:
            if len(self._requests) >= _SHAPES:
                self._requests.clear()
            found = self._requests[shape] = stand_in(dict(needs))
        return found

    def require_taken(self, shape: str, request: ChatRequest, target: Target) -> None:
        """Refuse a target that does not take a call, as it was found out before.

        Raises:
            UnsupportedFeatureError: It does not.
        """
        key = shape, id(target)
        if key not in self._refused:
            if len(self._refused) >= _SHAPES:
                self._refused.clear()
            self._refused[key] = _refusal(request, target, self.rewrite)
        refusal = self._refused[key]
        if refusal is not None:
            raise refusal


@dataclass(frozen=True, slots=True)
class Asking:
    """A call that is decided again."""

    ground: Ground
    call: PastCall
    usage: Usage
    request: ChatRequest
    _known: dict[int, tuple[Usage, Cost]] = field(default_factory=dict[int, tuple[Usage, Cost]])
    """What was reckoned of targets before."""

    def choosing(self) -> Choosing:
        """Return what is chosen by."""
        call, ground = self.call, self.ground
        return Choosing(
            tree=ground.tree,
            request=self.request,
            scope=Scope(tags=call.tags, session=call.session, user=call.user, run=call.run),
            make=never,
            takes=lambda target: ground.require_taken(call.shape, self.request, target),
            broken=self._broken,
            fits=self._fits,
            too_long=self._too_long,
            count=lambda: self.usage.input_tokens,
            pricing=self,
            health=None,
            sessions=ground.sessions,
        )

    @property
    def counted(self) -> int:
        """Return the tokens of the prompt."""
        return self.usage.input_tokens

    def expected(self, target: Target, stats: Stats, last: str | None) -> ExpectedCost:
        """Return what the call is expected to cost at a target."""
        del stats, last
        usage, cost = self._reckoned(target)
        return ExpectedCost(
            usd=highest(cost),
            input_tokens=usage.input_tokens,
            cached_tokens=usage.cached_input_tokens or 0,
            output_tokens=usage.output_tokens,
            reason=cost.reason,
        )

    def cost(self, target: Target) -> Cost:
        """Return what one attempt at a target would have cost: at best an estimate."""
        return self._reckoned(target)[1]

    def _reckoned(self, target: Target) -> tuple[Usage, Cost]:
        found = self._known.get(id(target))
        if found is None:
            usage = self._usage(target)
            cost = self._quote(target).cost(usage, _STANDARD)
            if cost.state == "exact":  # its lines are not asked for
                cost = Cost(total=cost.total, state="estimated", price=cost.price, reason=_MEANT)
            found = self._known[id(target)] = usage, cost
        return found

    def _quote(self, target: Target) -> Quote:
        at = _EPOCH + timedelta(seconds=self.call.at)
        return Quote.of(self.ground.book, target, at)

    def _usage(self, target: Target) -> Usage:
        usage, learned, task = self.usage, self.ground.learned, self.call.tags.get(TASK)
        name = str(target)
        output = learned.output(name, task)
        share = learned.cached(name, task)
        cached = usage.cached_input_tokens
        if share is not None:
            cached = min(usage.input_tokens, round(share * usage.input_tokens))
        return Usage(
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens if output is None else output,
            cached_input_tokens=cached,
            cache_write_tokens=0,
        )

    def _broken(self, target: Target, more: Sequence[Constraints]) -> str | None:
        rules = (*self.ground.constraints, *more)
        if not rules:
            return None
        limits = [one for one in rules if one.max_price is not None]
        unverified = all(one.unverified for one in limits)

        def price_of(asked: Target) -> tuple[Decimal | None, Decimal | None]:
            quote = self._quote(asked)
            prompt = self.usage.input_tokens
            found = quote.dearest(_STANDARD, prompt=prompt, unverified=unverified)
            return found or (None, None)

        return broken(target, rules, price_of)

    def _fits(self, window: int | None) -> bool:
        most = self.request.settings.get("max_tokens")
        answer = most if isinstance(most, int) else 0
        return window is None or self.usage.input_tokens + answer <= window

    def _too_long(self, target: Target) -> str | None:
        info, window, prompt = target.info, target.window, self.usage.input_tokens
        if info is None or window is None:
            return None
        if prompt > window:
            return f"its window has {window:,} tokens"
        most = self.request.settings.get("max_tokens")
        answer = most if isinstance(most, int) else 0
        if info.context is not None and prompt + answer > info.context:
            return f"its window of {info.context:,} tokens has no room for max_tokens as well"
        return None


def _refusal(
    request: ChatRequest, target: Target, rewrite: Sequence[str]
) -> UnsupportedFeatureError | None:
    try:
        plan(request, target, rewrite=rewrite)
    except UnsupportedFeatureError as error:
        return error
    return None
