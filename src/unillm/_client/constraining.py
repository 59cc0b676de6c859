"""Constraints as clients are given them, and whom they let be sent something."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Any

from unillm._io import clock
from unillm.errors import InvalidRequestError, NoTargetError
from unillm.providers import names
from unillm.routing.constraints import broken
from unillm.types.constraints import Constraints
from unillm.types.origin import origin_of
from unillm.types.target import Target
from unillm.types.transport import WireRequest

if TYPE_CHECKING:
    from unillm._client.config import Config

_VIRTUAL = "host"
"""The header by which one server has another answer: a way past whoever was permitted."""


def constraints_given(value: Any) -> Constraints:
    """Return the constraints that ``constraints=`` gives.

    Raises:
        InvalidRequestError: It gives something else.
    """
    if not isinstance(value, Constraints):
        raise InvalidRequestError(
            "constraints must be unillm.Constraints, such as "
            f"Constraints(deny_jurisdictions={{'CN'}}); not {value!r}"
        )
    return value


def added(
    known: tuple[Constraints, ...], more: Constraints, configured: Collection[str]
) -> tuple[Constraints, ...]:
    """Return the constraints of a client and more of them: all hold.

    Args:
        known: Those that hold already.
        more: Those that come on top.
        configured: The names of the client's providers.

    Raises:
        InvalidRequestError: They name a provider that does not exist.
    """
    require_named(more, configured)
    return known if more.is_empty or more in known else (*known, more)


def require_named(constraints: Constraints, configured: Collection[str]) -> None:
    """Refuse names of providers that do not exist: whoever mistypes one would deny nobody.

    Args:
        constraints: What may name some.
        configured: The names of the client's providers.

    Raises:
        InvalidRequestError: There is none of a name.
    """
    named = constraints.deny_providers | (constraints.allow_providers or frozenset())
    if not named:
        return
    known = {*configured, *names()}
    for name in sorted(named - known):
        close = get_close_matches(name.lower(), known, n=3, cutoff=0.6)
        hint = f" Did you mean {' or '.join(repr(one) for one in close)}?" if close else ""
        raise InvalidRequestError(
            f"the constraints name a provider {name!r}, which neither this client nor unillm "
            f"knows.{hint} Known are: {', '.join(sorted(known))}"
        )


def why_not(config: Config, target: Target, prompt: int | None = None) -> str | None:
    """Return why a target may not be sent anything; None: it may.

    Args:
        config: What holds.
        target: Whom it is about.
        prompt: How many tokens the prompt has at most, where long ones are dearer; None: any.
    """
    if not config.constraints:
        return None
    price = partial(dearest, config, config.constraints, prompt=prompt)
    return broken(target, config.constraints, price)


def is_priced(config: Config) -> bool:
    """Tell whether a price is limited."""
    return any(one.max_price is not None for one in config.constraints)


def require_permitted(config: Config, targets: Iterable[Target], prompt: int | None = None) -> None:
    """Refuse to send anything unless one of some targets may be sent it.

    Args:
        config: What holds.
        targets: Whom it may be sent to.
        prompt: How many tokens the prompt has at most; None: any number.

    Raises:
        NoTargetError: None may.
        InvalidRequestError: A header would have another server answer than the one that may.
    """
    if not config.constraints:
        return
    reasons: list[str] = []
    last: Target | None = None
    for target in targets:
        reason = why_not(config, target, prompt)
        if reason is None:
            require_no_detour(config)
            return
        reasons.append(f"{target if target.model else target.provider}: {reason}")
        last = target
    told = "; ".join(reasons) or "there is none"
    raise NoTargetError(
        f"no target may be sent anything under the constraints: {told}. Nothing was sent.",
        provider=None if last is None or len(reasons) > 1 else last.provider,
        model=None if last is None or len(reasons) > 1 else last.model or None,
    )


def require_there(config: Config, target: Target, wire: WireRequest) -> None:
    """Refuse a request that leads to another host than the target that was permitted.

    Raises:
        NoTargetError: It does.
    """
    if config.constraints and origin_of(wire.url) != target.origin:
        raise NoTargetError(
            f"the constraints were held against {target.origin}, and what is asked of {target} is "
            f"at {origin_of(wire.url)}. Nothing was sent. Make that the base_url of a Provider.",
            provider=target.provider,
            model=target.model or None,
        )


def dearest(
    config: Config,
    constraints: tuple[Constraints, ...],
    target: Target,
    *,
    prompt: int | None = None,
) -> tuple[Decimal | None, Decimal | None]:
    """Return the most that a million tokens cost now, by the tier that calls ask for.

    Args:
        config: What holds of calls.
        constraints: What holds of the target: whether prices count that nobody could verify.
        target: Whom it is about.
        prompt: How many tokens the prompt has at most; None: any number.
    """
    extra: Any = config.settings.get("extra_body") or {}
    tier = extra.get("service_tier", config.settings.get("service_tier"))
    unverified = all(one.unverified for one in constraints if one.max_price is not None)
    return config.routing.tariffs(config.billing().book).dearest(
        target,
        tier if isinstance(tier, str) else None,
        clock.now().unix,
        prompt=prompt,
        unverified=unverified,
    )


def require_no_detour(config: Config) -> None:
    """Refuse a header by which another server may answer than one that was permitted.

    Raises:
        InvalidRequestError: There is one.
    """
    headers: Any = config.settings.get("extra_headers") or {}
    if any(isinstance(name, str) and name.lower() == _VIRTUAL for name in headers):
        raise InvalidRequestError(
            "extra_headers has 'Host', by which another server may answer than the one that the "
            "constraints were held against: leave it out, or make it the base_url of a Provider"
        )
