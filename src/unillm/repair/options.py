"""What a repair is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import get_args

from unillm.repair.own_rules import Rule
from unillm.schemas import CompiledSchema
from unillm.types.dataclass import dataclass
from unillm.types.edits import Level

__all__ = ["CUT", "LEVELS", "Level", "Options"]

LEVELS: tuple[Level, ...] = get_args(Level)

CUT: frozenset[str] = frozenset({"length", "incomplete", "content_filter", "other"})
"""Finish reasons after which the end of a text may be missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a repair is asked for, checked.

    Attributes:
        schema: What the value must satisfy; None: any JSON.
        level: How far it may go.
        complete: Whether the end of the text is known not to have been cut off; None: unknown.
        aliases: Other names for declared keys, by the wrong name.
        rules: Rules of the caller's own.
    """

    schema: CompiledSchema | None = None
    level: Level = "schema"
    complete: bool | None = None
    aliases: Mapping[str, str] = field(default_factory=dict[str, str])
    rules: tuple[Rule, ...] = ()
