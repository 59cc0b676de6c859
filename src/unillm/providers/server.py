"""The providers a client may use: as the caller gives them, and as they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, field, replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from unillm.errors import InvalidRequestError
from unillm.providers import generic
from unillm.providers.address import completed, is_at, is_below, is_home, require_http, shown
from unillm.providers.places import place_of
from unillm.providers.registry import PROFILES, names, profile_named
from unillm.types.dataclass import dataclass
from unillm.types.facts import Api, Fact
from unillm.types.json import is_iterable, is_mapping
from unillm.types.place import UNKNOWN, Place
from unillm.types.profile import Profile
from unillm.types.target import ApiKey, Target


@dataclass(frozen=True, slots=True, repr=False)
class Provider:
    """One provider a client may use.

    Attributes:
        name: A known name (`unillm.providers.names`), or one of your own with a ``base_url``.
        base_url: Where its API lives, if not at the known address. ``{model}`` in its path
            becomes the model asked.
        api_key: The key, or a function that returns a token. Without it the key is read from the
            environment, unless ``base_url`` leads to another host than the key belongs to.
        api_key_env: The variable of the environment that has the key, in place of the usual one. It
            is sent wherever ``base_url`` leads: you say so here.
        profile: How it speaks: the name of a known provider, or a `Profile` of your own.
        api: The only interface to use: ``chat`` (Chat Completions) or ``responses``. Without it,
            the one that the model and the request need.
        api_version: The version of an API that has several, as Azure's classic one has
            (``2024-10-21``): each model is then asked at the address of its deployment.
        jurisdiction: The country whose law it is under (ISO 3166-1 alpha-2, ``DE``). This and
            what follows is declared by you: at a ``base_url`` of your own nothing is known, and
            a constraint excludes what is not known.
        self_hosted: Whether it is a server of your own.
        no_training: Whether nothing that is sent to it is used to train models.
        retention_days: How long it keeps what it is sent, in days; 0: it does not.
        prices: The provider whose prices hold for it, where its own name is not in the price book:
            ``openai`` for a proxy that OpenAI bills, or for a deployment at Azure. Without it, who
            bills is who is named, whatever the ``base_url``.
        max_concurrency: How many calls to it may be under way at once, whatever the model, so that
            a slow provider cannot take all places; None: any number. It lifts what the provider is
            known to take of a model, if it is more.
    """

    name: str
    _: KW_ONLY
    base_url: str | None = None
    api_key: ApiKey | None = field(default=None, repr=False)
    api_key_env: str | None = None
    profile: str | Profile | None = None
    api: Api | None = None
    api_version: str | None = None
    jurisdiction: str | None = None
    self_hosted: bool | None = None
    no_training: bool | None = None
    retention_days: int | None = None
    prices: str | None = None
    max_concurrency: int | None = None

    def __repr__(self) -> str:
        """Show name and address, without anything that may be a key."""
        address = f", base_url={shown(self.base_url)!r}" if self.base_url else ""
        return f"Provider({self.name!r}{address})"


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
    versioned: bool = False
    place: Place = field(default=UNKNOWN, repr=False)
    host: str | None = None
    forwards: Fact | None = field(default=None, repr=False)
    prices: str | None = None
    max_concurrency: int | None = None


class Servers(dict[str, Server]):
    """The providers of a client, by name, and the targets that names of models were found to mean.

    Attributes:
        found: The targets, by what they were asked by; cleared when there are many.
    """

    __slots__ = ("found",)

    def __init__(self, servers: Mapping[str, Server]) -> None:
        """Keep the servers; nothing was found yet."""
        super().__init__(servers)
        self.found: dict[object, Target] = {}


def servers_from(providers: Iterable[Provider | str] | None, environ: Mapping[str, str]) -> Servers:
    """Return the providers a client may use, by name.

    Args:
        providers: What the caller configured; None: every known one, with keys from ``environ``.
        environ: The process environment.

    Raises:
        InvalidRequestError: One is not usable as configured.
    """
    if providers is None:
        return Servers({name: _server_if_usable(name, environ) for name in names()})
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
    return Servers(servers)


def _not_a_mapping(given: Mapping[str, Any]) -> str:
    name = next(iter(given), "openai")
    example = f"providers=[unillm.Provider({name!r}, api_key=…)]"
    return f"providers must be a list, not a {type(given).__name__}: write {example}"


def _server_if_usable(name: str, environ: Mapping[str, str]) -> Server:
    """Return a provider nobody asked for yet: what is wrong with it is said when one does."""
    profile = PROFILES[name]
    places = (profile.base_url_env, _usual_variable(profile), profile.api_version_env)
    told = tuple((one, environ[one]) for one in places if one and one in environ)
    key = environ.get(profile.api_key_env or "", "").strip()
    server = _usual_server(name, told, keyed=bool(key))
    return server if server.api_key is None else replace(server, api_key=key)


@lru_cache(maxsize=64)
def _usual_server(name: str, told: tuple[tuple[str, str], ...], *, keyed: bool) -> Server:
    """Return a known provider at the place that variables tell, as it stands with or without a key.

    What stands for the key is not the key itself, which is nothing that a cache should hold.
    """
    environ = dict(told)
    if keyed:
        environ[PROFILES[name].api_key_env or ""] = "key"
    try:
        return _server(Provider(name), environ)
    except InvalidRequestError as error:
        return Server(name, "", None, PROFILES[name], unusable=error.message)


def _server(provider: Provider, environ: Mapping[str, str]) -> Server:
    profile = _profile_of(provider)
    known = PROFILES.get(provider.name)
    own = known or Profile(name=provider.name)
    variable, told = _address_in(own, environ) if known else ("", None)
    given = provider.base_url or told or own.base_url
    if given is None:
        raise InvalidRequestError(_no_address(provider.name, known))
    require_http(
        given, f"the base_url of provider {provider.name!r}" if provider.base_url else variable
    )
    version = _version(provider, profile, given, environ)
    told_by = "api_version" if provider.api_version is not None else profile.api_version_env
    base_url = completed(given, profile, version, told_by or "api_version")
    key = _key(provider, environ)
    if key is None and own.api_key_env and not provider.api_key_env:
        if told is not None:
            require_http(told, variable)
        if _key_belongs(base_url, told, own):
            key = environ.get(own.api_key_env, "").strip() or None
    host = _host(base_url, profile)
    declared = {name: getattr(provider, name) for name in _DECLARED}
    return Server(
        name=provider.name,
        base_url=base_url,
        api_key=key or None,
        profile=profile,
        # The addresses of deployments have Chat Completions alone.
        api=provider.api if version is None else "chat",
        missing_key=None if key else _missing_key(provider, profile, base_url),
        versioned=version is not None,
        place=place_of(profile.place if is_home(base_url, profile) else None, declared),
        host=host,
        forwards=_forwards(profile, host),
        prices=_prices(provider),
        max_concurrency=_max_concurrency(provider),
    )


def _host(base_url: str, profile: Profile) -> str | None:
    """Return the name of the provider whose own host an address leads to, if one's it is."""
    return profile.name if is_below(base_url, profile) else _known_host(base_url)


@lru_cache(maxsize=256)
def _known_host(base_url: str) -> str | None:
    return next((one.name for one in PROFILES.values() if is_below(base_url, one)), None)


def _forwards(profile: Profile, host: str | None) -> Fact | None:
    """Return who says that a server sends on to others: of its dialect, or of its host."""
    there = profile if profile.forwards else PROFILES.get(host or "", profile)
    return there.facts.get("forwards") if there.forwards else None


def _prices(provider: Provider) -> str | None:
    name: Any = provider.prices
    if name is not None and not (isinstance(name, str) and name):
        raise InvalidRequestError(
            f"the prices of provider {provider.name!r} must be the name of the provider whose "
            f"prices hold for it, such as 'openai', not {name!r}; prices of your own go into the "
            "prices= of the client"
        )
    return provider.prices


def _max_concurrency(provider: Provider) -> int | None:
    most: Any = provider.max_concurrency
    if most is not None and (type(most) is not int or most < 1):
        raise InvalidRequestError(
            f"the max_concurrency of provider {provider.name!r} must be a whole number from 1, or "
            f"None, not {most!r}"
        )
    return provider.max_concurrency


def _key(provider: Provider, environ: Mapping[str, str]) -> ApiKey | None:
    key: Any = provider.api_key
    if not (key is None or isinstance(key, str) or callable(key)):
        what = f"the api_key of provider {provider.name!r} must be a string or a function that"
        raise InvalidRequestError(f"{what} returns one, not {type(key).__name__}")
    variable: Any = provider.api_key_env
    if variable is None:
        return provider.api_key
    if key is not None:
        raise InvalidRequestError(
            f"provider {provider.name!r} has an api_key and an api_key_env: leave out one"
        )
    if not isinstance(variable, str) or not _VARIABLE.fullmatch(variable):
        # Not shown: who writes the key itself here should not find it in a log.
        raise InvalidRequestError(
            f"the api_key_env of provider {provider.name!r} must be the name of a variable of the "
            "environment, such as 'DEEPSEEK_API_KEY', not the key itself"
        )
    return environ.get(variable, "").strip() or None


_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DECLARED = ("jurisdiction", "self_hosted", "no_training", "retention_days")


def _address_in(profile: Profile, environ: Mapping[str, str]) -> tuple[str, str | None]:
    """Return the variable that says where a known provider is, and what it says."""
    usual = _usual_variable(profile)
    for variable in (profile.base_url_env, usual):
        if variable and environ.get(variable, "").strip():
            return variable, environ[variable].strip()
    return profile.base_url_env or usual, None


def _usual_variable(profile: Profile) -> str:
    return f"{profile.name.upper().replace('-', '_')}_BASE_URL"


def _key_belongs(base_url: str, told: str | None, profile: Profile) -> bool:
    """Tell whether the key of the environment is for the host of an address."""
    return is_at(base_url, told) if told else is_home(base_url, profile)


def _no_address(name: str, profile: Profile | None) -> str:
    if profile is None:
        known = ", ".join(names())
        return f"provider {name!r} is not known: give it a base_url. Known providers: {known}"
    return (
        f"each customer of {name} has an address of its own: set {_address_in(profile, {})[0]}, "
        f"or pass providers=[unillm.Provider({name!r}, base_url=…)]"
    )


def _version(
    provider: Provider, profile: Profile, base_url: str, environ: Mapping[str, str]
) -> str | None:
    """Return the version of the API that is asked, if it is one that has versions."""
    version: Any = provider.api_version
    if version is None and profile.api_version_env and not urlsplit(base_url).path.strip("/"):
        version = environ.get(profile.api_version_env, "").strip() or None
    if version is not None and not isinstance(version, str):
        raise InvalidRequestError(f"api_version must be a string, not {version!r}")
    if version is not None and provider.api == "responses":
        raise InvalidRequestError(
            f"{provider.name} has the Responses API without a version alone: "
            f"leave out api_version={version!r}, or api='responses'"
        )
    return version


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


def _missing_key(provider: Provider, profile: Profile, base_url: str) -> str | None:
    if provider.api_key_env:
        return f"no API key for {provider.name}: set {provider.api_key_env}"
    if not profile.key_required or not is_home(base_url, profile):
        return None
    return (
        f"no API key for {profile.name}: set {profile.api_key_env}, "
        f"or pass providers=[unillm.Provider({profile.name!r}, api_key=…)]"
    )
