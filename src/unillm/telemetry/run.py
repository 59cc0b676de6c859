"""One run as a span, with its operations and the calls of its tools beneath it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from opentelemetry import context as contexts
from opentelemetry import trace
from pydantic_core import to_json

from unillm._flow.traced import TracedTool
from unillm.telemetry import attributes
from unillm.telemetry.names import named
from unillm.telemetry.quietly import Quietly
from unillm.telemetry.sink import Sink
from unillm.telemetry.suppressed import is_suppressed
from unillm.types.dataclass import dataclass
from unillm.types.record import Scope
from unillm.types.run import RunResult
from unillm.types.target import Target
from unillm.types.tools import ToolCall

if TYPE_CHECKING:
    from contextvars import Token

    from opentelemetry.context import Context
    from opentelemetry.trace import Span


@dataclass(slots=True)
class _Tool:
    """What became of one call of a tool."""

    got: object = None


class RunTrace:
    """Follows one run; after the first thing that OpenTelemetry raises nothing is told."""

    __slots__ = ("_begun", "_quietly", "_scope", "_sink", "_span", "_target")

    def __init__(self, sink: Sink, target: Target, scope: Scope) -> None:
        """Begin with a run that has not begun."""
        self._sink = sink
        self._target = target
        self._scope = scope
        self._span: Span | None = None
        self._begun = False
        self._quietly = Quietly()

    @contextmanager
    def step(self) -> Generator[None]:
        """Make what is done inside part of the run, which begins with the first of these."""
        if not self._begun:
            self._begun = True
            self._begin()
        entered = self._entered(self._span)
        try:
            yield
        finally:
            _leave(entered)

    @contextmanager
    def tool(self, call: ToolCall) -> Generator[TracedTool]:
        """Follow a call of a tool, where it is made: in its thread, or its task."""
        made = _Tool()
        span = None if self._span is None else self._tool_span(call)
        entered = self._entered(span)
        try:
            yield made
        finally:
            _leave(entered)
            if span is not None:
                self._end_tool(span, made)

    def conclude(self, result: RunResult[Any], error: BaseException | None, *, whole: bool) -> None:
        """End the span."""
        span, self._span = self._span, None
        if span is None or self._quietly.is_over:
            return
        with self._quietly:
            outcome = "ok" if whole else "error" if isinstance(error, Exception) else "cancelled"
            usage = result.usage
            values = attributes.costs(result.cost) | {
                "outcome": outcome,
                "turns": len(result.turns),
                "attempts": len(result.attempts),
                "usage.input": None if usage is None else usage.input_tokens,
                "usage.output": None if usage is None else usage.output_tokens,
            }
            if outcome == "error":
                values["error"] = _kind(error)
                span.set_status(trace.StatusCode.ERROR, _kind(error))
            span.set_attributes(named(values, self._sink.conventions))
            span.end()

    def _begin(self) -> None:
        with self._quietly:
            if is_suppressed(contexts.get_current()):
                return
            values = attributes.whom(self._target, "invoke_agent")
            values |= attributes.scoped(self._scope)
            told = named(values, self._sink.conventions) | attributes.tags(self._scope)
            self._span = self._started("invoke_agent", told)

    def _tool_span(self, call: ToolCall) -> Span | None:
        with self._quietly:
            values = {
                "operation": "execute_tool",
                "tool.name": call.name,
                "tool.id": call.id,
                "tool.type": "function",
                "tool.arguments": _json(call.arguments) if self._tells_content else None,
            }
            told = named(values, self._sink.conventions)
            return self._started(f"execute_tool {call.name}", told)
        return None

    def _end_tool(self, span: Span, made: _Tool) -> None:
        with self._quietly:
            values: dict[str, Any] = {"outcome": "ok"}
            if made.got is None:
                values["outcome"] = "cancelled"
            elif isinstance(made.got, BaseException):
                values |= {"outcome": "error", "error": _kind(made.got)}
                span.set_status(trace.StatusCode.ERROR, _kind(made.got))
            elif self._tells_content:
                values["tool.result"] = _json(made.got)
            span.set_attributes(named(values, self._sink.conventions))
            span.end()

    @property
    def _tells_content(self) -> bool:
        return self._sink.content in {"span", "both"}

    def _started(self, name: str, told: dict[str, Any]) -> Span | None:
        tracer = self._sink.tracer
        return None if tracer is None else tracer.start_span(name, attributes=told)

    def _entered(self, span: Span | None) -> Token[Context] | None:
        if span is None or self._quietly.is_over:
            return None
        with self._quietly:
            return contexts.attach(trace.set_span_in_context(span))
        return None


def _leave(entered: Token[Context] | None) -> None:
    if entered is not None:
        contexts.detach(entered)


def _kind(error: BaseException | None) -> str:
    return type(error).__name__


def _json(value: object) -> str:
    return to_json(value, inf_nan_mode="null", fallback=str).decode()
