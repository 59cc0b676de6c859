"""Warning of a model, at the line of the caller that names it."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterable
from typing import Any

from unillm.providers import WARNED
from unillm.types.edits import Note
from unillm.types.model import RetiredModelWarning

_PACKAGE = __file__.rpartition("_client")[0]
_REGISTRY: dict[Any, Any] = {}
"""What Python has shown of these warnings, as it keeps it for each module elsewhere."""
_PLACES: dict[str, tuple[str, int]] = {}
"""Where each text was shown first: Python shows a text once for each line, and it is one model."""


def warn_of(notes: Iterable[Note]) -> None:
    """Warn of what breaks a program one day; once, as long as no filter asks for more."""
    for note in notes:
        if note.code in WARNED:
            _warn(note.message)


def _warn(message: str) -> None:
    here, module = _caller()
    file, line = _PLACES.get(message) or here
    warnings.warn_explicit(message, RetiredModelWarning, file, line, module, _REGISTRY)
    if (message, RetiredModelWarning, line) in _REGISTRY:
        _PLACES[message] = file, line


def _caller() -> tuple[tuple[str, int], str]:
    """Return file, line and module of the innermost frame that is not of this package.

    `warnings.warn` can leave out the frames of a package from Python 3.12 on.
    """
    frame = inspect.currentframe()
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    if frame is None:
        return ("<unknown>", 0), "<unknown>"
    place = frame.f_code.co_filename, frame.f_lineno
    return place, frame.f_globals.get("__name__", "<unknown>")
