"""What comes back from a call."""

from __future__ import annotations

from dataclasses import field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeAlias

from unillm.types.brief import absent, brief
from unillm.types.dataclass import dataclass
from unillm.types.decision import Decision
from unillm.types.edits import Note
from unillm.types.facts import Api
from unillm.types.image import ImagePart
from unillm.types.json import JsonObject, JsonRoundTrip
from unillm.types.looks import Looks
from unillm.types.messages import AssistantMessage
from unillm.types.parts import TextPart
from unillm.types.pickled import LATER, restored
from unillm.types.rates import RateLimits
from unillm.types.tools import InvalidToolCall, ToolCall
from unillm.types.usage import Cost, Usage

FinishReason: TypeAlias = Literal["stop", "length", "tool_calls", "content_filter", "other"]
"""Why the model stopped; the provider's own word is ``ChatResponse.finish_reason_raw``."""

Outcome: TypeAlias = Literal["ok", "error", "cancelled"]
"""How an attempt or an operation ended."""

Role: TypeAlias = Literal[
    "first", "retry", "fallback", "hedge", "reask", "continuation", "cascade", "shadow"
]
"""Why an attempt was made: it is the ``first``; a ``retry`` at the same target; a ``fallback`` to
another one; a ``hedge``, beside one that was late; a ``reask``, as an answer could not stand; the
``continuation`` of an answer that broke off; the next of a ``cascade``, as an answer would not do;
a ``shadow``, whose answer nobody waits for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt(JsonRoundTrip):
    """One HTTP exchange made for a call.

    Attributes:
        number: 1 for the first attempt of the operation.
        provider: Who was asked.
        model: What was asked, as the provider names it.
        outcome: ``ok``, ``error``, or ``cancelled`` by the caller.
        status: HTTP status, or None if none came.
        error: The error's class and message, if it failed.
        usage: Tokens the provider reported for it; None: not reported.
        served_model: The model that served it, as the provider named it; None: it did not say.
        service_tier: The tier that served it, as the provider reported; None: it did not say.
        cost: What it cost: failed, cut and cancelled ones cost as well.
        reported_cost: What the provider says it charged for it, in US dollars; None: not said.
        started_at: When it was sent, in seconds since 1970 (UTC).
        duration: Seconds until its last byte, or until it failed.
        first_token: Seconds until the first token, or None if none came.
        waited: Seconds slept before it (back-off, or the server's ``Retry-After``).
        request_id: The provider's id of the exchange.
        role: Why it was made.
        origin: The host it was sent to, with scheme and port; None: not known.
        sent_bytes: How many bytes of body were handed to what sends them, and may have left; 0:
            nothing was, and none did; None: not known.
        jurisdiction: The country whose law that host is under, as far as is known.
    """

    number: int
    provider: str
    model: str
    outcome: Outcome
    status: int | None = None
    error: str | None = None
    usage: Usage | None = None
    served_model: str | None = None
    service_tier: str | None = None
    cost: Cost = field(default_factory=Cost, repr=False)
    reported_cost: Decimal | None = None
    started_at: float
    duration: float
    first_token: float | None = None
    waited: float = 0.0
    request_id: str | None = None
    role: Role = field(default="first", metadata=LATER)
    origin: str | None = field(default=None, metadata=LATER)
    sent_bytes: int | None = field(default=None, metadata=LATER)
    jurisdiction: str | None = field(default=None, metadata=LATER)

    __setstate__ = restored


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ChatResponse(Looks, JsonRoundTrip):
    """A whole answer, the same whether it was streamed or not.

    Attributes:
        message: The assistant's message; put it into the next request to go on.
        finish_reason: Why the model stopped. A response with tool calls is ``tool_calls``.
        finish_reason_raw: The provider's own word, or None if it gave none.
        usage: Tokens used; None: the provider did not say.
        cost: What the call cost, all its attempts together.
        reported_cost: What the provider says it charged for this answer, in US dollars, where it
            does (OpenRouter's ``usage.cost``); None: it did not say. With a key of your own kept
            at OpenRouter that is its fee alone.
        provider: Name of the provider that answered.
        upstream: Whom that provider had it answered by, as it named them; None: it did not say.
        model: The model that answered, as the provider named it.
        api: The interface it came over: ``chat`` (Chat Completions) or ``responses``.
        id: The provider's id of the answer.
        created: When the provider made it, in seconds since 1970.
        service_tier: The tier that served it, as the provider reported.
        request_id: The provider's id of the HTTP exchange; quote it to their support.
        invalid_tool_calls: Calls that must not be executed, each with the reason.
        logprobs: Log probabilities as the provider gave them, in order; None: none came.
        annotations: Citations and the like, as the provider gave them.
        attempts: Every HTTP exchange made for the call.
        notes: What was adapted or is odd about this answer.
        rate_limits: How much the provider said is left of what it allows; None: it said nothing.
        raw: The decoded body. For a stream, a tuple of its chunks, only with ``keep_raw=True``.
        decision: How the route chose, or what a model that was named had to pass; None: nobody
            chose.
    """

    message: AssistantMessage
    finish_reason: FinishReason
    finish_reason_raw: str | None = None
    usage: Usage | None = None
    cost: Cost = field(default_factory=Cost)
    reported_cost: Decimal | None = None
    provider: str
    upstream: str | None = None
    model: str
    api: Api = "chat"
    id: str | None = None
    created: int | None = None
    service_tier: str | None = None
    request_id: str | None = None
    invalid_tool_calls: tuple[InvalidToolCall, ...] = ()
    logprobs: tuple[JsonObject, ...] | None = None
    annotations: tuple[JsonObject, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    notes: tuple[Note, ...] = ()
    rate_limits: RateLimits | None = None
    raw: Any = None
    decision: Decision | None = field(default=None, metadata=LATER)

    __setstate__ = restored

    @property
    def text(self) -> str:
        """Return the visible answer; an empty string if there is none."""
        content = self.message.content
        if isinstance(content, str):
            return content
        return "".join(part.text for part in content or () if isinstance(part, TextPart))

    @property
    def images(self) -> tuple[ImagePart, ...]:
        """Return the images that the model made, in order; empty if there are none."""
        content = self.message.content
        parts = () if content is None or isinstance(content, str) else content
        return tuple(part for part in parts if isinstance(part, ImagePart))

    @property
    def reasoning(self) -> str | None:
        """Return the model's thinking, or None if the provider shows none."""
        return self.message.reasoning

    @property
    def refusal(self) -> str | None:
        """Return the model's refusal, or None if it did not decline."""
        return self.message.refusal

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """Return the calls that are complete and valid, in the model's order."""
        return self.message.tool_calls

    def __repr__(self) -> str:
        """Show the answer, cut, how many images and notes there are, and how it ended."""
        found = f", tool_calls={[c.name for c in self.tool_calls]}" if self.tool_calls else ""
        if self.invalid_tool_calls:
            found += f", invalid_tool_calls={[c.name for c in self.invalid_tool_calls]}"
        if self.decision is not None and self.decision.route is not None:
            found += f", route={self.decision.route!r}"
        for name, few in (("images", self.images), ("notes", self.notes)):
            found += f", {name}={len(few)}" if few else ""
        whom = f"{self.provider}:{self.model}"
        return (
            f"ChatResponse({brief(self.text)!r}{found}, finish_reason={self.finish_reason!r}, "
            f"model={whom!r}, usage={self.usage!r}, cost={self.cost.brief!r})"
        )

    if not TYPE_CHECKING:  # a checker is to refuse what is not there

        def __getattr__(self, name: str) -> NoReturn:
            """Say where a field of other SDKs is to be found here.

            Raises:
                AttributeError: Always.
            """
            raise AttributeError(absent(self, name, _ELSEWHERE))

    def _repr_markdown_(self) -> str:
        from unillm.types.display import markdown

        return markdown(self)


_ELSEWHERE = {
    "choices": ".text, .message, .tool_calls and .finish_reason: there is one answer",
    "content": ".text",
    "output_text": ".text",
    "reasoning_content": ".reasoning",
    "model_dump": ".to_dict()",
    "model_dump_json": ".to_json()",
    "dict": ".to_dict()",
    "json": ".to_json(), or .text",
    "output": "client.parse(…, output=…), which has it",
    "data": ".output, of what client.parse(…) returns",
    "parsed": ".output, of what client.parse(…) returns",
}
