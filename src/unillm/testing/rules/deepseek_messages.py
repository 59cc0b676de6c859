"""What DeepSeek does not take: messages."""

from __future__ import annotations

from unillm.testing._objects import objects
from unillm.testing.rules._deepseek import (
    is_beta,
    not_deserialised,
    refused,
    thinks,
)
from unillm.testing.rules._reading import (
    parts_in,
    unanswered,
)
from unillm.testing.rules.refusal import Refusal
from unillm.testing.rules.rule import rule
from unillm.testing.seen import Seen

_ROLES = ("system", "user", "assistant", "tool", "latest_reminder")


@rule("chat", source="https://github.com/decolua/9router/issues/773", checked="2026-11-28")
def role(seen: Seen) -> Refusal | None:
    """Refuse a role that there is not; developer is none."""
    for at, message in enumerate(seen.messages):
        if message.get("role") not in _ROLES:
            known = ", ".join(f"`{one}`" for one in _ROLES)
            said = f"unknown variant `{message.get('role')}`, expected one of {known}"
            return not_deserialised(f"messages[{at}].role: {said}", seen)
    return None


@rule(
    "chat",
    source="https://github.com/esengine/DeepSeek-Reasonix/issues/7859",
    checked="2026-11-28",
)
def image(seen: Seen) -> Refusal | None:
    """Refuse an image for deepseek-v4-pro."""
    if seen.model != "deepseek-v4-pro":
        return None
    for at, _, _, part in parts_in(seen.messages):
        if part.get("type") == "image_url":
            problem = f"messages[{at}]: unknown variant `image_url`, expected `text`"
            return not_deserialised(problem, seen)
    return None


@rule(
    "chat",
    source="https://github.com/JohnnyZ93/oai-compatible-copilot/issues/215",
    checked="2026-11-23",
)
def reasoning_content(seen: Seen) -> Refusal | None:
    """Refuse, while it thinks and tools are offered, a message of its own without reasoning."""
    return _not_passed_back() if _lacks_reasoning(seen, None) else None


@rule(
    "chat",
    source="https://github.com/BerriAI/litellm/issues/27439",
    checked="2026-11-23",
    doubt="Unsettled: pydantic-ai has seen an empty one taken. The stricter reading is played.",
)
def reasoning_content_empty(seen: Seen) -> Refusal | None:
    """Refuse, while it thinks and tools are offered, a message of its own with empty reasoning."""
    return _not_passed_back() if _lacks_reasoning(seen, "") else None


def _lacks_reasoning(seen: Seen, nothing: str | None) -> bool:
    if not thinks(seen) or not seen.fields.get("tools"):
        return False
    own = [message for message in seen.messages if message.get("role") == "assistant"]
    return any(
        message.get("reasoning_content") == nothing for message in own if not _begun(message)
    )


def _begun(message: dict[str, object]) -> bool:
    """Tell whether a message is the beginning that the model is to go on with."""
    return message.get("prefix") is True


def _not_passed_back() -> Refusal:
    return refused("The `reasoning_content` in the thinking mode must be passed back to the API.")


@rule(
    "chat", source="https://github.com/FoundationAgents/OpenManus/issues/23", checked="2026-11-28"
)
def result_without_call(seen: Seen) -> Refusal | None:
    """Refuse the result of a tool where no call comes before it."""
    called: list[object] = []
    for message in seen.messages:
        if message.get("role") != "tool":
            called = [call.get("id") for call in objects(message.get("tool_calls"))]
        elif message.get("tool_call_id") not in called:
            return refused(
                "Messages with role 'tool' must be a response to a preceding message with "
                "'tool_calls'"
            )
    return None


@rule(
    "chat",
    source="https://github.com/smallmain/vscode-unify-chat-provider/issues/248",
    checked="2026-11-28",
)
def call_without_result(seen: Seen) -> Refusal | None:
    """Refuse calls of the assistant's that are not answered right after."""
    if not any(unanswered(seen.messages, at) for at in range(len(seen.messages))):
        return None
    return refused(
        "An assistant message with 'tool_calls' must be followed by tool messages responding to "
        "each 'tool_call_id'. (insufficient tool messages following tool_calls message)"
    )


@rule(
    "chat",
    source="https://api-docs.deepseek.com/guides/chat_prefix_completion",
    checked="2026-11-23",
    doubt="That it is a feature of /beta, of the last message, is documented; the words are not.",
)
def prefix(seen: Seen) -> Refusal | None:
    """Refuse prefix away from /beta, or on a message that is not the assistant's and the last."""
    marked = [at for at, message in enumerate(seen.messages) if message.get("prefix") is True]
    if not marked:
        return None
    if not is_beta(seen):
        return refused("prefix is only supported with the base URL https://api.deepseek.com/beta")
    last = seen.messages[-1]
    if marked == [len(seen.messages) - 1] and last.get("role") == "assistant":
        return None
    return refused("The last message must be an assistant message with prefix = true")
