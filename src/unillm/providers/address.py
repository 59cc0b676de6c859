"""Where a provider is: its address, whether that is its own, and what stands in it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from unicodedata import normalize
from urllib.parse import quote, unquote, urlsplit

from unillm.errors import InvalidRequestError
from unillm.types.origin import origin_of
from unillm.types.profile import Profile

_LOCAL = "localhost"
"""Where servers of one's own are: there the port tells which it is."""
MODEL = "{model}"
"""What stands in an address for the model asked."""
_API_VERSION = "{api_version}"
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
"""What a host is called, in small letters. With other signs in it, one library may take for the
host what another takes for a part of it."""
_STOPS = {0x3002: ".", 0xFF0E: ".", 0xFF61: "."}
"""What stands for a full stop in a host's name (RFC 3490, 3.1)."""
_NO_URL = re.compile(r"[\s\\\x00-\x1f\x7f]")
"""What no URL has. Some libraries leave it out, and some take a backslash for a slash."""
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?")


def is_at(base_url: str, home: str | None) -> bool:
    """Tell whether two URLs lead to the same host, where one's key may go to the other."""
    if home is None:
        return False
    return origin_of(base_url) == origin_of(home)


def is_home(base_url: str, profile: Profile) -> bool:
    """Tell whether a URL leads to a host that is known to be the provider's own."""
    if is_at(base_url, profile.base_url):
        return True
    parts = urlsplit(base_url)
    name = parts.hostname or ""
    usual = parts.scheme == "https" and parts.port in {None, 443}
    return usual and any(
        name.endswith(end) and _NAME.fullmatch(name.removesuffix(end)) for end in profile.hosts
    )


def is_below(base_url: str, profile: Profile) -> bool:
    """Tell whether a URL leads to a provider's own host, or to one named below it.

    Other than for keys, scheme and port do not matter: whoever is denied is so at all of them.
    """
    host = None if profile.base_url is None else _host(profile.base_url)
    if host == _LOCAL:
        return is_at(base_url, profile.base_url)
    name = _resolved(_host(base_url))
    return any(name.endswith(end) for end in (host and f".{host}", *profile.hosts) if end)


@lru_cache(maxsize=256)
def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


@lru_cache(maxsize=256)
def _resolved(host: str) -> str:
    """Return a host as a resolver has it, behind a dot.

    Wide letters and the full stops of other scripts are letters and dots.
    """
    named = normalize("NFKC", host).translate(_STOPS)
    return f".{unquote(named).lower().rstrip('.')}"


def completed(
    base_url: str, profile: Profile, api_version: str | None, told: str = "api_version"
) -> str:
    """Return an address with the path that belongs behind it.

    Args:
        base_url: The address.
        profile: The dialect of whom is there.
        api_version: The version of its API, if it has several.
        told: What says so.

    Raises:
        InvalidRequestError: There is no such version of the API.
    """
    address, mark, query = base_url.partition("?")
    bare = not urlsplit(address).path.strip("/")
    if api_version is None:
        return f"{address.rstrip('/')}{profile.base_path}{mark}{query}" if bare else base_url
    template = profile.deployment_url
    if template is None:
        raise InvalidRequestError(
            f"{profile.name} has no versions of its API: leave out api_version={api_version!r}"
        )
    if not _DATED.fullmatch(api_version):
        raise InvalidRequestError(
            f"{told} must be a day such as '2024-10-21', not {api_version!r}. "
            f"Without it {profile.name} is asked at {profile.base_path}, which needs none."
        )
    if not bare:
        raise InvalidRequestError(
            f"api_version={api_version!r} needs the address of the resource as base_url, without "
            f"a path, not {shown(base_url)!r}. For {profile.base_path} leave out api_version."
        )
    path = template.replace(_API_VERSION, api_version)
    return f"{address.rstrip('/')}{path}{f'&{query}' if query else ''}"


def filled(base_url: str, model: str) -> str:
    """Return an address with the model asked put into it.

    Raises:
        InvalidRequestError: The model would change where the address leads.
    """
    if MODEL not in base_url:
        return base_url
    try:
        quoted = quote(model, safe="") if model.strip(".") else ""
    except UnicodeEncodeError:
        quoted = ""
    if not quoted:
        raise InvalidRequestError(f"{model!r} cannot be the name of a deployment")
    return base_url.replace(MODEL, quoted)


def shown(url: Any) -> str:
    """Return a URL without credentials and query."""
    address = str(url).partition("?")[0]
    scheme, slashes, rest = address.rpartition("//")
    return f"{scheme}{slashes}{rest.rpartition('@')[2]}"


def require_http(base_url: str, what: str) -> None:
    """Refuse what is no address of a server, or holds what is nobody's to read.

    Raises:
        InvalidRequestError: It is such a one.
    """
    message = f"{what} must be an http:// or https:// URL, not {shown(base_url)!r}"
    try:
        parts = urlsplit(base_url)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except (ValueError, TypeError, AttributeError):
        raise InvalidRequestError(message) from None
    if not valid or _NO_URL.search(base_url):
        raise InvalidRequestError(message)
    if "@" in parts.netloc:
        raise InvalidRequestError(f"{what} holds credentials; pass them as api_key")
    if parts.fragment:
        raise InvalidRequestError(f"{what} has a fragment, which no server is sent: leave out '#…'")
    for tail in ("/chat/completions", "/responses"):
        if parts.path.rstrip("/").endswith(tail):
            raise InvalidRequestError(f"{what} ends in {tail}, which is added to it: leave it out")
    if "{" in parts.netloc:
        raise InvalidRequestError(f"{what} may have {MODEL} in its path, not in its host")
