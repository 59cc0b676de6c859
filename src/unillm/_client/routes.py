"""The routes of a client: their names, what they lead to, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from unillm._client.planting import PREFIX, Planting, absent, no_route, within
from unillm._flow.course import nobody_left
from unillm._flow.tree import Tree
from unillm._io import clock
from unillm.catalog.lookup import find
from unillm.errors import InvalidRequestError, UnknownModelError
from unillm.providers import Server, resolve
from unillm.types.brief import shown
from unillm.types.json import is_iterable, is_mapping
from unillm.types.route import Route

if TYPE_CHECKING:
    from unillm._client.config import Config

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


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
        tree = Planting(self._named, self._servers, today).tree(name)
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
    with within(name):
        return Route(given)


def find_route(config: Config, model: str | None) -> str | None:
    """Return the name of the route that a model's name means, or the default's; None: none.

    Raises:
        UnknownModelError: It says that it is a route, and there is none of that name.
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
        near = [f"{PREFIX}{one}" for one in get_close_matches(name, config.routes, n=1)]
        raise UnknownModelError(no_route(name, config.routes), near=near)
    return name


def refuse_route(config: Config, model: str | None, what: str) -> None:
    """Refuse a route where one model is asked, and no other if that fails.

    Args:
        config: What knows the routes.
        model: What was given for a model; None: the default's.
        what: What asks one model alone, as the caller wrote it.

    Raises:
        InvalidRequestError: It is a route; the message says what to name instead.
    """
    name = find_route(config, model)
    if name is None:
        return
    leaves = config.routes.tree(name, clock.today()).leaves()
    listed = " or ".join(dict.fromkeys(repr(leaf.name) for leaf in leaves))
    raise InvalidRequestError(
        f"{what} asks one model, and {name!r} is a route, which picks one for each call: name one "
        f"of its targets instead, {listed}"
    )


def require_somebody(config: Config, name: str) -> None:
    """Refuse a route of which nobody can be asked, whatever the call.

    Raises:
        NoTargetError: None of its targets has a key, or a provider.
    """
    leaves = [*config.routes.tree(name, clock.today()).leaves()]
    if all(leaf.excluded is not None for leaf in leaves):
        raise nobody_left(name, [leaf.excluded for leaf in leaves if leaf.excluded is not None])


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
    return Planting({}, servers, today).alone(name)


def require_model(name: str, servers: Mapping[str, Server], today: date) -> None:
    """Refuse a model's name that nobody could mean; whether it can be asked is seen later.

    Raises:
        InvalidRequestError: It is one.
    """
    try:
        resolve(name, servers, today=today, keyed=False)
    except InvalidRequestError:
        if absent(name, servers) is None:
            raise
