"""Null where an object is wanted that need not hold anything."""

from __future__ import annotations

from collections.abc import Iterator

from unillm.repair.changes import Change
from unillm.repair.misfit import Whole


def empty_arguments(whole: Whole) -> Iterator[list[Change]]:
    """Give the empty object for null; it fits only a schema that requires nothing.

    Hosts write the arguments of a tool without parameters as null (langroid#988).
    """
    if whole.value is None:
        yield [Change(0, len(whole.text), "{}", "empty_arguments", "protocol")]
