"""Figures of candidates as strategies may rely on them, and of their own options."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TypeGuard

from unillm.errors import InvalidRequestError
from unillm.types.json import is_mapping
from unillm.types.routing import Candidate, RouteRequest


def names_of(candidates: Sequence[Candidate]) -> tuple[str, ...]:
    """Return the candidates' names, in their order.

    Raises:
        InvalidRequestError: Two have the same: an order by names could not tell them apart.
    """
    names = tuple([candidate.name for candidate in candidates])
    if len(set(names)) < len(names):
        twice = next(name for at, name in enumerate(names) if name in names[:at])
        raise InvalidRequestError(f"two targets of the route are named {twice!r}")
    return names


def costs_of(candidates: Sequence[Candidate]) -> list[Decimal | None]:
    """Return what a call is expected to cost at each in US dollars; None: that is not known."""
    found: list[Decimal | None] = []
    for candidate in candidates:
        usd = candidate.cost.usd
        if usd is not None and (not usd.is_finite() or (usd.is_signed() and usd)):
            usd = None
        found.append(usd)
    return found


def qualities_of(candidates: Sequence[Candidate]) -> list[float | None]:
    """Return what quality is expected of each, from 0 to 1; None: that is not known."""
    given = [candidate.quality for candidate in candidates]
    return [one if one is not None and 0 <= one <= 1 else None for one in given]


def money_counts(request: RouteRequest) -> float | None:
    """Return what 1.0 of quality is worth in US dollars; None: nobody said, or nothing at all."""
    worth = request.willingness_to_pay
    return worth if worth is not None and worth > 0 else None


def net(quality: float, usd: float, worth: float) -> float:
    """Return what is left of a quality once its cost is taken off, in units of quality."""
    return quality - usd / worth


def finite(value: Any) -> float | None:
    """Return a number that is finite and not negative; of anything else None."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = float(value)
    return number if math.isfinite(number) and number >= 0 else None


def amount(place: str, value: Any, *, most: float = math.inf) -> float:
    """Return a number that was given for an option.

    Args:
        place: The option as it is written, for the message.
        value: What was given.
        most: The largest it may be.

    Raises:
        InvalidRequestError: It is none, not finite, negative or too large.
    """
    number = finite(value)
    if number is None or number > most:
        limits = "of 0 or more" if most == math.inf else f"from 0 to {most:g}"
        raise InvalidRequestError(f"{place} must be a number {limits}, not {value!r}")
    return number


def amounts(place: str, given: Any) -> dict[str, float]:
    """Return numbers by name that were given for an option.

    Raises:
        InvalidRequestError: It is no mapping, or one of them is no such number.
    """
    if not is_mapping(given):
        raise InvalidRequestError(f"{place} must be numbers by name, not {given!r}")
    return {str(name): amount(f"{place}[{name!r}]", value) for name, value in given.items()}


def names_in(place: str, given: Any) -> tuple[str, ...]:
    """Return names that were given for an option: one, or a list of them.

    Raises:
        InvalidRequestError: It is something else, or none is given.
    """
    names = (given,) if isinstance(given, str) else several(given)
    if not names or not all(isinstance(name, str) and name for name in names):
        raise InvalidRequestError(f"{place} must be a name or a list of names, not {given!r}")
    return names


def several(given: Any) -> tuple[Any, ...] | None:
    """Return the things of a list or the like; of anything else, a text included, None."""
    return tuple(given) if _is_listed(given) else None


def _is_listed(given: Any) -> TypeGuard[Sequence[Any]]:
    return isinstance(given, Sequence) and not isinstance(given, str | bytes)
