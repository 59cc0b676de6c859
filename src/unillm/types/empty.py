"""What fields begin with: `list[int]()` takes six times as long to make as a list."""

from __future__ import annotations

from typing import Any


def empty_list() -> list[Any]:
    """Make a list with nothing in it."""
    return []


def empty_dict() -> dict[str, Any]:
    """Make a dict with nothing in it."""
    return {}
