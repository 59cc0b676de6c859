"""Estimates of tokens: what they hold, and that what was counted lies within them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unillm.tokens import estimate, rule_for
from unillm.tokens.estimate import likely_tokens
from unillm.types.document import FilePart
from unillm.types.image import ImagePart
from unillm.types.messages import AssistantMessage, SystemMessage, ToolMessage, UserMessage
from unillm.types.parts import RawPart, TextPart
from unillm.types.request import ChatRequest
from unillm.types.tools import Tool, ToolCall

COUNTED = {
    # What o200k_base counts: by bpe-openai 0.1.4, 2026-11-28.
    "english": ("The quick brown fox jumps over the lazy dog. " * 4, 41),
    "chinese": ("模型是用来表示自然语言文本的基本单位" * 9, 99),
    "japanese": ("自然言語のテキストを表すために使用される基本ユニット" * 6, 114),
    "russian": ("Быстрая коричневая лиса перепрыгивает через ленивую собаку. " * 5, 97),
    "emoji": ("😀🎉🚀" * 16, 80),
    "digits": ("0123456789" * 20, 67),
    "signs": ("!@#$%^&*()_+{}|:<>?" * 10, 131),
    "blanks": (" " * 400 + "x", 5),
    "base64": ("aGVsbG8gd29ybGQ+/Zz9" * 20, 280),
    "a word": ("Hi", 1),
}
"""Texts with the tokens they are."""


def of(*messages, **more):
    return ChatRequest(messages=messages, **more)


@pytest.mark.parametrize("vendor", ["deepseek", None])
@pytest.mark.parametrize(("text", "counted"), COUNTED.values(), ids=COUNTED)
def test_what_a_tokenizer_counts_lies_in_the_range(text, counted, vendor):
    found = estimate(of(UserMessage(text)), rule_for(vendor))
    # Around one message OpenAI puts seven more.
    assert found.low <= counted + 7 <= found.high


def test_deepseeks_ratio_is_what_its_vendor_documents():
    rule = rule_for("deepseek")
    assert (rule.latin, rule.han) == (0.3, 0.6)
    found = estimate(of(UserMessage("a" * 1000 + "字" * 1000)), rule)
    assert found.tokens == 300 + 600 + 4 + 3
    assert found.method == "ratio"
    assert found.source.startswith("https://api-docs.deepseek.com/quick_start/token_usage")


def test_openais_overhead_is_what_its_cookbook_counts():
    rule = rule_for("openai", count=lambda text: len(text.split()), exact=True, told="words")
    found = estimate(of(SystemMessage("be brief"), UserMessage("one two three")), rule)
    # Three for each message and one for its role, and three that begin the answer.
    assert found.tokens == (2 + 4) + (3 + 4) + 3
    assert (found.method, found.source) == ("tokenizer", "words")
    assert found.low <= found.tokens <= found.high
    assert found.high - found.low == 2 * 5


def test_a_tokenizer_that_may_be_another_models_is_a_guess_with_a_range():
    rule = rule_for("openai", count=len, exact=False, told="perhaps")
    found = estimate(of(UserMessage("x" * 1000)), rule)
    assert found.method == "guess"
    assert found.low < 900
    assert found.high > 1000


MORE = {
    "an image": of(UserMessage((ImagePart("https://x.example/a.png"),))),
    "a file": of(UserMessage((FilePart("https://x.example/a.pdf"),))),
    "a raw image": of(UserMessage((RawPart({"type": "image_url"}),))),
    "audio": of(UserMessage((RawPart({"type": "input_audio"}),))),
    "tools": of(UserMessage("Hi"), tools=(Tool("add", description="Add up."),)),
    "hosted tools": of(UserMessage("Hi"), hosted_tools=({"type": "web_search"},)),
    "calls": of(
        UserMessage("Hi"),
        AssistantMessage(tool_calls=(ToolCall("1", "add", {"n": 1}),)),
        ToolMessage("1", "2"),
    ),
    "reasoning": of(UserMessage("Hi"), AssistantMessage("Ho", reasoning="Hm.")),
    "a schema": of(
        UserMessage("Hi"),
        settings={"response_format": {"type": "json_schema", "json_schema": {"schema": {}}}},
    ),
}


@pytest.mark.parametrize("request_", MORE.values(), ids=MORE)
def test_what_nobody_documents_widens_the_range_and_says_so(request_):
    rule = rule_for("deepseek")
    plain = estimate(of(UserMessage("Hi")), rule)
    found = estimate(request_, rule)
    assert found.method == "guess"
    assert "are guessed" in found.source
    assert found.low <= found.tokens <= found.high
    assert found.tokens > plain.tokens
    assert found.high - found.low > plain.high - plain.low


@given(
    texts=st.lists(st.text(max_size=40), min_size=1, max_size=4),
    vendor=st.sampled_from(["deepseek", None]),
    counts=st.booleans(),
)
def test_any_text_has_a_range_around_its_number(texts, vendor, counts):
    rule = rule_for(vendor, count=(lambda text: len(text.encode())) if counts else None)
    found = estimate(of(*(UserMessage((TextPart(text),), name="n") for text in texts)), rule)
    assert 0 < found.low <= found.tokens <= found.high
    assert type(found).from_json(found.to_json()) == found


@given(
    st.lists(st.text(max_size=60), min_size=1, max_size=4),
    st.sampled_from([rule_for(None), rule_for("deepseek"), rule_for(None, count=len)]),
)
def test_the_likeliest_number_alone_is_that_of_the_estimate(texts, rule):
    call = ToolCall(id="c", name="f", arguments={"a": texts[0]})
    request = of(
        *(UserMessage(text, name="anna") for text in texts),
        AssistantMessage(texts[-1], tool_calls=(call,), reasoning=texts[0]),
        UserMessage((TextPart(texts[0]), ImagePart(url="https://example.com/a.png"))),
        tools=(Tool(name="f", description=texts[0], parameters={"type": "object"}),),
    )
    assert likely_tokens(request, rule) == estimate(request, rule).tokens
