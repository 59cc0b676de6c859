"""Repair of JSON and tool calls that models and hosts got wrong: recorded, never invented."""

from unillm.repair.changes import replay
from unillm.repair.engine import Repaired, repair_json
from unillm.repair.options import Level
from unillm.repair.own_rules import Fix, Rule
from unillm.schemas import CompiledSchema, compile_schema

__all__ = [
    "CompiledSchema",
    "Fix",
    "Level",
    "Repaired",
    "Rule",
    "compile_schema",
    "repair_json",
    "replay",
]
