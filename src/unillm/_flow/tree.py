"""A route with its models looked up: what an operation chooses from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from unillm.types.constraints import Constraints
from unillm.types.dataclass import dataclass
from unillm.types.decision import Excluded
from unillm.types.profile import Profile
from unillm.types.route import Route
from unillm.types.routing import Strategy
from unillm.types.target import Target


@dataclass(frozen=True, slots=True)
class Leaf:
    """A model that a route names.

    Attributes:
        name: What the route calls it.
        path: The routes that lead to it, the outermost first.
        constraints: What these routes demand of it.
        target: Whom it means; None: it cannot be asked.
        excluded: Why not; None: it can.
    """

    name: str
    path: tuple[str, ...]
    constraints: tuple[Constraints, ...]
    target: Target | None = field(default=None, repr=False)
    excluded: Excluded | None = None


@dataclass(frozen=True, slots=True)
class Tree:
    """A route, with what it leads to.

    Attributes:
        name: Its own name; of one that stands in another as an object, the other's with its place.
        called: What the route around it calls it; its name, if there is none.
        route: The route.
        strategy: What ranks its children.
        ranked_by: What that is called.
        children: What it names, in order.
        mirrors: What its strategy may have copies of calls sent to.
        is_constrained: Whether it, or a route in it, demands anything of whoever is asked.
        is_priced: Whether these demands speak of prices.
        is_distinct: Whether it leads to each target but once.
        window: The smallest window of those it leads to, in tokens; None: none is known.
    """

    name: str
    called: str
    route: Route = field(repr=False)
    strategy: Strategy = field(repr=False)
    ranked_by: str
    children: tuple[Tree | Leaf, ...]
    mirrors: tuple[Leaf, ...] = ()
    is_constrained: bool = False
    is_priced: bool = field(init=False, repr=False, compare=False)
    is_distinct: bool = field(init=False, repr=False, compare=False)
    window: int | None = field(init=False, repr=False, compare=False)
    _leaves: tuple[Leaf, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Collect once what every call of the route goes through."""
        found: list[Leaf] = []
        for child in self.children:
            found += (child,) if isinstance(child, Leaf) else child.leaves()
        object.__setattr__(self, "_leaves", tuple(found))
        keys = [leaf.target.key for leaf in found if leaf.target is not None]
        object.__setattr__(self, "is_distinct", len({*keys}) == len(keys))
        led_to = (*found, *self.mirrors)
        windows = [leaf.target.window for leaf in led_to if leaf.target is not None]
        smallest = min([one for one in windows if one is not None], default=None)
        object.__setattr__(self, "window", smallest)
        demands = [one for leaf in led_to for one in leaf.constraints]
        is_priced = any(one.max_price is not None for one in demands)
        object.__setattr__(self, "is_priced", is_priced)

    def leaves(self) -> Iterator[Leaf]:
        """Give the models that it leads to, in the order in which they are written."""
        return iter(self._leaves)


def nobody(route: str) -> Target:
    """Return what stands for whom an operation asks, as long as its route has not chosen."""
    return Target(provider="route", model=route, base_url="", profile=_NONE)


_NONE = Profile(name="route")
