"""Show an answer, or a run, while it comes: live in a notebook cell, as plain text elsewhere.

with an open client, ``response = unillm.display.show(client.stream("Tell me a story."))``; with the
async one, ``response = await unillm.display.show(client.stream("Tell me a story."))``.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Protocol, TypeAlias, TypeVar, overload

from unillm._client.run_streams import AsyncRunStream, RunStream
from unillm._client.streams import AsyncParsedStream, AsyncStream, ParsedStream, Stream
from unillm._markdown import answer, bundle, inert
from unillm.types import display, transcript
from unillm.types.events import (
    Finished,
    OutputDelta,
    ReasoningDelta,
    RefusalDelta,
    StreamRestarted,
    TextDelta,
    ToolCallDelta,
)
from unillm.types.events import ToolCallStarted as Started
from unillm.types.parsed import ParsedResponse
from unillm.types.response import ChatResponse
from unillm.types.run import RunEvent, RunResult, ToolFinished

__all__ = ["show"]

PER_SECOND = 10
"""How often a cell is drawn anew at the most."""
SHARE = 0.1
"""Which share of the time is spent on drawing at the most: a long answer is drawn less often."""

T = TypeVar("T")
_Whole: TypeAlias = ChatResponse | RunResult[Any]


class _View(Protocol):
    """Where an answer is shown."""

    def add(self, event: RunEvent) -> None:
        """Take an event."""

    def more(self) -> None:
        """Show what is not shown yet, if it is time to."""

    def end(self, whole: _Whole | None, error: BaseException | None) -> None:
        """Take the end: all of it, or the error it broke off with."""


@overload
def show(stream: ParsedStream[T]) -> ParsedResponse[T]: ...
@overload
def show(stream: AsyncParsedStream[T]) -> Awaitable[ParsedResponse[T]]: ...
@overload
def show(stream: Stream) -> ChatResponse: ...
@overload
def show(stream: AsyncStream) -> Awaitable[ChatResponse]: ...
@overload
def show(stream: RunStream) -> RunResult[Any]: ...
@overload
def show(stream: AsyncRunStream) -> Awaitable[RunResult[Any]]: ...
def show(
    stream: Stream | AsyncStream | RunStream | AsyncRunStream,
) -> _Whole | Awaitable[_Whole]:
    """Show what comes of a stream or a run as it comes, and return the whole of it.

    In a notebook the cell's output is drawn anew, ten times a second at most: the answer, thinking
    folded above it, calls, what tools gave, and the output as far as it has come. Elsewhere the
    text is printed. The stream is read to its end and closed; if it breaks off, or the cell is
    interrupted, what had come stays on show. Of an async one the result is awaited.

    Args:
        stream: What ``stream`` or ``run_stream`` of a client returned, entered already or not.

    Raises:
        UnillmError: What reading the stream raises.
    """
    view: _View = _Cell() if _in_notebook() else _Text()
    if isinstance(stream, Stream | RunStream):
        return _shown(stream, view)
    return _shown_later(stream, view)


def _shown(stream: Stream | RunStream, view: _View) -> _Whole:
    try:
        with stream:
            for event in stream:
                view.add(event)
    except BaseException as error:
        view.end(None, error)
        raise
    whole = stream.response if isinstance(stream, Stream) else stream.result
    view.end(whole, None)
    return whole


async def _shown_later(stream: AsyncStream | AsyncRunStream, view: _View) -> _Whole:
    try:
        with _awake(view):
            async with stream:
                async for event in stream:
                    view.add(event)
    except BaseException as error:
        view.end(None, error)
        raise
    whole = stream.response if isinstance(stream, AsyncStream) else stream.result
    view.end(whole, None)
    return whole


@contextmanager
def _awake(view: _View) -> Generator[None]:
    """Draw what has come also while nothing comes.

    It wakes the event loop as well. A kernel that is interrupted cancels the cell when its loop
    wakes up next: where nothing comes that would be when the time is up.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:  # trio's, in a program of one's own
        yield
        return

    timers: list[asyncio.TimerHandle] = []

    def tick() -> None:
        view.more()
        timers[:] = [loop.call_later(2 / PER_SECOND, tick)]

    tick()
    try:
        yield
    finally:
        timers.pop().cancel()


class _Text:
    """A terminal, or whatever standard output is."""

    def add(self, event: RunEvent) -> None:
        if isinstance(event, TextDelta | RefusalDelta):
            sys.stdout.write(event.text)
            sys.stdout.flush()
        elif isinstance(event, StreamRestarted):
            # What is printed cannot be taken back.
            sys.stdout.write(f"\n[the answer begins anew: {event.reason}]\n")
        elif isinstance(event, ToolFinished):
            call = display.call(event.call.name, event.call.arguments)
            sys.stdout.write(f"\n[{call}: {transcript.told(event.content)!r}]\n")

    def more(self) -> None:
        pass

    def end(self, whole: _Whole | None, error: BaseException | None) -> None:
        if error is None and isinstance(whole, ChatResponse):
            for made in (*whole.images, *whole.tool_calls):
                sys.stdout.write(f"\n{made!r}")
        sys.stdout.write("\n")


class _Cell:
    """The output of a notebook cell."""

    def __init__(self) -> None:
        ipython: Any = import_module("IPython.display")
        self._markdown: Callable[[str], Any] = ipython.Markdown
        self._handle: Any = ipython.display(ipython.Markdown(""), display_id=True)
        self._draw_at = 0.0
        self._is_new = False
        self._over: list[str] = []
        self._begin()

    def _begin(self) -> None:
        """Begin an answer of which nothing has come."""
        self._reasoning: list[str] = []
        self._text: list[str] = []
        self._calls: dict[int, list[str]] = {}
        self._output: OutputDelta[Any] | None = None

    def add(self, event: RunEvent) -> None:
        if isinstance(event, TextDelta | RefusalDelta):
            self._text.append(event.text)
        elif isinstance(event, OutputDelta):
            self._output = event
        elif isinstance(event, ReasoningDelta):
            self._reasoning.append(event.text)
        elif isinstance(event, Started):
            self._calls[event.index] = [f"{event.name} "]
        elif isinstance(event, ToolCallDelta):
            self._calls[event.index].append(event.fragment)
        elif isinstance(event, StreamRestarted):
            self._begin()
        elif isinstance(event, Finished):
            self._over += display.of(event.response)
            self._begin()
        elif isinstance(event, ToolFinished):
            self._over.append(transcript.gave(event.call.name, event.content, event.outcome))
        self._is_new = True
        self.more()

    def more(self) -> None:
        now = time.monotonic()
        if self._is_new and now >= self._draw_at:
            self._is_new = False
            self._draw(self._so_far())
            took = time.monotonic() - now
            self._draw_at = now + max(1 / PER_SECOND, took / SHARE)

    def end(self, whole: _Whole | None, error: BaseException | None) -> None:
        if error is not None:
            said = f"**{type(error).__name__}**"
            why = str(getattr(error, "message", error))
            self._draw([*self._so_far(), f"{said}: {inert(why)}" if why else said])
        elif whole is not None:
            self._draw([bundle(whole)["text/markdown"]])

    def _so_far(self) -> list[str]:
        thought, text = "".join(self._reasoning), "".join(self._text)
        shown = [answer(text)] if text else []
        if self._output is not None:
            partial = self._output.partial
            shown = [] if partial is None else [display.output(partial)]
        calls = ["".join(parts) for parts in self._calls.values()]
        title = "reasoning" if text or calls else f"reasoning, {len(thought):,} characters so far"
        return [*self._over, *display.blocks(thought, shown, calls, title)]

    def _draw(self, blocks: list[str]) -> None:
        self._handle.update(self._markdown("\n\n".join(blocks)))


def _in_notebook() -> bool:
    """Tell whether this runs in a kernel that shows rich output; IPython is not imported for it."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None
