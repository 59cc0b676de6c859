"""The async client; it differs from its twin by ``await`` alone."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn, Self, Unpack

from unillm._client.config import Call, Config
from unillm._client.connection import Connection, async_connection
from unillm._client.options import CallOptions, ClientOptions
from unillm._client.streams import AsyncStream
from unillm._io.driver_async import AsyncDriver
from unillm.providers import Provider
from unillm.tools import ToolLike
from unillm.types.inputs import Messages
from unillm.types.response import ChatResponse
from unillm.types.transport import AsyncTransport

if TYPE_CHECKING:
    import httpx


class AsyncClient:
    """Talk to OpenAI- and DeepSeek-compatible providers. Runs on asyncio and trio.

    Args:
        providers: The providers to use: `Provider` objects or known names. Without them, every
            known provider, with keys from ``OPENAI_API_KEY``, ``DEEPSEEK_API_KEY`` and so on.
        http_client: An ``httpx.AsyncClient`` (or httpx2) to send with: its proxies, certificates,
            HTTP/2, authentication and hooks hold. It is not closed by this client.
        transport: Something else to send with; not closed by this client.
        options: Defaults for every call: ``model``, ``system``, ``timeout``, ``retry``,
            ``repair``, ``observers`` and any call setting such as ``temperature``; see
            `ClientOptions`.

    Raises:
        InvalidRequestError: Something in it cannot be meant; the message says what to do.
    """

    def __init__(
        self,
        *,
        providers: Iterable[Provider | str] | None = None,
        http_client: httpx.AsyncClient | None = None,
        transport: AsyncTransport | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        self._config = Config.read(providers=providers, options=options)
        self._connection = async_connection(http_client, transport)

    async def chat(
        self,
        messages: Messages,
        *,
        model: str | None = None,
        system: str | None = None,
        tools: Iterable[ToolLike] | None = None,
        **options: Unpack[CallOptions],
    ) -> ChatResponse:
        """Ask a model and return its whole answer.

        Args:
            messages: A string, a message, an OpenAI-style dict, or a list of them.
            model: ``provider:model``, or the bare id of a model its vendor serves.
            system: Instructions put first.
            tools: Functions, pydantic models, `Tool` objects or OpenAI-style dicts; and dicts of
                tools that the provider runs itself, such as ``{"type": "web_search"}``.
            options: Settings of this call: ``temperature``, ``max_tokens``, ``stop``, ``seed``,
                ``tool_choice``, ``response_format``, ``reasoning_effort``, ``extra_body`` and
                the others of `ChatSettings`; and ``timeout``, ``retry``,
                ``repair``, ``rewrite``, ``on_invalid_tool_call``, ``keep_raw`` and ``observers``
                instead of the client's.

        Raises:
            InvalidRequestError: The call as written cannot be sent.
            TransportError: Nothing usable came over the network, or it broke off.
            ProviderError: The provider refused or failed.
            MalformedResponseError: The answer is not the protocol.
            ToolArgumentsError: The model called a tool in a way that cannot be executed.
        """
        call = Call(messages, model, system, tools, options, stream=False)
        return await self._driver(call).run()

    def stream(
        self,
        messages: Messages,
        *,
        model: str | None = None,
        system: str | None = None,
        tools: Iterable[ToolLike] | None = None,
        **options: Unpack[CallOptions],
    ) -> AsyncStream:
        """Ask a model and return its answer as a stream of events, for a ``async with`` block.

        The request is sent on entering the block. What is raised there and while iterating is
        what `chat` raises; an error after the first event has the answer so far as ``partial``.

        Args:
            messages: A string, a message, an OpenAI-style dict, or a list of them.
            model: ``provider:model``, or the bare id of a model its vendor serves.
            system: Instructions put first.
            tools: Functions, pydantic models, `Tool` objects or OpenAI-style dicts; and dicts of
                tools that the provider runs itself, such as ``{"type": "web_search"}``.
            options: Settings of this call: ``temperature``, ``max_tokens``, ``stop``, ``seed``,
                ``tool_choice``, ``response_format``, ``reasoning_effort``, ``extra_body`` and
                the others of `ChatSettings`; and ``timeout``, ``retry``,
                ``repair``, ``rewrite``, ``on_invalid_tool_call``, ``keep_raw`` and ``observers``
                instead of the client's.

        Raises:
            InvalidRequestError: The call as written cannot be sent.
        """
        call = Call(messages, model, system, tools, options, stream=True)
        return AsyncStream(self._driver(call))

    def with_options(self, **options: Unpack[ClientOptions]) -> AsyncClient:
        """Return a client with other defaults that shares this one's connections.

        Raises:
            InvalidRequestError: An option is unknown or has the wrong type.
        """
        return AsyncClient._of(self._config.changed(options), self._connection.shared())

    @classmethod
    def _of(cls, config: Config, connection: Connection[AsyncTransport]) -> AsyncClient:
        client = cls.__new__(cls)
        client._config = config  # noqa: SLF001 - its own kind
        client._connection = connection  # noqa: SLF001 - as above
        return client

    async def close(self) -> None:
        """Close the connections, if they are this client's own."""
        transport = self._connection.release()
        if transport is not None:
            await transport.aclose()

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the client."""
        await self.close()

    def __reduce__(self) -> NoReturn:
        """Refuse to be copied or pickled: connections and keys stay in the process that made them.

        Raises:
            TypeError: Always; the message says what to do instead.
        """
        message = "a client is neither copied nor pickled: share it, or make one in each process"
        raise TypeError(message)

    def __repr__(self) -> str:
        """Show the default model and the providers, no key."""
        return f"AsyncClient({self._config.shown()})"

    def _driver(self, call: Call) -> AsyncDriver[ChatResponse]:
        transport = self._connection.transport()
        flow, operation, observers = self._config.operation(call, asynchronous=True)
        return AsyncDriver(flow, operation, transport, observers)
