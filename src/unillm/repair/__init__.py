"""Repair of JSON and tool calls that models and hosts got wrong: recorded, never invented."""

from unillm.errors import UnrepairableError
from unillm.repair.changes import replay
from unillm.repair.engine import Repaired, repair_json
from unillm.repair.formats import (
    FORMATS,
    Candidate,
    Format,
    NotACallError,
    Source,
    formats_named,
)
from unillm.repair.formats.json_calls import JsonBlock
from unillm.repair.own_rules import Fix, Rule
from unillm.repair.rescue import Rescued, rescue_tool_calls
from unillm.repair.scanner import CallScanner
from unillm.schemas import CompiledSchema, compile_schema
from unillm.types.edits import Level

__all__ = [
    "FORMATS",
    "CallScanner",
    "Candidate",
    "CompiledSchema",
    "Fix",
    "Format",
    "JsonBlock",
    "Level",
    "NotACallError",
    "Repaired",
    "Rescued",
    "Rule",
    "Source",
    "UnrepairableError",
    "compile_schema",
    "formats_named",
    "repair_json",
    "replay",
    "rescue_tool_calls",
]
