"""The HTTP clients a unillm client may be handed."""

from contextlib import asynccontextmanager

import httpx
import httpx2

TRUST = httpx.create_ssl_context()  # takes 20 ms, which each client would do again
LIBRARIES = {"httpx": httpx, "httpx2": httpx2}
CARRIERS = ("own", *LIBRARIES)


@asynccontextmanager
async def carried(way, fake, carrier, *, http=None, **options):
    """Give a client that sends with its own HTTP client (``own``), or with one handed in."""
    http = {"verify": TRUST, **(http or {})}
    if carrier == "own":
        async with way.client(fake, **options) as client:
            yield client
    elif way.is_sync:
        with LIBRARIES[carrier].Client(**http) as inner:
            yield way.client(fake, http_client=inner, **options)
    else:
        async with LIBRARIES[carrier].AsyncClient(**http) as inner:
            yield way.client(fake, http_client=inner, **options)
