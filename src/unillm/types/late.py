"""What a value holds and few look at, made when it is first asked for."""

from __future__ import annotations

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
