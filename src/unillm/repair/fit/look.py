"""One look at a text: where its parts stand, and what they are held against."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, NoReturn

from unillm.errors import UnrepairableError
from unillm.repair.changes import Change, applied
from unillm.repair.fit.judge import Fault, faults_of, reason_of
from unillm.repair.fit.work import Work
from unillm.repair.options import Options
from unillm.repair.places import Path, Places, places_of
from unillm.repair.strict import NotStrictError, read
from unillm.schemas import CompiledSchema


class Look:
    """A text that does not fit, and everything needed to make it fit.

    Attributes:
        text: JSON.
        value: Its value.
        schema: What it must satisfy.
        options: What the repair is asked for.
        work: How much may still be done.
        faults: What does not fit.
    """

    __slots__ = ("_places", "faults", "options", "schema", "text", "value", "work")

    def __init__(
        self,
        text: str,
        value: Any,
        faults: list[Fault],
        *,
        schema: CompiledSchema,
        options: Options,
        work: Work,
    ) -> None:
        """Start with a text and what is known of it."""
        self.text = text
        self.value = value
        self.faults = faults
        self.schema = schema
        self.options = options
        self.work = work
        self._places: Places | None = None

    @property
    def places(self) -> Places:
        """Return where the parts stand that do not fit; they are looked for when first asked."""
        if self._places is None:
            self._places = places_of(self.text, _paths(self.faults))
        return self._places

    def within(self, text: str, value: Any, schema: CompiledSchema) -> Look:
        """Return a look at a part of the value, which must satisfy a part of the schema."""
        return Look(
            text,
            value,
            faults_of(schema, value),
            schema=schema,
            options=replace(self.options, schema=schema),
            work=self.work,
        )

    def after(self, changes: list[Change]) -> Look:
        """Return a look at the text with changes made.

        Raises:
            UnrepairableError: It is no JSON any more.
        """
        text = applied(self.text, changes)
        try:
            value = read(text)
        except NotStrictError as error:
            raise UnrepairableError(error.reason) from None
        return Look(
            text,
            value,
            faults_of(self.schema, value),
            schema=self.schema,
            options=self.options,
            work=self.work,
        )

    def refuse(self, fault: Fault, candidates: tuple[Any, ...] = ()) -> NoReturn:
        """Raise `UnrepairableError` for a fault."""
        raise UnrepairableError(
            reason_of(fault),
            candidates=candidates,
            schema_path=path_of(fault),
            partial=self.value,
        )


def position_of(text: str, path: Path) -> int | None:
    """Return where the value at a path stands in a text, if it is there."""
    places = places_of(text, [path]).spans.get(path)
    return places[0][0] if places else None


def path_of(fault: Fault) -> Path:
    """Return the way to the value that a fault is about."""
    return tuple(fault.absolute_path)


def _paths(faults: Iterable[Fault]) -> Iterator[Path]:
    for fault in faults:
        yield path_of(fault)
        if fault.context:
            yield from _paths(fault.context)
