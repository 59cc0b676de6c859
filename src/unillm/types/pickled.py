"""Values that were pickled by an older release, which knew fewer fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import MISSING, Field, fields
from typing import Any

LATER = {"later": True}
"""Metadata of a field that came after the first values were pickled. It has a default."""


def restored(value: Any, state: Sequence[Any]) -> None:
    """Fill a dataclass with slots with what was pickled, and what is not there with its default.

    A pickle has the values of the fields in their order, without names. One that is as long as they
    were at first has none of those that came later, wherever these stand; another one that is too
    short lacks the last.

    Raises:
        ValueError: It is neither: what always was there is not, or it has more than is known.
    """
    known: tuple[Field[Any], ...] = fields(value)
    first = tuple(field for field in known if not field.metadata.get("later"))
    told = first if len(state) == len(first) else known[: len(state)]
    given = dict(zip((field.name for field in told), state, strict=True))
    for field in known:
        name = field.name
        object.__setattr__(value, name, given[name] if name in given else _default(field))


def _default(field: Field[Any]) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    if field.default is MISSING:
        message = f"what was pickled has no {field.name!r}: it is no value of any release"
        raise ValueError(message)
    return field.default
