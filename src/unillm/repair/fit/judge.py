"""Holding values against a schema, whatever the values and the schema are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, Protocol

from pydantic_core import to_json

from unillm.errors import UnrepairableError
from unillm.schemas import CompiledSchema


class Fault(Protocol):
    """One thing about a value that does not fit: what is read of jsonschema's errors."""

    message: str
    validator: str | None
    validator_value: Any
    instance: Any
    schema: Any
    context: list[Fault] | None
    parent: Fault | None

    @property
    def absolute_path(self) -> Iterable[str | int]:
        """Return the way to the value from the top."""
        ...

    @property
    def relative_schema_path(self) -> Sequence[Any]:
        """Return the way to what it does not fit, from the schema it was held against."""
        ...


_LONG = 400

MOST_FAULTS = 10_000
"""More of them are not repaired."""


def faults_of(schema: CompiledSchema, value: Any) -> list[Fault]:
    """Return all that does not fit.

    Raises:
        UnrepairableError: The value cannot be held against the schema, or too much does not fit.
    """
    try:
        told: Iterable[Any] = schema.faults(value)
        found: list[Fault] = list(islice(told, MOST_FAULTS + 1))
    except BaseException as failure:
        if isinstance(failure, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        miss = schema.miss(value)
        reason = miss.message if miss else "the value cannot be held against the schema"
        raise UnrepairableError(reason, partial=value) from None
    if len(found) > MOST_FAULTS:
        message = f"more than {MOST_FAULTS} parts do not fit the schema"
        raise UnrepairableError(message, partial=value)
    return found


def reason_of(fault: Fault) -> str:
    """Return what does not fit, in a sentence; a value that is long is shown in part."""
    message = fault.message
    return (
        message if len(message) <= _LONG else f"{message[: _LONG // 2]} … {message[-_LONG // 2 :]}"
    )


def fits_all(whole: CompiledSchema, schemas: Iterable[Any], value: Any) -> bool:
    """Tell whether a value fits each of several parts of a schema."""
    return all(whole.part(schema).fits(value) for schema in schemas)


def canonical(value: Any) -> bytes:
    """Return what is the same for the same JSON values only: 1 is not 1.0, nor true."""
    return to_json(value)
