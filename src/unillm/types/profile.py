"""What a provider can do and how it speaks, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

StreamEnd: TypeAlias = Literal["finish_reason", "done", "eof"]
"""What proves that a stream is complete.

``finish_reason``: a finish reason, or ``[DONE]`` after text alone. ``done``: only ``[DONE]``.
``eof``: the end of the body, for servers that send neither.
"""

ReasoningReplay: TypeAlias = Literal["drop", "as_received", "reasoning_content", "reasoning"]
"""How earlier reasoning goes back: not at all, in the field it came in, or in a named field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Why a profile differs from OpenAI's behaviour, and who says so.

    Attributes:
        reason: What happens otherwise.
        source: The page, specification or issue that says so.
        checked: The day it was read, ``YYYY-MM-DD``.
    """

    reason: str
    source: str
    checked: str


def _none() -> Mapping[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The dialect of one provider. Every default is OpenAI's own behaviour.

    Attributes:
        name: The provider's name, as in ``name:model``.
        base_url: Where its API lives; None if only the caller knows.
        api_key_env: The environment variable that holds its key, if it has one.
        key_required: Whether it refuses to answer without a key.
        models: Ids it serves itself, so that the bare id finds it.
        max_tokens_field: What it calls ``max_tokens``.
        developer_role: Whether it knows the role ``developer``; else ``system`` is sent.
        reasoning_replay: How reasoning of earlier turns is sent back.
        stream_usage: Whether ``stream_options.include_usage`` must be sent to get usage.
        stream_end: What proves that a stream is complete.
        leaks: Whether tool calls are found in the text of its answers, in the notation of the
            model. None: never, and nobody looks for them. Empty: in any notation that has a marker.
            Names of `unillm.repair.formats`: in these too, which have none.
        dropped: Tuning settings it does not take, each with what happens to it.
        unsupported: Features it refuses, ``setting`` or ``setting=value``, each with the remedy.
        facts: For every field that is not the default, why and who says so.
    """

    name: str
    base_url: str | None = None
    api_key_env: str | None = None
    key_required: bool = True
    models: frozenset[str] = frozenset()
    max_tokens_field: Literal["max_completion_tokens", "max_tokens"] = "max_completion_tokens"
    developer_role: bool = True
    reasoning_replay: ReasoningReplay = "drop"
    stream_usage: bool = True
    stream_end: StreamEnd = "finish_reason"
    leaks: tuple[str, ...] | None = None
    dropped: Mapping[str, str] = field(default_factory=_none)
    unsupported: Mapping[str, str] = field(default_factory=_none)
    facts: Mapping[str, Fact] = field(default_factory=lambda: MappingProxyType({}), repr=False)
