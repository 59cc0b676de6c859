"""Data frames of pandas, which is imported when one is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from importlib import import_module
from typing import Any

from unillm.ledger.connection import Row
from unillm.types.json import JsonObject

_AMOUNTS = ("cost", "cost_low", "cost_high", "reported_cost", "cache_savings")
_COUNTS = (
    *("input_tokens", "cached_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens"),
    *("turn", "status", "day", "attempts", "number", "sent_bytes"),
)
_SECONDS = ("duration", "first_token", "waited")
_INSTANTS = ("at", "started")


def _pandas() -> Any:
    try:
        return import_module("pandas")
    except ImportError as missing:
        message = 'a data frame needs pandas: pip install "unillm-sdk[notebook]"'
        raise ImportError(message) from missing


def frame_of(rows: Iterable[JsonObject]) -> Any:
    """Return flat dicts as a data frame, with floats for amounts.

    Raises:
        ImportError: pandas is not installed.
    """
    pd = _pandas()
    plain = [
        {name: float(v) if isinstance(v, Decimal) else v for name, v in row.items()} for row in rows
    ]
    frame: Any = pd.DataFrame(plain)
    for name in frame.columns:
        if str(name).endswith("_usd"):
            frame[name] = frame[name].astype("float64")
    return frame


def frame_of_rows(columns: Sequence[str], rows: Sequence[Row]) -> Any:
    """Return rows of a table as a data frame.

    Amounts are there twice: as floats in US dollars (``cost_usd``, NaN where not known), and as
    whole billionths, exactly (``cost_nano``). Instants are in UTC.

    Raises:
        ImportError: pandas is not installed.
    """
    pd = _pandas()
    # Objects, not floats: those would lose the last digits of what is missing in other rows.
    frame: Any = pd.DataFrame(list(rows), columns=list(columns), dtype=object)
    for name in columns:
        if name in _INSTANTS:
            seconds = frame[name].astype("float64")
            frame[name] = pd.to_datetime(seconds, unit="s", utc=True)
        elif name in _AMOUNTS or name in _COUNTS:
            frame[name] = frame[name].astype("Int64")
        elif name in _SECONDS:
            frame[name] = frame[name].astype("float64")
    for name in _AMOUNTS:
        frame[f"{name}_usd"] = frame[name].astype("float64") / 1e9
    frame = frame.rename(columns={name: f"{name}_nano" for name in _AMOUNTS})
    for name, empty in (("tags", "{}"), ("tasks", "[]"), ("needs", "null")):
        if name in columns:
            frame[name] = [json.loads(text or empty) for text in frame[name]]
    if "streamed" in columns:
        frame["streamed"] = frame["streamed"].astype(bool)
    return frame
