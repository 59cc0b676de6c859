"""How texts become tokens: by a tokenizer, or by a rule of thumb."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from unillm.types.dataclass import dataclass

_DEEPSEEK = "https://api-docs.deepseek.com/quick_start/token_usage, read 2026-11-28"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How one model's tokens are counted or guessed.

    Attributes:
        method: What the numbers are, see `TokenEstimate`.
        source: Who says so.
        count: Counts the tokens of a text; None: they are guessed by its characters.
        latin: Tokens that a character of ASCII makes.
        han: Tokens that a Chinese, Japanese or Korean character makes.
        other: Tokens that any other character makes.
        least: What the number of a text is multiplied by for the lower end of the range.
        most: The same for the upper end.
        message: Tokens that a message has beside its texts: hardly less, likely, hardly more.
        reply: Tokens that begin the answer.
    """

    method: Literal["tokenizer", "ratio", "guess"]
    source: str
    count: Callable[[str], int] | None = None
    latin: float = 0.28
    han: float = 0.7
    other: float = 0.5
    least: float = 0.5
    most: float = 2.0
    message: tuple[int, int, int] = (1, 4, 10)
    reply: int = 3


def rule_for(
    vendor: str | None,
    *,
    count: Callable[[str], int] | None = None,
    exact: bool = False,
    told: str = "",
) -> Rule:
    """Return how the tokens of a model are counted.

    Args:
        vendor: Whose model it is; None: not known.
        count: A tokenizer; None: there is none at hand.
        exact: Whether it is known to be the model's own.
        told: What tokenizer it is; or why there is none, though there is one for the model.
    """
    if count is not None:
        # Three tokens around each message, its role, and three that begin the answer: so OpenAI's
        # cookbook counts them (openai/openai-cookbook#1421,
        # examples/How_to_count_tokens_with_tiktoken.ipynb, read 2026-11-28).
        return Rule(
            method="tokenizer" if exact else "guess",
            source=told,
            count=count,
            least=1.0 if exact else 0.85,
            most=1.0 if exact else 1.2,
            message=(2, 4, 7),
        )
    if vendor == "deepseek":
        # 1 English character is about 0.3 tokens, 1 Chinese character about 0.6.
        return Rule(method="ratio", source=_DEEPSEEK, latin=0.3, han=0.6)
    source = "unillm's rule of thumb: 0.28 tokens for a character, 0.7 for a Chinese one"
    return Rule(method="guess", source=f"{source}. {told}" if told else source)
