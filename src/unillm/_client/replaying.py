"""What a route would have cost on the calls of a ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from os import PathLike
from typing import TYPE_CHECKING, Any

from unillm._client.config import Config
from unillm._client.routes import Routes, find_route
from unillm._flow.replay import replayed
from unillm._io import clock
from unillm.errors import InvalidRequestError
from unillm.ledger import Ledger
from unillm.pricing import PriceBook

if TYPE_CHECKING:
    from unillm.ledger import When
    from unillm.providers import Provider
    from unillm.types.constraints import Constraints
    from unillm.types.replay import Replay
    from unillm.types.route import Route


def replay(
    ledger: Ledger | str | PathLike[str],
    route: Route | str,
    *,
    routes: Mapping[str, Route] | None = None,
    providers: Iterable[Provider | str] | None = None,
    constraints: Constraints | None = None,
    prices: PriceBook | None = None,
    since: When = None,
    until: When = None,
) -> Replay:
    """Return what a route would have cost on past calls, and how often it had chosen otherwise.

    Nothing is sent, and no key is needed. Each call of the ledger is decided again as a client
    with these arguments would decide it; `Replay.assumptions` says what is taken for granted. It
    waits for the database: in async code, ``await asyncio.to_thread(unillm.replay, …)``.

    Args:
        ledger: The ledger, or where it is.
        route: The route, or the name of one of ``routes``.
        routes: Routes by name: what ``route`` may name, and routes within it.
        providers: The providers, as of a client.
        constraints: What must hold of every target.
        prices: The price book; None: that of unillm.
        since: From when on, as in `Ledger.spend`.
        until: Until when, which is not included.

    Raises:
        InvalidRequestError: An argument is not what it should be, or there is no ledger.
        LedgerError: The database cannot be read.
    """
    named = dict(routes or {})
    if not isinstance(route, str):
        named[_CANDIDATE] = route
    options = {"routes": named, "constraints": constraints, "prices": prices}
    config = Config.read(providers=providers, options=options)
    name = route if isinstance(route, str) else _CANDIDATE
    return replay_with(config, ledger, name, since=since, until=until)


_CANDIDATE = "candidate"


def replay_with(
    config: Config,
    ledger: Ledger | str | PathLike[str],
    route: str,
    *,
    since: When = None,
    until: When = None,
) -> Replay:
    """Return what a route of a configuration would have cost on the calls of a ledger.

    Raises:
        InvalidRequestError: There is no such route, or no ledger.
        LedgerError: The database cannot be read.
    """
    from unillm.ledger.periods import period

    name = find_route(config, route)
    if name is None:
        known = ", ".join(config.routes) or "none"
        raise InvalidRequestError(f"no route is named {route!r}. Routes: {known}.")
    opened: Any = ledger if isinstance(ledger, Ledger) else Ledger(ledger)
    servers = {key: replace(one, missing_key=None) for key, one in config.servers.items()}
    tree = Routes(config.routes, servers).tree(name, clock.today())
    now = datetime.fromtimestamp(clock.now().unix, UTC)
    span = period(since, until, now)
    begin, end = (datetime.fromtimestamp(at, UTC) for at in (span.since, min(span.until, _LATEST)))
    return replayed(
        tree,
        lambda: opened.calls(since=begin, until=end),
        book=PriceBook.default() if config.prices is None else config.prices,
        constraints=config.constraints,
        rewrite=config.rewrite,
        period=(begin if span.since else None, end if span.until < _LATEST else None),
    )


_LATEST = 10.0**11
