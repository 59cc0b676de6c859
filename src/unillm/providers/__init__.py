"""The providers unillm knows, one file each."""

from unillm.providers.registry import names, profile_named
from unillm.providers.resolve import resolve
from unillm.providers.server import Provider, Server, servers_from
from unillm.providers.standing import WARNED

__all__ = ["WARNED", "Provider", "Server", "names", "profile_named", "resolve", "servers_from"]
