"""Together AI: it says little more than that the input is not valid."""

from __future__ import annotations

from dataclasses import replace

from unillm.testing._objects import objects, single
from unillm.testing.answer import Answer
from unillm.testing.rules._reading import is_set, parts_in
from unillm.testing.rules.refusal import Refusal
from unillm.testing.rules.rule import Rules, rule, rules_in
from unillm.testing.seen import Seen

__all__ = ["RULES"]

_SDK = "togethercomputer/together-py, src/together/types/chat/completion_create_params.py"
_WORDS = "The type is documented; that another is refused, and in these words, is not known."
_ROLES = frozenset({"system", "user", "assistant", "tool", "function"})
_EFFORTS = frozenset({"low", "medium", "high", "max"})


def _invalid(param: str | None = None) -> Refusal:
    return Refusal(message="Input validation error", param=param)


@rule(
    "chat",
    source="https://github.com/mozilla-ai/any-llm/pull/717; "
    "https://github.com/mozilla-ai/any-llm/issues/714",
    checked="2026-11-28",
)
def tool_calls_empty(seen: Seen) -> Refusal | None:
    """Refuse a message whose list of tool calls is empty."""
    return _invalid() if any(one.get("tool_calls") == [] for one in seen.messages) else None


@rule("chat", source=_SDK, checked="2026-11-28", doubt=_WORDS)
def role(seen: Seen) -> Refusal | None:
    """Refuse a message of another role than it has, such as developer."""
    known = all(str(one.get("role")) in _ROLES for one in seen.messages)
    return None if known else _invalid("messages")


@rule("chat", source=_SDK, checked="2026-11-28", doubt=_WORDS)
def system_image(seen: Seen) -> Refusal | None:
    """Refuse an image in a system message, whose content is a string."""
    shown = any(
        message.get("role") == "system" and part.get("type") == "image_url"
        for _, _, message, part in parts_in(seen.messages)
    )
    return _invalid("messages") if shown else None


@rule("chat", source=_SDK, checked="2026-11-28", doubt=_WORDS)
def logprobs(seen: Seen) -> Refusal | None:
    """Refuse logprobs as a switch: it is how many tokens to tell, 0 to 20."""
    given = seen.fields.get("logprobs")
    number = isinstance(given, int) and not isinstance(given, bool)
    return None if given is None or number else _invalid("logprobs")


@rule(
    "chat",
    source=f"{_SDK}; https://docs.together.ai/docs/deepseek-v4-quickstart",
    checked="2026-11-28",
    doubt=_WORDS,
)
def effort(seen: Seen) -> Refusal | None:
    """Refuse a reasoning_effort other than low, medium, high and max."""
    given = seen.fields.get("reasoning_effort")
    return None if given is None or str(given) in _EFFORTS else _invalid("reasoning_effort")


@rule(
    "chat",
    source="any-llm 1.40.2, providers/together/together.py",
    checked="2026-11-23",
    doubt="The words are those of DeepSeek's own API.",
)
def forced_choice(seen: Seen) -> Refusal | None:
    """Refuse a tool_choice that forces a call while DeepSeek V4 thinks."""
    choice = seen.fields.get("tool_choice")
    if choice in (None, "auto", "none") or "deepseek-v4" not in seen.model.lower():
        return None
    if single(seen.fields.get("reasoning")).get("enabled") is False:
        return None
    return Refusal(message="Thinking mode does not support this tool_choice")


@rule("chat", source=_SDK, checked="2026-11-28", doubt=_WORDS)
def tool_type(seen: Seen) -> Refusal | None:
    """Refuse a tool that is no function."""
    tools = objects(seen.fields.get("tools"))
    return None if all(is_set(one, "function") for one in tools) else _invalid("tools")


def _shape(_: Seen, answer: Answer) -> Answer:
    """Show reasoning in the field ``reasoning``, as vLLM does."""
    return replace(answer, dialect="vllm")


def _no_key(_: Seen) -> Refusal:
    """Say what github.com/harshitv804/LawGPT/issues/4 was told, read 2026-11-28."""
    return Refusal(
        message="Invalid API key provided. You can find your API key at "
        "https://api.together.xyz/settings/api-keys.",
        status=401,
        code="invalid_api_key",
    )


RULES = Rules(
    host="together",
    rules=rules_in(globals()),
    shape=_shape,
    no_key=_no_key,
)
