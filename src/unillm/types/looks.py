"""How a value looks where it is the last of a cell."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any


class Looks:
    """Give a value that has ``_repr_markdown_`` what notebooks and IPython's terminal ask for."""

    __slots__ = ()

    def _repr_plain_(self) -> str:
        return repr(self)

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        """Return how it looks, by media type."""
        from unillm._markdown import bundle

        return bundle(self, include, exclude)

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:  # noqa: FBT001 - as IPython calls it
        """Print it in IPython's terminal."""
        printer.text(self._repr_plain_())
