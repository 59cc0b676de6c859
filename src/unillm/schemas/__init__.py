"""JSON Schemas, compiled: what a value is held against, and what it misses."""

from unillm.schemas.compiled import CompiledSchema, Miss, compile_schema

__all__ = ["CompiledSchema", "Miss", "compile_schema"]
