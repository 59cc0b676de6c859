"""Which proxy the environment names for a URL, read as httpx reads it."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Self
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies

from unillm.types.dataclass import dataclass

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A host, or all of a domain, that is asked without a proxy."""

    scheme: str
    host: str
    port: int | None
    with_domain: bool

    @classmethod
    def read(cls, entry: str) -> Self:
        """Read one entry of ``NO_PROXY``."""
        host = entry.partition("/")[0]
        if "://" in entry:
            parts = urlsplit(entry)
        elif _is_address(host):
            parts = urlsplit(f"all://[{host}]" if ":" in host else f"all://{host}")
        elif entry.lower() == "localhost":
            parts = urlsplit("all://localhost")
        else:
            parts = urlsplit(f"all://*{entry}")
        scheme = "" if parts.scheme == "all" else parts.scheme
        name = parts.hostname or ""
        port = parts.port if parts.port != _DEFAULT_PORTS.get(scheme) else None
        return cls(scheme, name.removeprefix("*"), port, name.startswith("*"))

    def matches(self, url: SplitResult, port: int | None) -> bool:
        """Tell whether a URL is asked without a proxy because of this entry."""
        host = url.hostname or ""
        if (self.scheme and self.scheme != url.scheme) or self.port not in {None, port}:
            return False
        if not self.with_domain:
            return not self.host or host == self.host
        if self.host.startswith("."):
            return host.endswith(self.host) and host != self.host
        return host == self.host or host.endswith(f".{self.host}")


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies of the environment, and what is asked without one."""

    by_scheme: dict[str, str]
    direct: tuple[_Pattern, ...]

    @classmethod
    def of_environment(cls) -> Self:
        """Read ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``."""
        named = getproxies()
        hosts = [host.strip() for host in named.get("no", "").split(",")]
        if "*" in hosts:
            return cls({}, ())
        proxies = {
            scheme: named[scheme] for scheme in ("http", "https", "all") if named.get(scheme)
        }
        return cls(
            {name: url if "://" in url else f"http://{url}" for name, url in proxies.items()},
            tuple(_Pattern.read(host) for host in hosts if host),
        )

    def to(self, url: str) -> str | None:
        """Return the proxy to a URL, or None.

        Raises:
            ValueError: It is of a kind that is not HTTP's.
        """
        if not self.by_scheme:
            return None
        parts = urlsplit(url)
        port = parts.port if parts.port != _DEFAULT_PORTS.get(parts.scheme) else None
        if any(pattern.matches(parts, port) for pattern in self.direct):
            return None
        proxy = self.by_scheme.get(parts.scheme) or self.by_scheme.get("all")
        if proxy is not None and not proxy.startswith(("http://", "https://")):
            kind = proxy.partition("://")[0]
            raise ValueError(
                f"aiohttp has no proxies of the kind {kind}: leave out transport='aiohttp'"
            )
        return proxy


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
