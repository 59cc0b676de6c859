"""What may be around a value, one layer after the other, and the value itself."""

from __future__ import annotations

from typing import Any, NamedTuple

from unillm.errors import UnrepairableError
from unillm.repair.changes import Change, applied, composed
from unillm.repair.fit.catalog import WHOLE_RULES
from unillm.repair.fit.judge import Fault, canonical, faults_of
from unillm.repair.fit.look import Look, position_of
from unillm.repair.fit.rounds import parts_fitted
from unillm.repair.fit.said import said_in
from unillm.repair.fit.work import Work
from unillm.repair.misfit import Whole
from unillm.repair.options import Options
from unillm.repair.strict import NotStrictError, read
from unillm.schemas import CompiledSchema

_MOST_LAYERS = 6


class Fitted(NamedTuple):
    """What makes a text fit, and the value it has then."""

    changes: list[Change]
    value: Any


def fit(text: str, options: Options) -> list[Change]:
    """Return the changes that make a JSON text satisfy the schema.

    Raises:
        UnrepairableError: There is no such reading, or more than one.
    """
    return fitted(text, options).changes


def fitted(text: str, options: Options, known: tuple[Any, list[Fault]] | None = None) -> Fitted:
    """Return the same changes, and the value.

    Args:
        text: JSON.
        options: What the repair is asked for.
        known: The value of the text and what does not fit, if the caller has found out already.

    Raises:
        UnrepairableError: There is no such reading, or more than one.
    """
    if options.schema is None:
        return Fitted([], read(text) if known is None else known[0])
    try:
        return _fitted(text, options, options.schema, known)
    except UnrepairableError as error:
        value = read(text) if known is None else known[0]
        error.partial = value
        raise
    except RecursionError:
        raise UnrepairableError("the value or its schema is too deep") from None


def _fitted(
    text: str,
    options: Options,
    schema: CompiledSchema,
    known: tuple[Any, list[Fault]] | None,
) -> Fitted:
    """Do it without loss, else with, if that is asked for."""
    layers = _Layers(schema, options, Work(len(text), schema.schema))
    try:
        return layers.fitted(text, known)
    except UnrepairableError as error:
        if options.level != "salvage" or error.candidates:
            raise
    work = Work(len(text), schema.schema, lossy=True)
    return _Layers(schema, options, work).fitted(text, known)


class _Layers:
    """The ways to read one text."""

    __slots__ = ("_options", "_schema", "_work")

    def __init__(self, schema: CompiledSchema, options: Options, work: Work) -> None:
        self._schema = schema
        self._options = options
        self._work = work

    def fitted(
        self, text: str, known: tuple[Any, list[Fault]] | None = None, layer: int = 0
    ) -> Fitted:
        """Return the changes of the only way."""
        value, faults = known or self._judged(text)
        if not faults:
            return Fitted([], value)
        found: list[Fitted] = []
        refusals: list[UnrepairableError] = []
        inner = self._inner(text, value) if layer < _MOST_LAYERS else []
        for changes in inner:
            try:
                found.append(self._peeled(text, changes, layer))
            except UnrepairableError as error:
                refusals.append(error)
        try:
            found.append(Fitted(*parts_fitted(self._look(text, value, faults))))
        except UnrepairableError as error:
            if layer == 0 and error.schema_path is not None:
                error.position = position_of(text, error.schema_path)
            refusals.append(error)
        unclear = next((refusal for refusal in refusals if refusal.candidates), None)
        if not found or unclear:
            raise unclear or refusals[0]
        return _only(found)

    def _look(self, text: str, value: Any, faults: list[Fault]) -> Look:
        return Look(
            text, value, faults, schema=self._schema, options=self._options, work=self._work
        )

    def _judged(self, text: str) -> tuple[Any, list[Fault]]:
        try:
            value = read(text)
        except NotStrictError as error:
            raise UnrepairableError(error.reason, error.position) from None
        return value, faults_of(self._schema, value)

    def _peeled(self, text: str, changes: list[Change], layer: int) -> Fitted:
        """Return the changes with one layer taken off."""
        between = applied(text, changes)
        self._work.spend(len(between))
        inner = self.fitted(between, layer=layer + 1)
        return Fitted(composed(text, changes, inner.changes), inner.value)

    def _inner(self, text: str, value: Any) -> list[list[Change]]:
        options = self._options

        def said() -> str | None:
            return said_in(value, options)

        whole = Whole(text, value, self._schema.schema, options, said)
        return [changes for rule in WHOLE_RULES for changes in rule(whole)]


def _only(found: list[Fitted]) -> Fitted:
    """Return the only way, or one of several to the same value."""
    if len({canonical(way.value) for way in found}) > 1:
        several = tuple(way.value for way in found)
        raise UnrepairableError("it may mean several things", candidates=several)
    return found[0]
