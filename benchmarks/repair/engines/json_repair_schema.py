"""json_repair with the schema, in its mode `standard`."""

from typing import Any

import json_repair

from benchmarks.repair.play import Repair


def engine(schema: dict[str, Any] | None) -> Repair:
    """Return the repair for one schema."""
    return lambda text, _: (json_repair.loads(text, schema=schema), None)
