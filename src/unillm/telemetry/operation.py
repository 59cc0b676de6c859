"""One operation as a span, with a span for each of its attempts beneath it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from opentelemetry import context as contexts
from opentelemetry import trace

from unillm._flow.operation import Operation, Trial
from unillm.telemetry import attributes
from unillm.telemetry.content import content_of, tell_event
from unillm.telemetry.measures import Measures
from unillm.telemetry.quietly import Quietly
from unillm.telemetry.sink import Sink
from unillm.telemetry.suppressed import is_suppressed
from unillm.types.record import Record
from unillm.types.response import Attempt

if TYPE_CHECKING:
    from contextvars import Token

    from opentelemetry.context import Context
    from opentelemetry.trace import Span

OperationName: TypeAlias = Literal["chat", "text_completion"]
"""What the conventions call an operation."""

_NANO = 1_000_000_000


class OperationTrace:
    """Follows one operation; after the first thing that OpenTelemetry raises nothing is told."""

    __slots__ = ("_begun", "_context", "_kind", "_made", "_quietly", "_sent", "_sink", "_span")

    def __init__(self, sink: Sink, kind: OperationName) -> None:
        """Begin with an operation that has not begun."""
        self._sink = sink
        self._kind: OperationName = kind
        self._quietly = Quietly()
        self._begun = False
        self._span: Span | None = None
        self._context: Context | None = None
        self._sent: dict[int, tuple[Trial, Span | None]] = {}
        """The attempts that were sent, by their numbers."""
        self._made = 0
        """Of how many that are over the spans have ended; they need not end as they began."""

    @property
    def times_chunks(self) -> bool:
        """Tell whether somebody counts how long each piece of a stream took."""
        return bool(self._sink.instruments)

    def begin(self, operation: Operation) -> None:
        """Begin the span, beneath whatever is current here."""
        with self._quietly:
            here = contexts.get_current()
            if is_suppressed(here):
                return
            if self._sink.tracer is not None:
                self._span = self._sink.tracer.start_span(
                    f"{self._kind} {operation.target.model}",
                    context=here,
                    kind=trace.SpanKind.CLIENT,
                    attributes=attributes.begun(operation, self._kind, self._sink.conventions),
                    start_time=time.time_ns(),
                )
                here = trace.set_span_in_context(self._span, here)
            self._context = here
            self._begun = True

    def enter(self, operation: Operation) -> Token[Context] | None:
        """Begin the span of an attempt and make it current."""
        trial = operation.trial
        if trial is None or not self._is_told:
            return None
        with self._quietly:
            self._settle(operation)
            span = None
            if self._sink.tracer is not None:
                span = self._sink.tracer.start_span(
                    f"attempt {trial.target.model}",
                    context=self._context,
                    attributes=attributes.tried(trial, self._sink.conventions),
                    start_time=int(trial.sent_unix * _NANO),
                )
            self._sent[trial.number] = trial, span
            return None if span is None else contexts.attach(trace.set_span_in_context(span))
        return None

    def leave(self, entered: Any) -> None:
        """Make current again what was before."""
        if entered is not None:
            contexts.detach(entered)

    def conclude(self, operation: Operation, record: Record) -> None:
        """End every span, and count."""
        if not self._is_told:
            return
        with self._quietly:
            self._settle(operation)
            self._count(operation, record)
            if self._span is not None:
                self._end(self._span, operation, record)
            if self._sink.logger is not None:
                told = attributes.begun(operation, self._kind, self._sink.conventions)
                told |= attributes.ended(operation, record, self._sink.conventions)
                tell_event(self._sink, told, record, self._context)

    @property
    def _is_told(self) -> bool:
        return self._begun and not self._quietly.is_over

    def _settle(self, operation: Operation) -> None:
        """End the spans of attempts that are over.

        That is done when the next begins, or all is over: until then an answer may still be
        refused, and its attempt be remembered as failed.
        """
        for attempt in operation.attempts[self._made :]:
            _, span = self._sent.get(attempt.number, (None, None))
            self._made += 1
            if span is not None and span.is_recording():
                span.set_attributes(attributes.over(attempt, self._sink.conventions))
                if attempt.outcome == "error":
                    span.set_status(trace.StatusCode.ERROR, _told(attempt))
            if span is not None:
                span.end(int((attempt.started_at + attempt.duration) * _NANO))

    def _end(self, span: Span, operation: Operation, record: Record) -> None:
        sink = self._sink
        if span.is_recording():
            span.set_attributes(attributes.ended(operation, record, sink.conventions))
            if sink.content in {"span", "both"}:
                span.set_attributes(content_of(record, sink.conventions))
            if record.outcome == "error":
                span.set_status(trace.StatusCode.ERROR, _why(record))
        span.end(int((record.started_at + record.duration) * _NANO))

    def _count(self, operation: Operation, record: Record) -> None:
        if not self._sink.instruments:
            return
        measures = Measures(self._sink, record, self._kind, self._context)
        measures.times(operation.target)
        for attempt in record.attempts:
            if attempt.number not in self._sent:
                continue
            trial, _ = self._sent[attempt.number]
            measures.attempt(trial.target, attempt)
            measures.chunks(trial.target, attempt, trial.gaps or [])
        measures.unpriced(operation.target)


def _why(record: Record) -> str | None:
    """Return why an operation failed."""
    failure = attributes.error_of(record)
    return _told(record.attempts[-1], failure) if record.attempts else failure


def _told(attempt: Attempt, failure: str | None = None) -> str:
    """Return why something failed, without a word of the provider's: it may quote the prompt."""
    kind = failure or attributes.failure_of(attempt) or ""
    return kind if attempt.status is None else f"{kind}, HTTP {attempt.status}"
