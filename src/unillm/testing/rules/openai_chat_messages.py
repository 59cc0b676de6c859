"""What OpenAI does not take over Chat Completions: the messages."""

from __future__ import annotations

from unillm.testing._objects import objects, single
from unillm.testing.rules._reading import parts_in, unanswered
from unillm.testing.rules.openai_chat import empty_array
from unillm.testing.rules.refusal import Refusal
from unillm.testing.rules.rule import rule
from unillm.testing.seen import Seen

_SDK = "openai-python 3.57.0, types/chat/chat_completion_*_message_param.py"
_ROLES = ("system", "assistant", "user", "function", "tool", "developer")
_NAMED = frozenset({"role", "content", "name"})
_FIELDS: dict[str, frozenset[str]] = {
    **dict.fromkeys(_ROLES, _NAMED),
    "assistant": _NAMED | {"audio", "function_call", "refusal", "tool_calls"},
    "tool": frozenset({"role", "content", "tool_call_id"}),
}
_PARTS = ("text", "image_url", "input_audio", "refusal", "audio", "file")
_DETAILS = ("low", "high", "auto", "original")


def _supported(values: tuple[str, ...]) -> str:
    quoted = [f"'{value}'" for value in values]
    return f"{', '.join(quoted[:-1])}, and {quoted[-1]}"


@rule(
    "chat",
    source="https://github.com/home-assistant/core/pull/118577",
    checked="2026-11-28",
    doubt="Seen of tool_calls: the words for messages are inferred.",
)
def messages_empty(seen: Seen) -> Refusal | None:
    """Refuse a request without messages."""
    given = seen.fields.get("messages")
    if given is None:
        message = "Missing required parameter: 'messages'."
        return Refusal(message=message, param="messages", code="missing_required_parameter")
    return empty_array("messages") if given == [] else None


@rule(
    "chat",
    source=_SDK,
    checked="2026-11-28",
    doubt="The roles are documented, the words are those of other enumerations.",
)
def role(seen: Seen) -> Refusal | None:
    """Refuse a role that there is not; developer is one."""
    for at, message in enumerate(seen.messages):
        given = message.get("role")
        if given not in _ROLES:
            said = f"Invalid value: '{given}'. Supported values are: {_supported(_ROLES)}."
            return Refusal(message=said, param=f"messages[{at}].role", code="invalid_value")
    return None


@rule(
    "chat",
    source=_SDK,
    checked="2026-11-28",
    doubt="No body was found in which OpenAI refuses reasoning_content in a message, or takes it: "
    "the stricter reading is played.",
)
def message_field(seen: Seen) -> Refusal | None:
    """Refuse a field of a message that is not OpenAI's, such as reasoning_content."""
    for at, message in enumerate(seen.messages):
        known = _FIELDS.get(str(message.get("role")), frozenset(message))
        odd = next((name for name in message if name not in known), None)
        if odd is not None:
            param = f"messages[{at}].{odd}"
            said = f"Unknown parameter: '{param}'."
            return Refusal(message=said, param=param, code="unknown_parameter")
    return None


@rule("chat", source="https://github.com/simonw/llm/issues/937", checked="2026-11-28")
def result_without_call(seen: Seen) -> Refusal | None:
    """Refuse the result of a tool where no call comes before it."""
    called: list[object] = []
    for at, message in enumerate(seen.messages):
        if message.get("role") != "tool":
            called = [call.get("id") for call in objects(message.get("tool_calls"))]
        elif message.get("tool_call_id") not in called:
            said = (
                "Invalid parameter: messages with role 'tool' must be a response to a preceeding "
                "message with 'tool_calls'."
            )
            return Refusal(message=said, param=f"messages.[{at}].role")
    return None


@rule("chat", source="https://github.com/aliasrobotics/cai/issues/111", checked="2026-11-28")
def call_without_result(seen: Seen) -> Refusal | None:
    """Refuse calls of the assistant's that are not answered right after."""
    for at in range(len(seen.messages)):
        missing = unanswered(seen.messages, at)
        if missing:
            said = (
                "An assistant message with 'tool_calls' must be followed by tool messages "
                "responding to each 'tool_call_id'. The following tool_call_ids did not have "
                f"response messages: {', '.join(missing)}"
            )
            return Refusal(message=said, param=f"messages.[{at + 1}].role")
    return None


@rule("chat", source="https://github.com/home-assistant/core/pull/118577", checked="2026-11-28")
def tool_calls_empty(seen: Seen) -> Refusal | None:
    """Refuse an empty list of tool_calls in a message."""
    for at, message in enumerate(seen.messages):
        if message.get("tool_calls") == []:
            return empty_array(f"messages[{at}].tool_calls")
    return None


@rule(
    "chat",
    source="openai-python 3.57.0, types/chat/chat_completion_content_part_param.py",
    checked="2026-11-28",
    doubt="The types are documented, the words are those of other enumerations.",
)
def part_type(seen: Seen) -> Refusal | None:
    """Refuse a part of a message that is of no type of Chat's, such as input_text."""
    for at, index, _, part in parts_in(seen.messages):
        kind = part.get("type")
        if kind not in _PARTS:
            said = f"Invalid value: '{kind}'. Supported values are: {_supported(_PARTS)}."
            param = f"messages[{at}].content[{index}].type"
            return Refusal(message=said, param=param, code="invalid_value")
    return None


@rule(
    "chat",
    source="https://github.com/quarkiverse/quarkus-langchain4j/issues/412",
    checked="2026-11-28",
)
def image_detail(seen: Seen) -> Refusal | None:
    """Refuse a detail of an image that there is not."""
    for at, index, _, part in parts_in(seen.messages):
        given = single(part.get("image_url")).get("detail")
        if given is not None and given not in _DETAILS:
            said = f"Invalid value: '{given}'. Supported values are: {_supported(_DETAILS)}."
            param = f"messages[{at}].content[{index}].image_url.detail"
            return Refusal(message=said, param=param, code="invalid_value")
    return None


@rule(
    "chat",
    source="https://github.com/OpenHands/OpenHands/issues/7700",
    checked="2026-11-28",
    doubt="GPT-5.2 takes an image in a tool's message without seeing it "
    "(https://github.com/openai/openai-openapi/issues/523): the stricter reading is played.",
)
def image_not_of_the_user(seen: Seen) -> Refusal | None:
    """Refuse an image in a message that is not the user's, a tool's for example."""
    for at, _, message, part in parts_in(seen.messages):
        role = message.get("role")
        if part.get("type") == "image_url" and role != "user":
            said = (
                f"Invalid 'messages[{at}]'. Image URLs are only allowed for messages with role "
                f"'user', but this message with role '{role}' contains an image URL."
            )
            return Refusal(message=said, param=f"messages[{at}]", code="invalid_value")
    return None
