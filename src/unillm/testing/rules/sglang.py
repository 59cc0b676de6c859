"""A server of SGLang's, with a model that reads images: it takes fields it does not know."""

from __future__ import annotations

from dataclasses import replace

from unillm.testing._objects import objects, single
from unillm.testing.answer import Answer
from unillm.testing.rules._reading import forgets_tools, is_set, parts_in, tool_names
from unillm.testing.rules.refusal import Refusal
from unillm.testing.rules.rule import Rules, rule, rules_in
from unillm.testing.seen import Seen

__all__ = ["RULES"]

_PROTOCOL = (
    "https://github.com/sgl-project/sglang "
    "python/sglang/srt/entrypoints/openai/protocol.py@004c82e0"
)
_SERVING = (
    "https://github.com/sgl-project/sglang python/sglang/srt/entrypoints/openai/serving_chat.py"
)
_WORDS = "What is taken is in that file; in what words another is refused was not seen."
_BAD = 400
_ROLES = ("system", "assistant", "tool", "function", "developer", "latest_reminder")
_PARTS = frozenset(
    {"text", "thinking", "image_url", "video_url", "audio_url", "tool_reference", None}
)
_CHOICES = frozenset({"auto", "required", "none"})
_EFFORTS = frozenset({"none", "minimal", "low", "medium", "high", "xhigh", "max"})


def _refused(message: str) -> Refusal:
    return Refusal(message=message, kind="BadRequestError", code=_BAD)


@rule("chat", source=_SERVING, checked="2026-11-28")
def messages_empty(seen: Seen) -> Refusal | None:
    """Refuse a conversation without messages."""
    return _refused("Messages cannot be empty.") if seen.fields.get("messages") == [] else None


@rule("chat", source=_PROTOCOL, checked="2026-11-28")
def role(seen: Seen) -> Refusal | None:
    """Refuse a message of a role that it does not have."""
    for message in seen.messages:
        given = message.get("role")
        if not isinstance(given, str):
            return _refused("'role' must be a string")
        if given.lower() not in {*_ROLES, "user"}:
            allowed = ", ".join(map(repr, _ROLES))
            return _refused(f"'role' must be one of {allowed} (case-insensitive).")
    return None


@rule("chat", source=_PROTOCOL, checked="2026-11-28", doubt=_WORDS)
def part_type(seen: Seen) -> Refusal | None:
    """Refuse a part of a kind that it does not have, such as a file."""
    for _, _, _, part in parts_in(seen.messages):
        given = part.get("type")
        if not isinstance(given, str | None) or given not in _PARTS:
            return _refused(f"Input should be a valid content part, not {given!r}")
    return None


@rule("chat", source=_SERVING, checked="2026-11-28")
def required_without_tools(seen: Seen) -> Refusal | None:
    """Refuse a call that is required where no tools are offered."""
    if seen.fields.get("tool_choice") != "required" or seen.tools:
        return None
    return _refused("Tools cannot be empty if tool choice is set to required.")


@rule("chat", source=_SERVING, checked="2026-11-28")
def named_tool(seen: Seen) -> Refusal | None:
    """Refuse a tool_choice that names a function that is not offered."""
    choice = single(seen.fields.get("tool_choice"))
    if not choice:
        return None
    if not seen.tools:
        return _refused("Tools cannot be empty if tool choice is set to a specific tool.")
    name = single(choice.get("function")).get("name")
    if name in tool_names(seen):
        return None
    return _refused(f"Tool '{name}' not found in tools list.")


@rule("chat", source=_PROTOCOL, checked="2026-11-28", doubt=_WORDS)
def tool_choice(seen: Seen) -> Refusal | None:
    """Refuse a tool_choice that is another word than auto, required or none."""
    choice = seen.fields.get("tool_choice")
    if not isinstance(choice, str) or choice in _CHOICES:
        return None
    return _refused("Input should be 'auto', 'required' or 'none'")


@rule("chat", source=_PROTOCOL, checked="2026-11-28", doubt=_WORDS)
def tool_type(seen: Seen) -> Refusal | None:
    """Refuse a tool that has no function."""
    if all(is_set(one, "function") for one in objects(seen.fields.get("tools"))):
        return None
    return _refused("Field required: tools.function")


@rule("chat", source=_PROTOCOL, checked="2026-11-28", doubt=_WORDS)
def effort(seen: Seen) -> Refusal | None:
    """Refuse a reasoning_effort that is another word than OpenAI's."""
    given = seen.fields.get("reasoning_effort")
    if given is None or (isinstance(given, int | float) and not isinstance(given, bool)):
        return None
    return None if str(given) in _EFFORTS else _refused(f"invalid reasoning effort: {given!r}")


def _shape(_: Seen, answer: Answer) -> Answer:
    """Show reasoning in ``reasoning_content``, and usage as OpenAI does."""
    return replace(answer, dialect="openai")


def _no_key(_: Seen) -> Refusal:
    """Say what github.com/sgl-project/sglang/issues/25127 was told, read 2026-11-28."""
    return Refusal(message="Unauthorized", status=401, alone=True)


RULES = Rules(
    host="sglang",
    rules=rules_in(globals()),
    ignores=forgets_tools,
    shape=_shape,
    no_key=_no_key,
)
