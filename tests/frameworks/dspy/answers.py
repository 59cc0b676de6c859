"""Answers as DSPy's adapters ask for them."""

from typing import Any

from unillm.testing import Answer


def fields(**values: Any) -> str:
    """Write fields as `ChatAdapter` reads them."""
    written = [f"[[ ## {name} ## ]]\n{value}" for name, value in values.items()]
    return "\n\n".join([*written, "[[ ## completed ## ]]"])


def answer(*, reasoning: str = "Think.", **values: Any) -> Answer:
    """Answer with fields."""
    return Answer(fields(**values), reasoning=reasoning)
