"""What endpoints other than chat answer with."""

from __future__ import annotations

from dataclasses import field
from decimal import Decimal
from typing import Any, Literal

from unillm.types.dataclass import dataclass
from unillm.types.json import JsonObject, JsonRoundTrip
from unillm.types.model import ModelInfo
from unillm.types.response import Attempt, FinishReason
from unillm.types.usage import Cost, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedModel(JsonRoundTrip):
    """One model that a provider lists.

    Attributes:
        provider: Who lists it.
        id: Its id there; ``provider:id`` is its name here.
        created: When it was made, in seconds since 1970; None: not said.
        owned_by: Whose it is, in the provider's word; None: not said.
        context: Tokens that prompt and answer may have together there; None: not said.
        info: What the catalog knows of it; None: nothing.
        raw: The entry as it came.
    """

    provider: str
    id: str
    created: int | None = None
    owned_by: str | None = None
    context: int | None = None
    info: ModelInfo | None = None
    raw: JsonObject = field(default_factory=dict[str, Any], repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Funds(JsonRoundTrip):
    """What an account holds in one currency.

    Attributes:
        currency: ISO 4217, for example ``USD``.
        total: All of it; it may be negative.
        granted: The part that was given.
        topped_up: The part that was paid in.
    """

    currency: str
    total: Decimal
    granted: Decimal | None = None
    topped_up: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance(JsonRoundTrip):
    """What is left on an account.

    Attributes:
        provider: Whose account it is.
        available: Whether calls are answered at present.
        funds: What it holds, one for each currency.
        raw: The answer as it came.
    """

    provider: str
    available: bool
    funds: tuple[Funds, ...]
    raw: JsonObject = field(default_factory=dict[str, Any], repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion(JsonRoundTrip):
    """The text between a beginning and an end.

    Attributes:
        text: The text.
        finish_reason: Why the model stopped.
        finish_reason_raw: The provider's own word.
        usage: Tokens used; None: the provider did not say.
        cost: What the call cost, all its attempts together.
        provider: Who answered.
        model: The model that answered, as the provider named it.
        id: The provider's id of the answer.
        request_id: The provider's id of the HTTP exchange.
        attempts: Every HTTP exchange made for the call.
        raw: The decoded body.
    """

    text: str
    finish_reason: FinishReason
    finish_reason_raw: str | None = None
    usage: Usage | None = None
    cost: Cost = field(default_factory=Cost)
    provider: str
    model: str
    id: str | None = None
    request_id: str | None = None
    attempts: tuple[Attempt, ...] = ()
    raw: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEstimate(JsonRoundTrip):
    """How many tokens a prompt has, as far as that can be told without asking.

    Attributes:
        tokens: The likeliest number.
        low: It is hardly less.
        high: It is hardly more.
        method: ``tokenizer``: counted by the model's own; ``ratio``: from its vendor's rule of
            thumb; ``guess``: from a rule of thumb of other models.
        source: Who says so.
    """

    tokens: int
    low: int
    high: int
    method: Literal["tokenizer", "ratio", "guess"]
    source: str
