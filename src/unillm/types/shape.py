"""What a JSON value becomes while it comes, place by place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal, Protocol, TypeAlias

from unillm.types.dataclass import dataclass

Opener: TypeAlias = Literal["{", "["]
"""How an object or a list begins."""

HIDDEN: Final = object()
"""Stands for a value that is not shown before its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An object or a list that has begun.

    Attributes:
        value: What stands at its place from now on; `HIDDEN`: nothing before its end.
        box: What its parts are written into: a dict, or a list for a list.
        inner: Returns where the part of a key is written, and its shape; None: nowhere. Of a list
            only the shape counts. Without it parts are written as JSON has them.
        came: Where the places of the parts that have come are kept, if that is asked for.
        closed: Returns what stands at its place after its end; without it, the same.
        decided: Returns what a hidden object is after all, once a part of it that is no object and
            no list has come; None: that is not known yet.
    """

    value: Any
    box: Any
    inner: Callable[[str], tuple[str, Shape] | None] | None = None
    came: set[str] | None = None
    closed: Callable[[Any], Any] | None = None
    decided: Callable[[str, Any], Opened | None] | None = None


class Shape(Protocol):
    """What may stand at one place."""

    @property
    def shows_text(self) -> bool:
        """Tell whether a text is shown while it comes."""
        ...

    def opened(self, opener: Opener) -> Opened:
        """Begin an object or a list."""
        ...

    def leaf(self, value: Any) -> Any:
        """Return what a text, number, boolean or null becomes at its end.

        Raises:
            ValueError: It may not stand there; then nothing does.
        """
        ...


class Raw:
    """The shape of what stays as JSON has it."""

    shows_text = True

    def opened(self, opener: Opener) -> Opened:
        """Begin a dict or a list."""
        box: Any = {} if opener == "{" else []
        return Opened(value=box, box=box)

    def leaf(self, value: Any) -> Any:
        """Return it as it is."""
        return value


RAW: Final[Shape] = Raw()
"""The one of its kind."""
