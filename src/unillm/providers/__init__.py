"""The providers unillm knows, one file each."""

from unillm.providers.registry import (
    Provider,
    Server,
    names,
    profile_named,
    resolve,
    servers_from,
)

__all__ = ["Provider", "Server", "names", "profile_named", "resolve", "servers_from"]
