"""The longest that a prompt can be, where a tokenizer is at hand: sound, and narrower."""

# pyright: reportOptionalMemberAccess=false, reportOptionalOperand=false, reportOperatorIssue=false
# pyright: reportOptionalSubscript=false, reportArgumentType=false

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.flow.test_bounds import INFO, exchanged, target_of
from unillm import (
    AssistantMessage,
    ImagePart,
    SystemMessage,
    TextPart,
    Tool,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from unillm._flow.bounds import bounds_of
from unillm._flow.effects import Count
from unillm._flow.prompt import WORTH, bounded
from unillm.tokens import estimate, rule_for

WINDOW = replace(
    INFO,
    vendor="openai",
    id="gpt-5.5",
    context=10**9,
    max_input=10**9,
    input=frozenset({"text", "image"}),
)
LONG = "A river is a natural stream of water. " * 40
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=120) | st.sampled_from(
    [LONG, LONG[:WORTH], '"' * 99, "\\" * 99, "\n\t\x00" * 40, "\u4e2d" * 99, LONG + '"' + LONG]
)


def half(text):
    """Count as a tokenizer might: a token for two bytes."""
    return (len(text.encode()) + 1) // 2


def read(what, count=half):
    """Give the bounds of an exchange and what was counted for them."""
    flow, asked = bounded(what), []
    try:
        effect = next(flow)
        while True:
            assert isinstance(effect, Count)
            asked += effect.texts
            effect = flow.send(None if count is None else tuple(map(count, effect.texts)))
    except StopIteration as stop:
        return stop.value, asked


def of_openai(*messages, info=WINDOW, api="openai", **fields):
    return exchanged(*messages, target=target_of(info, api), **fields)


def test_texts_count_with_their_tokens_and_all_else_with_its_bytes():
    what = of_openai(SystemMessage("Be brief."), UserMessage(LONG), UserMessage(LONG))
    found, asked = read(what)
    size = len(LONG.encode())
    assert asked == [LONG]
    assert bounds_of(what).input_tokens - found.input_tokens == 2 * (size - half(LONG))
    assert found.output_tokens == bounds_of(what).output_tokens


@given(st.lists(TEXTS, min_size=1, max_size=6), TEXTS, st.sampled_from(["openai", "vllm"]))
def test_it_is_between_what_is_counted_and_the_bytes(texts, described, profile):
    call = ToolCall("c1", "look", {"where": described})
    said = [SystemMessage(texts[0]), *(UserMessage((TextPart(one),)) for one in texts)]
    said += [AssistantMessage(texts[-1], tool_calls=(call,)), ToolMessage("c1", texts[0])]
    tools = (Tool("look", description=described, parameters={"type": "object"}),)
    what = of_openai(*said, api=profile, tools=tools)
    found, _ = read(what)
    counted = estimate(what.plan.request, rule_for("openai", count=half, exact=True))
    assert counted.tokens <= found.input_tokens <= bounds_of(what).input_tokens
    least = sum(half(one.content) for one in said if isinstance(one.content, str))
    assert found.input_tokens >= least


@given(st.lists(TEXTS, min_size=1, max_size=6))
def test_a_tokenizer_that_counts_bytes_changes_nothing(texts):
    what = of_openai(*map(UserMessage, texts))
    assert read(what, lambda text: len(text.encode()))[0] == bounds_of(what)
    assert read(what, lambda text: len(text) * 9)[0] == bounds_of(what)
    assert read(what, None)[0] == bounds_of(what)


@pytest.mark.parametrize(
    ("messages", "fields", "info"),
    [
        ([UserMessage(LONG)], {}, replace(WINDOW, vendor="deepseek")),
        ([UserMessage(LONG)], {}, None),
        ([UserMessage("Hi")], {}, WINDOW),
        ([UserMessage((TextPart(LONG), ImagePart("https://x.example/a.png")))], {}, WINDOW),
        ([UserMessage(LONG)], {"extra_body": {"previous_response_id": "r"}}, WINDOW),
    ],
    ids=["another vendor", "unknown model", "short", "not text alone", "stored"],
)
def test_where_it_would_say_nothing_nothing_is_counted(messages, fields, info):
    what = of_openai(*messages, info=info, **fields)
    assert read(what) == (bounds_of(what), [])


def test_a_text_that_is_not_sent_is_not_taken_off():
    own = [{"role": "user", "content": "Hi"}]
    what = of_openai(UserMessage(LONG), extra_body={"messages": own})
    assert read(what)[0] == bounds_of(what)


def test_a_text_of_several_parts_counts_with_its_bytes():
    what = of_openai(UserMessage((TextPart(LONG), TextPart(LONG))))
    assert read(what) == (bounds_of(what), [])


def test_the_window_is_a_bound_of_what_is_counted_too():
    what = of_openai(UserMessage(LONG), info=replace(WINDOW, max_input=500))
    assert read(what)[0].input_tokens == 500
    tight = of_openai(UserMessage(LONG * 20), info=replace(WINDOW, max_input=25_000))
    assert read(tight)[0].input_tokens < bounds_of(tight).input_tokens == 25_000
