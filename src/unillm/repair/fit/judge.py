"""Holding values against a schema, whatever the values and the schema are."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic_core import to_json

from unillm.errors import UnrepairableError
from unillm.repair.options import Options
from unillm.schemas import CompiledSchema

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

Fault: TypeAlias = "ValidationError"
"""One thing about a value that does not fit."""

MOST_FAULTS = 10_000
"""More of them are not repaired."""


def faults_of(schema: CompiledSchema, value: Any) -> list[Fault]:
    """Return all that does not fit.

    Raises:
        UnrepairableError: The value cannot be held against the schema, or too much does not fit.
    """
    try:
        found = list(islice(schema.validator.iter_errors(value), MOST_FAULTS + 1))
    except Exception:  # noqa: BLE001 - the value is a model's, and may be anything
        miss = schema.miss(value)
        reason = miss.message if miss else "the value cannot be held against the schema"
        raise UnrepairableError(reason, partial=value) from None
    if len(found) > MOST_FAULTS:
        message = f"more than {MOST_FAULTS} parts do not fit the schema"
        raise UnrepairableError(message, partial=value)
    return found


def part(schema: Any, options: Options) -> Options:
    """Return the options of a repair of what another schema is about, within the same root."""
    if options.schema is None or not isinstance(schema, dict):
        return options
    inner = CompiledSchema(schema, options.schema.validator.evolve(schema=schema))
    return Options(
        schema=inner, level=options.level, complete=options.complete, aliases=options.aliases
    )


def fits_all(schemas: Iterable[Any], value: Any, options: Options) -> bool:
    """Tell whether a value fits each of several schemas within the same root."""
    for schema in schemas:
        inner = part(schema, options).schema
        if inner is not None and not inner.fits(value):
            return False
    return True


def canonical(value: Any) -> bytes:
    """Return what is the same for the same JSON values only: 1 is not 1.0, nor true."""
    return to_json(value)
