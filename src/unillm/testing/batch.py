"""How the Batch API of a fake provider behaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from unillm.types.dataclass import dataclass

__all__ = ["BatchEnd", "FakeBatch"]

BatchEnd: TypeAlias = Literal["completed", "failed", "expired", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeBatch:
    """Describe what becomes of batches.

    Each look at a batch takes it one step further: ``validating``, ``in_progress``,
    ``finalizing``, and its end. Its rows are answered then as requests of their own would be: from
    the queue, by chance, by the rules; and are listed from the last to the first.

    Attributes:
        end: How batches end.
        answered: How many rows are answered before a batch expires or is cancelled.
        failing: The status with which a row fails, by its place in the file, from 0.
        lost: How many batches are made whose answer never comes: the connection is closed instead.
        refused: How many are answered with 503 before one is made.
        misses: How many looks at a batch are answered with 503.
        steps: The steps before the end.
    """

    end: BatchEnd = "completed"
    answered: int = 0
    failing: Mapping[int, int] = field(default_factory=dict[int, int])
    lost: int = 0
    refused: int = 0
    misses: int = 0
    steps: tuple[str, ...] = ("validating", "in_progress", "finalizing")
