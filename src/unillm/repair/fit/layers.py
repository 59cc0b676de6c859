"""What may be around a value, one layer after the other, and the value itself."""

from __future__ import annotations

from typing import Any

from unillm.errors import UnrepairableError
from unillm.repair.changes import Change, applied, composed
from unillm.repair.fit.catalog import WHOLE_RULES
from unillm.repair.fit.judge import canonical, faults_of
from unillm.repair.fit.rounds import fit_value
from unillm.repair.fit.work import Work
from unillm.repair.misfit import Whole
from unillm.repair.options import Options
from unillm.repair.strict import NotStrictError, read

_MOST_LAYERS = 6


def fit(text: str, options: Options) -> list[Change]:
    """Return the changes that make a JSON text satisfy the schema.

    Raises:
        UnrepairableError: There is no such reading, or more than one.
    """
    if options.schema is None:
        return []
    root = options.schema.schema
    try:
        try:
            return _fit(text, options, Work(len(text), root), 0)
        except UnrepairableError as error:
            if options.level != "salvage" or error.candidates:
                raise
            return _fit(text, options, Work(len(text), root, lossy=True), 0)
    except RecursionError:
        raise UnrepairableError("the value or its schema is too deep") from None


def _fit(text: str, options: Options, work: Work, layer: int) -> list[Change]:
    assert options.schema is not None
    try:
        value = read(text)
    except NotStrictError as error:
        raise UnrepairableError(error.reason, error.position) from None
    faults = faults_of(options.schema, value)
    if not faults:
        return []
    readings: dict[bytes, tuple[Any, list[Change]]] = {}
    refusals: list[UnrepairableError] = []
    for first in _inner(text, value, options, layer):
        between = applied(text, first)
        try:
            work.spend(len(between))
            changes = composed(text, first, _fit(between, options, work, layer + 1))
        except UnrepairableError as error:
            refusals.append(error)
        else:
            _note(readings, text, changes)
    try:
        changes = fit_value(text, value, faults, options, work)
    except UnrepairableError as error:
        refusals.append(error)
    else:
        _note(readings, text, changes)
    if len(readings) == 1:
        ((_, changes),) = readings.values()
        return changes
    if readings:
        several = tuple(value for value, _ in readings.values())
        raise UnrepairableError("it may mean several things", candidates=several, partial=value)
    refusal = refusals[0]
    if layer == 0:
        refusal.partial = value
    raise refusal


def _inner(text: str, value: Any, options: Options, layer: int) -> list[list[Change]]:
    assert options.schema is not None
    if layer >= _MOST_LAYERS:
        return []
    whole = Whole(text, value, options.schema.schema, options)
    return [changes for rule in WHOLE_RULES for changes in rule(whole)]


def _note(readings: dict[bytes, Any], text: str, changes: list[Change]) -> None:
    value = read(applied(text, changes))
    readings[canonical(value)] = (value, changes)
