"""What DeepSeek does not take: tools."""

from __future__ import annotations

import re
from collections import Counter

from unillm.testing.rules._deepseek import (
    CHAT_PAGE,
    UNKNOWN_WORDS,
    is_beta,
    refused,
    thinks,
)
from unillm.testing.rules._reading import (
    listed,
    tool_names,
)
from unillm.testing.rules._schemas import misfit
from unillm.testing.rules.refusal import Refusal
from unillm.testing.rules.rule import rule
from unillm.testing.seen import Seen

_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
_MOST_TOOLS = 128
_FORBIDDEN = frozenset(("minLength", "maxLength", "minItems", "maxItems"))


@rule(
    "chat",
    source="pydantic_ai/providers/deepseek.py; any_llm/providers/deepseek",
    checked="2026-11-23",
)
def forced_tool_choice(seen: Seen) -> Refusal | None:
    """Refuse, while it thinks, a tool_choice that forces a call."""
    choice = seen.fields.get("tool_choice")
    if not thinks(seen) or choice in (None, "auto", "none"):
        return None
    return refused("Thinking mode does not support this tool_choice")


@rule(
    "chat",
    source="https://github.com/runebookai/tome/pull/87",
    checked="2026-11-28",
    doubt="That it is refused is said, the words are not.",
)
def tools_empty(seen: Seen) -> Refusal | None:
    """Refuse an empty list of tools."""
    return refused("[] is too short - 'tools'") if seen.fields.get("tools") == [] else None


@rule("chat", source=CHAT_PAGE, checked="2026-11-23", doubt=UNKNOWN_WORDS)
def tools_too_many(seen: Seen) -> Refusal | None:
    """Refuse more than 128 tools."""
    if len(listed(seen.fields.get("tools"))) <= _MOST_TOOLS:
        return None
    return refused(f"Invalid tools: at most {_MOST_TOOLS} functions are supported")


@rule("chat", source=CHAT_PAGE, checked="2026-11-23", doubt=UNKNOWN_WORDS)
def tool_name(seen: Seen) -> Refusal | None:
    """Refuse a function whose name does not match [A-Za-z0-9_-]{1,128}."""
    bad = next((name for name in tool_names(seen) if not _NAME.fullmatch(name)), None)
    if bad is None:
        return None
    return refused(f"Invalid function name '{bad}': it must match [a-zA-Z0-9_-]{{1,128}}")


@rule("chat", source=CHAT_PAGE, checked="2026-11-23", doubt=UNKNOWN_WORDS)
def tool_name_twice(seen: Seen) -> Refusal | None:
    """Refuse two functions of one name."""
    twice = [name for name, times in Counter(tool_names(seen)).items() if times > 1]
    return refused(f"Tool names must be unique: '{twice[0]}'") if twice else None


@rule(
    "chat",
    source="https://api-docs.deepseek.com/guides/tool_calls (strict, beta)",
    checked="2026-11-23",
    doubt="That it is a feature of /beta, for all functions or none, is documented; what is said "
    "otherwise is not, and away from /beta it may be ignored.",
)
def strict_tools(seen: Seen) -> Refusal | None:
    """Refuse strict functions away from /beta, or beside others, or with another schema."""
    strict = [tool.get("strict") is True for tool in seen.tools]
    if not any(strict):
        return None
    if not is_beta(seen):
        return refused("strict is only supported with the base URL https://api.deepseek.com/beta")
    if not all(strict):
        return refused("strict must be true for all functions, or for none")
    for tool in seen.tools:
        found = misfit(tool.get("parameters"), _FORBIDDEN)
        if found is not None:
            return refused(f"Invalid schema for function '{tool.get('name')}': {found[1]}")
    return None
