"""Values that were pickled by an older release, which knew fewer fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import MISSING, Field, fields
from typing import Any

LATER = {"later": True}
"""Metadata of a field that came after the first values were pickled. It has a default."""


def restored(value: Any, state: Sequence[Any]) -> None:
    """Fill a dataclass with slots with what was pickled, and what is not there with its default.

    A pickle has the values of the fields in their order, without names; a shorter one has none of
    those that came later.
    """
    known: tuple[Field[Any], ...] = fields(value)
    if len(state) < len(known):
        for field in known:
            if field.metadata.get("later"):
                object.__setattr__(value, field.name, _default(field))
        known = tuple(field for field in known if not field.metadata.get("later"))
    for field, given in zip(known, state, strict=True):
        object.__setattr__(value, field.name, given)


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()
