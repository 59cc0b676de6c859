"""Usage and reasoning: where a provider reports them, and how."""

from __future__ import annotations

import dataclasses

from unillm.testing._chunks import Chunks
from unillm.testing._render import DONE, body_of, sse
from unillm.testing._usage import counted
from unillm.testing.answer import Answer
from unillm.testing.faults._scene import CALL, TEXT, speaking, streamed
from unillm.testing.faults.fault import chat_fault, fault
from unillm.testing.faults.statuses import reasoning_missing
from unillm.testing.raw import Raw
from unillm.testing.seen import Seen

_THOUGHT = "The user asks for the weather."
_USAGE = counted(9, 6)


@chat_fault
def usage_own_chunk(seen: Seen) -> Raw:
    """Serve usage in a chunk of its own with choices: [], asked for or not."""
    c = Chunks(seen)
    return streamed(
        seen, *speaking(c), c.finish(), c.usage(_USAGE), meant=Answer(TEXT.text, usage=_USAGE)
    )


@fault
def usage_last_chunk(_: Seen) -> Answer:
    """Serve usage, with DeepSeek's cache fields, on the chunk of the finish_reason."""
    return Answer(TEXT.text, dialect="deepseek")


@chat_fault
def usage_cumulative(seen: Seen) -> Raw:
    """Serve usage so far on every chunk; the last one, 9 + 6 tokens, is the whole."""
    c = Chunks(seen)
    spoken = [*speaking(c, "The weather in Paris is sunny."), c.finish()]
    grown = [{**chunk, "usage": counted(9, min(number, 6))} for number, chunk in enumerate(spoken)]
    return streamed(seen, *grown, c.usage(_USAGE), meant=Answer(TEXT.text, usage=_USAGE))


@fault
def usage_missing(_: Seen) -> Answer:
    """Serve a sound text without usage, asked for or not."""
    return Answer(TEXT.text, usage=None)


@chat_fault
def usage_null(seen: Seen) -> Raw:
    """Serve a sound text whose usage is null throughout."""
    c = Chunks(seen, extra={"usage": None})
    if not seen.wants_stream:
        return Raw.of_json({**body_of(seen, TEXT), "usage": None})
    return Raw(segments=[*(sse(chunk) for chunk in (*speaking(c), c.finish())), DONE])


@chat_fault
def usage_cut(seen: Seen) -> Raw:
    """Serve a text with its finish_reason, then the connection closes before usage and [DONE]."""
    c = Chunks(seen)
    return streamed(seen, *speaking(c), c.finish(), meant=TEXT, done=False, end="cut")


@fault
def usage_zero(_: Seen) -> Answer:
    """Serve a sound text whose usage is zero throughout."""
    return Answer(TEXT.text, usage=counted(0, 0))


@fault
def usage_partial(_: Seen) -> Answer:
    """Serve a sound text whose usage has completion_tokens only, and prompt_tokens null."""
    return Answer(TEXT.text, usage={"prompt_tokens": None, "completion_tokens": 6})


@fault
def usage_negative(_: Seen) -> Answer:
    """Serve a sound text whose usage does not add up: negative, and more cached than sent."""
    return Answer(
        TEXT.text,
        usage={
            "prompt_tokens": 9,
            "completion_tokens": -6,
            "prompt_tokens_details": {"cached_tokens": 90},
        },
    )


@fault
def usage_cache_fields(_: Seen) -> Answer:
    """Serve DeepSeek's prompt_cache_hit_tokens: 900 of 1000, without prompt_tokens_details."""
    cached = {"prompt_cache_hit_tokens": 900, "prompt_cache_miss_tokens": 100}
    tokens = {"prompt_tokens": 1000, "completion_tokens": 6, "total_tokens": 1006}
    return Answer(TEXT.text, usage={**tokens, **cached}, dialect="deepseek")


@fault
def reasoning_content(_: Seen) -> Answer:
    """Serve reasoning in the field reasoning_content, then text, as DeepSeek sends it."""
    return Answer(TEXT.text, reasoning=_THOUGHT, dialect="deepseek")


@fault
def reasoning_field(_: Seen) -> Answer:
    """Serve reasoning in the field reasoning, then text, as vLLM and Together send it."""
    return Answer(TEXT.text, reasoning=_THOUGHT, dialect="vllm")


@chat_fault
def reasoning_both_fields(seen: Seen) -> Raw:
    """Serve the same reasoning in reasoning and in reasoning_content; it is to be read once."""
    c = Chunks(seen)
    if not seen.wants_stream:
        both = {"reasoning": _THOUGHT, "reasoning_content": _THOUGHT}
        return Raw.of_json(c.body({"role": "assistant", "content": TEXT.text, **both}))
    words = [f"{word} " for word in _THOUGHT.split()]
    thoughts = [c.of({"reasoning": word, "reasoning_content": word}) for word in words]
    return streamed(seen, c.role(content=None), *thoughts, c.text("It is sunny."), c.finish())


@fault
def reasoning_in_text(_: Seen) -> Answer:
    """Serve reasoning in the text, between <think> and </think>."""
    return Answer(f"<think>{_THOUGHT}</think>\n\n{TEXT.text}")


@fault
def reasoning_only(_: Seen) -> Answer:
    """Serve reasoning and no text, finish_reason length: the limit was used up by thinking."""
    return Answer(None, reasoning=_THOUGHT, dialect="deepseek", finish_reason="length")


@fault
def reasoning_demanded(seen: Seen) -> Answer | Raw:
    """Serve reasoning and a call; once its result is there, 400 unless reasoning came back too."""
    called = [message for message in seen.messages if message.get("tool_calls")]
    if not called:
        return dataclasses.replace(CALL, reasoning=_THOUGHT, dialect="deepseek")
    if all(message.get("reasoning_content") == _THOUGHT for message in called):
        return TEXT
    return reasoning_missing()
