"""The routes of a configuration file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from unillm._client import config_tables as tables
from unillm._client.config_tables import checked, said
from unillm._client.config_values import constraints, mistakes, policy
from unillm._client.routes import Routes, routes_given
from unillm._client.toml import Document, Keys
from unillm.errors import InvalidRequestError
from unillm.providers import Server
from unillm.routing.registry import strategy_named
from unillm.types.json import is_list, is_object
from unillm.types.route import Hedge, Route
from unillm.types.routing import Strategy

_DEEPEST = 16
_ABOUT = re.compile(r"route '([A-Za-z0-9._-]+)(?:\[\d+\])*'")


def routes(document: Document, keys: Keys, given: dict[str, Any]) -> dict[str, Route]:
    """Return the routes that a document has, each looked at by itself.

    Raises:
        InvalidRequestError: One cannot be meant; the message says where.
    """
    made: dict[str, Route] = {}
    for name, one in given.items():
        route = _route(document, (*keys, name), one)
        with mistakes(document, (*keys, name)):
            made.update(routes_given({name: route}))
    return made


def require_leading(
    document: Document,
    named: Mapping[str, Route],
    others: Mapping[str, Route],
    servers: Mapping[str, Server],
    today: date,
) -> Routes:
    """Return routes of which all lead somewhere.

    Args:
        document: Where they stand.
        named: Those of the document.
        others: Those given in code, which take the place of others of their names.
        servers: Who may be asked.
        today: The day.

    Raises:
        InvalidRequestError: One does not.
    """
    try:
        return Routes.of({**named, **others}, servers, today)
    except InvalidRequestError as error:
        about = _ABOUT.match(error.message)
        if about is None or about[1] not in named or about[1] in others:
            raise
        message = error.message.partition(": ")[2] if ": " in error.message else error.message
        if not error.message.startswith(f"{about[0]}:"):
            message = error.message
        keys = ("routes", about[1], "targets")
        document.refuse(keys if document.line_of(keys) else keys[:2], message)


def _route(document: Document, keys: Keys, given: Any, depth: int = 0) -> Route:
    inner, table = (*keys, "targets"), given
    if is_list(given):
        given, inner = {"targets": given}, keys
    if not is_object(given):
        document.refuse(
            keys,
            f"a route is a table, or a list of targets that are tried in order; not {said(given)}",
        )
    arguments = checked(document, keys, given, tables.ROUTE)
    if "targets" not in given:
        document.refuse(keys, 'targets is missing, such as targets = ["openai:gpt-5.5"]')
    if depth > _DEEPEST:
        document.refuse(keys, f"there are routes in routes, more than {_DEEPEST} deep")
    arguments["targets"] = _targets(document, inner, given["targets"], depth)
    options = arguments.pop("options", None)
    if "strategy" in given or options is not None:
        arguments["strategy"] = _strategy(document, keys, arguments.get("strategy"), options)
    if "constraints" in given:
        arguments["constraints"] = constraints(
            document, (*keys, "constraints"), given["constraints"]
        )
    if "hedge" in given:
        arguments["hedge"] = _hedge(document, (*keys, "hedge"), given["hedge"])
    with mistakes(document, keys, table):
        return Route(**arguments)


def _targets(document: Document, keys: Keys, given: Any, depth: int) -> list[str | Route]:
    if not is_list(given):
        document.refuse(keys, f'this must be a list, such as ["openai:gpt-5.5"]; not {said(given)}')
    targets: list[str | Route] = []
    for place, one in enumerate(given):
        if not isinstance(one, str) and not is_object(one):
            document.refuse(
                (*keys, place),
                'a target is the name of a model, such as "openai:gpt-5.5", the name of a route, '
                f'such as "route:cheap", or a route as a table; not {said(one)}',
            )
        targets.append(
            one if isinstance(one, str) else _route(document, (*keys, place), one, depth + 1)
        )
    return targets


def _hedge(document: Document, keys: Keys, given: Any) -> Hedge | None:
    if isinstance(given, bool):
        return Hedge() if given else None
    made: Hedge = policy(document, keys, given, Hedge, tables.HEDGE)
    return made


def _strategy(
    document: Document, keys: Keys, name: str | None, options: dict[str, Any] | None
) -> str | Strategy:
    """Return a strategy: by its name, or made with its options."""
    if name is None:
        document.refuse(
            (*keys, "options"), 'these belong to a strategy, which is missing: strategy = "…"'
        )
    with mistakes(document, (*keys, "strategy")):
        if not options:
            strategy_named(name)
            return name
    try:
        with mistakes(document, (*keys, "options"), options):
            return strategy_named(name, **options)
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, OSError) as error:
        if isinstance(error, InvalidRequestError):
            raise
        document.refuse((*keys, "options"), f"the strategy {name!r} does not take these: {error}")
