"""A list or an object written as a string where the schema takes no string."""

from __future__ import annotations

from collections.abc import Iterator

from unillm.repair.misfit import Misfit

_TYPES = {"[": "array", "{": "object"}


def nested_string(misfit: Misfit) -> Iterator[str]:
    """Give what a string says, if that is a list or an object and one is wanted.

    A whole value that may be an object is left to `whole_string`.
    """
    types = misfit.types
    if not isinstance(misfit.value, str) or "string" in types:
        return
    if types.isdisjoint(_TYPES.values()) or (not misfit.path and "object" in types):
        return
    said = misfit.said()
    if said is not None and _TYPES.get(said.lstrip()[:1]) in types:
        yield said
