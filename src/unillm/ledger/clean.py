"""Values as both databases take them: what does not fit is NULL, never something else."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

MOST_TOKENS = 10**12
"""More than this is no count of tokens."""

PROVIDER, NAME, LABEL, LONG = 64, 200, 200, 2_000
"""How many characters of a provider, of another name, of a label, and of a message are kept.

PostgreSQL's index takes 2,704 bytes a row, and a character may have four.
"""


_TASK = 64
_END_OF_TIME = 10**11  # seconds: dates can say it


def text(value: Any, limit: int = NAME) -> str | None:
    """Return text that both databases take, cut; None stays None."""
    if value is None:
        return None
    plain: str = value if isinstance(value, str) else str(value)
    if "\x00" in plain or not plain.isascii():
        plain = plain.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"


def count(value: Any) -> int | None:
    """Return a count of tokens; None: there is none, or it cannot be one."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_TOKENS:
        return None
    return value


def number(value: Any) -> int | None:
    """Return a small number, such as a status; None: it is none."""
    return value if isinstance(value, int) and abs(value) < 2**31 else None


def seconds(value: Any) -> float | None:
    """Return a number of seconds; None: there is none."""
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def instant(value: Any) -> float:
    """Return a moment in seconds since 1970; what is none is its beginning."""
    known = seconds(value)
    return known if known is not None and 0 <= known < _END_OF_TIME else 0.0


def path(names: Sequence[Any]) -> str:
    """Return the names of tasks as a JSON list, the outermost first, as far as it fits."""
    if not names:
        return "[]"
    kept = [text(name, _TASK) or "" for name in names]
    while len(found := written(kept)) > NAME:
        kept = [*kept[:-2], "…"]
    return found


def labels(tags: Iterable[tuple[Any, Any]]) -> dict[str, str]:
    """Return tags as they are kept."""
    return {text(key, LABEL) or "": text(value, LABEL) or "" for key, value in tags}


def written(value: Any) -> str:
    """Return plain values as JSON, the same text for the same values."""
    return _ENCODER.encode(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
