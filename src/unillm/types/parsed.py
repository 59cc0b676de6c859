"""An answer made into what was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from unillm.types.response import ChatResponse

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ParsedResponse(ChatResponse, Generic[T]):
    """A whole answer, with the value it holds.

    Attributes:
        output: The value: an instance of the type, or JSON that satisfies the schema.
    """

    output: T
