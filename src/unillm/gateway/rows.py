"""What a list of models says of each.

One list serves all: OpenAI's fields and Anthropic's stand beside each other, as neither library
minds the other's (openai 3.57.0, types/model.py; anthropic 2.14.0, types/model_info.py; read
2026-11-29), and OpenRouter's tell what a model can and what it costs. Claude Code reads Anthropic's
alone, and shows ids that begin with ``claude`` (BerriAI/litellm#27180, read 2026-11-29).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from unillm.pricing import PriceBook
from unillm.types.dataclass import dataclass
from unillm.types.json import JsonObject
from unillm.types.usage import Usage

if TYPE_CHECKING:
    from unillm.types.endpoints import ServedModel
    from unillm.types.facts import Api, Limit
    from unillm.types.target import Target

OURS = "unillm"
"""Who a route belongs to."""
_TAKEN = (
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "max_tokens",
    "parallel_tool_calls",
    "presence_penalty",
    "response_format",
    "seed",
    "stop",
    "temperature",
    "top_logprobs",
    "top_p",
    "verbosity",
)
"""Settings that are called the same here and there: https://openrouter.ai/docs/models, read
2026-11-29."""
_TOKENS = Usage(input_tokens=3, output_tokens=1, cached_input_tokens=1, cache_write_tokens=1)
"""One token of each kind: so few are never of a long prompt."""
_MILLION = -6
_PRICED = {
    "input": "prompt",
    "output": "completion",
    "cached_input": "input_cache_read",
    "cache_write": "input_cache_write",
}
"""OpenRouter's names for lines of a bill: https://openrouter.ai/docs/models, read 2026-11-29."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What a model can take and give; what is not known is None.

    Attributes:
        context: Tokens that prompt and answer may have together.
        most: Tokens of the longest answer.
        reads: What it reads.
        writes: What it writes.
        takes: The parameters that have an effect, as OpenRouter names them.
    """

    context: int | None = None
    most: int | None = None
    reads: frozenset[str] | None = None
    writes: frozenset[str] | None = None
    takes: frozenset[str] | None = None

    @property
    def told(self) -> JsonObject:
        """Return the fields that say so; a field of which nothing is known is left out."""
        limits = {"context_length": self.context, "max_completion_tokens": self.most}
        known: JsonObject = {name: value for name, value in limits.items() if value is not None}
        told: JsonObject = {**known}
        if self.context is not None:
            told["max_input_tokens"] = self.context
        if self.most is not None:
            told["max_tokens"] = self.most
        if self.reads is not None and self.writes is not None:
            told["architecture"] = {
                "input_modalities": sorted(self.reads),
                "output_modalities": sorted(self.writes),
            }
        if known:
            told["top_provider"] = known
        if self.takes is not None:
            told["supported_parameters"] = sorted(self.takes)
        return told


def abilities_of(target: Target, served: ServedModel | None) -> Abilities:
    """Return what is known of a model at a provider.

    Args:
        target: The model there.
        served: What the provider says of it; None: it was not asked.
    """
    info = target.info
    context = None if served is None else served.context
    if info is None:
        return Abilities(context=context)
    return Abilities(
        # A server of one's own may have been started with less than the model can.
        context=context or info.context,
        most=info.max_output if context is None else _least((info.max_output, context)),
        reads=frozenset(info.input),
        writes=frozenset(info.output),
        takes=_taken(target),
    )


def common(several: Sequence[Abilities]) -> Abilities:
    """Return what holds of each of several; what is not known of one is not known of all."""
    return Abilities(
        context=_least_known([one.context for one in several]),
        most=_least_known([one.most for one in several]),
        reads=_shared([one.reads for one in several]),
        writes=_shared([one.writes for one in several]),
        takes=_shared([one.takes for one in several]),
    )


def row(
    name: str, *, shown: str, created: int, owned_by: str, retired: date | None, able: Abilities
) -> JsonObject:
    """Return the entry of a list.

    Args:
        name: What it is called here.
        shown: The same for people, who may want to know what is behind it.
        created: When it was made, in seconds since 1970.
        owned_by: Whose it is.
        retired: The day it will be switched off; None: none is known.
        able: What it can.
    """
    told: JsonObject = {
        "id": name,
        "object": "model",
        "type": "model",
        "created": created,
        "created_at": f"{datetime.fromtimestamp(created, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "owned_by": owned_by,
        "name": shown,
        "display_name": shown,
        "lifecycle": "active" if retired is None else "deprecated",
        **able.told,
    }
    return told if retired is None else {**told, "retires_at": f"{retired}T00:00:00Z"}


def created_of(target: Target, served: ServedModel | None) -> int | None:
    """Return when a model came out, in seconds since 1970; None: not known."""
    info = target.info
    if info is not None and info.released is not None:
        return int(datetime.combine(info.released, time(), UTC).timestamp())
    return None if served is None else served.created


def retired_of(target: Target) -> date | None:
    """Return the day on which a model's own vendor will switch it off; None: none is known."""
    info = target.info
    return info.retired if info is not None and info.vendor == target.profile.name else None


def owner_of(target: Target, served: ServedModel | None) -> str:
    """Return whose model it is: its vendor's, else whose the provider says, else the provider's."""
    if target.info is not None:
        return target.info.vendor
    said = None if served is None else served.owned_by
    return said or target.provider


def pricing_of(target: Target, book: PriceBook, at: datetime) -> JsonObject:
    """Return the field that tells prices: decimal texts, in US dollars for a token.

    They are of a short prompt in the standard tier at that moment, peak hours included. Nothing is
    returned where no price is known.

    Args:
        target: The model.
        book: The prices.
        at: When.
    """
    names = (target.model, None if target.info is None else target.info.id)
    provider = target.billed_as
    if book.must_load(names, provider=provider):
        return {}  # a list is not worth the time that would take
    cost = book.cost_among(_TOKENS, names, provider=provider, at=at)
    price = None if cost is None else cost.price
    if cost is None or cost.total is None or price is None:
        return {}
    own = {"cached_input": price.cached_input, "cache_write": price.cache_write}
    told = {
        _PRICED[line.kind]: f"{line.per_million.scaleb(_MILLION).normalize():f}"
        for line in cost.lines
        if line.kind in _PRICED
        and line.per_million is not None
        # Where the cache has no price of its own, there is none to be told.
        and own.get(line.kind, line.per_million) is not None
    }
    return {"pricing": told} if told.keys() >= {"prompt", "completion"} else {}


def _taken(target: Target) -> frozenset[str]:
    """Return the parameters that a model takes, on one interface at least and in one mode."""
    info = target.info
    found = {name for name in _TAKEN if _takes(target, name)}
    if info is None:
        return frozenset(found)
    if info.tools and _takes(target, "tools"):
        found |= {"tools", "tool_choice"}
    if info.json_schema and _takes(target, "response_format=json_schema"):
        found.add("structured_outputs")
    if info.efforts and _takes(target, "reasoning_effort"):
        found |= {"include_reasoning", "reasoning", "reasoning_effort"}
    return frozenset(found)


def _takes(target: Target, feature: str) -> bool:
    limits = [limit for _, limit in target.limits.get(feature, ())]
    return any(not _stopped(limits, api) for api in _apis(target))


def _stopped(limits: Iterable[Limit], api: Api) -> bool:
    """Tell whether something has no effect on an interface, whatever else is asked."""
    return any(
        limit.then != "here" and limit.when == "always" and limit.api in {None, api}
        for limit in limits
    )


def _apis(target: Target) -> tuple[Api, ...]:
    if target.api is not None:
        return (target.api,)
    if target.info is None or not target.at_home:
        return target.profile.apis
    own = target.info.apis
    both: list[Api] = [one for one in target.profile.apis if one in own]
    return tuple(both) or target.profile.apis


def _least(amounts: Iterable[int | None]) -> int | None:
    return min((one for one in amounts if one is not None), default=None)


def _least_known(amounts: Sequence[int | None]) -> int | None:
    return None if None in amounts else _least(amounts)


def _shared(sets: Sequence[frozenset[str] | None]) -> frozenset[str] | None:
    known = [one for one in sets if one is not None]
    if not known or len(known) < len(sets):
        return None
    first, *others = known
    return first.intersection(*others)
