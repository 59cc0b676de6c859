"""A stream as its user holds it, sync and async."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Self, TypeVar, cast

from unillm._client.elsewhere import STREAM
from unillm._io.driver import Driver
from unillm._io.driver_async import AsyncDriver
from unillm.errors import InvalidRequestError
from unillm.types.brief import absent, brief
from unillm.types.events import Event, ParsedEvent
from unillm.types.looks import Looks
from unillm.types.parsed import ParsedResponse
from unillm.types.response import ChatResponse

T = TypeVar("T")


class Stream(Looks):
    """The events of one answer, as they come. Use it in a ``with`` block.

    Entering sends the request, and a refusal by the provider is raised there. Leaving early
    releases the connection at once.
    """

    def __init__(self, driver: Driver[ChatResponse]) -> None:
        """Wrap a driver; made by `Client.stream`."""
        self._driver = driver

    def __enter__(self) -> Self:
        """Send the request and wait for the answer to begin."""
        self._driver.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Release the connection."""
        self._driver.close()

    def __iter__(self) -> Iterator[Event]:
        """Iterate over the events.

        Raises:
            InvalidRequestError: The stream was closed before its end.
        """
        _require_open(self._driver)
        return self._driver

    def __next__(self) -> Event:
        """Return the next event."""
        return next(self._driver)

    @property
    def response(self) -> ChatResponse:
        """Return the whole answer, the same that `Client.chat` returns.

        Raises:
            InvalidRequestError: The stream has not ended; ``partial`` is there at any time.
        """
        return _whole(self._driver)

    @property
    def partial(self) -> ChatResponse | None:
        """Return what has arrived so far, or None if no answer has begun."""
        return _so_far(self._driver)

    @property
    def operation(self) -> str:
        """Return the id that observers and the ledger have of it. It is there from the start."""
        return self._driver.running.operation.id

    if not TYPE_CHECKING:  # a checker is to refuse what is not there

        def __getattr__(self, name: str) -> NoReturn:
            """Say where what other SDKs have on a stream is to be found.

            Raises:
                AttributeError: Always.
            """
            raise AttributeError(absent(self, name, STREAM))

    def __repr__(self) -> str:
        """Show how it stands and what came."""
        return f"{type(self).__name__}({_shown(self._driver)})"

    def _repr_markdown_(self) -> str:
        return _markdown(repr(self), self.partial)

    def close(self) -> None:
        """Release the connection at once; no event comes after that."""
        self._driver.close()


class ParsedStream(Stream, Generic[T]):
    """The events of one answer that is made into a value; among them `OutputDelta`."""

    def __iter__(self) -> Iterator[ParsedEvent[T]]:
        """Iterate over the events.

        Raises:
            InvalidRequestError: The stream was closed before its end.
        """
        return super().__iter__()

    def __next__(self) -> ParsedEvent[T]:
        """Return the next event."""
        return super().__next__()

    @property
    def response(self) -> ParsedResponse[T]:
        """Return the whole answer with its output, the same that `Client.parse` returns.

        Raises:
            InvalidRequestError: The stream has not ended; ``partial`` is there at any time.
        """
        return cast("ParsedResponse[T]", super().response)


class AsyncStream(Looks):
    """The events of one answer, as they come. Use it in an ``async with`` block.

    Entering sends the request, and a refusal by the provider is raised there. Leaving early
    releases the connection at once.
    """

    def __init__(self, driver: AsyncDriver[ChatResponse]) -> None:
        """Wrap a driver; made by `AsyncClient.stream`."""
        self._driver = driver

    async def __aenter__(self) -> Self:
        """Send the request and wait for the answer to begin."""
        await self._driver.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Release the connection."""
        await self._driver.aclose()

    def __aiter__(self) -> AsyncIterator[Event]:
        """Iterate over the events.

        Raises:
            InvalidRequestError: The stream was closed before its end.
        """
        _require_open(self._driver)
        return self._driver

    async def __anext__(self) -> Event:
        """Return the next event."""
        return await anext(self._driver)

    @property
    def response(self) -> ChatResponse:
        """Return the whole answer, the same that `AsyncClient.chat` returns.

        Raises:
            InvalidRequestError: The stream has not ended; ``partial`` is there at any time.
        """
        return _whole(self._driver)

    @property
    def partial(self) -> ChatResponse | None:
        """Return what has arrived so far, or None if no answer has begun."""
        return _so_far(self._driver)

    @property
    def operation(self) -> str:
        """Return the id that observers and the ledger have of it. It is there from the start."""
        return self._driver.running.operation.id

    if not TYPE_CHECKING:  # a checker is to refuse what is not there

        def __getattr__(self, name: str) -> NoReturn:
            """Say where what other SDKs have on a stream is to be found.

            Raises:
                AttributeError: Always.
            """
            raise AttributeError(absent(self, name, STREAM))

    def __repr__(self) -> str:
        """Show how it stands and what came."""
        return f"{type(self).__name__}({_shown(self._driver)})"

    def _repr_markdown_(self) -> str:
        return _markdown(repr(self), self.partial)

    async def close(self) -> None:
        """Release the connection at once; no event comes after that."""
        await self._driver.aclose()


class AsyncParsedStream(AsyncStream, Generic[T]):
    """The events of one answer that is made into a value; among them `OutputDelta`."""

    def __aiter__(self) -> AsyncIterator[ParsedEvent[T]]:
        """Iterate over the events.

        Raises:
            InvalidRequestError: The stream was closed before its end.
        """
        return super().__aiter__()

    async def __anext__(self) -> ParsedEvent[T]:
        """Return the next event."""
        return await super().__anext__()

    @property
    def response(self) -> ParsedResponse[T]:
        """Return the whole answer with its output, the same that `AsyncClient.parse` returns.

        Raises:
            InvalidRequestError: The stream has not ended; ``partial`` is there at any time.
        """
        return cast("ParsedResponse[T]", super().response)


def stream_of(driver: Driver[ChatResponse], *, parsed: bool) -> Stream:
    """Return a stream as its user holds it."""
    return ParsedStream[Any](driver) if parsed else Stream(driver)


def async_stream_of(driver: AsyncDriver[ChatResponse], *, parsed: bool) -> AsyncStream:
    """Return a stream as its user holds it."""
    return AsyncParsedStream[Any](driver) if parsed else AsyncStream(driver)


def _require_open(driver: Driver[ChatResponse] | AsyncDriver[ChatResponse]) -> None:
    if driver.running.over and driver.running.result is None:
        message = "the stream is closed: iterate inside its `with` block; what came is in .partial"
        raise InvalidRequestError(message)


def _whole(driver: Driver[ChatResponse] | AsyncDriver[ChatResponse]) -> ChatResponse:
    result = driver.running.result
    if result is None:
        if not driver.running.begun:
            raise InvalidRequestError("the stream was not begun: enter it with `with`, or iterate")
        ended = "ended without a whole answer" if driver.running.over else "has not ended"
        raise InvalidRequestError(f"the stream {ended}; what came is in .partial")
    return result


def _so_far(driver: Driver[ChatResponse] | AsyncDriver[ChatResponse]) -> ChatResponse | None:
    return driver.running.result or driver.running.operation.partial


def _markdown(said: str, so_far: ChatResponse | None) -> str:
    from unillm._markdown import facts
    from unillm.types import display

    blocks = display.of(so_far) if so_far else []
    return "\n\n".join([*blocks, facts([said])])


def _shown(driver: Driver[ChatResponse] | AsyncDriver[ChatResponse]) -> str:
    running, so_far = driver.running, _so_far(driver)
    state = "whole" if running.result else "ended" if running.over else "open"
    text = "" if so_far is None else f", {brief(so_far.text)!r}"
    return (
        f"{state if running.begun else 'not begun'}, model={str(running.operation.target)!r}{text}"
    )
