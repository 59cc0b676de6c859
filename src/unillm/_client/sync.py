"""The sync client."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack, overload

from unillm._client.checkup import Checkup
from unillm._client.configured import Configured
from unillm._client.forecast import Forecast
from unillm._client.refusals import Refusals

if TYPE_CHECKING:  # what is behind a client is loaded when one is made
    import httpx

    from unillm._client.config import Call, Config
    from unillm._client.connection import Connection
    from unillm._client.endpoints import Endpoint
    from unillm._client.mapping import Rows
    from unillm._client.options import CallOptions, ClientOptions, MapOptions, RunOptions
    from unillm._client.run_streams import RunStream
    from unillm._client.streams import ParsedStream, Stream
    from unillm._io.driver import Driver
    from unillm.ledger import Ledger
    from unillm.providers import Provider
    from unillm.tools import ToolLike
    from unillm.types.budget import BudgetState
    from unillm.types.endpoints import Balance, Completion, ServedModel
    from unillm.types.inputs import Messages
    from unillm.types.parsed import ParsedResponse
    from unillm.types.response import ChatResponse
    from unillm.types.run import RunResult
    from unillm.types.transport import Transport, TransportName

T = TypeVar("T")


class Client(Configured, Forecast, Checkup, Refusals):
    """Talk to OpenAI- and DeepSeek-compatible providers. Safe to share between threads.

    Args:
        providers: The providers to use: `Provider` objects or known names. Without them, every
            known provider, with keys from ``OPENAI_API_KEY``, ``DEEPSEEK_API_KEY`` and so on.
        http_client: An ``httpx.Client`` (or httpx2) to send with: its proxies, certificates,
            HTTP/2, authentication and hooks hold. It is not closed by this client.
        transport: Something else to send with: an object, which is not closed by this client, or
            a name. ``"httpx"`` is the default; ``"aiohttp"`` is faster, and is for
            ``unillm.AsyncClient`` on asyncio alone.
        options: Defaults for every call: ``model``, ``system``, ``timeout``, ``retry``,
            ``repair``, ``ledger``, ``observers`` and any call setting such as ``temperature``; see
            `ClientOptions`.

    Raises:
        InvalidRequestError: Something in it cannot be meant; the message says what to do.
    """

    def __init__(
        self,
        *,
        providers: Iterable[Provider | str] | None = None,
        http_client: httpx.Client | None = None,
        transport: Transport | TransportName | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        from unillm._client.books import own_ledger
        from unillm._client.config import Config
        from unillm._client.connection import sync_connection

        config = Config.read(providers=providers, options=options)
        ledger = own_ledger(options, config.ledger)
        self._hold(config, sync_connection(http_client, transport), ledger)

    def _hold(
        self, config: Config, connection: Connection[Transport], own_ledger: Ledger | None
    ) -> None:
        self._config = config
        self._connection = connection
        self._own_ledger = own_ledger

    def chat(
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
        from unillm._client.config import Call

        call = Call(messages, model, system, tools, options, stream=False)
        return self._driver(call).run()

    @overload
    def stream(
        self,
        messages: Messages,
        *,
        model: str | None = None,
        system: str | None = None,
        tools: Iterable[ToolLike] | None = None,
        output: None = None,
        **options: Unpack[CallOptions],
    ) -> Stream: ...

    @overload
    def stream(
        self,
        messages: Messages,
        *,
        output: type[T],
        model: str | None = None,
        system: str | None = None,
        retries: int = 1,
        **options: Unpack[CallOptions],
    ) -> ParsedStream[T]: ...

    @overload
    def stream(
        self,
        messages: Messages,
        *,
        output: Any,
        model: str | None = None,
        system: str | None = None,
        retries: int = 1,
        **options: Unpack[CallOptions],
    ) -> ParsedStream[Any]: ...

    def stream(
        self,
        messages: Messages,
        *,
        model: str | None = None,
        system: str | None = None,
        tools: Iterable[ToolLike] | None = None,
        output: Any = None,
        retries: int = 1,
        **options: Unpack[CallOptions],
    ) -> Stream:
        """Ask a model and return its answer as a stream of events, for a ``with`` block.

        The request is sent on entering the block. What is raised there and while iterating is
        what `chat` raises; an error after the first event has the answer so far as ``partial``.

        Args:
            messages: A string, a message, an OpenAI-style dict, or a list of them.
            model: ``provider:model``, or the bare id of a model its vendor serves.
            system: Instructions put first.
            tools: Functions, pydantic models, `Tool` objects or OpenAI-style dicts; and dicts of
                tools that the provider runs itself, such as ``{"type": "web_search"}``.
            output: What the answer is made into, as for `parse`; without tools.
            retries: How often the model is asked again where that fails, as for `parse`.
            options: Settings of this call: ``temperature``, ``max_tokens``, ``stop``, ``seed``,
                ``tool_choice``, ``response_format``, ``reasoning_effort``, ``extra_body`` and
                the others of `ChatSettings`; and ``timeout``, ``retry``,
                ``repair``, ``rewrite``, ``on_invalid_tool_call``, ``keep_raw`` and ``observers``
                instead of the client's.

        Raises:
            InvalidRequestError: The call as written cannot be sent.
        """
        from unillm._client.config import Call
        from unillm._client.outputs import output_given
        from unillm._client.streams import stream_of

        given = output_given(output, retries, tools)
        call = Call(messages, model, system, tools, options, stream=True, output=given)
        return stream_of(self._driver(call), parsed=given is not None)

    @overload
    def parse(
        self,
        messages: Messages,
        *,
        output: type[T],
        model: str | None = None,
        system: str | None = None,
        retries: int = 1,
        **options: Unpack[CallOptions],
    ) -> ParsedResponse[T]: ...

    @overload
    def parse(
        self,
        messages: Messages,
        *,
        output: Any,
        model: str | None = None,
        system: str | None = None,
        retries: int = 1,
        **options: Unpack[CallOptions],
    ) -> ParsedResponse[Any]: ...

    def parse(
        self,
        messages: Messages,
        *,
        output: Any = None,
        model: str | None = None,
        system: str | None = None,
        retries: int = 1,
        **options: Unpack[CallOptions],
    ) -> ParsedResponse[Any]:
        """Ask a model and return its answer as a value of the type that is wanted.

        Args:
            messages: As for `chat`.
            output: The type: a pydantic model, a dataclass, a ``TypedDict``, ``list[Item]`` and
                what else pydantic knows; or a JSON Schema as a dict.
            model: ``provider:model``, or the bare id of a model its vendor serves.
            system: Instructions put first.
            retries: How often the model is asked again, told what was wrong, where its answer
                does not fit. Each is an attempt of the same operation.
            options: As for `chat`.

        Raises:
            OutputValidationError: No answer fitted; it has every try.
            UnillmError: What `chat` raises.
        """
        from unillm._client.config import Call
        from unillm._client.outputs import OutputGiven, parsed

        given = OutputGiven(output, retries)
        call = Call(messages, model, system, None, options, stream=False, output=given)
        return parsed(self._driver(call).run())

    @overload
    def run(
        self,
        messages: Messages,
        *,
        tools: Iterable[ToolLike] = (),
        model: str | None = None,
        system: str | None = None,
        output: type[T],
        **options: Unpack[RunOptions],
    ) -> RunResult[T]: ...

    @overload
    def run(
        self,
        messages: Messages,
        *,
        tools: Iterable[ToolLike] = (),
        model: str | None = None,
        system: str | None = None,
        output: Any = None,
        **options: Unpack[RunOptions],
    ) -> RunResult[Any]: ...

    def run(
        self,
        messages: Messages,
        *,
        tools: Iterable[ToolLike] = (),
        model: str | None = None,
        system: str | None = None,
        output: Any = None,
        **options: Unpack[RunOptions],
    ) -> RunResult[Any]:
        """Ask a model, call the tools it asks for, and go on until it answers.

        Functions are called; where the model calls a tool that is none (a `Tool` written by hand, a
        dict, a pydantic model), the run ends, and ``pending`` has those calls.

        Args:
            messages: As for `chat`; the ``messages`` of an earlier run go on from there.
            tools: As for `chat`; those that are to be called are functions.
            model: ``provider:model``, or the bare id of a model its vendor serves. It is looked up
                once for the whole run.
            system: Instructions put first; as ``tools``, they are no part of ``messages``.
            output: What the last answer is made into, as for `parse`; None: it stays text.
            options: ``max_turns``, ``on_tool_error``, ``approve``, ``parallel``,
                ``tool_timeout`` and ``retries``, see `RunOptions`; else as for `chat`.

        Raises:
            MaxTurnsError: The model would go on calling.
            UnillmError: What `chat` raises. Each that ends a run has ``run``, what came of it.
            Exception: What a tool raised, with ``on_tool_error="raise"``; what ``approve`` raised.
        """
        from unillm._client.runs import RunAsked, run_driver

        asked = RunAsked(messages, tools, model, system, output, options)
        return run_driver(self._config, self._driver, asked, stream=False).run()

    def run_stream(
        self,
        messages: Messages,
        *,
        tools: Iterable[ToolLike] = (),
        model: str | None = None,
        system: str | None = None,
        output: Any = None,
        **options: Unpack[RunOptions],
    ) -> RunStream:
        """Do what `run` does and return the events of all turns, for a ``with`` block.

        The first request is sent on entering the block. What has come of the run is there at any
        moment, also after an error, a cancellation or an early end.

        Args:
            messages: As for `run`.
            tools: As for `run`.
            model: ``provider:model``, or the bare id of a model its vendor serves.
            system: As for `run`.
            output: As for `run`.
            options: As for `run`.

        Raises:
            InvalidRequestError: The call as written cannot be sent.
        """
        from unillm._client.run_streams import RunStream
        from unillm._client.runs import RunAsked, run_driver

        asked = RunAsked(messages, tools, model, system, output, options)
        return RunStream(run_driver(self._config, self._driver, asked, stream=True))

    def map(
        self,
        rows: Iterable[Any],
        *,
        model: str | None = None,
        system: str | None = None,
        **options: Unpack[MapOptions],
    ) -> Rows:
        """Make a call of every row, many at a time, and return them in order as they are done.

        Args:
            rows: What `chat` takes as ``messages``, or dicts with ``messages`` and options of that
                row alone. They are taken as they are needed, so that there may be any number.
            model: ``provider:model``, or the bare id of a model its vendor serves.
            system: Instructions put first.
            options: ``concurrency``, ``checkpoint``, ``progress``, ``batch``, ``tools``,
                ``output`` and ``retries``, see `MapOptions`; else as for `chat`.

        Raises:
            InvalidRequestError: An option cannot be meant. What is wrong with a row is its error.
        """
        from unillm._client.mapping import MapAsked, Rows, source

        asked = MapAsked(rows, model, system, options)
        return Rows(source(self._config, self._connection, asked))

    def models(self, provider: str | None = None) -> tuple[ServedModel, ...]:
        """Ask providers which models they serve.

        Args:
            provider: The name of one; None: all that can be asked with what is at hand.

        Raises:
            UnillmError: What `chat` raises, of the provider named, or where none answered.
        """
        from unillm._client.endpoints import models

        return models(self._endpoint(), provider)

    def balance(self, provider: str = "deepseek") -> Balance:
        """Ask what is left on the account.

        Args:
            provider: The name of the provider.

        Raises:
            UnsupportedFeatureError: It does not tell.
            UnillmError: What `chat` raises.
        """
        from unillm._client.endpoints import balance

        return balance(self._endpoint(), provider)

    def complete(
        self,
        prompt: str,
        *,
        suffix: str | None = None,
        model: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Completion:
        """Ask a model for the text that goes on from a beginning, and leads to an end.

        Args:
            prompt: The beginning.
            suffix: The end; None: there is none.
            model: ``provider:model``, or the bare id of a model its vendor serves; no route.
            options: Settings the endpoint has: ``max_tokens``, ``temperature``, ``top_p``,
                ``stop``, ``extra_body``; and ``timeout``, ``retry``, ``prices``, ``observers``,
                ``tags`` and ``session``.

        Raises:
            UnsupportedFeatureError: The provider has no such endpoint.
            UnillmError: What `chat` raises.
        """
        from unillm._client.endpoints import complete

        return complete(self._endpoint(), prompt, suffix, model, options)

    def budgets(self) -> tuple[BudgetState, ...]:
        """Tell how the client's budgets stand: each account that is open now and was used here.

        Those of ``with_options`` are this client's too; those of runs are told by nobody.

        Raises:
            BudgetUnavailableError: A store cannot be asked.
        """
        from unillm._client.budgets import states

        return states(self._config)

    def with_options(self, **options: Unpack[ClientOptions]) -> Client:
        """Return a client with other defaults that shares this one's connections.

        Raises:
            InvalidRequestError: An option is unknown or has the wrong type.
        """
        return Client._of(self._config.changed(options).settled(), self._connection.shared())

    @classmethod
    def _of(cls, config: Config, connection: Connection[Transport]) -> Client:
        client = cls.__new__(cls)
        cls._hold(client, config, connection, None)
        return client

    def close(self) -> None:
        """Close the connections, and write what the ledger has, if they are this client's own.

        Stores of budgets are told what they could not be told before, within five seconds.
        """
        from unillm._client.books import closed

        if not self._connection.is_shared:
            self._connection.copies.close()
        transport = self._connection.release()
        try:
            if transport is not None:
                transport.close()
        finally:
            closed(self._own_ledger, self._config.stores)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the client."""
        self.close()

    def __repr__(self) -> str:
        """Show the default model and the providers, no key."""
        return f"Client({self._config.shown()})"

    def _driver(self, call: Call) -> Driver[ChatResponse]:
        from unillm._io.driver import Driver

        transport = self._connection.transport()
        flow, operation, observers = self._config.operation(
            call, asynchronous=False, beside=self._connection.beside
        )
        return Driver(flow, operation, transport, observers)

    def _endpoint(self) -> Endpoint[Transport]:
        from unillm._client.endpoints import Endpoint

        return Endpoint(self._config, self._connection.transport())
