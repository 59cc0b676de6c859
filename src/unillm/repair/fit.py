"""Making JSON fit its schema where that leaves one reading only: the level ``schema``."""

from __future__ import annotations

from unillm.errors import UnrepairableError
from unillm.repair.changes import Change
from unillm.repair.options import Options
from unillm.repair.strict import read


def fit(text: str, options: Options) -> list[Change]:
    """Return the changes that make a JSON text satisfy the schema.

    Raises:
        UnrepairableError: There is no such reading, or more than one.
    """
    value = read(text)
    miss = options.schema.miss(value) if options.schema else None
    if miss is not None:
        raise UnrepairableError(miss.message, schema_path=miss.path, partial=value)
    return []
