"""The reasoning of earlier turns: which of it goes back, and what stands where there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from unillm._wire.native import native_of
from unillm.types.brief import brief
from unillm.types.dataclass import dataclass
from unillm.types.edits import Note
from unillm.types.facts import Api
from unillm.types.messages import AssistantMessage, Message, UserMessage
from unillm.types.parts import TextPart
from unillm.types.profile import REASONING_FIELDS, Profile
from unillm.types.request import ChatRequest
from unillm.types.target import Target

_SHOWN = 60

Recall: TypeAlias = Callable[[Sequence[Message]], Mapping[int, AssistantMessage]]
"""Gives the messages that have lost their reasoning with it, by their places."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What goes back of the reasoning of earlier turns.

    Attributes:
        start: The position of the first message whose reasoning is sent.
        placeholder: What is sent for a turn without any; None: nothing is.
    """

    start: int = 0
    placeholder: str | None = None

    def reasoning(self, message: AssistantMessage, position: int) -> str | None:
        """Return what is sent as the reasoning of a message."""
        if position < self.start:
            return None
        if self.placeholder is not None and _lacks(message):
            return self.placeholder.replace("{turn}", _turn(message))
        return message.reasoning


ALL = Replay()
"""All of it goes back."""


def recalled(
    request: ChatRequest, target: Target, api: Api, recall: Recall
) -> tuple[ChatRequest, tuple[int, ...]]:
    """Return the request with the reasoning that it has lost, and the places of these messages.

    What the target would not be sent is not put back.
    """
    known = recall(request.messages)
    found = {at: message for at, message in known.items() if _goes_back(message, target, api)}
    if not found:
        return request, ()
    messages = tuple(found.get(at, message) for at, message in enumerate(request.messages))
    return replace(request, messages=messages), tuple(found)


def reasoning_field(message: AssistantMessage, target: Target) -> str | None:
    """Return where reasoning goes; None: nowhere.

    A host of unknown dialect gets back what came in a field. What came in none, such as OpenAI's
    summaries, it is sent for models with open weights, whose templates read it.
    """
    replay, info = target.profile.reasoning_replay, target.info
    if replay == "drop":
        return None
    if replay in REASONING_FIELDS:
        return replay
    if message.reasoning_field in REASONING_FIELDS:
        return message.reasoning_field
    reads = info is not None and bool(info.efforts) and bool(info.open_weights)
    return REASONING_FIELDS[0] if reads else None


def may_reason(target: Target) -> bool:
    """Tell whether a model is not known to be one that does not reason."""
    info = target.info
    return info is None or bool(info.efforts) or info.default_effort != "none"


def _goes_back(message: AssistantMessage, target: Target, api: Api) -> bool:
    if native_of(message, target, api) is not None:
        return api == "chat" or may_reason(target)
    # Over the Responses API a text alone has no place.
    in_field = api == "chat" and bool(message.reasoning)
    return in_field and reasoning_field(message, target) is not None


def replay_of(
    request: ChatRequest,
    profile: Profile,
    notes: list[Note],
    places: Sequence[int] = (),
    *,
    reasoning: bool | None,
    api: Api = "chat",
) -> Replay:
    """Return what a target reads, or demands, of the reasoning of earlier turns.

    Args:
        request: The request.
        profile: How the target speaks.
        notes: What is to be known of it is added here.
        places: Where reasoning was put back that the request had lost.
        reasoning: Whether the model will reason; None: not known.
        api: The interface; over the Responses API all goes back.
    """
    replay = _read(request, profile, notes, reasoning=reasoning) if api == "chat" else ALL
    number = sum(at >= replay.start for at in places)
    if number:
        message = (
            f"{number} turn(s) with tool calls came back without their reasoning; this client had "
            "it from answering, and put it back. remember_reasoning=False leaves it out"
        )
        notes.append(Note("reasoning_recalled", message))
    return replay


def _read(
    request: ChatRequest, profile: Profile, notes: list[Note], *, reasoning: bool | None
) -> Replay:
    """Return what is read, or demanded, over Chat Completions."""
    placeholder = profile.reasoning_placeholder
    if profile.reasoning_read == "always" and placeholder is None:
        return ALL
    if reasoning is False or not _has_tools(request):
        return ALL if profile.reasoning_read == "always" else Replay(_current(request))
    lacking = sum(isinstance(m, AssistantMessage) and _lacks(m) for m in request.messages)
    if placeholder is None or not lacking:
        return ALL
    message = (
        f"{profile.name} wants the reasoning of every turn back; {lacking} turn(s) have none and "
        "were sent with a line in its place"
    )
    notes.append(Note("reasoning_placeholder", message))
    return Replay(placeholder=placeholder)


def _has_tools(request: ChatRequest) -> bool:
    return bool(request.tools or request.hosted_tools) or any(
        message.tool_calls for message in request.messages if isinstance(message, AssistantMessage)
    )


def _current(request: ChatRequest) -> int:
    """Return where the turn begins that the answer belongs to: at the user's last message."""
    messages = request.messages
    backwards = range(len(messages) - 1, -1, -1)
    return next((at for at in backwards if isinstance(messages[at], UserMessage)), 0)


def _lacks(message: AssistantMessage) -> bool:
    """Tell whether a turn has no reasoning; one that is to be gone on with is not over yet."""
    return not message.reasoning and not message.extra.get("prefix")


def _turn(message: AssistantMessage) -> str:
    """Return what a turn said or called, in short, so that hardly two turns are the same."""
    if message.tool_calls:
        return "; ".join(
            f"{call.name} {brief(call.raw or str(call.arguments), _SHOWN)} ({call.id})"
            for call in message.tool_calls
        )
    content = message.content or ""
    if not isinstance(content, str):
        content = " ".join(part.text for part in content if isinstance(part, TextPart))
    return brief(content, _SHOWN)
