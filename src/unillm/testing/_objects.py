"""Picking the objects out of JSON that may be anything."""

from __future__ import annotations

from typing import Any, cast

__all__ = ["objects", "single"]


def objects(value: object) -> list[dict[str, Any]]:
    """Return the JSON objects in ``value`` if it is a list, else an empty list."""
    if not isinstance(value, list):
        return []
    items = cast("list[object]", value)
    return [cast("dict[str, Any]", item) for item in items if isinstance(item, dict)]


def single(value: object) -> dict[str, Any]:
    """Return ``value`` if it is a JSON object, else an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
