"""Strategies by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from unillm.errors import InvalidRequestError
from unillm.routing.fallback import fallback
from unillm.types.routing import Strategy

_STRATEGIES: dict[str, Callable[..., Strategy]] = {"fallback": lambda: fallback}


def strategy_named(name: str, **options: Any) -> Strategy:
    """Return a strategy by its name, made with its options.

    Raises:
        InvalidRequestError: There is none of that name, or it does not take the options.
    """
    make = _STRATEGIES.get(name)
    if make is None:
        raise InvalidRequestError(f"no strategy is named {name!r}: {', '.join(_STRATEGIES)}")
    return make(**options)
