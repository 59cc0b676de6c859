"""Repair of JSON and tool calls that models and hosts got wrong: recorded, never invented."""

from unillm.repair.changes import replay
from unillm.repair.engine import Repaired, repair_json
from unillm.repair.options import Level
from unillm.schemas import CompiledSchema, compile_schema

__all__ = ["CompiledSchema", "Level", "Repaired", "compile_schema", "repair_json", "replay"]
