"""A value of the wrong type that says in writing what the right one would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from unillm.repair.misfit import Misfit

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*+)(\.[0-9]++)?([eE][+-]?[0-9]++)?")
_LONGEST = 1_000
"""Digits of a number that is read from a string."""


def retyped(misfit: Misfit) -> Iterator[str]:
    """Give a string's content as number, boolean or null, and a number's digits as a string.

    Only what reads back as exactly the same is a number: ``007``, ``+5``, ``5 %`` and numbers
    no float holds stay strings. ``1`` is no boolean, and a boolean is no string.
    """
    value, types = misfit.value, misfit.types
    if isinstance(value, str):
        word = value.lower()
        if "boolean" in types and word in {"true", "false"}:
            yield word
        if "null" in types and word in {"null", "none"}:
            yield "null"
        if ("number" in types or "integer" in types) and _is_exact(value):
            yield value
    elif "string" in types and isinstance(value, int | float) and not isinstance(value, bool):
        yield f'"{misfit.literal}"'


def _is_exact(text: str) -> bool:
    number = _NUMBER.fullmatch(text) if len(text) <= _LONGEST else None
    if number is None:
        return False
    if number[1] is None and number[2] is None:
        return True
    nearest = repr(float(text))
    return nearest == text or Decimal(nearest) == Decimal(text)
