"""Events and answers of unillm, as events and responses of DSPy's engine contract."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from dspy import lm15

import unillm
from unillm.integrations.dspy.details import details, kept
from unillm.integrations.dspy.messages import CONTINUED

StreamEvent: TypeAlias = (
    lm15.StreamStartEvent | lm15.StreamDeltaEvent | lm15.StreamEndEvent | lm15.StreamErrorEvent
)

_Delta: TypeAlias = lm15.TextDelta | lm15.ThinkingDelta | lm15.ToolCallDelta

_THOUGHT, _TEXT, _IMAGES, _CITED, _CALLS = 0, 1, 2, 999, 1000
"""Where parts stand in a response: in this order, whatever comes first."""

_FINISHED: Mapping[unillm.FinishReason, lm15.FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_call",
    "content_filter": "content_filter",
    "other": "stop",
}


class Telling:
    """Tell DSPy of one answer, event by event.

    Calls are told when they are whole: their fragments would be put together as they came, without
    the repairs, and a call that is cut off would look like one to be made.
    """

    __slots__ = ("_adapted", "_begun", "_shown")

    def __init__(self, adapted: Iterable[lm15.Adaptation]) -> None:
        self._adapted = tuple(adapted)
        self._begun = False
        self._shown = False

    def begin(self, partial: unillm.ChatResponse | None) -> Iterator[StreamEvent]:
        """Give the start, once; it names whoever answers, so it waits for the first event."""
        if not self._begun:
            self._begun = True
            name = None if partial is None else partial.id
            model = None if partial is None else partial.model
            yield lm15.StreamStartEvent(name or None, model or None, self._adapted)

    def tell(self, event: unillm.Event) -> Iterator[StreamEvent]:
        """Give what one event is for DSPy.

        Raises:
            StreamAssemblyError: What was shown is void, which DSPy cannot be told.
        """
        match event:
            case unillm.TextDelta(text) | unillm.RefusalDelta(text):
                yield self._delta(lm15.TextDelta(text, _TEXT))
            case unillm.ReasoningDelta(text):
                yield self._delta(lm15.ThinkingDelta(text, _THOUGHT))
            case unillm.ToolCallReady(index, call):
                yield self._delta(_called(index, call))
            case unillm.StreamRestarted(reason=reason) if self._shown:
                raise lm15.StreamAssemblyError(
                    f"the answer began anew after some of it was shown ({reason}), which DSPy's "
                    "streams cannot say; have it not restarted, or do not stream",
                    provider="unillm",
                )
            case unillm.Finished(response):
                yield from _end(response)
            case _:
                pass

    def _delta(self, delta: _Delta) -> StreamEvent:
        self._shown = True
        return lm15.StreamDeltaEvent(delta)


def whole(
    response: unillm.ChatResponse,
    request: lm15.Request,
    adapted: Iterable[lm15.Adaptation] = (),
) -> lm15.Response:
    """Return an answer as a response, put together as that of a stream is."""
    telling = Telling(adapted)
    events = [*telling.begin(response)]
    for event in _events(response):
        events += telling.tell(event)
    return lm15.materialize_response(iter(events), request)


def _events(response: unillm.ChatResponse) -> Iterator[unillm.Event]:
    if response.reasoning:
        yield unillm.ReasoningDelta(response.reasoning)
    if response.text:
        yield unillm.TextDelta(response.text)
    if response.refusal:
        yield unillm.RefusalDelta(response.refusal)
    for index, call in enumerate(response.tool_calls):
        yield unillm.ToolCallReady(index, call)
    yield unillm.Finished(response)


def _end(response: unillm.ChatResponse) -> Iterator[StreamEvent]:
    """Give what is known at the end alone, and the end."""
    if response.logprobs:
        scores = tuple(_score(one) for one in response.logprobs)
        yield lm15.StreamDeltaEvent(lm15.TextDelta("", _TEXT, scores))
    for at, image in enumerate(response.images):
        yield lm15.StreamDeltaEvent(_pictured(image.url, _IMAGES + at))
    for found in map(_cited, response.annotations):
        if found:
            yield lm15.StreamDeltaEvent(lm15.CitationDelta(**found, part_index=_CITED))
    if beside := kept(response.message):
        yield lm15.StreamDeltaEvent(lm15.ContinuationDelta(*CONTINUED, beside))
    yield lm15.StreamEndEvent(
        "content_filter" if response.refusal else _FINISHED[response.finish_reason],
        None if response.usage is None else _used(response.usage),
        {"unillm": details(response)},
    )


def _called(index: int, call: unillm.ToolCall) -> lm15.ToolCallDelta:
    written = json.dumps(call.arguments, ensure_ascii=False)
    return lm15.ToolCallDelta(written, _CALLS + index, call.id, call.name)


def _used(usage: unillm.Usage) -> lm15.Usage:
    return lm15.Usage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cached_input_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        reasoning_tokens=usage.reasoning_tokens,
    )


def _pictured(url: str, place: int) -> lm15.ImageDelta:
    head, comma, data = url.partition(",")
    if comma and head.startswith("data:"):
        kind = head.removeprefix("data:").partition(";")[0]
        return lm15.ImageDelta(data, part_index=place, media_type=kind)
    return lm15.ImageDelta(url=url, part_index=place)


def _cited(annotation: Mapping[str, Any]) -> dict[str, str]:
    inner: Mapping[str, Any] = annotation.get("url_citation") or annotation
    found = {name: inner.get(name) for name in ("url", "title")}
    return {name: value for name, value in found.items() if isinstance(value, str) and value}


def _score(token: Mapping[str, Any]) -> lm15.TokenLogprob:
    tops = [lm15.TopLogprob(**_scored(top)) for top in token.get("top_logprobs") or ()]
    return replace(lm15.TokenLogprob(**_scored(token)), top=tuple(tops))


def _scored(token: Mapping[str, Any]) -> dict[str, Any]:
    found = token.get("bytes")
    known = None if found is None else tuple(found)
    return {"token": token["token"], "logprob": token["logprob"], "bytes": known}
