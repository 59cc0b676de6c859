"""A value written as a string once too often, as a whole, where no string is taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from unillm.repair.changes import Change
from unillm.repair.misfit import Whole
from unillm.repair.rules.nested_string import said_in


def whole_string(whole: Whole) -> Iterator[list[Change]]:
    """Give what the string says, if that is a list or an object."""
    if not isinstance(whole.value, str):
        return
    said = said_in(whole.value, lambda: whole.options)
    if said is not None:
        yield [Change(0, len(whole.text), said, "whole_string", "syntax")]


def is_written(value: Any) -> bool:
    """Tell whether a string is, or was meant to be, JSON: it is no plain text then."""
    return isinstance(value, str) and value.lstrip()[:1] in {"{", "[", '"', "`"}
