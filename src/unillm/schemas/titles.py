"""Titles that say nothing."""

from __future__ import annotations

from typing import Any

from unillm.types.json import JsonObject, is_list, is_object


def without_titles(schema: JsonObject) -> JsonObject:
    """Drop the titles pydantic derives from names: they cost tokens and say nothing."""
    return {
        key: _untitled(key, value)
        for key, value in schema.items()
        if key != "title" or not isinstance(value, str)
    }


def _untitled(key: str, value: Any) -> Any:
    if key in {"properties", "$defs"} and is_object(value):
        return {name: without_titles(inner) for name, inner in value.items()}
    if key in {"default", "const", "enum", "examples"}:
        return value
    if is_object(value):
        return without_titles(value)
    if is_list(value):
        return [without_titles(i) if is_object(i) else i for i in value]
    return value
