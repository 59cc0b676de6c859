"""unillm over aiohttp: the async client with `transport="aiohttp"`, everything else as it is."""

from typing import Any

import unillm
from benchmarks.speed.clients import unillm as plain


class AsyncClient(plain.AsyncClient):
    """The async client; there is no sync one."""

    def __init__(self, base_url: str) -> None:
        """Make it."""
        chosen: dict[str, Any] = {"transport": "aiohttp"}
        self._client = unillm.AsyncClient(**plain.options(base_url), **chosen)
