"""What routes lead to: their trees, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import field
from datetime import date
from difflib import get_close_matches
from typing import Any

from unillm._client.constraining import require_named
from unillm._flow.tree import Leaf, Tree
from unillm.catalog.lookup import vendor_of
from unillm.errors import AuthenticationError, InvalidRequestError
from unillm.providers import Server, resolve
from unillm.providers.registry import PROFILES
from unillm.routing.registry import name_of, strategy_from
from unillm.types.brief import shown
from unillm.types.constraints import Constraints
from unillm.types.dataclass import dataclass
from unillm.types.json import is_iterable, is_mapping
from unillm.types.route import Route
from unillm.types.routing import Excluded, Strategy

PREFIX = "route:"
_DEEPEST = 16
_MOST = 256
"""Leaves of one route: routes that name each other twice at each level would have no end."""


def no_route(name: str, routes: Mapping[str, Route]) -> str:
    """Return what is said of a route that there is none of."""
    if not routes:
        return (
            f"no route is named {name!r}: the client has none. Give it "
            f"routes={{{name!r}: unillm.Route([…])}}"
        )
    close = get_close_matches(name, routes, n=1)
    hint = f" Did you mean 'route:{close[0]}'?" if close else ""
    return f"no route is named {name!r}. Routes: {', '.join(routes)}.{hint}"


@contextmanager
def within(name: str) -> Generator[None]:
    """Say of a mistake in which route it is."""
    try:
        yield
    except InvalidRequestError as error:
        raise InvalidRequestError(f"route {name!r}: {error.message}") from None


@dataclass(frozen=True, slots=True)
class Planting:
    """What routes lead to, looked up."""

    named: Mapping[str, Route]
    servers: Mapping[str, Server]
    today: date
    found: list[str] = field(default_factory=list[str])
    """The leaves so far."""

    def tree(self, name: str) -> Tree:
        """Return what a route leads to.

        Raises:
            InvalidRequestError: It leads nowhere; the message says where.
        """
        return self._tree(name, name, self.named[name], (), ())

    def alone(self, model: str) -> Tree:
        """Return a model as what a route of it alone would lead to."""
        route = Route((model,))
        strategy, ranked_by = _strategy_of(route)
        return Tree(model, model, route, strategy, ranked_by, (self._leaf(model, (model,), ()),))

    def _tree(
        self,
        name: str,
        called: str,
        route: Route,
        path: tuple[str, ...],
        constraints: tuple[Constraints, ...],
    ) -> Tree:
        if name in path:
            way = " -> ".join(f"{PREFIX}{one}" for one in (*path[path.index(name) :], name))
            raise InvalidRequestError(f"route {name!r} leads back to itself: {way}")
        path = (*path, name)
        if len(path) > _DEEPEST:
            raise InvalidRequestError(
                f"route {path[0]!r} has routes in routes, more than {_DEEPEST} deep"
            )
        if route.constraints is not None:
            constraints = (*constraints, route.constraints)
        with within(name):
            strategy, ranked_by = _strategy_of(route)
            if route.constraints is not None:
                require_named(route.constraints, self.servers)
        children = tuple(
            self._child(target, place, path, constraints)
            for place, target in enumerate(route.targets)
        )
        _require_different(name, children)
        mirrors = tuple(
            self._leaf(mirror, path, constraints) for mirror in _mirrors(name, strategy)
        )
        _require_outermost(path, mirrors)
        inner = any(isinstance(one, Tree) and one.is_constrained for one in children)
        is_constrained = route.constraints is not None or inner
        tree = Tree(name, called, route, strategy, ranked_by, children, mirrors, is_constrained)
        _require_mentioned(name, tree)
        return tree

    def _child(
        self,
        target: str | Route,
        place: int,
        path: tuple[str, ...],
        constraints: tuple[Constraints, ...],
    ) -> Tree | Leaf:
        if isinstance(target, Route):
            name = f"{path[-1]}[{place}]"
            return self._tree(name, f"{PREFIX}{name}", target, path, constraints)
        name = target if target in self.named else target.removeprefix(PREFIX)
        if name in self.named:
            return self._tree(name, target, self.named[name], path, constraints)
        if target.startswith(PREFIX):
            raise InvalidRequestError(f"{_way(path)}: {no_route(name, self.named)}")
        return self._leaf(target, path, constraints)

    def _leaf(self, name: str, path: tuple[str, ...], constraints: tuple[Constraints, ...]) -> Leaf:
        self.found.append(name)
        if len(self.found) > _MOST:
            raise InvalidRequestError(
                f"route {path[0]!r} leads to more than {_MOST} models, those of the routes in it "
                "counted each time"
            )
        try:
            target = resolve(name, self.servers, today=self.today)
        except AuthenticationError as error:
            return Leaf(name, path, constraints, None, Excluded(name, "key", error.message))
        except InvalidRequestError as error:
            reason = absent(name, self.servers)
            if reason is None:
                raise InvalidRequestError(f"{_way(path)}: {error.message}") from None
            return Leaf(name, path, constraints, None, Excluded(name, "provider", reason))
        return Leaf(name, path, constraints, target)


def _way(path: tuple[str, ...]) -> str:
    """Return where a mistake is: the route, and the way that leads to it."""
    if len(path) == 1:
        return f"route {path[0]!r}"
    return f"route {path[-1]!r} (of {' -> '.join(PREFIX + one for one in path)})"


def absent(name: str, servers: Mapping[str, Server]) -> str | None:
    """Return why a model cannot be asked that is one; None: it is the name that is wrong."""
    provider, colon, model = name.partition(":")
    if not (colon and model and provider in PROFILES):
        provider = vendor_of(name) or ""
    if provider in servers:
        return servers[provider].unusable
    if not provider:
        return None
    return f"the client has no provider {provider!r}: add unillm.Provider({provider!r})"


def _strategy_of(route: Route) -> tuple[Strategy, str]:
    """Return what ranks a route's targets, and its name."""
    strategy = strategy_from(route.strategy)
    given = route.strategy
    return strategy, str(given["name"]) if is_mapping(given) else name_of(strategy)


def _require_mentioned(name: str, tree: Tree) -> None:
    """Refuse a strategy that speaks of targets that are none: a slip would change who is asked."""
    mentions: Any = getattr(tree.strategy, "mentions", ())
    called = [child.called if isinstance(child, Tree) else child.name for child in tree.children]
    for mention in mentions if is_iterable(mentions) else ():
        if mention not in called:
            close = get_close_matches(str(mention), called, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"they are {', '.join(called)}"
            raise InvalidRequestError(
                f"route {name!r}: the strategy {tree.ranked_by!r} speaks of {shown(mention)}, "
                f"which is none of the targets as they are named: {hint}"
            )


def _require_outermost(path: tuple[str, ...], mirrors: tuple[Leaf, ...]) -> None:
    """Refuse copies of calls where a route stands in another: nobody would send them."""
    if mirrors and len(path) > 1:
        raise InvalidRequestError(
            f"{_way(path)}: its strategy has copies of calls sent to "
            f"{', '.join(one.name for one in mirrors)}, which only that of the outermost route "
            f"does: give it to {path[0]!r}"
        )


def _mirrors(name: str, strategy: Strategy) -> tuple[str, ...]:
    """Return the models beside the targets that a strategy may have copies of calls sent to."""
    given: Any = getattr(strategy, "mirrors", ())
    if isinstance(given, str) or not is_iterable(given):
        raise InvalidRequestError(
            f"route {name!r}: the mirrors of its strategy must be names of models, not "
            f"{shown(given)}"
        )
    listed = tuple(given)
    for mirror in listed:
        if not isinstance(mirror, str):
            raise InvalidRequestError(
                f"route {name!r}: the mirrors of its strategy must be names of models, such as "
                f"'openai:gpt-5.5', not {shown(mirror)}"
            )
    return listed


def _require_different(name: str, children: tuple[Tree | Leaf, ...]) -> None:
    """Refuse one target under two names: it would be asked again when it has failed."""
    seen: dict[str, str] = {}
    for child in children:
        called = child.called if isinstance(child, Tree) else child.name
        if isinstance(child, Tree):
            key = PREFIX + child.name
        elif child.target is not None:
            key = child.target.key
        else:
            continue
        if key in seen:
            raise InvalidRequestError(
                f"route {name!r}: {seen[key]!r} and {called!r} mean the same, leave out one"
            )
        seen[key] = called
