"""What a call is expected to cost at a target: by its prompt, past answers, and the price now."""

from __future__ import annotations

from dataclasses import field
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from unillm._flow.ceiling import SENDING
from unillm._flow.quote import Quote, tier_asked
from unillm.pricing import PriceBook
from unillm.tokens import estimate, rule_for
from unillm.tokens.estimate import likely_tokens
from unillm.types.dataclass import dataclass
from unillm.types.health import Stats
from unillm.types.messages import AssistantMessage, Message
from unillm.types.parts import TextPart
from unillm.types.request import ChatRequest
from unillm.types.routing import ExpectedCost
from unillm.types.target import Target
from unillm.types.usage import Usage, highest

USUAL = 500
"""Tokens that are expected of an answer, where a target has given none yet: a guess of our own."""
_KEPT = 2_000
"""Prices that are kept; they hold for a minute."""
_MINUTES = 250
"""Tables of prices that are kept: one for each minute, service tier, and size of long prompts."""
_ZERO = Decimal(0)
_ANY = rule_for(None)


class Length:
    """How long a prompt is; told when it is first asked for."""

    # Not `cached_property`: before Python 3.12 that takes a lock each time.
    __slots__ = ("_characters", "_likely", "_request", "answer")

    def __init__(self, request: ChatRequest) -> None:
        """Take the request."""
        self._request = request
        asked = request.settings.get("max_tokens")
        self.answer = asked if isinstance(asked, int) else None
        """How many tokens the answer may have; None: as many as it likes."""
        self._characters: int | None = None
        self._likely: int | None = None

    @property
    def characters(self) -> int:
        """Return the characters of its messages and tools, roughly: no fewer than its tokens."""
        if self._characters is None:
            request = self._request
            found = sum([_characters(message) for message in request.messages])
            found += sum([len(str(tool.parameters)) + 200 for tool in request.tools])
            self._characters = found
        return self._characters

    @property
    def counted(self) -> int | None:
        """Return its likely tokens if anybody has asked for them; None: nobody."""
        return self._likely

    @property
    def likely(self) -> int:
        """Return its likely tokens, by a rule that fits no model in particular."""
        if self._likely is None:
            self._likely = likely_tokens(self._request, _ANY)
        return self._likely

    @property
    def least(self) -> int:
        """Return the tokens that it has in any case, nearly."""
        return estimate(self._request, _ANY).low

    @property
    def seen(self) -> float:
        """Return what share of it whoever answered last has seen: all up to its own answer."""
        messages, sizes = self._request.messages, 0
        for place in range(len(messages) - 1, -1, -1):
            if isinstance(messages[place], AssistantMessage):
                sizes = sum(_characters(message) for message in messages[: place + 1])
                break
        return min(1.0, sizes / max(1, self.characters))

    def fits(self, window: int | None) -> bool:
        """Tell whether it surely fits a window; None is one that nobody knows.

        A token has a character at least, nearly always: most prompts need not be counted.
        """
        return window is None or self.characters + (self.answer or 0) <= window

    def too_long(self, target: Target) -> str | None:
        """Return why it does not fit the window of a target's model; None: it may."""
        info, window = target.info, target.window
        if info is None or window is None:
            return None
        if self.fits(window):
            return None
        answer = (self.answer or 0) if info.context is not None else 0
        least = self.least
        if least > window:
            return f"the prompt has {least:,} tokens or more, and its window {window:,}"
        if info.context is not None and least + answer > info.context:
            return (
                f"the prompt of {least:,} tokens or more and max_tokens={answer:,} are more than "
                f"its window of {info.context:,}"
            )
        return None


def _characters(message: Message) -> int:
    content = message.content
    found = 20
    if isinstance(content, str):
        found += len(content)
    elif content:
        found += sum(len(part.text) if isinstance(part, TextPart) else 4_000 for part in content)
    if isinstance(message, AssistantMessage):
        found += sum(len(call.raw or str(call.arguments)) + 40 for call in message.tool_calls)
    return found


@dataclass(frozen=True, slots=True)
class _Rates:
    """US dollars for one token."""

    input: Decimal
    cached: Decimal
    output: Decimal


_Dearest: TypeAlias = tuple[Decimal | None, Decimal | None]


@dataclass(slots=True)
class Tariffs:
    """What tokens cost at targets, as looked up lately. Shared by the operations of a client."""

    book: PriceBook
    _tables: dict[tuple[str | None, float, int], dict[str, _Rates | None]] = field(
        default_factory=dict[tuple[str | None, float, int], dict[str, "_Rates | None"]]
    )
    _dearest: dict[tuple[str, str | None, int, bool], _Dearest] = field(
        default_factory=dict[tuple[str, str | None, int, bool], _Dearest]
    )

    def table(self, tier: str | None, unix: float, tokens: int) -> dict[str, _Rates | None]:
        """Return what a token is known to cost by the keys of targets, to add to.

        Args:
            tier: The service tier that is asked for.
            unix: When, in seconds since 1970.
            tokens: How many tokens the prompt has.
        """
        key = tier, unix // 60, tokens if tokens > _SHORT else 0
        kept = self._tables.get(key)
        if kept is None:
            if len(self._tables) >= _MINUTES:
                self._tables.clear()
            kept = self._tables[key] = {}
        return kept

    def dearest(
        self,
        target: Target,
        tier: str | None,
        unix: float,
        *,
        prompt: int | None,
        unverified: bool,
    ) -> _Dearest:
        """Return the most that a million tokens of input and output cost; None: not known.

        Args:
            target: Whom it is about.
            tier: The service tier that is asked for.
            unix: When, in seconds since 1970.
            prompt: How many tokens the prompt has at most; None: any number.
            unverified: Whether prices count that nobody could verify.
        """
        minute = int(unix // 60)
        key = target.key, tier, minute, unverified
        known = self._dearest.get(key) if prompt is None else None
        if known is not None:
            return known
        quote = Quote.of(self.book, target, datetime.fromtimestamp(unix, UTC))
        # It is kept until the minute is over: what holds by then counts already.
        until = datetime.fromtimestamp(unix if prompt is not None else minute * 60 + 60, UTC)
        found: _Dearest = quote.dearest(
            quote.tiers(None, tier, sure=False),
            prompt=prompt,
            until=until + SENDING,
            unverified=unverified,
        ) or (None, None)
        if prompt is None:
            if len(self._dearest) >= _KEPT:
                self._dearest.clear()
            self._dearest[key] = found
        return found

    def rates(self, target: Target, tier: str | None, unix: float, tokens: int) -> _Rates | None:
        """Return what a token costs at a target in a prompt of some length; None: not known."""
        quote = Quote.of(self.book, target, datetime.fromtimestamp(unix, UTC))
        tiers = quote.tiers(None, tier, sure=True)
        size = max(tokens, 1)
        none = highest(quote.cost(_usage(size, 0, 0), tiers))
        all_cached = highest(quote.cost(_usage(size, size, 0), tiers))
        answered = highest(quote.cost(_usage(size, 0, 1_000), tiers))
        if none is None or all_cached is None or answered is None:
            return None
        return _Rates(none / size, all_cached / size, max(answered - none, _ZERO) / 1_000)


_SHORT = 100_000
"""Tokens of prompts that have one price per token in every row: longer ones are looked up each."""


def _usage(prompt: int, cached: int, answer: int) -> Usage:
    return Usage(input_tokens=prompt, output_tokens=answer, cached_input_tokens=cached)


class Expecting:
    """Tells what one call is expected to cost."""

    __slots__ = ("_length", "_limit", "_prompt", "_table", "_tariffs", "_tier", "_unix")

    def __init__(
        self, request: ChatRequest, *, tariffs: Tariffs, length: Length, unix: float
    ) -> None:
        """Note what is the same at all targets.

        Args:
            request: The call.
            tariffs: What tokens cost.
            length: How long the prompt is.
            unix: When it is made, in seconds since 1970.
        """
        self._limit = length.answer
        self._tier = tier_asked(request)
        self._tariffs = tariffs
        self._length = length
        self._unix = unix
        self._prompt = 0
        self._table: dict[str, _Rates | None] | None = None

    @property
    def counted(self) -> int | None:
        """Return the likely tokens of the prompt if they have been counted; None: they were not."""
        return self._length.counted

    def expected(self, target: Target, stats: Stats, last: str | None) -> ExpectedCost:
        """Return it; ``last``: the key of the target that answered the session before."""
        key, usual, table = target.key, stats.output_tokens, self._table
        if table is None:  # told once: it is the same for all targets
            self._prompt = self._length.likely
            table = self._table = self._tariffs.table(self._tier, self._unix, self._prompt)
        prompt = self._prompt
        answer, reason = _answer(None if usual is None else round(usual) or 1, self._limit)
        cached = int(prompt * self._length.seen) if key == last else 0
        try:
            rates = table[key]
        except KeyError:
            rates = table[key] = self._tariffs.rates(target, self._tier, self._unix, prompt)
        if rates is None:
            return ExpectedCost(None, prompt, cached, answer, f"no price of {target} is known")
        usd = rates.input * (prompt - cached) + rates.output * answer
        if cached:
            usd += rates.cached * cached
            reason = f"{cached:,} tokens of the prompt come from its cache; {reason}"
        return ExpectedCost(usd, prompt, cached, answer, reason)


@lru_cache(maxsize=1_024)
def _answer(usual: int | None, limit: int | None) -> tuple[int, str]:
    """Return how many tokens are expected of an answer, and why so many.

    Args:
        usual: How many answers have had so far; None: there was none.
        limit: How many it may have; None: as many as it likes.
    """
    if usual is not None:
        reason = f"answers of {usual:,} tokens, as so far"
    else:
        usual, reason = USUAL, f"an answer of {USUAL:,} tokens, since there was none yet"
    if limit is not None and limit < usual:
        return limit, f"an answer of {limit:,} tokens, which is max_tokens"
    return usual, reason
