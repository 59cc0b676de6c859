"""unillm's own repair, from this checkout."""

from typing import Any

from benchmarks.repair.play import Repair
from unillm.repair import compile_schema, repair_json


def engine(schema: dict[str, Any] | None) -> Repair:
    """Return the repair for one schema, compiled once as a tool's is."""
    compiled = compile_schema(schema) if schema is not None else None

    def repair(text: str, finish_reason: str | None) -> tuple[Any, int]:
        done = repair_json(text, compiled, finish_reason=finish_reason)
        return done.value, len(done.edits)

    return repair


def check(schema: dict[str, Any] | None) -> Any:
    """Return what validates a value, to time it alone."""
    return compile_schema(schema).miss if schema is not None else None
