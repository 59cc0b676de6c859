"""Reading one input of a fuzzer as several things."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

_SINGLE = 7


def torn(data: bytes) -> list[bytes]:
    """Read the first byte as a number of cuts, two bytes for each place, and tear the rest.

    Seven cuts are every cut: single bytes.
    """
    count = data[0] % 8 if data else 0
    if count == _SINGLE:
        return [data[at : at + 1] for at in range(1, len(data))]
    places, body = data[1 : 1 + 2 * count], data[1 + 2 * count :]
    cuts = sorted(int.from_bytes(places[at : at + 2]) for at in range(0, len(places), 2))
    edges = [0, *(cut % (len(body) + 1) for cut in cuts), len(body)]
    return [body[start:end] for start, end in pairwise(sorted(edges))]


def seeds_of(body: bytes) -> list[bytes]:
    """Return inputs that `torn` reads as this body: whole, in three pieces, and in single bytes."""
    third = len(body) // 3
    three = b"\2" + third.to_bytes(2) + (2 * third).to_bytes(2) if len(body) < 60_000 else b"\0"
    return [b"\0" + body, three + body, b"\7" + body]


def value_of(data: bytes) -> Any:
    """Return the JSON of an input, `NaN` and halves of characters included.

    Raises:
        ValueError: It is no JSON, or nested too deeply for the standard library.
    """
    try:
        return json.loads(data)
    except RecursionError as error:
        message = "nested too deeply"
        raise ValueError(message) from error
