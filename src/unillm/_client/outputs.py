"""What a call's answer is to be made into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from unillm.types.parsed import ParsedResponse
from unillm.types.response import ChatResponse


@dataclass(frozen=True, slots=True)
class OutputGiven:
    """What a caller said of the output: a type or a schema, and how often to ask again."""

    output: Any
    retries: int


def parsed(response: ChatResponse) -> ParsedResponse[Any]:
    raise NotImplementedError(response)
