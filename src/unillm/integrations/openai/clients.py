"""Clients of the `openai` package whose calls unillm answers."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, overload

from unillm.errors import InvalidRequestError
from unillm.integrations.needs import need
from unillm.integrations.openai.transports import transport

if TYPE_CHECKING:
    need("openai", "openai")
    import openai

    from unillm._client.asynchronous import AsyncClient
    from unillm._client.sync import Client

BASE_URL = "http://unillm.invalid/v1"
"""Where such clients say that they ask: a name that leads nowhere (RFC 2606)."""
API_KEY = "unillm"
"""The key such clients send; the keys of the providers are the unillm client's."""
_HTTPX2 = 3
"""The release of openai whose own library is httpx2."""


@overload
def openai_client(
    client: Client | None = None,
    *,
    async_: Literal[False] | None = None,
    library: ModuleType | None = None,
) -> openai.OpenAI: ...
@overload
def openai_client(
    client: AsyncClient,
    *,
    async_: Literal[True] | None = None,
    library: ModuleType | None = None,
) -> openai.AsyncOpenAI: ...
@overload
def openai_client(
    client: None = None, *, async_: Literal[True], library: ModuleType | None = None
) -> openai.AsyncOpenAI: ...
def openai_client(
    client: Client | AsyncClient | None = None,
    *,
    async_: bool | None = None,
    library: ModuleType | None = None,
) -> openai.OpenAI | openai.AsyncOpenAI:
    """Return a client of the `openai` package whose calls unillm answers, in this process.

    Models are named as for unillm: ``deepseek:deepseek-v4-pro``, ``route:fast``. Chat Completions
    and the Responses API are served, whole and streamed, wherever the model lives; anything else
    is a 404. Answers have what unillm knows in ``completion.unillm`` and the cost in
    ``completion.usage.cost``. Errors are openai's own classes with unillm's as ``__cause__``, and
    are not tried again: unillm has done that. `openai` 2.45 or newer must be installed.

    Args:
        client: Who answers: a ``unillm.Client`` for ``openai.OpenAI``, a ``unillm.AsyncClient`` for
            ``openai.AsyncOpenAI``; it stays open when that is closed. None: one is made, with
            keys from the environment, and closed with it.
        async_: Whether an ``openai.AsyncOpenAI`` is wanted; None: as the client is.
        library: The module ``httpx`` or ``httpx2`` to do it with; None: openai's own.

    Raises:
        InvalidRequestError: The client is not of the kind that ``async_`` asks for.
        ImportError: `openai` is not installed.
    """
    import openai

    from unillm._client.asynchronous import AsyncClient
    from unillm._client.sync import Client

    wants_async = isinstance(client, AsyncClient) if async_ is None else async_
    owned = client is None
    if client is None:
        client = AsyncClient() if wants_async else Client()
    if library is None:
        major = int(openai.__version__.partition(".")[0])
        library = import_module("httpx2" if major >= _HTTPX2 else "httpx")
    settings: dict[str, Any] = {"base_url": BASE_URL, "api_key": API_KEY, "max_retries": 0}
    if wants_async and isinstance(client, AsyncClient):
        behind = transport(library, async_client=client, owned=owned)
        http_client: Any = library.AsyncClient(transport=behind)
        return openai.AsyncOpenAI(http_client=http_client, **settings)
    if not wants_async and isinstance(client, Client):
        http_client = library.Client(transport=transport(library, client, owned=owned))
        return openai.OpenAI(http_client=http_client, **settings)
    wanted = "unillm.AsyncClient" if wants_async else "unillm.Client"
    raise InvalidRequestError(f"this takes a {wanted}, not {type(client).__name__}")
