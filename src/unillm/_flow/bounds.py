"""How many tokens an exchange can have at most, told before anything is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from unillm.types.parts import TextPart
from unillm.types.usage import Usage

if TYPE_CHECKING:
    from unillm._flow.attempt import Exchanged
    from unillm.types.request import ChatRequest
    from unillm.types.response import ChatResponse

AROUND = 64
"""Tokens that a template may put around a message or a tool, beyond the bytes of its JSON."""
_ELSEWHERE = frozenset({"previous_response_id", "conversation", "prompt"})
"""Fields of a body that bring more of a prompt than stands in it."""
_MOST = ("max_completion_tokens", "max_output_tokens", "max_tokens")


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most tokens an exchange can have; None: no bound is known.

    Attributes:
        input_tokens: Of the prompt.
        output_tokens: Of the answer, reasoning included.
    """

    input_tokens: int | None
    output_tokens: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What must be known of an exchange that is no chat, so that it can be billed.

    Attributes:
        request: The prompt, as a message: its tokens are counted where none are reported.
        bounds: The most tokens it can have.
        answer: Gives what was read as the answer to that.
    """

    request: ChatRequest
    bounds: Bounds
    answer: Callable[[Any], ChatResponse]


def bounds_of(what: Exchanged) -> Bounds:
    """Return the most tokens that an exchange can have.

    A token of text is at least one byte long, so a prompt has no more tokens than bytes, and what
    templates put around its messages. Of what is not text only the window of the model is a bound.
    """
    request, info = what.plan.request, what.plan.target.info
    window = None if info is None else info.max_input or info.context
    least = None if info is None else info.max_output or info.context
    most = len(what.wire.body) + AROUND * (1 + len(request.messages) + len(request.offered))
    inside = most if _is_text(request) else None
    answer = _least(_asked(request), least)
    return Bounds(_least(inside, window), None if answer is None else answer * choices(request))


def most_tokens(bounds: Bounds, usage: Usage | None) -> tuple[Usage | None, str]:
    """Return the most tokens there can be; or None, and what has no bound.

    Args:
        bounds: What is known of the exchange.
        usage: What has been reported of it so far.
    """
    given = bounds.input_tokens if usage is None else usage.input_tokens
    made = bounds.output_tokens
    if given is None or made is None:
        part = "the prompt" if given is None else "the answer"
        advice = "" if given is None else "; max_tokens would bound it"
        return None, f"nothing is known of how long {part} can be{advice}"
    if usage is None:
        return Usage(input_tokens=given, output_tokens=made), ""
    return replace(usage, output_tokens=max(made, usage.output_tokens)), ""


def _is_text(request: ChatRequest) -> bool:
    """Tell whether the body of a request holds all of its prompt, as text."""
    if request.hosted_tools or not _ELSEWHERE.isdisjoint(request.extra_body):
        return False
    return all(
        content is None or isinstance(content, str) or all(type(p) is TextPart for p in content)
        for content in (message.content for message in request.messages)
    )


def _asked(request: ChatRequest) -> int | None:
    for told in (request.extra_body, request.settings):
        for name in _MOST:
            limit = told.get(name)
            if type(limit) is int and limit > 0:  # -1 is no limit, to llama.cpp
                return limit
    return None


def choices(request: ChatRequest) -> int:
    """Return how many answers are made, each of which is paid for."""
    asked = (request.extra_body.get(name) for name in ("n", "best_of"))
    return max([1, *(number for number in asked if type(number) is int)])


def _least(one: int | None, other: int | None) -> int | None:
    return min((bound for bound in (one, other) if bound is not None), default=None)
