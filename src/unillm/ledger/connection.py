"""What the ledger asks of a database: the little that both have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeAlias

Row: TypeAlias = tuple[Any, ...]


class Connection(Protocol):
    """A connection to a ledger, used by one thread of one process.

    Names of tables and columns are the ledger's own; values are never part of a statement.

    Attributes:
        ordered: What it calls a table that is kept in the order of its key.
    """

    ordered: str

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Run a statement with ``?`` for values, and return the rows that it gives."""
        ...

    def many(self, sql: str, values: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each row of values."""
        ...

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Put rows into a table."""
        ...

    def transaction(self, *, alone: bool = False) -> AbstractContextManager[None]:
        """Commit what happens in the block, or undo all of it; alone: while nobody else writes."""
        ...

    def has_table(self, name: str) -> bool:
        """Tell whether there is a table of this name."""
        ...

    def is_here(self) -> bool:
        """Tell whether what it writes to is still where the ledger is."""
        ...

    def close(self) -> None:
        """Close it."""
        ...
