"""Finding whom a model name means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import date
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from unillm.catalog.lookup import close_to, find, vendor_of
from unillm.errors import AuthenticationError, InvalidRequestError
from unillm.providers import deepseek, generic, llamacpp, openai, sglang, vllm
from unillm.providers.standing import standing
from unillm.types.facts import Api
from unillm.types.json import is_iterable, is_mapping
from unillm.types.origin import origin_of
from unillm.types.profile import Profile
from unillm.types.target import ApiKey, Target

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {module.PROFILE.name: module.PROFILE for module in (deepseek, llamacpp, openai, sglang, vllm)}
)
"""Every known provider's profile by name."""


@dataclass(frozen=True, slots=True, repr=False)
class Provider:
    """One provider a client may use.

    Attributes:
        name: A known name (`unillm.providers.names`), or one of your own with a ``base_url``.
        base_url: Where its API lives, if not at the known address.
        api_key: The key, or a function that returns one. Without it the key is read from the
            environment, unless ``base_url`` leads to another host than the key belongs to.
        profile: How it speaks: the name of a known provider, or a `Profile` of your own.
        api: The only interface to use: ``chat`` (Chat Completions) or ``responses``. Without it,
            the one that the model and the request need.
    """

    name: str
    _: KW_ONLY
    base_url: str | None = None
    api_key: ApiKey | None = field(default=None, repr=False)
    profile: str | Profile | None = None
    api: Api | None = None

    def __repr__(self) -> str:
        """Show name and address, without anything that may be a key."""
        place = f", base_url={_shown(self.base_url)!r}" if self.base_url else ""
        return f"Provider({self.name!r}{place})"


@dataclass(frozen=True, slots=True)
class Server:
    """A provider as it stands: address, key and dialect known, or what is missing or wrong."""

    name: str
    base_url: str
    api_key: ApiKey | None = field(repr=False)
    profile: Profile = field(repr=False)
    api: Api | None = None
    missing_key: str | None = None
    unusable: str | None = None


def names() -> tuple[str, ...]:
    """Return the names of the providers unillm knows."""
    return tuple(sorted(PROFILES))


def profile_named(name: str) -> Profile:
    """Return a known provider's profile.

    Raises:
        InvalidRequestError: There is no such provider.
    """
    if name == generic.PROFILE.name:
        return generic.PROFILE
    if name not in PROFILES:
        raise InvalidRequestError(f"no profile is named {name!r}; known are {', '.join(names())}")
    return PROFILES[name]


def servers_from(
    providers: Iterable[Provider | str] | None, environ: Mapping[str, str]
) -> dict[str, Server]:
    """Return the providers a client may use, by name.

    Args:
        providers: What the caller configured; None: every known one, with keys from ``environ``.
        environ: The process environment.

    Raises:
        InvalidRequestError: One is not usable as configured.
    """
    if providers is None:
        return {name: _server_if_usable(name, environ) for name in names()}
    if isinstance(providers, str | Provider):
        providers = (providers,)
    if is_mapping(providers):
        raise InvalidRequestError(_not_a_mapping(providers))
    if not is_iterable(providers):
        raise InvalidRequestError("providers must be a list of Provider objects or names")
    servers: dict[str, Server] = {}
    for given in providers:
        provider: Any = Provider(given) if isinstance(given, str) else given
        if not isinstance(provider, Provider):
            kind = type(provider).__name__
            raise InvalidRequestError(f"providers must be Provider objects or names, not {kind}")
        _profile_of(provider)  # its name is looked at there
        if provider.name in servers:
            raise InvalidRequestError(f"two providers are named {provider.name!r}; rename one")
        servers[provider.name] = _server(provider, environ)
    return servers


def _not_a_mapping(given: Mapping[str, Any]) -> str:
    name = next(iter(given), "openai")
    example = f"providers=[unillm.Provider({name!r}, api_key=…)]"
    return f"providers must be a list, not a {type(given).__name__}: write {example}"


def resolve(
    model: str | None, servers: Mapping[str, Server], *, today: date, keyed: bool = True
) -> Target:
    """Return the target a model name means: ``provider:model``, or a bare id.

    A bare id means the provider that serves it itself, or the only provider there is.

    Args:
        model: The name.
        servers: The providers it may be at.
        today: The day, in UTC: models are switched off.
        keyed: Whether a key must be at hand, where one is needed.

    Raises:
        InvalidRequestError: No provider, or more than one, could be meant.
        AuthenticationError: The provider needs a key and none was given.
    """
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
        raise InvalidRequestError(f"{model!r} names a provider, but no model")
    if server.unusable:
        raise InvalidRequestError(server.unusable, provider=server.name, model=name)
    if server.missing_key and keyed:
        raise AuthenticationError(server.missing_key, provider=server.name, model=name)
    info = find(name)
    return Target(
        provider=server.name,
        model=name,
        base_url=server.base_url,
        api_key=server.api_key,
        profile=server.profile,
        info=info,
        api=server.api,
        notes=standing(name, server.profile, info, today),
    )


def _split(model: str, servers: Mapping[str, Server]) -> tuple[Server, str]:
    left, colon, right = model.partition(":")
    if colon and not left:
        whole = f"{vendor_of(right) or 'provider'}:{right}"
        raise InvalidRequestError(f"{model!r} names no provider before the colon: write {whole!r}")
    if colon and left in servers:
        return servers[left], right
    if colon and left in PROFILES:
        raise InvalidRequestError(
            f"provider {left!r} is not among this client's providers: {_listed(servers)}"
        )
    vendor = vendor_of(model)
    at_home = [servers[vendor]] if vendor and vendor in servers else []
    usable = at_home or list(servers.values())
    if len(usable) == 1:
        _require_served(model, vendor, usable[0])
        return usable[0], model
    first, separator, rest = (left, colon, right) if colon else model.partition("/")
    close = get_close_matches(first.lower(), servers, n=1, cutoff=0.75) if separator else []
    hint = f" Did you mean '{close[0]}:{rest}'?" if close else _alike(model, servers)
    info = find(model)
    if info is not None and info.apis and info.vendor in servers:
        own = rest if vendor_of(rest) else info.id
        hint = f" Did you mean '{info.vendor}:{own}'?"
    elif colon and not close:
        hint = f" Another server is unillm.Provider({first!r}, base_url=…)."
    raise InvalidRequestError(
        f"{model!r} could be at any provider; write 'provider:model'. "
        f"Providers: {_listed(servers)}.{hint}"
    )


def _require_served(model: str, vendor: str | None, server: Server) -> None:
    """Refuse to ask one vendor's own API for the model of another, unless that is written out."""
    profile = server.profile
    its_own = profile.assumed is not None and _is_home(server.base_url, profile.base_url)
    if vendor is None or vendor == profile.name or not its_own:
        return
    raise InvalidRequestError(
        f"{model} is a model of {vendor}, and the only provider is {server.name!r}: add "
        f"unillm.Provider({vendor!r}) to providers, or write '{server.name}:{model}'"
    )


def _alike(model: str, servers: Mapping[str, Server]) -> str:
    known = [name for name in close_to(model) if vendor_of(name) in servers]
    return f" Did you mean {' or '.join(known)}?" if known else ""


def _listed(servers: Mapping[str, Server]) -> str:
    return ", ".join(servers) or "none"


def _server_if_usable(name: str, environ: Mapping[str, str]) -> Server:
    """Return a provider nobody asked for yet: what is wrong with it is said when one does."""
    try:
        return _server(Provider(name), environ)
    except InvalidRequestError as error:
        return Server(name, "", None, PROFILES[name], unusable=error.message)


def _server(provider: Provider, environ: Mapping[str, str]) -> Server:
    profile = _profile_of(provider)
    prefix = provider.name.upper().replace("-", "_")
    known = provider.name in PROFILES
    home = PROFILES[provider.name].base_url if known else None
    variable = f"{prefix}_BASE_URL"
    home = (environ.get(variable) if known else None) or home
    base_url = provider.base_url or home
    if base_url is None:
        raise InvalidRequestError(
            f"provider {provider.name!r} is not known: give it a base_url. "
            f"Known providers: {', '.join(names())}"
        )
    _require_http(
        base_url, f"the base_url of provider {provider.name!r}" if provider.base_url else variable
    )
    key = provider.api_key
    key_name = PROFILES[provider.name].api_key_env if known else None
    if key is None and key_name and _is_home(base_url, home):
        key = environ.get(key_name, "").strip() or None
    return Server(
        name=provider.name,
        base_url=base_url,
        api_key=key or None,
        profile=profile,
        api=provider.api,
        missing_key=None if key else _missing_key(profile, base_url),
    )


def _profile_of(provider: Provider) -> Profile:
    name: Any = provider.name
    if not (isinstance(name, str) and name and ":" not in name):
        raise InvalidRequestError(f"a provider's name is a word without ':', not {name!r}")
    api: Any = provider.api
    if api not in {None, "chat", "responses"}:
        raise InvalidRequestError(f"api must be 'chat' or 'responses', not {api!r}")
    if isinstance(provider.profile, Profile):
        return provider.profile
    named: Any = provider.profile
    if named is not None and not isinstance(named, str):
        raise InvalidRequestError(f"profile must be a Profile or the name of one, not {named!r}")
    if named is not None:
        return profile_named(named)
    return PROFILES.get(provider.name, generic.PROFILE)


def _missing_key(profile: Profile, base_url: str) -> str | None:
    if not profile.key_required or not _is_home(base_url, profile.base_url):
        return None
    return (
        f"no API key for {profile.name}: set {profile.api_key_env}, "
        f"or pass providers=[unillm.Provider({profile.name!r}, api_key=…)]"
    )


def _is_home(base_url: str, home: str | None) -> bool:
    """Tell whether two URLs lead to the same host, where one's key may go to the other."""
    if home is None:
        return False
    return origin_of(base_url) == origin_of(home)


def _shown(url: Any) -> str:
    """Return a URL without credentials and query."""
    address = str(url).partition("?")[0]
    scheme, slashes, rest = address.rpartition("//")
    return f"{scheme}{slashes}{rest.rpartition('@')[2]}"


def _require_http(base_url: str, what: str) -> None:
    message = f"{what} must be an http:// or https:// URL, not {_shown(base_url)!r}"
    try:
        parts = urlsplit(base_url)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except (ValueError, TypeError, AttributeError):
        raise InvalidRequestError(message) from None
    if not valid:
        raise InvalidRequestError(message)
    if "@" in parts.netloc:
        raise InvalidRequestError(f"{what} holds credentials; pass them as api_key")
