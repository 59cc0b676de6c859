"""The reasoning of earlier turns: which of it goes back, and what stands where there is none."""

from __future__ import annotations

from unillm.types.brief import brief
from unillm.types.dataclass import dataclass
from unillm.types.edits import Note
from unillm.types.messages import AssistantMessage, UserMessage
from unillm.types.parts import TextPart
from unillm.types.profile import Profile
from unillm.types.request import ChatRequest

_SHOWN = 60


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


def replay_of(
    request: ChatRequest, profile: Profile, notes: list[Note], *, reasoning: bool | None
) -> Replay:
    """Return what a target reads, or demands, of the reasoning of earlier turns."""
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
