"""Names that a user gives to models: some agents ask for names of their own, whatever is served."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unillm.errors import InvalidRequestError
from unillm.types.brief import shown

ANY = "*"
"""Stands in an alias for any characters, or none."""


class Aliases:
    """Names that mean a model or a route: exact ones, and patterns with ``*``.

    An exact one holds over every pattern; of patterns the first that fits. What an alias leads to
    is no alias itself.

    Attributes:
        exact: What names mean.
        patterns: What patterns mean, in the order given.
    """

    def __init__(self, given: Mapping[str, str]) -> None:
        """Take them.

        Raises:
            InvalidRequestError: One has no name, or no meaning.
        """
        for name, means in given.items():
            parts: tuple[Any, Any] = (name, means)
            if not all(isinstance(part, str) and part.strip() for part in parts) or ANY in means:
                raise InvalidRequestError(
                    "an alias is like claude-*=deepseek:deepseek-v4-pro: a name, in which * may "
                    f"stand, and the model or route it means; not {shown(name)}={shown(means)}"
                )
        self.exact = {name: means for name, means in given.items() if ANY not in name}
        self.patterns = {name: means for name, means in given.items() if ANY in name}

    def means(self, name: str) -> str | None:
        """Return what a name means; None: it is no alias."""
        found = self.exact.get(name)
        if found is not None:
            return found
        return next((means for one, means in self.patterns.items() if _fits(name, one)), None)


def _fits(name: str, pattern: str) -> bool:
    """Tell whether a name is as a pattern says, in one pass whatever either is."""
    first, *middle, last = pattern.split(ANY)
    if len(name) < len(first) + len(last) or not name.startswith(first) or not name.endswith(last):
        return False
    place, end = len(first), len(name) - len(last)
    for part in middle:
        found = name.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True
