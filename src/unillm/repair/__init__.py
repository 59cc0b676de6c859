"""Repair of JSON and tool calls that models and hosts got wrong: recorded, never invented."""

from unillm.repair.changes import replay
from unillm.repair.engine import Repaired, repair_json
from unillm.schemas import CompiledSchema, compile_schema
from unillm.types.edits import Level

__all__ = ["CompiledSchema", "Level", "Repaired", "compile_schema", "repair_json", "replay"]
