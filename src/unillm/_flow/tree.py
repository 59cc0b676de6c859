"""A route with all its targets found: what an operation chooses from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from unillm.types.route import Route
from unillm.types.routing import Excluded, Strategy
from unillm.types.target import Target


@dataclass(frozen=True, slots=True)
class Leaf:
    """One target of a route.

    Attributes:
        name: What the route calls it.
        target: Whom it means; None: nobody, at present.
        excluded: Why it may not be asked, whatever the call; None: it may.
    """

    name: str
    target: Target | None
    excluded: Excluded | None = None


@dataclass(frozen=True, slots=True)
class Tree:
    """A route, its targets found and its strategy made.

    Attributes:
        name: Its name; of one that has none within another, what tells it from its like there.
        route: The same as it was written.
        strategy: How it ranks.
        strategy_name: What that is called.
        children: What it ranks.
    """

    name: str
    route: Route
    strategy: Strategy
    strategy_name: str
    children: tuple[Tree | Leaf, ...]

    def leaves(self) -> Iterator[Leaf]:
        """Give all targets in it, in the order of writing."""
        for child in self.children:
            if isinstance(child, Leaf):
                yield child
            else:
                yield from child.leaves()
