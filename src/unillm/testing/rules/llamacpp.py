"""A server of llama.cpp's, with a model that reads text alone: asked, not read.

``Rules.without("image")`` makes the model a multimodal one.
"""

from __future__ import annotations

import json
from dataclasses import replace

from unillm.testing._objects import objects, single
from unillm.testing.answer import Answer
from unillm.testing.rules._reading import forgets_tools, number, parts_in
from unillm.testing.rules.refusal import Refusal
from unillm.testing.rules.rule import Rules, rule, rules_in
from unillm.testing.seen import Seen

__all__ = ["RULES"]

_ASKED = "xllamacpp 2026.10.11549 with gemma-3-270m, asked"
_BAD = 400
_FAILED = 500
_CHOICES = frozenset({"auto", "required", "none"})
_FORMATS = frozenset({"text", "json_object", "json_schema"})
_PARTS = frozenset({"text", "image_url", "input_audio", "video_url"})


def _refused(message: str) -> Refusal:
    return Refusal(message=message, code=_BAD)


def _failed(message: str) -> Refusal:
    return Refusal(message=message, status=_FAILED, kind="server_error", code=_FAILED)


@rule("chat", source=_ASKED, checked="2026-11-28")
def messages(seen: Seen) -> Refusal | None:
    """Refuse a request without messages, or with anything but a list of them."""
    if "messages" not in seen.fields:
        return _refused("'messages' is required")
    if not isinstance(seen.fields.get("messages"), list):
        return _refused("Expected 'messages' to be an array")
    return None


@rule("chat", source=_ASKED, checked="2026-11-28")
def content(seen: Seen) -> Refusal | None:
    """Refuse a message that says nothing: an assistant's may call tools instead."""
    for message in seen.messages:
        if message.get("role") != "assistant":
            if "content" not in message:
                return _refused("All non-assistant messages must contain 'content'")
        elif "content" not in message and "tool_calls" not in message:
            return _refused("Assistant message must contain either 'content' or 'tool_calls'!")
    return None


@rule("chat", source=_ASKED, checked="2026-11-28")
def two_answers(seen: Seen) -> Refusal | None:
    """Refuse a conversation that ends with two messages of the assistant's."""
    last = [one.get("role") for one in seen.messages[-2:]]
    if last != ["assistant", "assistant"]:
        return None
    return _refused("Cannot have 2 or more assistant messages at the end of the list.")


@rule("chat", source=_ASKED, checked="2026-11-28")
def part_type(seen: Seen) -> Refusal | None:
    """Refuse a part of a kind that it does not have, such as a file."""
    known = all(str(part.get("type")) in _PARTS for _, _, _, part in parts_in(seen.messages))
    return None if known else _refused("unsupported content[].type")


@rule("chat", source=_ASKED, checked="2026-11-28")
def image(seen: Seen) -> Refusal | None:
    """Refuse an image: the model reads text alone."""
    if not any(part.get("type") == "image_url" for _, _, _, part in parts_in(seen.messages)):
        return None
    return _failed(
        "image input is not supported - hint: if this is unexpected, you may need to provide the "
        "mmproj"
    )


@rule("chat", source=_ASKED, checked="2026-11-28")
def arguments(seen: Seen) -> Refusal | None:
    """Refuse a call whose arguments are no JSON."""
    for message in seen.messages:
        for call in objects(message.get("tool_calls")):
            given = single(call.get("function")).get("arguments")
            if isinstance(given, str) and not _is_json(given):
                return _failed(f"Failed to parse tool call arguments as JSON: {given}")
    return None


@rule("chat", source=_ASKED, checked="2026-11-28")
def tool_type(seen: Seen) -> Refusal | None:
    """Refuse a tool that is no function."""
    for tool in objects(seen.fields.get("tools")):
        if tool.get("type") != "function":
            return _failed(f"Failed to parse tools: Unsupported tool type: {json.dumps(tool)}")
    return None


@rule("chat", source=_ASKED, checked="2026-11-28")
def tool_choice(seen: Seen) -> Refusal | None:
    """Refuse a tool_choice that is another word than auto, required or none."""
    choice = seen.fields.get("tool_choice")
    if not isinstance(choice, str) or choice in _CHOICES:
        return None
    return _refused(f"Invalid tool_choice: {choice}")


@rule("chat", source=_ASKED, checked="2026-11-28")
def response_format(seen: Seen) -> Refusal | None:
    """Refuse a response_format of a type that it does not have."""
    given = single(seen.fields.get("response_format")).get("type")
    if given is None or str(given) in _FORMATS:
        return None
    return _refused(
        f'response_format type must be one of "text" or "json_object", but got: {given}'
    )


@rule("chat", source=_ASKED, checked="2026-11-28")
def top_logprobs_without_logprobs(seen: Seen) -> Refusal | None:
    """Refuse top_logprobs where logprobs are not asked for."""
    if number(seen.fields, "top_logprobs") is None or seen.fields.get("logprobs") is True:
        return None
    return _refused("top_logprobs requires logprobs to be set to true")


@rule("chat", source=_ASKED, checked="2026-11-28")
def logprobs_of_streamed_tools(seen: Seen) -> Refusal | None:
    """Refuse logprobs of a stream that may call tools."""
    if seen.fields.get("logprobs") is not True or not seen.tools or not seen.wants_stream:
        return None
    return _refused("logprobs is not supported with tools + stream")


@rule("chat", source=_ASKED, checked="2026-11-28")
def several_answers(seen: Seen) -> Refusal | None:
    """Refuse more answers than it has slots for; here it has one."""
    given = number(seen.fields, "n")
    if given is None or given == 1:
        return None
    return _refused(f"Field 'n': Value must be between 1 <= value <= 1, but got {given:g}")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _ignores(seen: Seen) -> tuple[str, ...]:
    """Return the choice of a tool that is an object: it is taken as auto; and tools, if so."""
    named = bool(single(seen.fields.get("tool_choice")))
    choice = ("tool_choice",) if seen.api == "chat" and named else ()
    return (*choice, *forgets_tools(seen))


def _shape(_: Seen, answer: Answer) -> Answer:
    """Show reasoning in ``reasoning_content``, and usage as OpenAI does."""
    return replace(answer, dialect="openai")


def _no_key(_: Seen) -> Refusal:
    """Say what it said when it was asked with another key."""
    return Refusal(message="Invalid API Key", status=401, kind="authentication_error", code=401)


RULES = Rules(
    host="llamacpp",
    rules=rules_in(globals()),
    ignores=_ignores,
    shape=_shape,
    no_key=_no_key,
)
