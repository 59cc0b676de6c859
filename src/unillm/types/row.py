"""One of many calls made at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from unillm.errors import UnillmError
from unillm.types.response import ChatResponse

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(Generic[T]):
    """What came of one row: an answer or an error, never neither.

    Attributes:
        index: Its place among the rows, from 0.
        input: The row as it was given.
        response: The answer, or None if it failed.
        output: What the answer was made into, with ``output=``; else None.
        error: Why it failed, or None.
        resumed: Whether it was read from the checkpoint, and not paid for again.
    """

    index: int
    input: Any
    response: ChatResponse | None = None
    output: T | None = None
    error: UnillmError | None = field(default=None)
    resumed: bool = False
