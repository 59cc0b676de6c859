"""What is counted of an operation that is over."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from unillm.telemetry.attributes import error_of, failure_of, first_chunk, whom
from unillm.telemetry.names import TAG, named
from unillm.telemetry.sink import Sink
from unillm.types.record import Record
from unillm.types.response import Attempt
from unillm.types.target import Target
from unillm.types.usage import Cost, Usage

if TYPE_CHECKING:
    from opentelemetry.context import Context


class Measures:
    """Counts one operation.

    Tokens and cost are those of each attempt, under the model and provider that it was made with:
    what failed or was refused was billed as well, maybe by another. Times are of the whole.
    """

    def __init__(
        self, sink: Sink, record: Record, operation: str, context: Context | None = None
    ) -> None:
        """Take what is to be counted, and the context in which an example of it is found."""
        self._sink = sink
        self._record = record
        self._operation = operation
        self._context = context
        chosen = (key for key in sink.metric_tags if key in record.tags)
        self._tags = {f"{TAG}{key}": str(record.tags[key]) for key in chosen}

    def times(self, target: Target) -> None:
        """Count how long it took."""
        record = self._record
        values = whom(target, self._operation)
        if record.response is not None:
            values["response.model"] = record.response.model
        common = self._named(values)
        error = self._named({"error": error_of(record)})
        self._tell("duration", record.duration, common | error)
        waited = first_chunk(record)
        if waited is not None:
            self._tell("first_chunk", waited, common)

    def chunks(self, target: Target, attempt: Attempt, gaps: list[float]) -> None:
        """Count how long each piece of a stream took after the one before."""
        common = self._of(target, attempt)
        for gap in gaps:
            self._tell("per_chunk", gap, common)

    def attempt(self, target: Target, attempt: Attempt) -> None:
        """Count an attempt: that it was made, its tokens and what it cost."""
        common = self._of(target, attempt)
        failure = self._named({"error": failure_of(attempt)})
        outcome = self._named({"outcome": attempt.outcome})
        self._tell("attempts", 1, common | failure | outcome)
        self._tokens(attempt, common, failure)
        amount = _amount(attempt.cost)
        if amount is not None:
            state = self._named({"cost.state": attempt.cost.state})
            self._tell("cost", float(amount), common | state)

    def unpriced(self, target: Target) -> None:
        """Count it, if nothing is known of a part of its cost, and no sum has that part."""
        costs = [attempt.cost for attempt in self._record.attempts]
        if any(cost.total is None and cost.high is None for cost in costs):
            self._tell("unpriced", 1, self._named(whom(target, self._operation)))

    def _tokens(self, attempt: Attempt, common: dict[str, Any], failure: dict[str, Any]) -> None:
        # Of what was not reported the draft wants to know as of none; the published text, nothing.
        usage = attempt.usage or Usage(input_tokens=0, output_tokens=0)
        modality = self._named({"token.modality": "unknown"})
        for kind, count in (("input", usage.input_tokens), ("output", usage.output_tokens)):
            self._tell(kind, count, common | modality)
            self._tell(f"{kind}_each", count, common | failure)
            if attempt.usage is not None:
                self._tell("tokens", count, common | self._named({"token.type": kind}))
        for kind, part, known in (
            ("cached", "cached_input", usage.cached_input_tokens),
            ("written", "cache_write", usage.cache_write_tokens),
            ("reasoning", "reasoning", usage.reasoning_tokens),
        ):
            self._tell(kind, known or 0, common | modality)
            if known is not None:
                self._tell("parts", known, common | self._named({"token.part": part}))

    def _of(self, target: Target, attempt: Attempt) -> dict[str, Any]:
        values = whom(target, self._operation)
        return self._named({**values, "response.model": attempt.served_model})

    def _named(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return named(values, self._sink.conventions) | self._tags

    def _tell(self, key: str, amount: float, attributes: Mapping[str, Any]) -> None:
        for instrument in self._sink.instruments.get(key, ()):
            # A counter and a histogram differ by the word for it alone.
            tell: Any = getattr(instrument, "add", None) or getattr(instrument, "record", None)
            tell(amount, attributes, self._context)


def count_alone(sink: Sink, record: Record, target: Target) -> None:
    """Count what an operation used and cost whose time says nothing: a row of a batch."""
    measures = Measures(sink, record, "chat")
    for attempt in record.attempts:
        measures.attempt(target, attempt)
    measures.unpriced(target)


def _amount(cost: Cost) -> Decimal | None:
    """Return what is added up for a cost: itself, or the most that it can be."""
    return cost.high if cost.total is None else cost.total
