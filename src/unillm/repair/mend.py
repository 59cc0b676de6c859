"""Writing as JSON what was meant as JSON: the level ``syntax``."""

from __future__ import annotations

from unillm.errors import UnrepairableError
from unillm.repair.changes import Change
from unillm.repair.options import Options
from unillm.repair.strict import NotStrictError, read


def mend(text: str, options: Options) -> list[Change]:
    """Return the changes that make a text JSON without changing what it says.

    Raises:
        UnrepairableError: It has no such reading, or more than one.
    """
    _ = options
    try:
        read(text)
    except NotStrictError as error:
        raise UnrepairableError(error.reason, error.position) from None
    return []
