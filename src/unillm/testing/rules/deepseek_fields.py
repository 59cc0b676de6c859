"""What DeepSeek does not take: the fields of a request."""

from __future__ import annotations

import re

from unillm.testing._objects import single
from unillm.testing.rules._deepseek import (
    CHAT_PAGE,
    UNKNOWN_WORDS,
    not_deserialised,
    refused,
)
from unillm.testing.rules._reading import (
    is_set,
    listed,
    number,
    says_json,
)
from unillm.testing.rules.refusal import Refusal
from unillm.testing.rules.rule import rule
from unillm.testing.seen import Seen

_MODELS = ("deepseek-v4-pro", "deepseek-flash", "deepseek-v4-flash", "deepseek-v4-flash-vision-exp")
_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra")
_FORMATS = (None, "text", "json_object")
_USER = re.compile(r"[A-Za-z0-9_-]{1,512}")
_MOST_TOKENS, _MOST_STOPS = 393216, 16
_RANGES = {"temperature": (0, 2), "top_p": (0, 1), "top_logprobs": (0, 20)}


@rule(None, source="https://github.com/JayWebtech/autoshorts/issues/33", checked="2026-11-28")
def model(seen: Seen) -> Refusal | None:
    """Refuse a model that there is not."""
    if seen.model in _MODELS:
        return None
    known = " or ".join(_MODELS[:2])
    return refused(f"The supported API model names are {known}, but you passed {seen.model}.")


@rule("chat", source="pydantic_ai/providers/deepseek.py", checked="2026-11-23")
def response_format(seen: Seen) -> Refusal | None:
    """Refuse a response_format other than text and json_object."""
    kind = single(seen.fields.get("response_format")).get("type")
    if kind in _FORMATS:
        return None
    return refused("This response_format type is unavailable now")


@rule(
    "chat",
    source="https://api-docs.deepseek.com/guides/json_mode",
    checked="2026-11-23",
    doubt="That the word is needed is documented, the words are not; without it the model may "
    "write blank lines for ever.",
)
def json_word(seen: Seen) -> Refusal | None:
    """Refuse JSON mode where no message has the word json in it."""
    kind = single(seen.fields.get("response_format")).get("type")
    if kind != "json_object" or says_json(seen.messages):
        return None
    return refused(
        "Prompt must contain the word 'json' in some form to use 'response_format' of type "
        "'json_object'."
    )


@rule("chat", source=CHAT_PAGE, checked="2026-11-23", doubt="The words are not known.")
def stream_options_without_stream(seen: Seen) -> Refusal | None:
    """Refuse stream_options where no stream is asked for."""
    if not is_set(seen.fields, "stream_options") or seen.wants_stream:
        return None
    return refused("stream_options should be set along with stream = true")


@rule("chat", source="https://github.com/MoonshotAI/kimi-code/issues/509", checked="2026-11-28")
def max_tokens(seen: Seen) -> Refusal | None:
    """Refuse max_tokens out of 1 to 393216."""
    value = number(seen.fields, "max_tokens")
    if value is None or 1 <= value <= _MOST_TOKENS:
        return None
    return refused(
        f"Invalid max_tokens value, the valid range of max_tokens is [1, {_MOST_TOKENS}]"
    )


@rule("chat", source=CHAT_PAGE, checked="2026-11-23", doubt=UNKNOWN_WORDS)
def out_of_range(seen: Seen) -> Refusal | None:
    """Refuse a temperature, top_p or top_logprobs out of its range."""
    for name, (low, high) in _RANGES.items():
        value = number(seen.fields, name)
        is_low = value is not None and (value <= 0 if name == "top_p" else value < low)
        if value is not None and (is_low or value > high):
            return refused(f"Invalid {name} value, the valid range of {name} is [{low}, {high}]")
    return None


@rule("chat", source=CHAT_PAGE, checked="2026-11-23", doubt=UNKNOWN_WORDS)
def top_logprobs_without_logprobs(seen: Seen) -> Refusal | None:
    """Refuse top_logprobs where logprobs are not asked for."""
    if not is_set(seen.fields, "top_logprobs") or seen.fields.get("logprobs") is True:
        return None
    return refused("logprobs must be set to true if top_logprobs is used.")


@rule("chat", source=CHAT_PAGE, checked="2026-11-23", doubt=UNKNOWN_WORDS)
def stop_too_many(seen: Seen) -> Refusal | None:
    """Refuse more than 16 stop sequences."""
    if len(listed(seen.fields.get("stop"))) <= _MOST_STOPS:
        return None
    return refused(f"Invalid stop value, at most {_MOST_STOPS} stop sequences are supported")


@rule("chat", source=CHAT_PAGE, checked="2026-11-23", doubt=UNKNOWN_WORDS)
def user_id(seen: Seen) -> Refusal | None:
    """Refuse a user_id of other characters than letters, digits, _ and -, or longer than 512."""
    given = seen.fields.get("user_id")
    if given is None or _USER.fullmatch(str(given)):
        return None
    return refused("Invalid user_id value, it must match [a-zA-Z0-9_-]{1,512}")


@rule(
    "chat",
    source="https://api-docs.deepseek.com/guides/thinking_mode",
    checked="2026-11-23",
    doubt="Which efforts it maps is documented, what it says to others is not.",
)
def effort(seen: Seen) -> Refusal | None:
    """Refuse a reasoning_effort that it does not know."""
    given = seen.fields.get("reasoning_effort")
    if given is None or given in _EFFORTS:
        return None
    known = ", ".join(f"`{one}`" for one in _EFFORTS)
    return not_deserialised(
        f"reasoning_effort: unknown variant `{given}`, expected one of {known}", seen
    )
