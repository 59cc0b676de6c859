"""Servers of one's own, which alone know what they serve: vLLM, llama.cpp and the like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

import anyio

from unillm._io import clock
from unillm.catalog.lookup import VENDORS
from unillm.errors import UnillmError
from unillm.types.policy import RetryPolicy, Timeout

if TYPE_CHECKING:
    from unillm._client.asynchronous import AsyncClient
    from unillm.providers import Server
    from unillm.types.endpoints import ServedModel

PATIENCE = 2.0
"""Seconds that a server has for telling its models."""
FRESH = 60.0
"""Seconds for which what it told is taken as it is."""
ABSENT = 5.0
"""Seconds after which one that told nothing is asked again: it may have been started by then."""
MOST = 1_000
"""Models that are listed of one server."""


class OwnServers:
    """Ask servers of one's own what they serve, and remember it for a minute.

    Nobody waits longer than two seconds. One that fails serves nothing; how it failed is nothing
    that whoever asks for a list need know.
    """

    def __init__(self, client: AsyncClient, servers: Mapping[str, Server]) -> None:
        """Take who asks, and of which servers there may be something to ask."""
        self._client = client.with_options(
            retry=RetryPolicy(max_attempts=1), timeout=Timeout(connect=PATIENCE, total=PATIENCE)
        )
        self._names = tuple(server.name for server in servers.values() if is_own(server))
        self._found: dict[str, tuple[float, tuple[ServedModel, ...]]] = {}

    @property
    def told(self) -> Iterator[tuple[str, str]]:
        """Give provider and id of what was told so far; nobody is asked."""
        for name, (_, models) in self._found.items():
            yield from ((name, model.id) for model in models)

    async def served(self, only: set[str] | None = None) -> dict[tuple[str, str], ServedModel]:
        """Return what they serve, by provider and id.

        Args:
            only: The names of the providers to ask; None: all.
        """
        asked = [name for name in self._names if only is None or name in only]
        async with anyio.create_task_group() as group:
            for name in asked:
                group.start_soon(self._ask, name)
        return {(name, one.id): one for name in asked for one in self._found[name][1]}

    async def _ask(self, provider: str) -> None:
        """Have a server tell its models, unless it has just done so."""
        until, _ = self._found.get(provider, (0.0, ()))
        if clock.monotonic() < until:
            return
        found: tuple[ServedModel, ...] = ()
        lasts = ABSENT
        with anyio.move_on_after(PATIENCE), suppress(UnillmError):
            found = await self._client.models(provider)
            lasts = FRESH
        self._found[provider] = (clock.monotonic() + lasts, found[:MOST])


def is_own(server: Server) -> bool:
    """Tell whether only the server itself knows what it serves, and is one's own."""
    profile = server.profile
    if server.missing_key or server.unusable or profile.name in VENDORS or profile.ids:
        return False
    return server.host is None or not profile.key_required
