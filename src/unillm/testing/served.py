"""What a fake provider has served, and what it adds up to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from unillm.testing.seen import Seen
from unillm.types.dataclass import dataclass
from unillm.types.usage import Usage

__all__ = ["Served", "ServedEnd", "Tally", "bill_of"]

ServedEnd: TypeAlias = Literal["whole", "broken", "left", "stopped"]
"""How an answer ended: served to its proper end; broken off by its fault; the client left before
its end; the provider was stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One answer that is over, as the provider's own log has it.

    Attributes:
        seen: The request.
        status: The HTTP status; None when no sound head was served.
        fault: The name of the fault that was served, or None.
        usage: The tokens that were reported to the client, or None. Of an answer that ended early,
            only what had been sent.
        end: ``whole``, ``broken``, ``left`` or ``stopped``.
        billed: The tokens that it is billed for: those reported; else the words of the prompt and
            of what had been sent, also where the answer broke off or the client left. None:
            nothing is billed, because it was refused or is no answer of a model.
        rule: The name of the host's rule that the request broke, or None.
    """

    seen: Seen
    status: int | None
    fault: str | None
    usage: Usage | None
    end: ServedEnd
    billed: Usage | None = None
    rule: str | None = None

    @property
    def model(self) -> str:
        """Return the model that was asked for."""
        return self.seen.model

    @property
    def left_early(self) -> bool:
        """Tell whether the client left before the end of the answer."""
        return self.end == "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What was served of one model, added up. Tokens that were not reported count as none.

    Attributes:
        requests: How many requests were answered.
        reported: How many of the answers reported their tokens.
        input_tokens: Tokens of prompts, cached ones included.
        output_tokens: Tokens of answers, reasoning included.
        cached_input_tokens: Part of the input that came from the cache.
        reasoning_tokens: Part of the output spent thinking.
    """

    requests: int = 0
    reported: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0
    reasoning_tokens: int = 0

    def with_answer(self, usage: Usage | None) -> Tally:
        """Return the sum with one more answer."""
        used = usage or Usage(input_tokens=0, output_tokens=0)
        return Tally(
            requests=self.requests + 1,
            reported=self.reported + (usage is not None),
            input_tokens=self.input_tokens + used.input_tokens,
            output_tokens=self.output_tokens + used.output_tokens,
            cached_input_tokens=self.cached_input_tokens + (used.cached_input_tokens or 0),
            reasoning_tokens=self.reasoning_tokens + (used.reasoning_tokens or 0),
        )


def bill_of(served: Iterable[Served]) -> dict[str, Tally]:
    """Return what was served of each model, in the order in which they were first asked for."""
    bill: dict[str, Tally] = {}
    for one in served:
        bill[one.model] = bill.get(one.model, Tally()).with_answer(one.usage)
    return bill
