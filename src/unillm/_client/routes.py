"""The routes of a client: their names, what they lead to, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from unillm._client.constraining import require_named
from unillm._flow.tree import Leaf, Tree
from unillm.catalog.lookup import find, vendor_of
from unillm.errors import AuthenticationError, InvalidRequestError
from unillm.providers import Server, resolve
from unillm.providers.registry import PROFILES
from unillm.routing.registry import name_of, strategy_from
from unillm.types.brief import shown
from unillm.types.constraints import Constraints
from unillm.types.json import is_iterable, is_mapping
from unillm.types.route import Route
from unillm.types.routing import Excluded, Strategy

if TYPE_CHECKING:
    from unillm._client.config import Config

PREFIX = "route:"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_DEEPEST = 16
_MOST = 256
"""Leaves of one route: routes that name each other twice at each level would have no end."""


class Routes(Mapping[str, Route]):
    """The routes of a client by name. What they lead to is looked up once a day."""

    __slots__ = ("_named", "_servers", "_trees")

    def __init__(
        self, named: Mapping[str, Route] | None = None, servers: Mapping[str, Server] | None = None
    ) -> None:
        """Keep them; what is wrong with them is said by `of`."""
        self._named = dict(named or {})
        self._servers = servers or {}
        self._trees: dict[str, tuple[date, Tree]] = {}

    @classmethod
    def of(cls, named: Mapping[str, Route], servers: Mapping[str, Server], today: date) -> Routes:
        """Return routes that all lead somewhere.

        Raises:
            InvalidRequestError: One does not; the message says which, and where.
        """
        if named and PREFIX[:-1] in servers:
            raise InvalidRequestError(
                "a provider of a client with routes may not be named 'route': rename it"
            )
        routes = cls(named, servers)
        for name in routes:
            routes.tree(name, today)
        return routes

    def __getitem__(self, name: str) -> Route:
        """Return the route of a name."""
        return self._named[name]

    def __iter__(self) -> Iterator[str]:
        """Give their names."""
        return iter(self._named)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._named)

    def __repr__(self) -> str:
        """Show them."""
        return repr(self._named)

    def tree(self, name: str, today: date) -> Tree:
        """Return what a route leads to on a day."""
        kept = self._trees.get(name)
        if kept is not None and kept[0] == today:
            return kept[1]
        tree = _Planting(self._named, self._servers, today).tree(name)
        self._trees[name] = (today, tree)
        return tree


def routes_given(value: Any) -> dict[str, Route]:
    """Return the routes that ``routes=`` names.

    Raises:
        InvalidRequestError: It names something else, or one has a name that cannot be told apart.
    """
    if not is_mapping(value):
        raise InvalidRequestError(
            'routes must be like {"fast": Route(["openai:gpt-5.5", "deepseek:deepseek-v4-pro"])}, '
            f"not {shown(value)}"
        )
    return {_checked_name(name): _route(name, given) for name, given in value.items()}


def _checked_name(given: Any) -> str:
    if not isinstance(given, str) or not _NAME.fullmatch(given):
        hint = ": leave out 'route:', which is written where it is used" if _prefixed(given) else ""
        raise InvalidRequestError(
            "the name of a route has letters, digits, '-', '_' and '.' alone, and begins with one "
            f"of the first two; not {shown(given)}{hint}"
        )
    info = find(given)
    if info is not None:
        raise InvalidRequestError(
            f"a route may not be named {given!r}, which is a model of {info.vendor}: whoever asks "
            f"for that would get another. Call it {given.lower() + '-route'!r}, for example"
        )
    return given


def _prefixed(given: Any) -> bool:
    return isinstance(given, str) and given.startswith(PREFIX)


def _route(name: str, given: Any) -> Route:
    if isinstance(given, Route):
        return given
    if isinstance(given, str) or is_mapping(given) or not is_iterable(given):
        raise InvalidRequestError(
            f"route {name!r} must be a unillm.Route, or a list of targets that are tried in "
            f"order; not {shown(given)}"
        )
    with _within(name):
        return Route(given)


def find_route(config: Config, model: str | None) -> str | None:
    """Return the name of the route that a model's name means, or the default's; None: none.

    Raises:
        InvalidRequestError: It says that it is a route, and there is none of that name.
    """
    asked: Any = model or config.model
    if not isinstance(asked, str):
        return None
    if asked in config.routes:
        return asked
    if not asked.startswith(PREFIX) or PREFIX[:-1] in config.servers:
        return None
    name = asked.removeprefix(PREFIX)
    if name not in config.routes:
        raise InvalidRequestError(_no_route(name, config.routes))
    return name


def routed(config: Config, name: str, today: date) -> Tree:
    """Return what a route leads to on a day: looked up once, kept until the day is over."""
    return config.routes.tree(name, today)


def direct(model: str | None, servers: Mapping[str, Server], today: date) -> Tree:
    """Return a model that is named directly as what a route of it alone would lead to.

    Raises:
        InvalidRequestError: No model is named, or nobody could be meant.
    """
    given: Any = model
    name = given if isinstance(given, str) else ""
    if not name:
        resolve(model, servers, today=today)  # says what is wrong with it
    require_model(name, servers, today)
    return _Planting({}, servers, today).alone(name)


def require_model(name: str, servers: Mapping[str, Server], today: date) -> None:
    """Refuse a model's name that nobody could mean; whether it can be asked is seen later.

    Raises:
        InvalidRequestError: It is one.
    """
    try:
        resolve(name, servers, today=today, keyed=False)
    except InvalidRequestError:
        if _absent(name, servers) is None:
            raise


def _no_route(name: str, routes: Mapping[str, Route]) -> str:
    if not routes:
        return (
            f"no route is named {name!r}: the client has none. Give it "
            f"routes={{{name!r}: unillm.Route([…])}}"
        )
    close = get_close_matches(name, routes, n=1)
    hint = f" Did you mean 'route:{close[0]}'?" if close else ""
    return f"no route is named {name!r}. Routes: {', '.join(routes)}.{hint}"


@contextmanager
def _within(name: str) -> Generator[None]:
    """Say of a mistake in which route it is."""
    try:
        yield
    except InvalidRequestError as error:
        raise InvalidRequestError(f"route {name!r}: {error.message}") from None


@dataclass(frozen=True, slots=True)
class _Planting:
    """What routes lead to, looked up."""

    named: Mapping[str, Route]
    servers: Mapping[str, Server]
    today: date
    found: list[str] = field(default_factory=list[str])
    """The leaves so far."""

    def tree(self, name: str) -> Tree:
        return self._tree(name, name, self.named[name], (), ())

    def alone(self, model: str) -> Tree:
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
        with _within(name):
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
        tree = Tree(name, called, route, strategy, ranked_by, children, mirrors)
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
            raise InvalidRequestError(f"{_way(path)}: {_no_route(name, self.named)}")
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
            reason = _absent(name, self.servers)
            if reason is None:
                raise InvalidRequestError(f"{_way(path)}: {error.message}") from None
            return Leaf(name, path, constraints, None, Excluded(name, "provider", reason))
        return Leaf(name, path, constraints, target)


def _way(path: tuple[str, ...]) -> str:
    """Return where a mistake is: the route, and the way that leads to it."""
    if len(path) == 1:
        return f"route {path[0]!r}"
    return f"route {path[-1]!r} (of {' -> '.join(PREFIX + one for one in path)})"


def _absent(name: str, servers: Mapping[str, Server]) -> str | None:
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
