"""What becomes of a request at a target: which interface, what is left out, what is refused."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, get_args
from urllib.parse import urlsplit

from unillm._wire.plan.abilities import check_abilities
from unillm._wire.plan.custom import NOTE as CUSTOM_NOTE
from unillm._wire.plan.custom import as_functions
from unillm._wire.plan.effort import unsummarised, with_effort
from unillm._wire.plan.features import features, reasons
from unillm._wire.plan.limits import hit, refusing, stops_here, within, without_idle
from unillm._wire.plan.prefix import begun, gone_on
from unillm._wire.plan.refusals import API_NAMES, Refused, error_of, spoken
from unillm._wire.plan.replay import Recall, Replay, recalled, replay_of
from unillm._wire.plan.results import plain_results
from unillm._wire.plan.rewrites import within_abilities
from unillm._wire.plan.strict import check_strict
from unillm._wire.plan.turns import taken_back
from unillm.errors import UnsupportedFeatureError
from unillm.types.dataclass import dataclass
from unillm.types.edits import Note
from unillm.types.facts import Api
from unillm.types.messages import Message
from unillm.types.origin import origin_of
from unillm.types.request import ChatRequest
from unillm.types.target import Target

_APIS: tuple[Api, ...] = get_args(Api)
_RICH = frozenset({"tool_image", "tool_file", "tool_audio", "tool_video"})
"""What not every interface takes in the result of a tool."""


@dataclass(slots=True, kw_only=True)  # not frozen: one is made for every call
class Plan:
    """A request as the target takes it.

    Attributes:
        asked: The request as it was asked.
        rewrite: Settings that may be rewritten where they would be refused.
        recall: Gives messages the reasoning back that they have lost; None: nobody does.
        request: What is left of the request, in the target's words: fields of its own are in
            ``extra_body``, under those that were asked for.
        target: Whom to ask.
        api: The interface to use.
        base_url: Where it is.
        reasoning: Whether the model will reason; None: not known.
        replay: What goes back of the reasoning of earlier turns.
        stops: Texts before which the answer is cut here, since the target does not stop there.
        notes: What is to be known of the model, and what was changed on the way.
    """

    asked: ChatRequest
    rewrite: Collection[str]
    recall: Recall | None
    request: ChatRequest
    target: Target
    api: Api
    base_url: str
    reasoning: bool | None
    replay: Replay
    stops: tuple[str, ...]
    notes: tuple[Note, ...]


def plan(
    request: ChatRequest,
    target: Target,
    *,
    rewrite: Collection[str] = (),
    recall: Recall | None = None,
) -> Plan:
    """Return how a request goes to a target.

    Args:
        request: The request.
        target: Whom to ask.
        rewrite: Settings that may be rewritten where they would be refused.
        recall: Gives messages the reasoning back that they have lost.

    Raises:
        UnsupportedFeatureError: The target takes the request on none of its interfaces.
        InvalidRequestError: Nobody would take it.
    """
    made = _first(_apis(target), request, target, rewrite, recall)
    if isinstance(made, Plan):
        return made
    if not made:
        raise _not_served(target)
    if request.custom_tools:
        plain = _first(_apis(target), as_functions(request), target, rewrite, recall)
        if isinstance(plain, Plan):
            plain.notes += (CUSTOM_NOTE,)
            return plain
        made = plain or made  # as functions they would be taken: it is refused for what is left
    elsewhere = None if target.api is None else _elsewhere(request, target, rewrite)
    raise error_of(made, target, elsewhere=elsewhere)


def continued(planned: Plan, *messages: Message) -> Plan:
    """Return the plan for the same request with more messages, over the same interface."""
    asked, target = planned.asked, planned.target
    more = replace(asked, messages=gone_on(asked.messages, messages))
    made = _over(planned.api, more, target, planned.rewrite, planned.recall)
    if isinstance(made, Plan):
        return made
    raise error_of([made], target, elsewhere=None)


def _first(
    apis: Iterable[Api],
    request: ChatRequest,
    target: Target,
    rewrite: Collection[str],
    recall: Recall | None = None,
) -> Plan | list[Refused]:
    """Return the plan over the first of some interfaces that takes a request, else why none."""
    refused: list[Refused] = []
    for api in apis:
        made = _over(api, request, target, rewrite, recall)
        if isinstance(made, Plan):
            return made
        refused.append(made)
    return refused


def _elsewhere(request: ChatRequest, target: Target, rewrite: Collection[str]) -> Api | None:
    """Return the interface that would take a request if ``api=`` were not given."""
    free = replace(target, api=None)
    made = _first(_apis(free), request, free, rewrite)
    return made.api if isinstance(made, Plan) else None


def _over(
    api: Api, asked: ChatRequest, target: Target, rewrite: Collection[str], recall: Recall | None
) -> Plan | Refused:
    profile = target.profile
    notes = list(target.notes)
    request = with_effort(asked, target, api, notes)
    reasoning = reasons(request, _default_effort(target))
    request = within_abilities(without_idle(request, notes), target, rewrite, notes)
    if "reasoning_summary" in request.settings and (api == "chat" or reasoning is False):
        request = unsummarised(request, api, notes)
    wanted = features(request)
    check_abilities(request, wanted, target)
    limits = [*hit(target, api, wanted, reasoning=reasoning)]
    refused = refusing(limits, rewrite) if limits else ()
    if refused:
        return Refused(api=api, limits=refused, wanted=wanted)
    stops = stops_here(limits, request) if limits else ()
    request = within(limits, request, target, rewrite, notes) if limits else request
    if "strict_tools" in wanted and profile.strict_tools is not None:
        check_strict(request, profile.strict_tools, target)
    base_url = base_url_for(target, wanted)
    request, places = (request, ()) if recall is None else recalled(request, target, api, recall)
    replay = replay_of(request, profile, notes, places, reasoning=reasoning, api=api)
    request = taken_back(request, target, api, notes)
    request = begun(request, target, notes)
    if api not in profile.rich_results and not wanted.keys().isdisjoint(_RICH):
        request = plain_results(request, notes)
    return Plan(
        asked=asked,
        rewrite=rewrite,
        recall=recall,
        request=request,
        target=target,
        api=api,
        base_url=base_url,
        reasoning=reasoning,
        replay=replay,
        stops=stops,
        notes=tuple(notes),
    )


def _default_effort(target: Target) -> str | None:
    """Return what is made of a request that says nothing; a server of one's own decides itself."""
    profile, info = target.profile, target.info
    if profile.renders_template:
        return None
    return (info.unasked_effort if info is not None else None) or profile.default_effort


def base_url_for(target: Target, wanted: Mapping[str, Any]) -> str:
    """Return where the features asked for are.

    Raises:
        UnsupportedFeatureError: They are where the provider as configured is not.
    """
    profile, given = target.profile, target.base_url.rstrip("/")
    if profile.beta_features.isdisjoint(wanted):
        return target.base_url
    beta = [feature for feature in sorted(profile.beta_features) if feature in wanted]
    if profile.beta_url is None or given.endswith("/beta"):
        return target.base_url
    if profile.base_url is not None and _address(given) == _address(profile.base_url):
        return profile.beta_url
    raise UnsupportedFeatureError(
        f"{target} is asked for {' and '.join(spoken(feature, wanted) for feature in beta)}, which "
        f"{profile.name} has at its beta URL only, and this provider has a base_url of its own. "
        f"Give a Provider a base_url that ends in /beta{_LOOSE if 'strict_tools' in beta else ''}.",
        provider=target.provider,
        model=target.model,
    )


_LOOSE = ", or have the tools not strict (strict=False; strict_mode=False in the Agents SDK)"


def _address(url: str) -> tuple[str, str, str]:
    """Return where a URL leads: host, path without the version, and query."""
    parts = urlsplit(url)
    return origin_of(url), parts.path.rstrip("/").removesuffix("/v1"), parts.query


def _apis(target: Target) -> list[Api]:
    served = target.info.apis if target.info and target.at_home else _APIS
    usable = (target.api,) if target.api else target.profile.apis
    return [api for api in usable if api in served]


def _not_served(target: Target) -> UnsupportedFeatureError:
    info = target.info
    if info is not None and not info.apis:
        message = f"{target} is not served by its vendor. Ask {info.successor}, or another host."
    else:
        apis = " and ".join(API_NAMES[api] for api in info.apis) if info else ""
        message = (
            f"{target} is served over {apis} only. Leave out {target.narrowed_by} of its Provider."
        )
    return UnsupportedFeatureError(message, provider=target.provider, model=target.model)
