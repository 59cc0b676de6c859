"""What inspect_ai is told while a model is asked, and after.

Its own providers tell it by functions that are not public. Where one is gone, that is not told, and
the rest works as before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from inspect_ai.model import StreamReasoningEvent, StreamTextEvent, StreamToolCallEvent

import unillm


def _theirs(module: str, name: str) -> Callable[..., Any] | None:
    try:
        found: Callable[..., Any] | None = getattr(import_module(module), name, None)
    except ImportError:
        return None
    return found


def wants_stream() -> bool:
    """Tell whether the caller wants to see the answer while it comes."""
    asked = _theirs("inspect_ai.model._stream", "model_stream_requested")
    return asked is not None and bool(asked())


async def streamed(stream: unillm.AsyncStream) -> unillm.ChatResponse:
    """Return the whole answer of a stream whose events are told as they come.

    Raises:
        UnillmError: What the stream raises.
    """
    delta = _theirs("inspect_ai.model._stream", "report_model_stream_delta")
    anew = _theirs("inspect_ai.model._stream", "report_model_stream_restart")
    calls: dict[int, unillm.ToolCallStarted] = {}
    async with stream:
        async for event in stream:
            if isinstance(event, unillm.ToolCallStarted):
                calls[event.index] = event
            if isinstance(event, unillm.StreamRestarted) and anew is not None:
                await anew()
            told = _told(event, calls)
            if told is not None and delta is not None:
                await delta(told)
        return stream.response


def _told(
    event: unillm.Event, calls: dict[int, unillm.ToolCallStarted]
) -> StreamTextEvent | StreamReasoningEvent | StreamToolCallEvent | None:
    match event:
        case unillm.TextDelta(text):
            return StreamTextEvent(text=text)
        case unillm.ReasoningDelta(text):
            return StreamReasoningEvent(reasoning=text)
        case unillm.ToolCallDelta(index, fragment):
            call = calls[index]
            return StreamToolCallEvent(id=call.id, function=call.name, arguments=fragment)
        case _:
            return None


def retries(model: str | None, results: Iterable[unillm.ChatResponse | unillm.UnillmError]) -> None:
    """Tell of each attempt that was tried again: how many are asked at once depends on it."""
    report = _theirs("inspect_ai._util.retry", "report_http_retry")
    if report is None:
        return
    for result in results:
        for attempt in result.attempts[:-1]:
            if attempt.outcome == "error":
                limited = attempt.status == 429
                report(kind="rate_limit" if limited else "transient", model=model)
