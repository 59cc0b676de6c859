"""What becomes of a request at a target: which interface, what is left out, what is refused."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import get_args

from unillm._wire.features import features, reasons
from unillm._wire.images import without_made
from unillm.errors import UnsupportedFeatureError
from unillm.types.edits import Note
from unillm.types.facts import Api, Limit
from unillm.types.messages import Message
from unillm.types.request import ChatRequest
from unillm.types.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A request as the target takes it.

    Attributes:
        asked: The request as it was asked.
        rewrite: Settings that may be rewritten where they would be refused.
        request: What is left of the request.
        target: Whom to ask.
        api: The interface to use.
        base_url: Where it is.
        reasoning: Whether the model will reason; None: not known.
        notes: What was changed on the way.
    """

    asked: ChatRequest
    rewrite: Collection[str]
    request: ChatRequest
    target: Target
    api: Api
    base_url: str
    reasoning: bool | None
    notes: tuple[Note, ...]


def plan(request: ChatRequest, target: Target, *, rewrite: Collection[str] = ()) -> Plan:
    """Return how a request goes to a target.

    Args:
        request: The request.
        target: Whom to ask.
        rewrite: Settings that may be rewritten where they would be refused.

    Raises:
        UnsupportedFeatureError: The target takes the request on none of its interfaces.
    """
    info, profile = target.info, target.profile
    wanted = features(request)
    reasoning = reasons(request, info.unasked_effort if info else None)
    refusal: UnsupportedFeatureError | None = None
    for api in _apis(target):
        hit = [
            limit
            for limit in target.limits
            if limit.feature in wanted
            and limit.api in {None, api}
            and (limit.when == "always" or reasoning is (limit.when == "reasoning"))
        ]
        refused = next((limit for limit in hit if limit.then == "refuse"), None)
        if refused is not None:
            refusal = refusal or _refusal(refused, target)
            continue
        dropped = {limit.feature: limit for limit in hit}
        settings = {k: v for k, v in request.settings.items() if k not in dropped}
        notes = [_dropped(limit, profile.name) for limit in dropped.values()]
        left = replace(request, settings=settings)
        if api == "chat":
            left = without_made(left, notes)
        return Plan(
            asked=request,
            rewrite=rewrite,
            request=left,
            target=target,
            api=api,
            base_url=target.base_url,
            reasoning=reasoning,
            notes=tuple(notes),
        )
    raise refusal or _not_served(target)


def continued(planned: Plan, *messages: Message) -> Plan:
    """Return the plan for the same request with more messages, over the same interface."""
    asked = planned.asked
    more = replace(asked, messages=(*asked.messages, *messages))
    return plan(more, replace(planned.target, api=planned.api), rewrite=planned.rewrite)


def _apis(target: Target) -> list[Api]:
    served = target.info.apis if target.info and target.at_home else get_args(Api)
    usable = (target.api,) if target.api else target.profile.apis
    return [api for api in usable if api in served]


def _dropped(limit: Limit, name: str) -> Note:
    message = f"{limit.feature} was not sent to {name}: {limit.fact.reason}"
    return Note("dropped_setting", message)


def _refusal(limit: Limit, target: Target) -> UnsupportedFeatureError:
    name, equals, kind = limit.feature.partition("=")
    shown = f"{name}={kind!r}" if equals else name
    message = f"{target} does not support {shown}. {limit.remedy}"
    return UnsupportedFeatureError(message, provider=target.provider, model=target.model)


def _not_served(target: Target) -> UnsupportedFeatureError:
    info = target.info
    if info is not None and not info.apis:
        message = f"{target} is not served by its vendor. Ask {info.successor}, or another host."
    else:
        apis = " and ".join(info.apis) if info else ""
        message = f"{target} is served on {apis} only. Leave out api= of its Provider."
    return UnsupportedFeatureError(message, provider=target.provider, model=target.model)
