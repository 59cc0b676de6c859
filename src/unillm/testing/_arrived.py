"""What arrives of an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from unillm.types.dataclass import dataclass

__all__ = ["Arrived", "Head"]


@dataclass(frozen=True, slots=True)
class Head:
    """The status and the headers; names are lower case."""

    status: int
    headers: Mapping[str, str]


Arrived: TypeAlias = Head | bytes | float
"""The head, then bytes of the body; between them seconds to wait."""
