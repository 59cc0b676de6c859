"""A run as its user holds it while it goes on, sync and async."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self

from unillm._client.elsewhere import RUN_STREAM
from unillm.errors import InvalidRequestError
from unillm.types.brief import absent
from unillm.types.looks import Looks
from unillm.types.messages import Message
from unillm.types.run import RunEvent, RunResult

if TYPE_CHECKING:
    from unillm._io.run_driver import RunDriver
    from unillm._io.run_driver_async import AsyncRunDriver


class RunStream(Looks):
    """The events of a run, as they come. Use it in a ``with`` block.

    Of each turn the events of its answer come, the last of which is `Finished`; then a
    `ToolFinished` for each of its calls, made or not; at the end `RunFinished`. Entering sends the
    first request. Leaving early ends the run at once, and ``messages`` is where another one goes
    on.
    """

    def __init__(self, driver: RunDriver) -> None:
        """Wrap a driver; made by `Client.run_stream`."""
        self._driver = driver

    def __enter__(self) -> Self:
        """Send the first request and wait for the answer to begin."""
        self._driver.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the run where it stands."""
        self._driver.close()

    def __iter__(self) -> RunDriver:
        """Iterate over the events.

        Raises:
            InvalidRequestError: The run was ended before its end.
        """
        _require_open(self._driver)
        return self._driver

    def __next__(self) -> RunEvent:
        """Return the next event."""
        return next(self._driver)

    @property
    def messages(self) -> tuple[Message, ...]:
        """Return the conversation so far, at any moment a valid history to go on from.

        A call that was begun and cut short is answered with that, one that was not begun too. Of
        an answer that was cut nothing is in it.
        """
        return self._driver.ongoing.progress.messages

    @property
    def result(self) -> RunResult[Any]:
        """Return the run, at any moment as far as it has come."""
        return self._driver.ongoing.so_far

    if not TYPE_CHECKING:  # a checker is to refuse what is not there

        def __getattr__(self, name: str) -> NoReturn:
            """Say where the result has what is asked for.

            Raises:
                AttributeError: Always.
            """
            raise AttributeError(absent(self, name, RUN_STREAM))

    def __repr__(self) -> str:
        """Show how it stands and what came."""
        return f"RunStream({_shown(self._driver)})"

    def _repr_markdown_(self) -> str:
        return _markdown(repr(self), self.result)

    def close(self) -> None:
        """End the run at once; no event comes after that."""
        self._driver.close()


class AsyncRunStream(Looks):
    """The events of a run, as they come. Use it in an ``async with`` block.

    Of each turn the events of its answer come, the last of which is `Finished`; then a
    `ToolFinished` for each of its calls, made or not; at the end `RunFinished`. Entering sends the
    first request. Leaving early ends the run at once, and ``messages`` is where another one goes
    on.
    """

    def __init__(self, driver: AsyncRunDriver) -> None:
        """Wrap a driver; made by `AsyncClient.run_stream`."""
        self._driver = driver

    async def __aenter__(self) -> Self:
        """Send the first request and wait for the answer to begin."""
        await self._driver.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the run where it stands."""
        await self._driver.aclose()

    def __aiter__(self) -> AsyncRunDriver:
        """Iterate over the events.

        Raises:
            InvalidRequestError: The run was ended before its end.
        """
        _require_open(self._driver)
        return self._driver

    async def __anext__(self) -> RunEvent:
        """Return the next event."""
        return await anext(self._driver)

    @property
    def messages(self) -> tuple[Message, ...]:
        """Return the conversation so far, at any moment a valid history to go on from.

        A call that was begun and cut short is answered with that, one that was not begun too. Of
        an answer that was cut nothing is in it.
        """
        return self._driver.ongoing.progress.messages

    @property
    def result(self) -> RunResult[Any]:
        """Return the run, at any moment as far as it has come."""
        return self._driver.ongoing.so_far

    if not TYPE_CHECKING:  # a checker is to refuse what is not there

        def __getattr__(self, name: str) -> NoReturn:
            """Say where the result has what is asked for.

            Raises:
                AttributeError: Always.
            """
            raise AttributeError(absent(self, name, RUN_STREAM))

    def __repr__(self) -> str:
        """Show how it stands and what came."""
        return f"AsyncRunStream({_shown(self._driver)})"

    def _repr_markdown_(self) -> str:
        return _markdown(repr(self), self.result)

    async def close(self) -> None:
        """End the run at once; no event comes after that."""
        await self._driver.aclose()


def _require_open(driver: RunDriver | AsyncRunDriver) -> None:
    if driver.ongoing.over and driver.ongoing.result is None:
        message = "the run is over: iterate inside its `with` block; what came is in .messages"
        raise InvalidRequestError(message)


def _markdown(said: str, so_far: RunResult[Any]) -> str:
    from unillm._markdown import facts
    from unillm.types import transcript

    return f"{transcript.markdown(so_far)}\n\n{facts([said])}"


def _shown(driver: RunDriver | AsyncRunDriver) -> str:
    ongoing = driver.ongoing
    state = "whole" if ongoing.result else "ended" if ongoing.over else "open"
    return (
        f"{state}, turns={len(ongoing.progress.turns)}, messages={len(ongoing.progress.messages)}"
    )
