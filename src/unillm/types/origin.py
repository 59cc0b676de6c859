"""Where a URL leads."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


@lru_cache(maxsize=256)
def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL, written the same however the URL is written."""
    parts = urlsplit(url)
    port = parts.port or _PORTS.get(parts.scheme)
    return f"{parts.scheme}://{parts.hostname}:{port}"
