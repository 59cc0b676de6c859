"""What a provider has beside chat, as data."""

from __future__ import annotations

from typing import Literal, TypeAlias

from unillm.types.dataclass import dataclass
from unillm.types.facts import Api

PrefixBy: TypeAlias = Literal["prefix", "continue_final_message"]
"""How a host is told that the last message is the beginning of its answer.

``prefix``: a field of the message, as at DeepSeek. ``continue_final_message``: that field of the
body, with ``add_generation_prompt`` off, as servers have it that render the model's template.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completions:
    """An endpoint ``/completions``: text that goes on from a beginning.

    Attributes:
        suffix: Whether it reads the end that the text shall lead to.
        max_tokens: The most tokens it writes; None: not known.
    """

    suffix: bool
    max_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An endpoint that tells what is left on the account.

    Attributes:
        path: Where it is, behind the address of the API without ``/v1`` and ``/beta``, or behind
            the base URL as it is.
        at: Which of the two.
        says: ``funds``: what is left, by currency, as DeepSeek does. ``credits``: what was bought
            and what was used, in US dollars, as OpenRouter does.
    """

    path: str
    at: Literal["root", "base_url"] = "base_url"
    says: Literal["funds", "credits"] = "funds"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchApi:
    """A Batch API: files of requests, answered within a day.

    Attributes:
        apis: The interfaces it serves.
        requests: How many requests a file may have.
        size: How many bytes a file may have.
        purpose: What a file is uploaded for.
    """

    apis: tuple[Api, ...] = ("chat",)
    requests: int
    size: int
    purpose: str = "batch"
