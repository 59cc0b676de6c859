"""The one TLS context that all clients share: to read the certificates takes 25 ms."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl


def shared() -> ssl.SSLContext:
    """Return the context for the certificates the environment names, made once for each."""
    return _made(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@lru_cache(maxsize=1)
def unused() -> ssl.SSLContext:
    """Return a context for what is not encrypted: it trusts nobody, and reads nothing."""
    import ssl

    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@lru_cache(maxsize=8)
def _made(_file: str | None, _directory: str | None) -> ssl.SSLContext:
    import httpx

    # httpx reads the two variables itself; they are arguments so that a change makes a new one.
    return httpx.create_ssl_context()
