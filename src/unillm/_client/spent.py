"""What calls that are over came to: all together, and model by model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import TypeAlias

from unillm.types.dataclass import dataclass
from unillm.types.record import Record
from unillm.types.sums import Sum, shown

Model: TypeAlias = tuple[str, str]
"""A provider, and what it calls the model."""

_NAMES = ("model", "attempts", "tokens in", "out", "cost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Sums over records. Another one takes its place when there are more.

    Attributes:
        counted: How many records are in it.
        whole: Of all calls.
        models: Of the attempts at each model, those that failed included.
    """

    counted: int = 0
    whole: Sum = field(default_factory=Sum)
    models: dict[Model, Sum] = field(default_factory=dict[Model, Sum])

    def with_more(self, records: Sequence[Record]) -> Spent:
        """Return the sums with the records that are not in them yet."""
        whole, counted = self.whole.copy(), self.counted
        models = {name: one.copy() for name, one in self.models.items()}
        until = len(records)
        for at in range(counted, until):
            record = records[at]
            # Where nothing was sent nothing was paid, though no cost says so.
            whole.add(record.usage, record.cost if record.attempts else None)
            for attempt in record.attempts:
                key = (attempt.provider, attempt.model)
                models.setdefault(key, Sum()).add(attempt.usage, attempt.cost)
        return Spent(counted=until, whole=whole, models=models)

    def brief(self) -> str:
        """Return calls, tokens and cost in a line."""
        usage = self.whole.usage
        tokens = f"{usage.input_tokens:,} in, {usage.output_tokens:,} out, " if usage else ""
        return f"{_counted(self.counted)}, {tokens}{shown(self.whole.cost())}"

    def markdown(self, title: str) -> str:
        """Return a table of models as Markdown."""
        from unillm._markdown import inert, table

        said = f"**{inert(title)}**: {inert(self.brief())}"
        return f"{said}\n\n{table(_NAMES, self._rows(), _NAMES[:1])}"

    def _rows(self) -> Iterator[tuple[str, ...]]:
        for (provider, model), one in self.models.items():
            used = ("", "")
            if one.usage is not None:
                used = f"{one.usage.input_tokens:,}", f"{one.usage.output_tokens:,}"
            yield f"{provider}:{model}", f"{one.count:,}", *used, shown(one.cost())


def _counted(number: int) -> str:
    return f"{number:,} call{'' if number == 1 else 's'}"
