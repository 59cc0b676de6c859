"""Finding whom a model name means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from typing import Any

from unillm.catalog.lookup import close_to, find, vendor_of
from unillm.errors import AuthenticationError, InvalidRequestError, UnknownModelError
from unillm.providers.address import filled, is_home
from unillm.providers.registry import PROFILES
from unillm.providers.server import Server, Servers
from unillm.providers.standing import standing
from unillm.types.edits import Note
from unillm.types.model import ModelInfo
from unillm.types.profile import Profile
from unillm.types.target import Target

_SLIP = 0.82
"""How alike a name is to a provider's, by `difflib`, if it is a slip: ``openia`` is, and
``codellama`` is no slip of ``ollama``."""
_MOST = 256
"""Targets that are remembered of the servers of a client."""


def resolve(
    model: str | None, servers: Mapping[str, Server], *, today: date, keyed: bool = True
) -> Target:
    """Return the target a model name means: ``provider:model``, or a bare id.

    A bare id means the provider that serves it itself, or the only provider there is. What a name
    means is found once a day, and remembered with the servers of a client.

    Args:
        model: The name.
        servers: The providers it may be at.
        today: The day, in UTC: models are switched off.
        keyed: Whether a key must be at hand, where one is needed.

    Raises:
        UnknownModelError: No provider, or more than one, could be meant.
        InvalidRequestError: No model is named, or its provider cannot be asked as it is configured.
        AuthenticationError: The provider needs a key and none was given.
    """
    found = servers.found if isinstance(servers, Servers) and isinstance(model, str) else None
    if found is None:
        return _resolved(model, servers, today=today, keyed=keyed)
    asked = (model, today, keyed)
    target = found.get(asked)
    if target is None:
        target = _resolved(model, servers, today=today, keyed=keyed)
        if len(found) >= _MOST:
            found.clear()
        found[asked] = target
    return target


def _resolved(
    model: str | None, servers: Mapping[str, Server], *, today: date, keyed: bool
) -> Target:
    given: Any = model
    if given is not None and not isinstance(given, str):
        kind = type(given).__name__
        raise InvalidRequestError(f"model must be a string such as 'openai:gpt-5.5', not {kind}")
    if not model:
        raise InvalidRequestError(
            "no model: pass model='provider:model', for example 'deepseek:deepseek-v4-pro', "
            "or give the client a default one"
        )
    server, name = _split(model, servers)
    if not name:
        raise UnknownModelError(f"{model!r} names a provider, but no model")
    _require_usable(server, name, keyed=keyed)
    profile = server.profile
    stem, info = _known(name, profile)
    served = _served(stem, info, profile)
    asked, notes = f"{served}{name[len(stem) :]}", standing(name, profile, info, today)
    if served != stem:
        notes = (*notes, Note("host_id", f"{server.name} serves {name} as {asked}"))
    return Target(
        provider=server.name,
        model=asked,
        base_url=filled(server.base_url, asked),
        api_key=server.api_key,
        profile=profile,
        info=info,
        api=server.api,
        versioned=server.versioned,
        place=server.place,
        host=server.host,
        forwards=server.forwards,
        prices=server.prices,
        max_concurrency=server.max_concurrency,
        notes=notes,
    )


def _require_usable(server: Server, name: str, *, keyed: bool) -> None:
    if server.unusable:
        raise InvalidRequestError(server.unusable, provider=server.name, model=name)
    if server.missing_key and keyed:
        raise AuthenticationError(server.missing_key, provider=server.name, model=name)


def _known(name: str, profile: Profile) -> tuple[str, ModelInfo | None]:
    """Return a name without a word on how it is to be served, and what is known of the model."""
    info = find(name)
    stem, colon, _ = name.rpartition(":")
    if info is None and colon and stem and profile.suffixes:
        return stem, find(stem)
    return name, info


def _served(name: str, info: ModelInfo | None, profile: Profile) -> str:
    """Return the id by which a host serves a model of the catalog; another name as it is."""
    if info is None or name in profile.ids.values():
        return name
    meant = name.lower() in {one.lower() for one in (info.id, *info.aliases)}
    return profile.ids.get(info.id, name) if meant else name


def _split(model: str, servers: Mapping[str, Server]) -> tuple[Server, str]:
    left, colon, right = model.partition(":")
    if colon and not left:
        home = vendor_of(right)
        whole = f"{home or 'provider'}:{right}"
        raise UnknownModelError(
            f"{model!r} names no provider before the colon: write {whole!r}",
            near=[whole] if home in servers else [],
        )
    if colon and left in servers:
        return servers[left], right
    if colon and left in PROFILES:
        raise UnknownModelError(
            f"provider {left!r} is not among this client's providers: {_listed(servers)}. "
            f"Add unillm.Provider({left!r}) to them."
        )
    vendor = vendor_of(model)
    at_home = [servers[vendor]] if vendor and vendor in servers else []
    usable = at_home or list(servers.values())
    if len(usable) != 1:
        raise _of_nobody(model, servers)
    if colon:
        _require_no_slip(model, servers)
    _require_served(model, vendor, usable[0])
    return usable[0], model


def _of_nobody(model: str, servers: Mapping[str, Server]) -> UnknownModelError:
    """Return what is raised of a name that could be at any provider."""
    left, colon, right = model.partition(":")
    first, separator, rest = (left, colon, right) if colon else model.partition("/")
    close = get_close_matches(first.lower(), servers, n=1, cutoff=0.75) if separator else []
    info = find(model)
    if info is not None and info.apis and info.vendor in servers:
        own = rest if vendor_of(rest) else info.id
        near, hint = [f"{info.vendor}:{own}"], ""
    elif close:
        near, hint = [f"{close[0]}:{rest}"], ""
    else:
        near, hint = _alike(model, servers), ""
        if not near and info is not None:
            near = [f"{name}:{info.id}" for name in _hosts_of(info.id, servers)]
        if colon and not near:
            hint = f" Another server is unillm.Provider({first!r}, base_url=…)."
    return UnknownModelError(
        f"{model!r} could be at any provider; write 'provider:model'. "
        f"Providers: {_listed(servers)}.{_meant(near)}{hint}",
        near=near,
    )


def _require_no_slip(model: str, servers: Mapping[str, Server]) -> None:
    """Refuse to send as an id what is a slip in the name of a provider.

    Ids have colons too (``qwen3:8b``, ``deepseek-r1:7b``): a version behind a provider's name, or
    its end, is no slip of it.
    """
    left, _, right = model.partition(":")
    lowered = left.lower()
    named = {name.lower(): name for name in (*PROFILES, *servers)}
    close = get_close_matches(lowered, named, n=1, cutoff=_SLIP)
    if not close or _is_apart(lowered, close[0]):
        return
    name = named[close[0]]
    near = [f"{name}:{right}"] if name in servers else []
    alone = next(iter(servers))
    raise UnknownModelError(
        f"{left!r} in {model!r} is no provider: {_listed(servers)}.{_meant(near)} If it is the id "
        f"of a model, write '{alone}:{model}'.",
        near=near,
    )


def _is_apart(name: str, provider: str) -> bool:
    """Tell whether a name is like a provider's and all the same another."""
    digits = {one for one in name if one.isdigit()} - set(provider)
    more = name.removeprefix(provider)
    is_version = more != name and not more[:1].isalpha() and more != ""
    return bool(digits) or is_version or (provider != name and provider.endswith(name))


def _hosts_of(model: str, servers: Mapping[str, Server]) -> list[str]:
    """Return the servers that are known to serve a model of the catalog."""
    return [name for name, server in servers.items() if model in server.profile.ids]


def _require_served(model: str, vendor: str | None, server: Server) -> None:
    """Refuse to ask one vendor's own API for the model of another, unless that is written out."""
    profile = server.profile
    its_own = profile.assumed is not None and is_home(server.base_url, profile)
    if vendor is None or vendor == profile.name or not its_own:
        return
    raise UnknownModelError(
        f"{model} is a model of {vendor}, and the only provider is {server.name!r}: add "
        f"unillm.Provider({vendor!r}) to providers, or write '{server.name}:{model}'"
    )


def _alike(model: str, servers: Mapping[str, Server]) -> list[str]:
    return [name for name in close_to(model) if vendor_of(name) in servers]


def _meant(near: Sequence[str]) -> str:
    return f" Did you mean {' or '.join(map(repr, near))}?" if near else ""


def _listed(servers: Mapping[str, Server]) -> str:
    return ", ".join(servers) or "none"
