"""A list or an object written as a string where the schema takes no string."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from unillm.errors import UnrepairableError
from unillm.repair.changes import applied
from unillm.repair.mend import mend
from unillm.repair.misfit import Misfit
from unillm.repair.options import Options
from unillm.repair.strict import NotStrictError, read

_BEGINS = re.compile(r"\s*+(?:```\w*+\s*+)?[\[{]")


def nested_string(misfit: Misfit) -> Iterator[str]:
    """Give what a string says, if that is a list or an object and one is wanted."""
    if not isinstance(misfit.value, str) or "string" in misfit.types:
        return
    wanted = tuple(kind for name, kind in _KINDS if name in misfit.types)
    if not wanted or (misfit.path == () and "object" in misfit.types):
        return
    inner = said_in(misfit.value, misfit.options)
    if inner is not None and isinstance(read(inner), wanted):
        yield inner


_KINDS: tuple[tuple[str, type], ...] = (("array", list), ("object", dict))


def said_in(text: str, options: Callable[[], Options]) -> str | None:
    """Return the JSON a string holds, mended if need be; None if it holds no list or object.

    Args:
        text: What the string says.
        options: Makes the options of a repair of it.
    """
    for _ in range(2):
        try:
            value = read(text)
        except NotStrictError:
            break
        if not isinstance(value, str):
            return text if isinstance(value, list | dict) else None
        text = value
    if not _BEGINS.match(text):
        return None
    # What loses data is not done here: it would not be seen in the one change this becomes.
    lossless = replace(options(), level="schema")
    try:
        return applied(text, mend(text, lossless))
    except UnrepairableError:
        return None
