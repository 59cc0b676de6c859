"""One of many calls made at once, and how far they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeAlias, TypeVar

from unillm.errors import UnillmError
from unillm.types.brief import absent, shown
from unillm.types.dataclass import dataclass
from unillm.types.response import ChatResponse
from unillm.types.usage import Cost, nothing

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Row(Generic[T]):
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


_ELSEWHERE = {
    "text": ".response.text, where there is no .error",
    "content": ".response.text, where there is no .error",
    "message": ".response.message, where there is no .error",
    "tool_calls": ".response.tool_calls, where there is no .error",
    "usage": ".response.usage, where there is no .error",
    "result": ".output with output=…, else .response",
    "data": ".output with output=…, else .response",
}


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
