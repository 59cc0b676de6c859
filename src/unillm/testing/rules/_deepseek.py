"""What DeepSeek's rules read in a request, and how it says no."""

from __future__ import annotations

from unillm.testing._objects import single
from unillm.testing.rules.refusal import Refusal
from unillm.testing.seen import Seen

__all__ = ["CHAT_PAGE", "UNKNOWN_WORDS", "is_beta", "not_deserialised", "refused", "thinks"]

CHAT_PAGE = "https://api-docs.deepseek.com/api/create-chat-completion"
UNKNOWN_WORDS = "The limit is documented, the words are not known."


def thinks(seen: Seen) -> bool:
    """Tell whether DeepSeek thinks over a request: it does unless it is told not to."""
    asked = seen.fields
    if single(asked.get("thinking")).get("type") == "disabled":
        return False
    effort = asked.get("reasoning_effort", single(asked.get("reasoning")).get("effort"))
    return effort != "none"


def is_beta(seen: Seen) -> bool:
    """Tell whether the request went to the beta base URL."""
    return "beta" in seen.path.split("/")


def refused(message: str) -> Refusal:
    """Return a refusal as DeepSeek says it."""
    return Refusal(message=message, code="invalid_request_error")


def not_deserialised(problem: str, seen: Seen) -> Refusal:
    """Return a refusal of what does not fit the types that DeepSeek reads a request into."""
    start = "Failed to deserialize the JSON body into the target type"
    return refused(f"{start}: {problem} at line 1 column {len(seen.body)}")
