"""What few look at, made or imported when it is first asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


class _Kept:
    __slots__ = ("lines",)


_kept = vars(_Kept)["lines"]


class LateLines(_Kept):
    """Give a frozen dataclass ``lines``, for which a function may be given that returns them.

    It is called once, by whatever looks at them first: also by ``==``, ``hash``, `replace`, a copy,
    pickle and JSON, none of which can tell the difference.
    """

    __slots__ = ()

    def _lines(self) -> Any:
        lines = _kept.__get__(self)
        if callable(lines):  # two threads may both get here, and make the same
            lines = lines()
            _kept.__set__(self, lines)
        return lines

    lines = property(_lines, _kept.__set__, doc="Lines, made by now.")


def names_from(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a package, which imports a name when it is first asked for.

    Args:
        package: The package.
        homes: The module of each such name.
    """

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(homes[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    return get
