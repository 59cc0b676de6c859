"""An answer that was begun: how the host is told, and what becomes of it when more is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from unillm.errors import UnsupportedFeatureError
from unillm.types.edits import Note
from unillm.types.messages import AssistantMessage, Message
from unillm.types.request import ChatRequest
from unillm.types.target import Target

_OPEN = {"continue_final_message": True, "add_generation_prompt": False}


def begun(request: ChatRequest, target: Target, notes: list[Note]) -> ChatRequest:
    """Return a request that tells the beginning of its answer as the host wants it told.

    DeepSeek, vLLM and llama.cpp answer with what comes after it
    (https://api-docs.deepseek.com/guides/chat_prefix_completion; ggml-org/llama.cpp#23089).

    Raises:
        UnsupportedFeatureError: The host is not known to go on from one.
    """
    last = request.messages[-1]
    if not _is_beginning(last):
        return request
    profile = target.profile
    if profile.prefix_by is None:
        raise UnsupportedFeatureError(
            f"{target} is not known to go on from the beginning of an answer (prefix). Say in a "
            "user message how the answer is to begin, or give its Provider a profile that says "
            "how it is told: dataclasses.replace(…, prefix_by='prefix').",
            provider=target.provider,
            model=target.model,
        )
    known = offers_prefix(target)
    message = "the text goes on from the prefix, and does not repeat it"
    if not known:
        message = f"the prefix is sent as DeepSeek takes it; {profile.name} may not know it"
    notes.append(Note("prefix", message))
    if profile.prefix_by == "prefix":
        return request
    plain = {name: value for name, value in last.extra.items() if name != "prefix"}
    return replace(
        request,
        messages=(*request.messages[:-1], replace(last, extra=plain)),
        extra_body={**_OPEN, **request.extra_body},
    )


def offers_prefix(target: Target) -> bool:
    """Tell whether a host is known to go on from a beginning, not merely told of one."""
    profile = target.profile
    return profile.prefix_by is not None and (
        profile.prefix_by != "prefix" or "prefix" in profile.beta_features
    )


def gone_on(messages: tuple[Message, ...], more: Sequence[Message]) -> tuple[Message, ...]:
    """Return a conversation with more messages; a beginning and its answer become one message."""
    last = messages[-1]
    if not (_is_beginning(last) and more and isinstance(more[0], AssistantMessage)):
        return (*messages, *more)
    first, answer = last.content, more[0].content
    if not isinstance(first, str) or not isinstance(answer, str | None):
        return (*messages[:-1], *more)
    return (*messages[:-1], replace(more[0], content=first + (answer or "")), *more[1:])


def _is_beginning(message: Message) -> bool:
    return isinstance(message, AssistantMessage) and bool(message.extra.get("prefix"))
