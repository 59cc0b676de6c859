"""Rules: the first whose condition holds says who goes first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from difflib import get_close_matches
from typing import Any, ClassVar

from unillm.errors import InvalidRequestError
from unillm.routing.conditions import Condition, condition
from unillm.routing.figures import names_in, names_of, several
from unillm.types.dataclass import dataclass
from unillm.types.health import Stats
from unillm.types.json import is_mapping
from unillm.types.routing import Candidate, Ranked, RouteRequest

_KEYS = ("when", "then")


@dataclass(frozen=True, slots=True)
class Rules:
    """Rank those first whom the first rule that holds names, in its order; the others as given.

    A rule is ``{"when": {"input_tokens": {"$gt": 100000}}, "then": "long-model"}``. Conditions may
    be on ``input_tokens``, ``tags.<name>``, ``params.<setting>``, ``has_tools``, ``has_images``,
    ``stream``, ``session``, ``user`` and ``task``, with ``$eq $ne $gt $gte $lt $lte $in $nin $regex
    $not``, and joined by ``$and $or $not``. What a call does not have is None: it differs from
    everything, and is neither more nor less.

    Attributes:
        rules: The rules, in the order in which they are tried.
        default: Who goes first where none holds; none named: the order of the route.

    Raises:
        InvalidRequestError: A rule is wrong; the message says which, and where.
    """

    name: ClassVar[str] = "rules"

    rules: Sequence[Mapping[str, Any]]
    default: Sequence[str] = ()
    _read: tuple[tuple[Condition, tuple[str, ...]], ...] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Read the rules."""
        rules = several(self.rules)
        if not rules:
            raise InvalidRequestError(f"rules must be a list of rules, not {self.rules!r}")
        object.__setattr__(self, "rules", rules)
        default = names_in("default", self.default) if self.default else ()
        object.__setattr__(self, "default", default)
        read = tuple(_rule(f"rules[{at}]", rule) for at, rule in enumerate(rules))
        object.__setattr__(self, "_read", read)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as it was written: conditions are functions."""
        return Rules, (self.rules, self.default)

    @property
    def mentions(self) -> frozenset[str]:
        """Return the names of targets that it speaks of."""
        return frozenset(name for _, names in self._read for name in names) | {*self.default}

    def __call__(
        self, request: RouteRequest, candidates: Sequence[Candidate], _stats: Mapping[str, Stats]
    ) -> Ranked:
        """Rank the candidates.

        Raises:
            InvalidRequestError: Two of them have the same name.
        """
        names = names_of(candidates)
        for at, (holds, then) in enumerate(self._read):
            if holds(request):
                return _ranked(names, then, f"rules[{at}]")
        return _ranked(names, tuple(self.default), "no rule holds")


def _ranked(names: Sequence[str], first: Sequence[str], reason: str) -> Ranked:
    there = frozenset(names)
    ahead = [name for name in dict.fromkeys(first) if name in there]
    others = [name for name in names if name not in {*ahead}]
    return Ranked((*ahead, *others), {}, dict.fromkeys(ahead, reason), sticks=False)


def _rule(place: str, rule: Any) -> tuple[Condition, tuple[str, ...]]:
    if not is_mapping(rule):
        raise InvalidRequestError(
            f'{place} must be a mapping such as {{"when": {{…}}, "then": "name"}}, not {rule!r}'
        )
    for key in rule:
        if key not in _KEYS:
            close = get_close_matches(str(key), _KEYS, n=1)
            hint = f"did you mean {close[0]!r}?" if close else "a rule has 'when' and 'then'"
            raise InvalidRequestError(f"{place} has {key!r}; {hint}")
    for key in _KEYS:
        if key not in rule:
            raise InvalidRequestError(f"{place} has no {key!r}")
    return condition(f"{place}.when", rule["when"]), names_in(f"{place}.then", rule["then"])
