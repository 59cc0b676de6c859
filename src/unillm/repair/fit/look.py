"""One look at a text: where its parts stand, and what they are held against."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

from unillm.errors import UnrepairableError
from unillm.repair.fit.judge import Fault
from unillm.repair.fit.work import Work
from unillm.repair.options import Options
from unillm.repair.places import Path, Places, places_of
from unillm.schemas import CompiledSchema


@dataclass(slots=True)
class Look:
    """A text that does not fit, and everything needed to make it fit.

    Attributes:
        text: JSON.
        value: Its value.
        schema: What it must satisfy.
        options: What the repair is asked for.
        work: How much may still be done.
        places: Where the parts stand that do not fit.
    """

    text: str
    value: Any
    schema: CompiledSchema
    options: Options
    work: Work
    places: Places = field(default_factory=Places)

    def find(self, faults: Iterable[Fault]) -> None:
        """Find where the parts stand that faults are about."""
        self.places = places_of(self.text, _paths(faults))

    def refuse(self, fault: Fault, candidates: tuple[Any, ...] = ()) -> NoReturn:
        """Raise `UnrepairableError` for a fault."""
        path = path_of(fault)
        spans = self.places.spans.get(path)
        raise UnrepairableError(
            fault.message,
            spans[0][0] if spans else None,
            candidates,
            schema_path=path,
            partial=self.value,
        )


def path_of(fault: Fault) -> Path:
    """Return the way to the value that a fault is about."""
    return tuple(fault.absolute_path)


def _paths(faults: Iterable[Fault]) -> Iterator[Path]:
    for fault in faults:
        yield path_of(fault)
        if fault.context:
            yield from _paths(fault.context)
