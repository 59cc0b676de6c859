"""A value that does not fit the schema at its place: what rules are asked about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from unillm.repair.changes import Change
from unillm.repair.options import Options
from unillm.types.json import JsonObject


class Misfit(NamedTuple):
    """A value that its schema does not take.

    Attributes:
        value: The value.
        literal: How it is written.
        types: What the schema would take there, by the names of JSON Schema.
        choices: The values the schema would take there, if it lists them.
        schema: The schema of the place, with its references not followed.
        root: The whole schema, which references point into.
        path: The way to the place from the top.
        said: Returns the list or object that the value says if it is a string, as JSON; else None.
    """

    value: Any
    literal: str
    types: frozenset[str]
    choices: tuple[Any, ...]
    schema: Mapping[str, Any]
    root: JsonObject
    path: tuple[str | int, ...]
    said: Callable[[], str | None]


ValueRule: TypeAlias = Callable[[Misfit], Iterable[str]]
"""Gives the JSON texts a misfit may stand for, without judging which of them fit."""


class Whole(NamedTuple):
    """A text whose value does not fit the schema, as a whole.

    Attributes:
        text: JSON.
        value: Its value.
        schema: The whole schema.
        options: What the repair is asked for.
        said: Returns the list or object that the value says if it is a string, as JSON; else None.
    """

    text: str
    value: Any
    schema: JsonObject
    options: Options
    said: Callable[[], str | None]


WholeRule: TypeAlias = Callable[[Whole], Iterable[list[Change]]]
"""Gives changes each of which leaves a text that may be what was meant; it is repaired further."""
