"""Keys that stand where a misplaced or lost closer, or a quote, may have put them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from unillm.repair.changes import Change
from unillm.repair.grammar.shapes import Shape
from unillm.types.json import is_list, is_object


def may_be_misplaced(value: Any, shape: Shape, changes: Iterable[Change]) -> bool:
    """Tell whether a key may belong to another object than the one a repair left it in.

    Where a closer was put in or taken out, a key that the schema does not declare there must not
    be one that it declares in the object before it, or in one around it, where it is missing.
    Where the end of a string was looked for, a key that is not declared may be what the string
    says: code that writes an object does.
    """
    if not shape.known:
        return False
    rules = "+".join([change.rule for change in changes])
    if "missing_quote" in rules and _goes_on(value, shape, ""):
        return True
    if "escaped_quote" in rules and _goes_on(value, shape, '"'):  # or unescaped_quote
        return True
    return "_closer" in rules and _any(value, shape, frozenset())


def _goes_on(value: Any, shape: Shape, mark: str) -> bool:
    """Tell whether a key that is not declared follows a declared string that holds a mark."""
    if is_list(value):
        return any(_goes_on(item, shape.below(None), mark) for item in value)
    if not is_object(value):
        return False
    before = False
    for name, member in value.items():
        if (before and name not in shape.names) or _goes_on(member, shape.below(name), mark):
            return True
        before = name in shape.names and isinstance(member, str) and mark in member
    return False


def _any(value: Any, shape: Shape, above: frozenset[str]) -> bool:
    """Tell it of a value, given the keys that are missing further out."""
    if is_list(value):
        return any(_any(item, shape.below(None), above) for item in value)
    if not is_object(value):
        return False
    missing = frozenset(name for name in shape.names if name not in value)
    before: frozenset[str] = frozenset()
    for name, member in value.items():
        stray = name not in shape.names
        if stray and (name in above or (shape.known and name in before)):
            return True
        below = shape.below(name)
        if _any(member, below, above | missing):
            return True
        if is_object(member):
            before = frozenset(key for key in below.names if key not in member)
    return False
