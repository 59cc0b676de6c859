"""What is said of a request that a target does not take: why not, interface by interface."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from unillm.errors import UnsupportedFeatureError
from unillm.types.dataclass import dataclass
from unillm.types.facts import Api, Limit
from unillm.types.target import Target

API_NAMES: Mapping[Api, str] = {"chat": "Chat Completions", "responses": "the Responses API"}
"""How the interfaces are called in sentences."""

_WHEN = {"always": "", "reasoning": " while {} reasons", "plain": " unless {} reasons"}
_SPOKEN = {
    "tools": "function tools",
    "strict_tools": "strict tools (strict=True)",
    "hosted_tools": "tools that the provider runs itself ({})",
    "image": "images",
    "file": "files",
    "audio": "audio",
    "video": "video",
    "tool_image": "images in the result of a tool",
    "tool_file": "files in the result of a tool",
    "system_image": "images in a system message",
    "file_url": "files that are given by their URL",
    "prefix": "an answer that is begun for it (prefix)",
    "completions": "a text to be completed",
    "json_word": "response_format='json_object' without the word 'json' in the messages",
    "tool_choice=function": "tool_choice with the name of a tool",
    "responses_fields": "{} in extra_body",
    "chat_fields": "{} in extra_body",
    "responses_parts": "content parts of type {}",
    "response_format=beside_tools": "response_format for JSON beside tools",
    "max_tokens_below_16": "max_tokens={}, less than 16",
}
"""What features are called in sentences; settings go by their names. ``{}``: what was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """One interface that does not take a request.

    Attributes:
        api: The interface.
        limits: What it does not take; at least one.
        wanted: The features that were asked for, with what was given.
    """

    api: Api
    limits: tuple[Limit, ...]
    wanted: Mapping[str, Any]


def error_of(
    refused: list[Refused], target: Target, *, elsewhere: Api | None
) -> UnsupportedFeatureError:
    """Return the error that says what keeps a request off each interface, and what to do.

    Args:
        refused: The interfaces that were tried, one at least.
        target: Whom the request goes to.
        elsewhere: The interface that takes it and may not be used, since ``api=`` names another.
    """
    first, *others = refused
    everywhere = [limit for limit in first.limits if all(limit in o.limits for o in others)]
    if not others or everywhere:
        here = everywhere or first.limits
        over = f" over {API_NAMES[first.api]}" if any(limit.api for limit in here) else ""
        why = f"{target}{over} does not support {_listed(first, here, 'it')}."
        ways = [_remedy(here)]
    else:
        each = "; ".join(
            f"{API_NAMES[one.api]} does not support {_listed(one, one.limits, 'the model')}"
            for one in refused
        )
        why = f"{target} takes this request on neither of its interfaces: {each}."
        ways = [_remedy(one.limits) for one in refused]
    if elsewhere is not None:
        ways.append(
            f"Leave out {target.narrowed_by} of its Provider: {API_NAMES[elsewhere]} takes it."
        )
    message = f"{why} {_either(dict.fromkeys(way for way in ways if way))}".rstrip()
    return UnsupportedFeatureError(message, provider=target.provider, model=target.model)


def _listed(refused: Refused, limits: Iterable[Limit], model: str) -> str:
    told = (
        f"{spoken(limit.feature, refused.wanted)}{_WHEN[limit.when].format(model)}"
        for limit in limits
    )
    return " and ".join(dict.fromkeys(told))


def spoken(feature: str, wanted: Mapping[str, Any]) -> str:
    """Return what a feature is called in a sentence, with what was given of it."""
    name, equals, kind = feature.partition("=")
    given = wanted.get(feature)
    shown = (
        ", ".join(map(repr, cast("tuple[str, ...]", given)))
        if isinstance(given, tuple)
        else repr(given)
    )
    return _SPOKEN.get(feature, f"{name}={kind!r}" if equals else name).format(shown)


def _remedy(limits: Iterable[Limit]) -> str:
    """Return what is to be done about all of some limits."""
    return " ".join(dict.fromkeys(limit.remedy for limit in limits if limit.remedy))


def _either(ways: Iterable[str]) -> str:
    first, *others = [*ways] or [""]
    return " ".join([first, *(f"Or {way[:1].lower()}{way[1:]}" for way in others)])
