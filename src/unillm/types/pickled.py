"""Pickles of values that have got fields since."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from typing import Any


def restore(value: Any, state: Any) -> None:
    """Give a slotted dataclass the fields it was pickled with, and their defaults to later ones.

    Fields are pickled by their order, so new ones may come at the end alone.

    Args:
        value: It, without any.
        state: What was pickled: the values of its first fields.
    """
    known = fields(value)
    for field, kept in zip(known, state, strict=False):
        object.__setattr__(value, field.name, kept)
    for field in known[len(state) :]:
        object.__setattr__(value, field.name, _default(field))


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()
