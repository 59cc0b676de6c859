"""Calls and candidates for tests of strategies."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from unillm.routing import Candidate, ExpectedCost, RouteRequest
from unillm.types.messages import UserMessage
from unillm.types.model import ModelInfo
from unillm.types.place import UNKNOWN, Place
from unillm.types.profile import Profile
from unillm.types.record import Scope
from unillm.types.request import ChatRequest
from unillm.types.target import Target

PROFILE = Profile(name="box")


def target(model: str, *, info: ModelInfo | None = None, place: Place = UNKNOWN) -> Target:
    """Return a target at a provider called box."""
    return Target(
        provider="box",
        model=model,
        base_url="http://localhost:1/v1",
        profile=PROFILE,
        info=info,
        place=place,
    )


def candidate(
    name: str,
    usd: Decimal | float | str | None = None,
    *,
    quality: float | None = None,
    info: ModelInfo | None = None,
    place: Place = UNKNOWN,
) -> Candidate:
    """Return a candidate; None costs what nobody knows."""
    cost = ExpectedCost(
        usd=None if usd is None else Decimal(str(usd)),
        input_tokens=10,
        cached_tokens=0,
        output_tokens=20,
    )
    return Candidate(
        name, target(name, info=info, place=place), price=lambda: cost, quality=quality
    )


def call(
    text: Any = "Hello.",
    *,
    draws: tuple[float, float] = (0.0, 0.0),
    task: str | None = None,
    worth: float | None = None,
    tokens: int = 5,
    tags: Mapping[str, str] | None = None,
    session: str | None = None,
    user: str | None = None,
    **request: Any,
) -> RouteRequest:
    """Return a call."""
    return RouteRequest(
        ChatRequest(messages=(UserMessage(text),), **request),
        scope=Scope(tags=dict(tags or {}), session=session, user=user),
        count=lambda: tokens,
        draws=draws,
        task=task,
        willingness_to_pay=worth,
    )


def names(count: int) -> list[str]:
    """Return names for candidates."""
    return [f"m{at}" for at in range(count)]
