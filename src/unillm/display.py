"""Show an answer while it comes: live in a notebook cell, as plain text elsewhere.

with an open client, ``response = unillm.display.show(client.stream("Tell me a story."))``; with the
async one, ``response = await unillm.display.show(client.stream("Tell me a story."))``.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Awaitable, Callable
from html import escape
from importlib import import_module
from typing import Any, Protocol, overload

from unillm._client.streams import AsyncStream, Stream
from unillm.errors import UnillmError
from unillm.types import display
from unillm.types.events import (
    Event,
    ReasoningDelta,
    RefusalDelta,
    StreamRestarted,
    TextDelta,
    ToolCallDelta,
)
from unillm.types.events import ToolCallStarted as Started
from unillm.types.response import ChatResponse

__all__ = ["show"]

PER_SECOND = 10
"""How often a cell is drawn anew at the most."""


class _View(Protocol):
    """Where an answer is shown."""

    def add(self, event: Event) -> None:
        """Take an event."""

    def end(self, response: ChatResponse | None, error: UnillmError | None) -> None:
        """Take the end: the whole answer, or the error it broke off with."""


@overload
def show(stream: Stream) -> ChatResponse: ...
@overload
def show(stream: AsyncStream) -> Awaitable[ChatResponse]: ...
def show(stream: Stream | AsyncStream) -> ChatResponse | Awaitable[ChatResponse]:
    """Show the events of a stream as they come, and return the whole answer.

    In a notebook the cell's output is drawn anew, ten times a second at most; elsewhere the
    text is printed. The stream is read to its end and closed. Of an `AsyncStream` the result is
    awaited.

    Args:
        stream: What `Client.stream` or `AsyncClient.stream` returned, entered already or not.

    Raises:
        UnillmError: What reading the stream raises; what had come stays on show.
    """
    view: _View = _Cell() if _in_notebook() else _Text()
    return _shown(stream, view) if isinstance(stream, Stream) else _shown_later(stream, view)


def _shown(stream: Stream, view: _View) -> ChatResponse:
    try:
        with stream:
            for event in stream:
                view.add(event)
    except UnillmError as error:
        view.end(None, error)
        raise
    view.end(stream.response, None)
    return stream.response


async def _shown_later(stream: AsyncStream, view: _View) -> ChatResponse:
    try:
        async with stream:
            async for event in stream:
                view.add(event)
    except UnillmError as error:
        view.end(None, error)
        raise
    view.end(stream.response, None)
    return stream.response


class _Text:
    """A terminal, or whatever standard output is."""

    def add(self, event: Event) -> None:
        if isinstance(event, TextDelta | RefusalDelta):
            sys.stdout.write(event.text)
            sys.stdout.flush()
        elif isinstance(event, StreamRestarted):
            # What is printed cannot be taken back.
            sys.stdout.write(f"\n[the answer begins anew: {event.reason}]\n")

    def end(self, response: ChatResponse | None, error: UnillmError | None) -> None:
        if error is None and response is not None:
            for made in (*response.images, *response.tool_calls):
                sys.stdout.write(f"\n{made!r}")
        sys.stdout.write("\n")


class _Cell:
    """The output of a notebook cell."""

    def __init__(self) -> None:
        ipython: Any = import_module("IPython.display")
        self._markdown: Callable[[str], Any] = ipython.Markdown
        self._handle: Any = ipython.display(ipython.Markdown(""), display_id=True)
        self._drawn_at = 0.0
        self._reasoning: list[str] = []
        self._text: list[str] = []
        self._calls: dict[int, list[str]] = {}

    def add(self, event: Event) -> None:
        if isinstance(event, TextDelta | RefusalDelta):
            self._text.append(event.text)
        elif isinstance(event, ReasoningDelta):
            self._reasoning.append(event.text)
        elif isinstance(event, Started):
            self._calls[event.index] = [f"{event.name} "]
        elif isinstance(event, ToolCallDelta):
            self._calls[event.index].append(event.fragment)
        elif isinstance(event, StreamRestarted):
            self._reasoning, self._text, self._calls = [], [], {}
        now = time.monotonic()
        if now - self._drawn_at >= 1 / PER_SECOND:
            self._drawn_at = now
            self._draw(self._so_far())

    def end(self, response: ChatResponse | None, error: UnillmError | None) -> None:
        if error is not None:
            self._draw([*self._so_far(), f"*{type(error).__name__}: {escape(error.message)}*"])
        elif response is not None:
            self._draw([display.markdown(response)])

    def _so_far(self) -> list[str]:
        calls = ["".join(parts) for parts in self._calls.values()]
        return display.blocks("".join(self._reasoning), "".join(self._text), calls)

    def _draw(self, blocks: list[str]) -> None:
        self._handle.update(self._markdown("\n\n".join(blocks)))


def _in_notebook() -> bool:
    """Tell whether this runs in a kernel that shows rich output; IPython is not imported for it."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None
