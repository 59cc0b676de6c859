"""A value written as a string once too often, as a whole, where no string is taken."""

from __future__ import annotations

from collections.abc import Iterator

from unillm.repair.changes import Change
from unillm.repair.misfit import Whole


def whole_string(whole: Whole) -> Iterator[list[Change]]:
    """Give what the string says, if that is a list or an object."""
    said = whole.said()
    if said is not None:
        yield [Change(0, len(whole.text), said, "whole_string", "syntax")]
