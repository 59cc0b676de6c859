"""Rows by the names that they go by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from unillm.catalog import find
from unillm.errors import InvalidRequestError
from unillm.types.price import Price

ByName = Mapping[tuple[str, str], tuple[Price, ...]]
"""The rows of each provider and name, both in lower case, the oldest first."""


def indexed(rows: Iterable[Price]) -> ByName:
    """Return rows by provider and name."""
    index: dict[tuple[str, str], list[Price]] = {}
    for row in rows:
        for name in {row.model.lower(), *(name.lower() for name in row.ids)}:
            index.setdefault((row.provider.lower(), name), []).append(row)
    return MappingProxyType({key: tuple(sorted(held, key=_begin)) for key, held in index.items()})


def rows_of(books: Sequence[ByName], provider: str, model: str) -> list[tuple[Price, ...]]:
    """Return what each of some books has of a name: of exactly that one, else of its model."""
    name = model.removeprefix(f"{provider}:")
    return _exactly(books, provider, name) or _exactly(books, provider, _catalog_id(name))


def named(name: Any, argument: str) -> str:
    """Return a name in lower case.

    Raises:
        InvalidRequestError: It is none.
    """
    if not isinstance(name, str) or not name:
        raise InvalidRequestError(f"{argument} is a name, not {name!r}")
    return name.lower()


def _exactly(books: Sequence[ByName], provider: str, name: str) -> list[tuple[Price, ...]]:
    found = (book.get((provider, name)) for book in books)
    return [rows for rows in found if rows]


def _begin(row: Price) -> float:
    begin = row.perhaps_since or row.since
    return begin.timestamp() if begin else float("-inf")


def _catalog_id(name: str) -> str:
    info = find(name)
    return name if info is None else info.id
