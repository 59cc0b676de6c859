"""One of many calls made at once, and how far they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeAlias, TypeVar

from unillm.errors import UnillmError
from unillm.types.brief import absent, brief, shown
from unillm.types.dataclass import dataclass
from unillm.types.looks import Looks
from unillm.types.response import ChatResponse
from unillm.types.usage import Cost, nothing, total_cost

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Row(Looks, Generic[T]):
    """What came of one row: an answer or an error, never neither.

    Attributes:
        index: Its place among the rows, from 0.
        input: The row as it was given.
        key: What it is known by in the checkpoint: the ``key`` it was given with, or one made of
            what is asked; None without a checkpoint.
        response: The answer, or None if it failed.
        output: What the answer was made into, with ``output=``; else None.
        error: Why it failed, or None.
        resumed: Whether it was read from the checkpoint, and not paid for again.
    """

    index: int
    input: Any
    key: str | None = None
    response: ChatResponse | None = None
    output: T | None = None
    error: UnillmError | None = None
    resumed: bool = False

    if not TYPE_CHECKING:  # a checker is to refuse what is not there

        def __getattr__(self, name: str) -> NoReturn:
            """Say where a field of an answer is to be found.

            Raises:
                AttributeError: Always.
            """
            raise AttributeError(absent(self, name, _ELSEWHERE))

    def __repr__(self) -> str:
        """Show the place, the input, cut, and what came of it."""
        came = repr(self.error) if self.response is None else shown(self.response.text)
        resumed = ", resumed" if self.resumed else ""
        return f"Row({self.index}, {shown(self.input)} -> {came}{resumed})"

    def _repr_markdown_(self) -> str:
        came: Any = self.error if self.response is None else self.response
        shown: str = came._repr_markdown_()
        return shown


_ELSEWHERE = {
    "text": ".response.text, where there is no .error",
    "content": ".response.text, where there is no .error",
    "message": ".response.message, where there is no .error",
    "tool_calls": ".response.tool_calls, where there is no .error",
    "usage": ".response.usage, where there is no .error",
    "result": ".output with output=…, else .response",
    "data": ".output with output=…, else .response",
}


class RowList(Looks, list[Row[Any]]):
    """The rows of many calls: a list, which a notebook shows as a table, without what was asked."""

    __slots__ = ()

    def _repr_plain_(self) -> str:
        rows = [_HEADS, *self._cells()]
        wide = [max(len(row[at]) for row in rows) for at in range(len(_HEADS))]
        lines = ("  ".join(map(str.ljust, row, wide)).rstrip() for row in rows)
        return "\n".join([*lines, " · ".join(self._said())])

    def _repr_markdown_(self) -> str:
        from unillm._markdown import facts, table

        shown = table(_HEADS, self._cells(), {"what came of it"})
        return f"{shown}\n\n{facts(self._said())}"

    def _cells(self) -> list[tuple[str, ...]]:
        return [_cells(row) for row in self[:_MOST_ROWS]]

    def _said(self) -> list[str]:
        """Return what there is to say of all of them, shown or not."""
        said = [f"{len(self):,} row{'' if len(self) == 1 else 's'}"]
        if len(self) > _MOST_ROWS:
            said[0] += f", the first {_MOST_ROWS} of them above"
        failed = sum(row.error is not None for row in self)
        costs = [cost for row in self if (cost := _cost(row)) is not None]
        return [*said, f"{failed:,} failed", *([total_cost(costs).brief] if costs else [])]


_MOST_ROWS, _MOST_SAID = 25, 100
_HEADS = ("row", "tokens in", "out", "cost", "what came of it")


def _cells(row: Row[Any]) -> tuple[str, ...]:
    response, cost = row.response, _cost(row)
    usage = None if response is None else response.usage
    used = ("", "") if usage is None else (f"{usage.input_tokens:,}", f"{usage.output_tokens:,}")
    if response is None:
        came = f"{type(row.error).__name__}: {brief(str(row.error), _MOST_SAID)}"
    elif row.output is not None:
        came = brief(repr(row.output), _MOST_SAID)
    else:
        calls = ", ".join(f"{call.name}(…)" for call in response.tool_calls)
        came = brief(" ".join(response.text.split()), _MOST_SAID) or calls
    paid = "" if cost is None else "resumed" if row.resumed else cost.brief
    return str(row.index), *used, paid, "".join(c if c.isprintable() else "\ufffd" for c in came)


def _cost(row: Row[Any]) -> Cost | None:
    """Return what a row cost this time; None: nothing was asked, or it is not told."""
    if row.resumed:
        return nothing("it was read from the checkpoint")
    if row.response is not None:
        return row.response.cost
    return None if row.error is None else row.error.cost


@dataclass(frozen=True, slots=True, kw_only=True)
class MapProgress:
    """How far many calls are.

    Attributes:
        done: How many rows have their answer or their error.
        failed: How many of these have an error.
        resumed: How many of these were read from the checkpoint.
        total: How many rows there are; None: that cannot be told before their end.
        cost: What all attempts made so far cost together.
    """

    done: int
    failed: int
    resumed: int
    total: int | None
    cost: Cost = field(default_factory=lambda: nothing("nothing was sent"))


OnProgress: TypeAlias = Callable[[MapProgress], None]
"""Told how far many calls are: synchronous and fast, called where the rows are read."""
