"""Finish reasons: missing, unknown, or at odds with the answer."""

from __future__ import annotations

from unillm.testing._chunks import Chunks
from unillm.testing.answer import Answer
from unillm.testing.faults._scene import PARIS, TEXT, calling, pieces, speaking, streamed
from unillm.testing.faults.fault import chat_fault, fault
from unillm.testing.raw import Raw
from unillm.testing.seen import Seen


@chat_fault
def done_without_finish(seen: Seen) -> Raw:
    """Serve a whole text and [DONE], but no finish_reason."""
    return streamed(seen, *speaking(Chunks(seen)), Chunks(seen).text("is sunny."), meant=TEXT)


@chat_fault
def done_without_finish_open_call(seen: Seen) -> Raw:
    """Serve a tool call with whole arguments and [DONE], but no finish_reason."""
    return streamed(seen, *calling(Chunks(seen)))


@chat_fault
def done_without_finish_in_arguments(seen: Seen) -> Raw:
    """Serve a tool call as far as {"city": "Par and [DONE], but no finish_reason."""
    return streamed(seen, *calling(Chunks(seen), '{"city": "Par'))


@chat_fault
def eof_in_call(seen: Seen) -> Raw:
    """Serve a tool call with whole arguments and a proper end: no finish_reason, no [DONE]."""
    return streamed(seen, *calling(Chunks(seen)), done=False)


@chat_fault
def finish_without_done(seen: Seen) -> Raw:
    """Serve a sound text with its finish_reason and usage, but no [DONE]."""
    chunks = Chunks(seen)
    usage = {"prompt_tokens": 9, "completion_tokens": 6, "total_tokens": 15}
    return streamed(
        seen,
        *speaking(chunks),
        chunks.text("is sunny."),
        chunks.finish(),
        chunks.usage(usage),
        meant=TEXT,
        done=False,
    )


@chat_fault
def finish_twice(seen: Seen) -> Raw:
    """Serve a sound text whose finish_reason comes in two chunks."""
    chunks = Chunks(seen)
    return streamed(seen, *speaking(chunks), chunks.finish(), chunks.finish(), meant=TEXT)


@chat_fault
def text_after_finish(seen: Seen) -> Raw:
    """Serve a text of which the last word comes after the finish_reason."""
    chunks = Chunks(seen)
    return streamed(seen, *speaking(chunks), chunks.finish(), chunks.text("is sunny."), meant=TEXT)


@fault
def finish_unknown(_: Seen) -> Answer:
    """Serve a sound text with the finish_reason "eos_token", which nobody documents."""
    return Answer(TEXT.text, finish_reason="eos_token")


@fault
def finish_empty(_: Seen) -> Answer:
    """Serve a sound text with the finish_reason ""."""
    return Answer(TEXT.text, finish_reason="")


@fault
def finish_error(_: Seen) -> Answer:
    """Serve half a text with the finish_reason "error"."""
    return Answer("The weather in", finish_reason="error")


@fault
def finish_aborted(_: Seen) -> Answer:
    """Serve half a text with DeepSeek's finish_reason "aborted"."""
    return Answer("The weather in", finish_reason="aborted", dialect="deepseek")


@fault
def finish_insufficient_system_resource(_: Seen) -> Answer:
    """Serve half a text with DeepSeek's finish_reason "insufficient_system_resource"."""
    return Answer(
        "The weather in", finish_reason="insufficient_system_resource", dialect="deepseek"
    )


@fault
def finish_length(_: Seen) -> Answer:
    """Serve half a text with the finish_reason "length"."""
    return Answer("The weather in", finish_reason="length")


@fault
def finish_content_filter(_: Seen) -> Answer:
    """Serve half a text with the finish_reason "content_filter"."""
    return Answer("The weather in", finish_reason="content_filter")


@fault
def call_finish_stop(_: Seen) -> Answer:
    """Serve a sound tool call with the finish_reason "stop"."""
    return Answer(tool_calls=[{"name": "get_weather", "arguments": PARIS}], finish_reason="stop")


@fault
def call_finish_length(_: Seen) -> Answer:
    """Serve a tool call as far as {"city": "Par with the finish_reason "length"."""
    return Answer(
        tool_calls=[{"name": "get_weather", "arguments": '{"city": "Par'}], finish_reason="length"
    )


@fault
def call_finish_hides_cut(_: Seen) -> Answer:
    """Serve a tool call as far as {"city": "Par with the finish_reason "tool_calls"."""
    return Answer(
        tool_calls=[{"name": "get_weather", "arguments": '{"city": "Par'}],
        finish_reason="tool_calls",
    )


@fault
def call_finish_without_call(_: Seen) -> Answer:
    """Serve a text with the finish_reason "tool_calls" and no tool call."""
    return Answer(TEXT.text, finish_reason="tool_calls")


@chat_fault
def done_alone(seen: Seen) -> Raw:
    """Serve a stream of nothing but [DONE]."""
    return streamed(seen, *pieces(), meant=Answer(None))
