"""The models that a gateway serves: their list, and what a name of one means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING

from unillm._client.constraining import why_not
from unillm._client.routes import find_route
from unillm._io import clock
from unillm.catalog import models
from unillm.catalog.lookup import VENDORS
from unillm.errors import InvalidRequestError, UnknownModelError
from unillm.gateway.aliases import Aliases
from unillm.gateway.own_servers import OwnServers
from unillm.gateway.rows import (
    OURS,
    Abilities,
    abilities_of,
    common,
    created_of,
    owner_of,
    pricing_of,
    retired_of,
    row,
)
from unillm.pricing import PriceBook
from unillm.providers import resolve
from unillm.types.brief import shown as brief
from unillm.types.json import JsonObject
from unillm.types.target import Target

if TYPE_CHECKING:
    from unillm._client.asynchronous import AsyncClient
    from unillm._client.config import Config
    from unillm.types.endpoints import ServedModel

_ROUTE = "route:"
_NEAR = 3
"""Names that are told where one is unknown."""
_LONGEST = 512
"""Characters that the name of a model may have."""
_COMPARED = 100
"""Characters of an unknown name that are compared with known ones."""


class Models:
    """What a client's routes and providers serve, under which names.

    Of catalogued models nothing is asked over the network. Servers of one's own (vLLM, llama.cpp)
    are asked what they serve when a list is asked for; one that does not answer serves nothing.
    """

    def __init__(
        self,
        client: AsyncClient,
        *,
        aliases: Mapping[str, str] | None = None,
        only: Iterable[str] = (),
    ) -> None:
        """Look at what there is.

        Args:
            client: Who answers.
            aliases: Names for models and routes, in which ``*`` may stand for anything.
            only: The models and routes that are served; none: all.

        Raises:
            InvalidRequestError: An alias, or one that is to be served, means nobody.
        """
        self._config: Config = client._config  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - of one package
        self._own = OwnServers(client, self._config.servers)
        self._aliases = Aliases(aliases or {})
        self._only = tuple(dict.fromkeys(only))
        self._allowed = frozenset(self._key(self._meant(name)) for name in self._only)
        self._began = int(clock.now().unix)
        for name, means in {**self._aliases.exact, **self._aliases.patterns}.items():
            if not self._is_served(self._meant(means)):
                raise InvalidRequestError(
                    f"the alias {brief(name)} means {brief(means)}, which is not to be served"
                )

    def resolve(self, name: str | None) -> str:
        """Return what to call the client with for a model that was named.

        An alias holds over everything else. Names are exact: what is like one is none, since
        whoever asks for one model must not pay for another.

        Args:
            name: The name; None: none was given, and the client's default is meant.

        Raises:
            UnknownModelError: Nobody serves it here.
        """
        if name is None and self._config.model is None:
            raise UnknownModelError("no model is named, and there is no default: name one")
        asked = name if name is not None else self._config.model or ""
        means = self._aliases.means(asked) or asked
        if len(means) > _LONGEST or not means.isprintable():
            # It would go into the ledger and onto the terminal of whoever runs this.
            raise self._unknown(asked)
        try:
            meant = self._meant(means)
        except InvalidRequestError as error:
            if error.provider is not None:  # it is there, but not as it must be
                why = f"{brief(asked)} cannot be asked: {error.message}"
                raise UnknownModelError(why) from None
            also = error.near if isinstance(error, UnknownModelError) else ()
            raise self._unknown(asked, also) from None
        if isinstance(meant, Target):
            self._require_known(asked, means, meant)
        if not self._is_served(meant):
            served = ", ".join(map(repr, [*self._only, *self._aliases.exact]))
            raise UnknownModelError(
                f"{brief(asked)} is not among the models that are served here: {served}",
                near=self._near(asked),
            )
        return f"{_ROUTE}{meant}" if isinstance(meant, str) else means

    def is_unbilled(self, name: str) -> bool:
        """Tell whether a model is one's own: on a server of one's own, and without a price.

        Args:
            name: What `resolve` returned.
        """
        meant = self._meant(name)
        if isinstance(meant, str) or not meant.place.self_hosted:
            return False
        return not pricing_of(meant, *self._prices)

    async def listed(self) -> JsonObject:
        """Return the list of models, as ``GET /v1/models`` has it."""
        names = list(self._catalogued()) if not self._only else [*self._only]
        meant = {name: self._meant(name) for name in names}
        asks = {t.provider for t in self._targets(meant.values())} if self._only else None
        served = await self._own.served(asks)
        if not self._only:
            for provider, one in served:
                name = f"{provider}:{one}"
                with suppress(InvalidRequestError):
                    meant.setdefault(name, self._meant(name))
        for name, means in self._aliases.exact.items():
            meant[name] = self._meant(means)
        rows = (self._row(name, one, served) for name, one in meant.items())
        told = [one for one in rows if one is not None]
        first, last = (told[0]["id"], told[-1]["id"]) if told else (None, None)
        whole = {"has_more": False, "first_id": first, "last_id": last}
        return {"object": "list", "data": told, **whole}

    async def one(self, name: str) -> JsonObject:
        """Return the entry of one model, as ``GET /v1/models/{id}`` has it.

        Args:
            name: Its name, an alias or an older name of it.

        Raises:
            UnknownModelError: Nobody serves it here.
        """
        self.resolve(name)
        meant = self._meant(self._aliases.means(name) or name)
        served = await self._own.served({target.provider for target in self._targets([meant])})
        found = self._row(name, meant, served)
        if found is None:
            raise UnknownModelError(f"{brief(name)} may not be asked: the constraints exclude it")
        return found

    @property
    def _prices(self) -> tuple[PriceBook, datetime]:
        """Return the prices, and the moment for which they are asked."""
        book = self._config.prices or PriceBook.default()
        return book, datetime.fromtimestamp(clock.now().unix, UTC)

    def _meant(self, name: str) -> Target | str:
        """Return the target that a name means, or the name of a route.

        Raises:
            InvalidRequestError: It means nobody.
        """
        route = find_route(self._config, name)
        if route is not None:
            return route
        return resolve(name, self._config.servers, today=clock.today(), keyed=False)

    def _key(self, meant: Target | str) -> str:
        return f"{_ROUTE}{meant}" if isinstance(meant, str) else meant.key

    def _is_served(self, meant: Target | str) -> bool:
        return not self._allowed or self._key(meant) in self._allowed

    def _require_known(self, asked: str, means: str, target: Target) -> None:
        """Refuse a model that its vendor has not, unless its provider is written out.

        A vendor has newer models than the catalog: ``openai:gpt-9`` asks for one. Without the
        provider before it a name that nobody knows was meant for somebody else.

        Raises:
            UnknownModelError: It is one, or its provider has no key.
        """
        server = self._config.servers[target.provider]
        if server.missing_key:
            raise UnknownModelError(f"{brief(asked)} cannot be asked: {server.missing_key}")
        is_bare = not means.startswith(f"{target.provider}:")
        if is_bare and target.info is None and target.profile.assumed is not None:
            raise self._unknown(asked)

    def _unknown(self, name: str, also: Iterable[str] = ()) -> UnknownModelError:
        """Return what is raised of a name that nobody has, with those that are like it."""
        more = () if self._only else also
        near = tuple(dict.fromkeys((*self._near(name), *more)))[:_NEAR]
        hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
        message = f"no model is named {brief(name)} here.{hint} GET /v1/models lists them all"
        return UnknownModelError(message, near=near)

    def _near(self, name: str) -> tuple[str, ...]:
        known = {*self._only, *self._aliases.exact}
        if not self._only:
            told = (f"{provider}:{one}" for provider, one in self._own.told)
            known |= {*self._catalogued(), *told}
        # Of a route the bare name does as well, and may be what was misspelt.
        by_small = {one.removeprefix(_ROUTE).lower(): one for one in known}
        by_small |= {one.lower(): one for one in known}
        asked = name[:_COMPARED].lower()
        tail = asked.replace("/", ":").rpartition(":")[2]
        found = [*get_close_matches(asked, by_small, n=3), *get_close_matches(tail, by_small, n=3)]
        return tuple(dict.fromkeys(by_small[one] for one in found))[:_NEAR]

    def _catalogued(self) -> Iterator[str]:
        """Give the names of what is served without asking anybody: routes, then models."""
        yield from (f"{_ROUTE}{name}" for name in self._config.routes)
        today = clock.today()
        for server in self._config.servers.values():
            if server.missing_key or server.unusable:
                continue
            profile = server.profile
            if profile.name in VENDORS:
                for info in models(profile.name):
                    if info.apis and (info.retired is None or info.retired > today):
                        bare = server.name == info.vendor
                        yield info.id if bare else f"{server.name}:{info.id}"
            yield from (f"{server.name}:{served}" for served in profile.ids.values())

    def _targets(self, meant: Iterable[Target | str]) -> Iterator[Target]:
        """Give the targets of what is meant, those of routes included."""
        for one in meant:
            if isinstance(one, Target):
                yield one
                continue
            for leaf in self._config.routes.tree(one, clock.today()).leaves():
                if leaf.target is not None and leaf.excluded is None:
                    yield leaf.target

    def _row(
        self,
        name: str,
        meant: Target | str,
        served: Mapping[tuple[str, str], ServedModel],
    ) -> JsonObject | None:
        """Return the entry of what a name means; None: it may not be asked."""
        targets = [one for one in self._targets([meant]) if why_not(self._config, one) is None]
        if not targets:
            return None
        known = [served.get((one.provider, one.model)) for one in targets]
        able: list[Abilities] = [abilities_of(*both) for both in zip(targets, known, strict=True)]
        means = self._aliases.means(name)
        shown = name if means is None else f"{name} ({means})"
        if isinstance(meant, str):
            made: JsonObject = {"owned_by": OURS, "able": common(able), "retired": None}
            return row(name, shown=shown, created=self._began, **made)
        created = created_of(meant, known[0])
        return row(
            name,
            shown=shown,
            # Clients demand a day: of what nobody knows it is that on which it was served here.
            created=self._began if created is None else created,
            owned_by=owner_of(meant, known[0]),
            retired=retired_of(meant),
            able=able[0],
        ) | pricing_of(meant, *self._prices)
