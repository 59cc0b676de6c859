"""unillm's stream as pydantic-ai's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from pydantic_ai import messages as theirs
from pydantic_ai.exceptions import ModelAPIError
from pydantic_ai.models import StreamedResponse

import unillm
from unillm.integrations.pydantic_ai.answer import (
    called,
    drawn,
    finish_of,
    name_of,
    refused,
    text_of,
    thought,
)
from unillm.integrations.pydantic_ai.details import SYSTEM, details_of
from unillm.integrations.pydantic_ai.errors import translated
from unillm.integrations.pydantic_ai.usage import failed_of, usage_of

Made: TypeAlias = Iterator[theirs.ModelResponseStreamEvent]

_ORDER = (theirs.ThinkingPart, theirs.TextPart, theirs.FilePart, theirs.ToolCallPart)
"""The order in which a whole answer has its parts, whatever order they came in."""


@dataclass
class UnillmStreamedResponse(StreamedResponse):
    """One answer of unillm while it comes."""

    asked: str
    stream: unillm.AsyncStream
    begun_at: datetime = field(default_factory=lambda: theirs.ModelResponse([]).timestamp)
    _places: dict[str, int] = field(default_factory=dict[str, int], init=False)
    _void: int = field(default=0, init=False)

    async def _get_event_iterator(self) -> AsyncIterator[theirs.ModelResponseStreamEvent]:
        with translated(self.asked):
            try:
                async for event in self.stream:
                    for made in self._events(event):
                        yield made
            except unillm.OutputValidationError as error:
                # Whether to ask again is pydantic-ai's to say: it looks at the output itself.
                for made in self._end(error.response):
                    yield made

    def _events(self, event: unillm.Event) -> Made:
        parts = self._parts_manager
        match event:
            case unillm.TextDelta(text):
                yield from parts.handle_text_delta(vendor_part_id="text", content=text)
            case unillm.ReasoningDelta(text):
                yield from parts.handle_thinking_delta(
                    vendor_part_id=self._thinking, content=text, provider_name=SYSTEM
                )
            case unillm.ToolCallStarted(index, call_id, name):
                self._places[call_id] = index
                yield from parts.handle_tool_call_delta_events(
                    vendor_part_id=index, tool_name=name, args="", tool_call_id=call_id
                )
            case unillm.ToolCallDelta(index, fragment):
                yield from parts.handle_tool_call_delta_events(vendor_part_id=index, args=fragment)
            case unillm.ToolCallReady(index, call):
                yield from self._call(index, called(call))
            case unillm.StreamRestarted(reason=reason):
                self._begin_anew(reason)
            case unillm.Finished(response):
                yield from self._end(response)
            case _:  # a refusal is told at the end; of an output, its text is shown
                pass

    @property
    def _thinking(self) -> tuple[str, int]:
        return "thinking", self._void

    def _call(self, place: int, call: theirs.ToolCallPart) -> Made:
        """Show a call as it is in the whole answer: at once, if it differs from what was shown."""
        shown = self._parts_manager.get_part_by_vendor_id(place)
        if isinstance(shown, theirs.ToolCallPart) and _same(shown, call):
            yield from self._parts_manager.handle_tool_call_delta_events(
                vendor_part_id=place,
                args="",
                provider_name=call.provider_name,
                provider_details=call.provider_details,
            )
            return
        yield self._parts_manager.handle_tool_call_part(
            vendor_part_id=place,
            tool_name=call.tool_name,
            args=call.args,
            tool_call_id=call.tool_call_id,
            provider_name=call.provider_name,
            provider_details=call.provider_details,
        )

    def _begin_anew(self, reason: str) -> None:
        """Forget what was thought; what was said or called cannot be taken back.

        Raises:
            ModelAPIError: It was.
        """
        parts = self._parts_manager.get_parts()
        if not all(isinstance(part, theirs.ThinkingPart) for part in parts):
            raise ModelAPIError(
                self.asked,
                f"the answer begins anew ({reason}), but a part of it was shown, and the events of "
                "pydantic-ai cannot take it back: ask without a stream, or do without "
                "on_midstream_error='restart' and RepairPolicy(reask=…)",
                in_stream=True,
            )
        self._void = len(parts)

    def _end(self, response: unillm.ChatResponse) -> Made:
        self._usage = usage_of(response)
        self.finish_reason = finish_of(response)
        self.provider_response_id = response.id
        self.provider_details = details_of(response)
        self.failed_attempts = failed_of(response)
        yield from self._corrected("text", theirs.TextPart(text_of(response)))
        yield from self._corrected(self._thinking, thought(response.reasoning or ""))
        for file in drawn(response):
            yield self._parts_manager.handle_part(vendor_part_id=None, part=file)
        for number, call in enumerate(response.invalid_tool_calls):
            place = self._places.get(call.id, -1 - number)
            yield from self._call(place, refused(call))

    def _corrected(
        self, place: str | tuple[str, int], part: theirs.TextPart | theirs.ThinkingPart
    ) -> Made:
        """Show a text as it is in the whole answer, if what was shown of it differs."""
        shown = self._parts_manager.get_part_by_vendor_id(place)
        before = shown.content if isinstance(shown, theirs.TextPart | theirs.ThinkingPart) else ""
        if before != part.content:
            yield self._parts_manager.handle_part(vendor_part_id=place, part=part)

    def get(self) -> theirs.ModelResponse:
        """Return what has come so far; in the end, what `UnillmModel.request` returns."""
        response = super().get()
        parts = [part for part in response.parts[self._void :] if _says_something(part)]
        if response.state == "complete":
            refusal = (self.provider_details or {}).get("refusal")
            parts = [] if refusal is not None else sorted(parts, key=_rank)
        response.parts = parts
        return response

    async def close_stream(self) -> None:
        """Close the connection."""
        await self.stream.close()

    def get_stream_cancel_errors(self) -> tuple[type[BaseException], ...]:
        """Return what a stream raises that is closed while it is read."""
        return (unillm.UnillmError, *super().get_stream_cancel_errors())

    @property
    def model_name(self) -> str:
        """Return who answers, once that is known; before, who was asked."""
        partial = self.stream.partial
        return self.asked if partial is None else name_of(partial)

    @property
    def provider_name(self) -> str:
        """Return the system."""
        return SYSTEM

    @property
    def provider_url(self) -> None:
        """Return nothing: several hosts may answer one request."""
        return

    @property
    def timestamp(self) -> datetime:
        """Return when the answer began."""
        return self.begun_at


def _same(one: theirs.ToolCallPart, other: theirs.ToolCallPart) -> bool:
    said = (one.tool_name, one.tool_call_id, one.args)
    return said == (other.tool_name, other.tool_call_id, other.args)


def _says_something(part: theirs.ModelResponsePart) -> bool:
    if isinstance(part, theirs.TextPart | theirs.ThinkingPart):
        return bool(part.content)
    return True


def _rank(part: theirs.ModelResponsePart) -> int:
    return next((i for i, kind in enumerate(_ORDER) if isinstance(part, kind)), len(_ORDER))
