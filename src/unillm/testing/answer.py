"""A sound answer, served as a body or as a stream."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, field
from typing import Any, Literal, Protocol, TypeAlias

from unillm.types.dataclass import dataclass

__all__ = ["Answer", "CallKind", "CallLike", "Dialect", "FakeCall", "Phase"]

Dialect: TypeAlias = Literal["openai", "deepseek", "vllm"]
CallKind: TypeAlias = Literal["function", "custom"]
Phase: TypeAlias = Literal["commentary", "final_answer"]


class CallLike(Protocol):
    """Describe what a tool call needs to be served; `unillm.ToolCall` fits."""

    @property
    def name(self) -> str:
        """Return the function's name."""
        ...

    @property
    def arguments(self) -> Mapping[str, Any] | str:
        """Return the arguments; a string is sent as it is, sound or not."""
        ...

    @property
    def id(self) -> str | None:
        """Return the id of the call, or None to have one made."""
        ...


@dataclass(frozen=True, slots=True)
class FakeCall:
    """Describe one tool call to serve.

    Attributes:
        name: The function's name.
        arguments: The arguments; a string is sent as it is, sound or not.
        id: The call's id; None makes one that is unique among the provider's answers.
        kind: ``custom``: a call of a custom tool, whose arguments are any text, sent as they are.
            Over Responses only; over Chat it is a function's.
    """

    name: str
    arguments: Mapping[str, Any] | str = field(default_factory=dict[str, Any])
    id: str | None = None
    kind: CallKind = "function"


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer the way a provider does: as a stream if the request asks for one, else as a body.

    It is spoken over the interface that was asked, Chat Completions or the Responses API.

    Attributes:
        text: The text, or None.
        reasoning: The reasoning. Over Chat it is in the dialect's field: ``reasoning_content``
            (deepseek, and openai as its imitators do) or ``reasoning`` (vllm). Over Responses it is
            an item before the others: its ``summary`` (openai), or its ``content`` (deepseek,
            vllm).
        tool_calls: The tool calls: `FakeCall`, anything with ``name``, ``arguments`` and ``id``,
            or a mapping with these keys.
        refusal: The refusal, or None.
        usage: ``"auto"`` counts words; a mapping is sent as it is, but over Responses Chat's words
            are put into that interface's; None sends none.
        finish_reason: None means ``tool_calls`` when there are calls, else ``stop``. Over
            Responses, ``length`` and ``content_filter`` make the answer ``incomplete``; ``error``,
            ``aborted`` and ``insufficient_system_resource`` make it ``failed``.
        pace: Seconds between the pieces of a stream.
        dialect: ``"openai"``: usage in a chunk of its own, if the request asks for it.
            ``"deepseek"``: usage, with its cache fields, on the last chunk, always. ``"vllm"``:
            as openai, with its name for reasoning.
        blank_lines: Empty lines before a body, as DeepSeek sends them while a request is queued.
        keep_alives: ``: keep-alive`` comments before the first event of a stream, for the same
            reason.
        headers: More response headers.
        model: The model named in the answer; None is the one asked for.
        extra: More top-level fields for the body and for each chunk; over Responses, for the
            response.
        phase: The ``phase`` of the message; over Responses only.
        encrypted_reasoning: What ``encrypted_content`` says, over Responses as OpenAI speaks it:
            ``"auto"`` makes it of the reasoning, None sends none, anything else is sent as it is.
        images: The bytes of images that the model made, each an ``image_generation_call``; over
            Responses only.
        annotations: The annotations of the text, each with its ``type``: fields flat or nested
            under it, sent as the interface has them.
    """

    text: str | None = None
    _: KW_ONLY
    reasoning: str | None = None
    tool_calls: Sequence[CallLike | Mapping[str, Any]] = ()
    refusal: str | None = None
    usage: Mapping[str, Any] | Literal["auto"] | None = "auto"
    finish_reason: str | None = None
    pace: float = 0.0
    dialect: Dialect = "openai"
    blank_lines: int = 0
    keep_alives: int = 0
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    model: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])
    phase: Phase | None = None
    encrypted_reasoning: str | None = "auto"
    images: Sequence[bytes] = ()
    annotations: Sequence[Mapping[str, Any]] = ()

    @property
    def calls(self) -> tuple[FakeCall, ...]:
        """Return the tool calls, each with its arguments as the string that is sent."""
        return tuple(_call(call) for call in self.tool_calls)

    @property
    def finish(self) -> str:
        """Return the finish reason that is sent."""
        if self.finish_reason is not None:
            return self.finish_reason
        return "tool_calls" if self.tool_calls else "stop"


def _call(call: CallLike | Mapping[str, Any]) -> FakeCall:
    if isinstance(call, Mapping):
        call = FakeCall(
            call["name"], call.get("arguments", {}), call.get("id"), call.get("kind", "function")
        )
    arguments = (
        call.arguments
        if isinstance(call.arguments, str)
        else json.dumps(call.arguments, ensure_ascii=False)
    )
    return FakeCall(call.name, arguments, call.id, getattr(call, "kind", "function"))
