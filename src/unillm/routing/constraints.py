"""Whether a target may be sent anything, and if not, why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from unillm.types.constraints import Constraints, MaxPrice
from unillm.types.countries import within
from unillm.types.facts import Fact
from unillm.types.place import DECLARED
from unillm.types.target import Target

PriceOf: TypeAlias = Callable[[Target], tuple[Decimal | None, Decimal | None]]
"""Tells the most that a million tokens of input and of output cost at a target; None: unknown."""

_REMEMBERED = 4096
"""For how many targets and constraints it is remembered what came of them."""
_known: dict[tuple[Any, ...], tuple[str | None, Any]] = {}
"""A cache of a pure function. A key has the identities of what takes long to compare, and the entry
holds these objects, so that nobody else gets their identities."""
_worked_out: dict[tuple[Any, ...], tuple[str | None, Any]] = {}
"""The same by the values of the constraints: equal ones may be written anew for each call."""


def broken(
    target: Target, constraints: Sequence[Constraints], price_of: PriceOf | None = None
) -> str | None:
    """Return why a target may not be sent anything; None: it may.

    A target without a model is asked for what no model answers (its models, what is left on an
    account): constraints on models and prices do not speak of that.

    Args:
        target: Whom it is about.
        constraints: All of them must hold.
        price_of: Tells its price; without it no price is known.
    """
    if not constraints:
        return None
    rules = constraints if isinstance(constraints, tuple) else tuple(constraints)
    whom = target.provider, target.model, target.host
    key = (whom, id(target.place), id(target.info), id(target.forwards), id(rules))
    found = _known.get(key)
    if found is None:
        found = _remember(_known, key, (_reason(target, rules, key[:-1]), _held(target, rules)))
    if found[0] is not None or not target.model:
        return found[0]
    for one in rules:
        if one.max_price is not None:
            reason = _too_dear(target, one.max_price, price_of)
            if reason is not None:
                return reason
    return None


def _reason(target: Target, rules: tuple[Constraints, ...], whom: tuple[Any, ...]) -> str | None:
    """Return the first thing that speaks against a target, but for its price."""
    key = (*whom, rules)
    found = _worked_out.get(key)
    if found is None:
        reason = next(_reasons(target, rules), None)
        found = _remember(_worked_out, key, (reason, _held(target, rules)))
    return found[0]


def _held(target: Target, rules: tuple[Constraints, ...]) -> tuple[Any, ...]:
    return target.place, target.info, target.forwards, rules


def _remember(
    known: dict[tuple[Any, ...], tuple[str | None, Any]],
    key: tuple[Any, ...],
    value: tuple[str | None, Any],
) -> tuple[str | None, Any]:
    if len(known) >= _REMEMBERED:
        known.clear()
    known[key] = value
    return value


def _reasons(target: Target, rules: Sequence[Constraints]) -> Iterator[str]:
    """Give what speaks against a target, but for its price."""
    for one in rules:
        yield from _about_provider(target, one)
        yield from _about_place(target, one)
        if target.model:
            yield from _about_model(target, one)


def _about_provider(target: Target, one: Constraints) -> Iterator[str]:
    name, allowed = target.provider, one.allow_providers
    if allowed is not None and name not in allowed:
        listed = ", ".join(sorted(allowed)) or "none"
        yield f"the provider {name} is not among those allowed: {listed}"
    for whom in (name, target.host):
        if whom in one.deny_providers:
            at = "" if whom == name else f", and {name} is at its host"
            yield f"the provider {whom} is denied{at}"
    if one.deny_providers and target.forwards is not None:
        listed = ", ".join(sorted(one.deny_providers))
        yield (
            f"{name} sends on to others, and whether a denied one ({listed}) is among them is not "
            f"known; allow_providers names whom you send to instead{_said(target.forwards)}"
        )


def _about_place(target: Target, one: Constraints) -> Iterator[str]:
    if one.allow_jurisdictions is not None or one.deny_jurisdictions:
        yield from _about_jurisdiction(target, one)
    if one.self_hosted is not None:
        own, fact, why = _fact(target, "self_hosted", one)
        if own is not one.self_hosted:
            told = f"it is {'' if own else 'not '}a server of your own{_said(fact)}"
            yield why if own is None else told
    if one.no_training:
        trains_not, fact, why = _fact(target, "no_training", one)
        if trains_not is not True:
            told = f"it does not say that it trains on nothing it is sent{_said(fact)}"
            yield why if trains_not is None else told
    if one.zero_retention:
        days, fact, why = _fact(target, "retention_days", one)
        if days != 0:
            told = f"it keeps what it is sent for {days} days{_said(fact)}"
            yield why if days is None else told


def _about_jurisdiction(target: Target, one: Constraints) -> Iterator[str]:
    country, fact, why = _fact(target, "jurisdiction", one)
    if country is None:
        yield why
        return
    if one.allow_jurisdictions is not None and country not in within(one.allow_jurisdictions):
        listed = ", ".join(sorted(one.allow_jurisdictions)) or "none"
        yield f"its jurisdiction is {country}, not one of those allowed ({listed}){_said(fact)}"
    # A host that is somewhere in a group may be in each of its countries.
    denied = within((country,)) & within(one.deny_jurisdictions)
    if denied:
        listed = ", ".join(sorted(one.deny_jurisdictions))
        yield f"its jurisdiction is {country}, which is denied ({listed}){_said(fact)}"


def _about_model(target: Target, one: Constraints) -> Iterator[str]:
    if one.open_weights:
        is_open, fact, why = _of_model(target, "open_weights", one)
        if is_open is None:
            yield why
        elif is_open is not True:
            yield f"the weights of {target.model} are not open{_said(fact)}"
    if one.licence is not None:
        licence, fact, why = _of_model(target, "licence", one)
        if licence is None:
            yield why
        elif licence.casefold() not in {name.casefold() for name in one.licence}:
            listed = ", ".join(sorted(one.licence)) or "none"
            yield f"the licence of {target.model} is {licence}, not {listed}{_said(fact)}"


_WORDS = {
    "jurisdiction": "its jurisdiction",
    "self_hosted": "whether it is a server of your own",
    "no_training": "whether it trains on what it is sent",
    "retention_days": "how long it keeps what it is sent",
    "open_weights": "whether its weights are open",
    "licence": "its licence",
}


def _fact(target: Target, name: str, one: Constraints) -> tuple[Any, Fact | None, str]:
    """Return what counts of a host's place, who says so, and why nothing counts if that is so."""
    fact = target.place.facts.get(name)
    value = getattr(target.place, name)
    unknown = f"{_WORDS[name]} is not known"
    declared = fact is not None and fact.source == DECLARED
    if value is not None and declared:
        return value, fact, ""
    remedy = f"unillm.Provider({target.provider!r}, {name}=…) declares it"
    if target.forwards is not None:
        why = f"{unknown}: it sends on to others{_said(target.forwards)}"
        return None, None, f"{why}; {remedy}"
    if value is None or fact is None:
        return None, None, f"{unknown}{_said(fact)}; {remedy}"
    if not (fact.verified or one.unverified):
        return None, None, f"{unknown} for certain{_said(fact)}; {remedy}"
    return value, fact, ""


def _of_model(target: Target, name: str, one: Constraints) -> tuple[Any, Fact | None, str]:
    """Return what counts of a model, who says so, and why nothing counts if that is so."""
    info = target.info
    if info is None:
        return None, None, f"the catalog does not know {target.model}: {_WORDS[name]} is not known"
    fact = info.facts.get(name) or info.facts.get("*")
    value = getattr(info, name)
    unknown = f"of {info.id} {_WORDS[name]} is not known"
    if value is None:
        # The licence of weights that nobody can have is none, and that is known.
        closed = name == "licence" and info.open_weights is False
        why = f"the weights of {info.id} are not open, and have no licence" if closed else unknown
        return None, None, f"{why}{_said(fact)}"
    if fact is None or not (fact.verified or one.unverified):
        return None, None, f"{unknown} for certain{_said(fact)}"
    return value, fact, ""


def _said(fact: Fact | None) -> str:
    """Return who says so, and what, with a space before it."""
    if fact is None:
        return ""
    if fact.source == DECLARED:
        return f" ({DECLARED})"
    doubt = "" if fact.verified else ", not verified"
    return f" ({fact.reason}; {fact.source}, read {fact.checked}{doubt})"


def _too_dear(target: Target, most: MaxPrice, price_of: PriceOf | None) -> str | None:
    prices = (None, None) if price_of is None else price_of(target)
    for kind, price, limit in zip(
        ("input", "output"), prices, (most.input, most.output), strict=True
    ):
        if limit is None:
            continue
        if price is None:
            return f"what a million tokens of {kind} cost at {target} is not known"
        if price > limit:
            return (
                f"a million tokens of {kind} cost up to ${price.normalize():f} at {target}, more "
                f"than ${limit.normalize():f}"
            )
    return None
