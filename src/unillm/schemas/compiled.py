"""JSON Schema validators, made once for each schema."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json, to_json

from unillm.errors import InvalidRequestError
from unillm.schemas.checks import Checks, UncoveredError
from unillm.schemas.patterns import patterns_in, search_for, with_patterns
from unillm.types.dataclass import dataclass
from unillm.types.json import JsonObject

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

_CACHED = 256
_OURS = (KeyboardInterrupt, SystemExit, GeneratorExit)


@dataclass(frozen=True, slots=True)
class Miss:
    """Where a value does not fit its schema.

    Attributes:
        message: What is wrong there.
        path: The way to it from the top of the value, for example ``("days", 0)``.
    """

    message: str
    path: tuple[str | int, ...] = ()


class CompiledSchema:
    """A JSON Schema made ready to hold values against.

    References to URLs are never fetched; patterns are ECMA-262's.
    """

    __slots__ = ("_check", "_checks", "_validator", "derived", "schema")

    def __init__(self, schema: JsonObject, validator: Validator, checks: Checks | None) -> None:
        """Keep a schema and what holds values against it.

        Args:
            schema: The schema.
            validator: Says what does not fit.
            checks: Say sooner that everything does; None where they cannot.
        """
        self.schema = schema
        self._validator = validator
        self._checks = checks
        self._check = checks.of(schema) if checks else None
        self.derived: dict[str, Any] = {}
        """What others have worked out from it, by their name for it."""

    def part(self, schema: Any) -> CompiledSchema:
        """Return what a part of the schema is compiled to, with the references of the whole."""
        whole: Any = self._validator
        return CompiledSchema(schema, whole.evolve(schema=schema), self._checks)

    @property
    def is_checked(self) -> bool:
        """Tell whether a value that fits is known at once, without jsonschema."""
        return self._check is not None

    def surely_fits(self, value: Any) -> bool:
        """Tell whether a value fits, as far as that can be told at once: if not, ask `faults`."""
        return self._check is not None and self._check(value)

    def faults(self, value: Any) -> Iterable[ValidationError]:
        """Give all that does not fit, as jsonschema tells it, with its exceptions."""
        if self.surely_fits(value):
            return ()
        return self._validator.iter_errors(value)

    def miss(self, value: Any) -> Miss | None:
        """Return the first thing about a value that does not fit, or None if it fits."""
        try:
            error = next(iter(self.faults(value)), None)
        except BaseException as failure:  # a library in Rust panics with what is no Exception
            if isinstance(failure, _OURS):
                raise
            return Miss(_reason(failure))
        return None if error is None else Miss(error.message, tuple(error.absolute_path))

    def fits(self, value: Any) -> bool:
        """Tell whether a value satisfies the schema."""
        return self.miss(value) is None


def _reason(failure: BaseException) -> str:
    """Return why a value cannot be held against a schema."""
    from referencing.exceptions import Unresolvable

    if isinstance(failure, Unresolvable):
        return f"the schema refers to {failure.ref!r}, which it does not hold"
    if isinstance(failure, RecursionError):
        return "the schema refers to itself for ever"
    return f"the value cannot be held against the schema: {failure!r}"


def compile_schema(schema: Mapping[str, Any], *, of: str = "the schema") -> CompiledSchema:
    """Return a schema ready for use; an equal one is compiled only once.

    Args:
        schema: JSON Schema; draft 2020-12 unless ``$schema`` says otherwise.
        of: What the schema is called in errors.

    Raises:
        InvalidRequestError: It is not valid JSON Schema; the message says where and why.
    """
    try:
        return _compiled(to_json(schema))
    except Exception as wrong:
        told = _told(wrong)
        if told is None:
            raise
        raise InvalidRequestError(f"{of}: {told}") from None


def _told(wrong: Exception) -> str | None:
    """Return why a schema cannot be used; None: that is not about the schema."""
    from jsonschema.exceptions import SchemaError

    if isinstance(wrong, SchemaError):
        where = ".".join(str(step) for step in wrong.absolute_path)
        return f"not valid JSON Schema{f' at {where}' if where else ''}: {wrong.message}"
    if isinstance(wrong, re.error):
        return f"a pattern that cannot be read: {wrong}"
    if isinstance(wrong, ValueError | TypeError | AttributeError | RecursionError):
        return f"cannot be written as JSON: {wrong}"
    return None


@lru_cache(maxsize=_CACHED)
def _compiled(schema: bytes) -> CompiledSchema:
    from jsonschema import FormatChecker
    from jsonschema.validators import Draft202012Validator, validator_for
    from referencing import Registry

    parsed = from_json(schema)
    kind: Any = Draft202012Validator
    if isinstance(parsed.get("$schema"), str):  # else it is for `check_schema` to refuse
        kind = validator_for(parsed, default=kind)
    # Without formats: its check of a regular expression is Python's.
    kind.check_schema(parsed, format_checker=FormatChecker(()))
    for pattern in patterns_in(parsed):
        search_for(pattern)
    # An empty registry: a reference to a URL is never fetched.
    nothing: Registry[Any] = Registry()
    made: Validator = with_patterns(kind)(parsed, registry=nothing)
    return CompiledSchema(parsed, made, _checks(parsed, kind))


def _checks(schema: JsonObject, kind: Any) -> Checks | None:
    """Return the checks of a schema; None for old drafts, whose keywords mean something else."""
    import jsonschema.validators as known

    recent = (
        known.Draft202012Validator,
        known.Draft201909Validator,
        known.Draft7Validator,
        known.Draft6Validator,
    )
    try:
        return Checks(schema, kind.VALIDATORS) if kind in recent else None
    except UncoveredError:
        return None
