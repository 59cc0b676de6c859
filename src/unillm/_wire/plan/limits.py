"""A request within the limits of its target: left out, rewritten, or refused."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from operator import itemgetter
from typing import Any

from unillm._wire.plan.rewrites import REWRITES, named
from unillm.errors import InvalidRequestError
from unillm.types.edits import Note
from unillm.types.facts import Api, Limit
from unillm.types.request import ChatRequest
from unillm.types.target import Target

_PLACE = itemgetter(0)
_ABOUT_TOOLS = ("tool_choice", "parallel_tool_calls")
_HERE = {
    "stop": "unillm looks for it in the text and cuts it there; what the model writes after that "
    "is left out, and billed all the same"
}
"""What is done here of a setting that was not sent."""


def without_idle(request: ChatRequest, notes: list[Note]) -> ChatRequest:
    """Leave out what is said of tools where there are none; OpenAI answers it with 400.

    Raises:
        InvalidRequestError: ``tool_choice`` asks for a tool that is not there.
    """
    settings = request.settings
    if not settings:
        return request
    if "tool_choice" in settings:
        _check_choice(settings["tool_choice"], request)
    idle = [name for name in _ABOUT_TOOLS if name in settings]
    if not idle or request.tools or request.hosted_tools:
        return request
    notes += (Note("dropped_setting", f"{name} was not sent: there are no tools") for name in idle)
    return _without(request, idle)


def _check_choice(choice: Any, request: ChatRequest) -> None:
    name = named(choice)
    hosted = (str(tool.get("name") or tool.get("type")) for tool in request.hosted_tools)
    names = [*(tool.name for tool in request.tools), *hosted]
    if name is not None and name not in names:
        offered = ", ".join(names) or "none"
        message = f"tool_choice={name!r} is neither auto, none, required nor a tool"
        raise InvalidRequestError(f"{message}; tools: {offered}. Name one of them, or add it.")
    if choice == "required" and not (request.tools or request.hosted_tools):
        message = "tool_choice='required' asks for a call, and there are no tools. Pass tools=…."
        raise InvalidRequestError(message)


def hit(
    target: Target, api: Api, wanted: Mapping[str, Any], *, reasoning: bool | None
) -> Iterator[Limit]:
    """Yield the limits that what is wanted runs into, in their own order."""
    if not wanted:
        return
    known = target.limits
    placed = [each for feature in known.keys() & wanted.keys() for each in known[feature]]
    for _, limit in sorted(placed, key=_PLACE):
        if limit.api in {None, api} and (
            limit.when == "always" or reasoning is (limit.when == "reasoning")
        ):
            yield limit


def refusing(limits: Iterable[Limit], rewrite: Collection[str]) -> tuple[Limit, ...]:
    """Return those of some limits that refuse, and may not be rewritten instead."""
    return tuple(
        limit
        for limit in limits
        if limit.then == "refuse" and not (limit.rewrite and _setting(limit) in rewrite)
    )


def within(
    limits: Iterable[Limit],
    request: ChatRequest,
    target: Target,
    rewrite: Collection[str],
    notes: list[Note],
) -> ChatRequest:
    """Return the request within limits that do not refuse it; what changes is noted."""
    dropped: dict[str, Limit] = {}
    for limit in limits:
        name = _setting(limit)
        if limit.then != "refuse":
            dropped.setdefault(name, limit)
        elif limit.rewrite and name in rewrite:
            request = REWRITES[name](request, target, notes)
    for name, limit in dropped.items():
        message = f"{name} was not sent to {target.profile.name}: {limit.fact.reason}"
        if limit.then == "here":
            notes.append(Note(f"rewritten_{name}", f"{message}. {_HERE[name]}"))
        else:
            notes.append(Note("dropped_setting", message))
    return _without(request, dropped) if dropped else request


def stops_here(limits: Iterable[Limit], request: ChatRequest) -> tuple[str, ...]:
    """Return the stop texts of a request that are looked for here; the host does not."""
    if not any(limit.feature == "stop" and limit.then == "here" for limit in limits):
        return ()
    stop: Any = request.settings["stop"]
    return tuple(dict.fromkeys([stop] if isinstance(stop, str) else stop))


def _without(request: ChatRequest, names: Collection[str]) -> ChatRequest:
    kept = {name: value for name, value in request.settings.items() if name not in names}
    return replace(request, settings=kept)


def _setting(limit: Limit) -> str:
    return limit.feature.partition("=")[0]
