"""What each path may be: the counts that were measured, and how much more is let pass."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

BUDGETS = Path(__file__).with_name("budgets.json")
GUARDED = (
    *("chat", "chat-async", "stream-500", "tools-500", "prompt-2001"),
    *("cost", "ledger", "decision-8", "arguments"),
)
TOLERANCE = 0.10
"""Of a count by the same Python."""
OTHER = 0.50
"""Of a count by another Python, whose compiler makes other bytecodes of the same code."""


@dataclass(frozen=True, kw_only=True)
class Budgets:
    """The counts of one unit.

    Attributes:
        python: The release that counted, like `3.11`.
        counts: What each path came to.
    """

    python: str
    counts: Mapping[str, int]

    def allowed(self, name: str) -> int:
        """Return the most that this Python may count for a path."""
        return int(self.counts[name] * (1 + (TOLERANCE if self.python == here() else OTHER)))


def here() -> str:
    """Return the release of this Python."""
    return ".".join(platform.python_version_tuple()[:2])


def budgets(unit: str) -> Budgets | None:
    """Return what was counted in a unit, `bytecodes` or `instructions`; None if nothing was."""
    found = _all().get(unit)
    return Budgets(python=found["python"], counts=found["counts"]) if found else None


def keep(unit: str, counts: Mapping[str, int]) -> None:
    """Write down what was counted, beside what other paths came to."""
    data = _all()
    known = data.get(unit, {}).get("counts", {})
    with_versions = {name: version(name) for name in ("httpx", "pydantic", "anyio")}
    new = {**known, **counts}
    data[unit] = {
        "python": here(),
        "with": with_versions,
        "counts": {name: new[name] for name in GUARDED if name in new},
    }
    BUDGETS.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def _all() -> dict[str, Any]:
    return json.loads(BUDGETS.read_text(encoding="utf-8")) if BUDGETS.exists() else {}
