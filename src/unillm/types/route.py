"""Routes: named policies that pick, per call, who answers."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, field, fields
from difflib import get_close_matches
from typing import Any, Literal, TypeAlias, cast, get_args

from unillm.errors import InvalidRequestError
from unillm.types.brief import shown
from unillm.types.constraints import Constraints
from unillm.types.dataclass import dataclass
from unillm.types.json import is_iterable, is_mapping
from unillm.types.policy import LONGEST
from unillm.types.routing import Strategy

OnMidstreamError: TypeAlias = Literal["raise", "restart", "continue"]
"""What to do when an answer breaks off that the caller has seen a part of."""

_PERCENTILE = re.compile(r"p[5-9]\d", re.ASCII)
_ON_CONTENT_POLICY = ("raise", "next")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hedge:
    """A second attempt at the next target, where the first token of the first is late.

    Whichever has the first token wins; the other is closed at once, and billed for what it may
    have cost.

    Attributes:
        after: Seconds without a token, or ``p95`` (any of p50 to p99) of those the target took.
        budget: The share of calls that may be hedged.
    """

    after: float | str = "p95"
    budget: float = 0.05

    def __post_init__(self) -> None:
        """Refuse what cannot be meant.

        Raises:
            InvalidRequestError: A value is of the wrong type or out of range.
        """
        after: Any = self.after
        timed = _is_number(after) and 0 < after <= LONGEST
        if not timed and not (isinstance(after, str) and _PERCENTILE.fullmatch(after)):
            raise InvalidRequestError(
                "Hedge(after=…) must be a positive number of seconds, or how long the first "
                f"token mostly takes, from 'p50' to 'p99'; not {shown(after)}"
            )
        budget: Any = self.budget
        if not _is_number(budget) or not 0 < budget <= 1:
            raise InvalidRequestError(
                "Hedge(budget=…) must be the share of calls that may be hedged, above 0 and up "
                f"to 1, such as 0.05; not {shown(budget)}"
            )


@dataclass(frozen=True, slots=True, repr=False, init=False)
class Route:
    """A policy that picks who answers.

    Attributes:
        targets: Models by name, routes by name (``route:name``), or routes.
        strategy: How to rank them: the name of a strategy; a mapping of its name and options, as
            ``{"name": "weighted", "weights": {…}}``; one that is made, such as
            ``unillm.routing.Weighted({…})``; or a function of your own.
        constraints: What must hold of each, on top of what the client demands.
        on_midstream_error: What to do when a stream breaks off after its first event: ``raise``,
            with what came; ``restart``, at the next target; or ``continue`` there.
        hedge: When to ask a second target as well; None: never.
        sticky: Whether a session stays with whoever answered it before.
        max_attempts: Attempts in all, the first included; None: one for each target, but no fewer
            than the client's `RetryPolicy` allows.
        on_content_policy: Whether a prompt that a target's filter refused may go to the ``next``.
        quality: What quality to expect of each target, from 0 to 1, by name.
        willingness_to_pay: US dollars that 1.0 of quality is worth, where quality is known.
    """

    targets: tuple[str | Route, ...]
    strategy: str | Mapping[str, Any] | Strategy = field(default="fallback", hash=False)
    constraints: Constraints | None = None
    on_midstream_error: OnMidstreamError = "raise"
    hedge: Hedge | None = None
    sticky: bool = True
    max_attempts: int | None = None
    on_content_policy: Literal["raise", "next"] = "raise"
    quality: Mapping[str, float] = field(default_factory=dict[str, float], hash=False)
    willingness_to_pay: float | None = None

    def __init__(
        self,
        targets: Iterable[str | Route],
        *,
        strategy: str | Mapping[str, Any] | Strategy = "fallback",
        constraints: Constraints | None = None,
        on_midstream_error: OnMidstreamError = "raise",
        hedge: Hedge | None = None,
        sticky: bool = True,
        max_attempts: int | None = None,
        on_content_policy: Literal["raise", "next"] = "raise",
        quality: Mapping[str, float] | None = None,
        willingness_to_pay: float | None = None,
    ) -> None:
        """Make one, and refuse what cannot be meant.

        Whether there are such models, routes and strategies is seen by the client it is given to.

        Raises:
            InvalidRequestError: Something in it cannot be meant; the message says what to do.
        """
        listed = _targets(targets)
        given: dict[str, Any] = {
            "targets": listed,
            "strategy": _strategy(strategy),
            "constraints": _constraints(constraints),
            "on_midstream_error": _one_of(
                "on_midstream_error", on_midstream_error, get_args(OnMidstreamError)
            ),
            "hedge": _hedge(hedge),
            "sticky": _flag("sticky", sticky),
            "max_attempts": _attempts(max_attempts),
            "on_content_policy": _one_of(
                "on_content_policy", on_content_policy, _ON_CONTENT_POLICY
            ),
            "quality": _qualities(quality, listed),
            "willingness_to_pay": _dollars(willingness_to_pay),
        }
        for name, value in given.items():
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        """Show the targets, and what differs from the defaults."""
        said = [
            f"{one.name}={_named(getattr(self, one.name))}"
            for one in fields(self)[1:]
            if getattr(self, one.name) != _default(one)
        ]
        return f"Route({', '.join([repr(list(self.targets)), *said])})"


def _default(one: Any) -> Any:
    return one.default if one.default_factory is MISSING else one.default_factory()


def _named(value: Any) -> str:
    name = getattr(value, "__name__", None) if callable(value) else None
    return repr(value) if name is None else str(name)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _targets(given: Any) -> tuple[str | Route, ...]:
    if isinstance(given, str | Route):
        raise InvalidRequestError(
            f"Route(targets=…) must be a list, such as [{_short(given)}]; not {_kind(given)}"
        )
    if is_mapping(given):
        raise InvalidRequestError(
            f"Route(targets=…) must be a list of models and routes, not {_kind(given)}: weights "
            "and the like are parameters of a strategy, quality is quality={…}"
        )
    listed: tuple[Any, ...] = tuple(given) if is_iterable(given) else (given,)
    if not listed:
        raise InvalidRequestError(
            "Route(targets=…) is empty: name at least one, such as ['openai:gpt-5.5']"
        )
    for target in listed:
        if not isinstance(target, str | Route):
            raise InvalidRequestError(
                "Route(targets=…) must be names of models, such as 'openai:gpt-5.5', names of "
                f"routes, such as 'route:cheap', or Route objects; not {_kind(target)}"
            )
        if target == "":
            raise InvalidRequestError("Route(targets=…) has an empty name among them: leave it out")
    names: set[str] = set()
    nested: list[Route] = []
    for target in listed:
        if target in (names if isinstance(target, str) else nested):
            raise InvalidRequestError(
                f"Route(targets=…) names {_short(target)} twice: a target that has failed is not "
                "asked again as another; for more tries of each see max_attempts"
            )
        if isinstance(target, str):
            names.add(target)
        else:
            nested.append(target)  # a function in it need not have a hash
    return listed


def _short(target: Any) -> str:
    return shown(target) if isinstance(target, str) else "Route(…)"


def _kind(value: Any) -> str:
    return "text" if isinstance(value, str) else type(value).__name__


def _strategy(given: Any) -> str | dict[str, Any] | Strategy:
    if isinstance(given, str) and given:
        return given
    if is_mapping(given):
        if not isinstance(given.get("name"), str):
            raise InvalidRequestError(
                "Route(strategy=…) as a mapping has the name of a strategy, and its options: "
                f'{{"name": "weighted", "weights": {{…}}}}; not {shown(given)}'
            )
        return dict(given)
    if inspect.isclass(given) or not callable(given) or inspect.iscoroutinefunction(given):
        what = f"the class {given.__name__}" if inspect.isclass(given) else shown(given)
        raise InvalidRequestError(
            "Route(strategy=…) must be the name of one, such as 'fallback' or 'cheapest', or a "
            "plain function of a call, its candidates and how they fare that returns "
            f"unillm.routing.Ranked; not {what}"
        )
    return cast("Strategy", given)


def _constraints(given: Any) -> Constraints | None:
    if given is None or isinstance(given, Constraints):
        return given
    raise InvalidRequestError(
        "Route(constraints=…) must be unillm.Constraints, such as "
        f'Constraints(deny_jurisdictions={{"CN"}}); not {shown(given)}'
    )


def _hedge(given: Any) -> Hedge | None:
    if given is None or isinstance(given, Hedge):
        return given
    raise InvalidRequestError(
        f"Route(hedge=…) must be unillm.Hedge(after=…, budget=…), or None; not {shown(given)}"
    )


def _flag(name: str, given: Any) -> bool:
    if isinstance(given, bool):
        return given
    raise InvalidRequestError(f"Route({name}=…) must be True or False, not {shown(given)}")


def _one_of(name: str, given: Any, known: tuple[str, ...]) -> str:
    if isinstance(given, str) and given in known:
        return given
    close = get_close_matches(given, known, n=1) if isinstance(given, str) else []
    hint = f". Did you mean {close[0]!r}?" if close else ""
    allowed = f"{', '.join(map(repr, known[:-1]))} or {known[-1]!r}"
    raise InvalidRequestError(f"Route({name}=…) must be {allowed}, not {shown(given)}{hint}")


def _attempts(given: Any) -> int | None:
    if given is None or (type(given) is int and given >= 1):
        return given
    raise InvalidRequestError(
        "Route(max_attempts=…) must be a whole number from 1, the first attempt included, or None; "
        f"not {shown(given)}"
    )


def _dollars(given: Any) -> float | None:
    if given is None or (_is_number(given) and 0 <= given <= LONGEST):
        return None if given is None else float(given)
    raise InvalidRequestError(
        "Route(willingness_to_pay=…) must be the US dollars that 1.0 of quality is worth in one "
        f"call, from 0, such as 0.05; not {shown(given)}"
    )


def _qualities(given: Any, targets: tuple[str | Route, ...]) -> dict[str, float]:
    if given is None:
        return {}
    names = [target for target in targets if isinstance(target, str)]
    example = names[0] if names else "openai:gpt-5.5"
    if not is_mapping(given):
        raise InvalidRequestError(
            f"Route(quality=…) must be like {{{example!r}: 0.8}}, not {shown(given)}"
        )
    for name, value in given.items():
        if name not in names:
            close = get_close_matches(str(name), names, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"they are {', '.join(names)}"
            raise InvalidRequestError(
                f"Route(quality=…) has {shown(name)}, which is none of the targets as they are "
                f"named: {hint}"
            )
        if not _is_number(value) or not 0 <= value <= 1:
            raise InvalidRequestError(
                f"Route(quality=…) of {shown(name)} must be from 0 to 1, not {shown(value)}"
            )
    return {name: float(value) for name, value in given.items()}
