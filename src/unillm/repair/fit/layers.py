"""What may be around a value, one layer after the other, and the value itself."""

from __future__ import annotations

from typing import Any

from unillm.errors import UnrepairableError
from unillm.repair.changes import Change, applied, composed
from unillm.repair.fit.catalog import WHOLE_RULES
from unillm.repair.fit.judge import Fault, canonical, faults_of
from unillm.repair.fit.look import Look
from unillm.repair.fit.rounds import parts_fitted
from unillm.repair.fit.work import Work
from unillm.repair.misfit import Whole
from unillm.repair.options import Options
from unillm.repair.strict import NotStrictError, read
from unillm.schemas import CompiledSchema

_MOST_LAYERS = 6


def fit(text: str, options: Options, known: tuple[Any, list[Fault]] | None = None) -> list[Change]:
    """Return the changes that make a JSON text satisfy the schema.

    Args:
        text: JSON.
        options: What the repair is asked for.
        known: The value of the text and what does not fit, if the caller has found out already.

    Raises:
        UnrepairableError: There is no such reading, or more than one.
    """
    if options.schema is None:
        return []
    root = options.schema.schema
    try:
        return _Layers(options.schema, options, Work(len(text), root)).fitted(text, known)
    except UnrepairableError as error:
        if options.level != "salvage" or error.candidates:
            raise
        lossy = Work(len(text), root, lossy=True)
        return _Layers(options.schema, options, lossy).fitted(text, known)


class _Layers:
    """The ways to read one text."""

    __slots__ = ("_options", "_schema", "_work")

    def __init__(self, schema: CompiledSchema, options: Options, work: Work) -> None:
        self._schema = schema
        self._options = options
        self._work = work

    def fitted(
        self, text: str, known: tuple[Any, list[Fault]] | None = None, layer: int = 0
    ) -> list[Change]:
        """Return the changes of the only way."""
        value, faults = known or self._judged(text)
        if not faults:
            return []
        found: list[list[Change]] = []
        refusals: list[UnrepairableError] = []
        inner = self._inner(text, value) if layer < _MOST_LAYERS else []
        for changes in inner:
            try:
                found.append(self._peeled(text, changes, layer))
            except UnrepairableError as error:
                refusals.append(error)
        try:
            look = Look(text, value, self._schema, self._options, self._work)
            found.append(parts_fitted(look, faults))
        except UnrepairableError as error:
            refusals.append(error)
        if not found:
            refusals[0].partial = value
            raise refusals[0]
        return _only(text, found)

    def _judged(self, text: str) -> tuple[Any, list[Fault]]:
        try:
            value = read(text)
        except NotStrictError as error:
            raise UnrepairableError(error.reason, error.position) from None
        return value, faults_of(self._schema, value)

    def _peeled(self, text: str, changes: list[Change], layer: int) -> list[Change]:
        """Return the changes with one layer taken off."""
        between = applied(text, changes)
        self._work.spend(len(between))
        return composed(text, changes, self.fitted(between, layer=layer + 1))

    def _inner(self, text: str, value: Any) -> list[list[Change]]:
        whole = Whole(text, value, self._schema.schema, self._options)
        return [changes for rule in WHOLE_RULES for changes in rule(whole)]


def _only(text: str, found: list[list[Change]]) -> list[Change]:
    """Return the changes of which there is one way, or several to the same value."""
    if len(found) > 1:
        values = [read(applied(text, changes)) for changes in found]
        if len(set(map(canonical, values))) > 1:
            raise UnrepairableError("it may mean several things", candidates=tuple(values))
    return found[0]
