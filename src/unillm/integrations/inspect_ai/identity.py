"""What inspect_ai's cache tells models apart by, where they have no address of their own."""

from __future__ import annotations

from uuid import uuid4

from unillm import AsyncClient
from unillm._client.fingerprint import fingerprint, fingerprint_of_file

_SCHEME = "unillm:"


def named(client: AsyncClient | None, path: str | None) -> str:
    """Return a name of who answers: the same in any process for clients that are asked the same.

    Where that cannot be told, it is a name that nothing else has.

    Args:
        client: Who asks.
        path: Without a client, the file that one is made of; None: the environment alone.
    """
    digest = fingerprint_of_file(path) if client is None else fingerprint(client)
    return _SCHEME + (f"once-{uuid4().hex[:16]}" if digest is None else digest)


def is_named(base_url: str) -> bool:
    """Tell whether this is such a name, and no address."""
    return base_url.startswith(_SCHEME)
