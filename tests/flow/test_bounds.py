"""No exchange has more tokens, or costs more, than is said before it is sent."""

# pyright: reportOptionalMemberAccess=false, reportOptionalOperand=false, reportOperatorIssue=false
# pyright: reportOptionalSubscript=false, reportArgumentType=false

import json
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.flow.reading import TARGET
from unillm import (
    AssistantMessage,
    FilePart,
    ImagePart,
    ModelInfo,
    Price,
    RawPart,
    SystemMessage,
    TextPart,
    Tool,
    ToolCall,
    ToolMessage,
    Usage,
    UserMessage,
    catalog,
)
from unillm._flow.attempt import Exchanged
from unillm._flow.billing import Billing
from unillm._flow.bounds import AROUND, BEFORE, TOOLS, Bounds, _is_plain, bounds_of
from unillm._flow.calls import finisher_for
from unillm._flow.ceiling import Ceiling
from unillm._wire.encode import encode
from unillm._wire.plan import plan
from unillm.pricing import PriceBook
from unillm.providers import profile_named
from unillm.types.policy import RepairPolicy
from unillm.types.price import ContextTier, ServiceTier
from unillm.types.request import ChatRequest
from unillm.types.target import Target

D = "\uff5cDSML\uff5c"
"""A token of DeepSeek's templates, and below the longest of those around messages."""
M = "<\uff5cbegin\u2581of\u2581sentence\uff5c>"
INFO = ModelInfo(id="m", vendor="v", context=100_000, max_output=10_000, max_input=95_000)


def target_of(info=None, profile="vllm"):
    return Target(
        provider="deepseek",
        model="m",
        base_url="http://127.0.0.1:1/v1",
        profile=profile_named(profile),
        info=info,
    )


def exchanged(*messages, info=None, target=None, **fields):
    request = ChatRequest(messages=messages or (UserMessage("Hi"),), **fields)
    planned = plan(request, target or target_of(info))
    return Exchanged(
        plan=planned,
        wire=encode(planned),
        finish_call=finisher_for([]),
        repair=RepairPolicy(),
        keep_raw=False,
    )


def bounds(*messages, **fields):
    return bounds_of(exchanged(*messages, **fields))


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_a_prompt_has_no_more_tokens_than_bytes_and_what_is_around(texts):
    said = [SystemMessage(texts[0]), *map(UserMessage, texts)]
    rendered = sum(len(message.content.encode()) + AROUND for message in said)
    assert bounds(*said).input_tokens >= rendered + BEFORE


@given(
    st.dictionaries(TEXTS, TEXTS | st.integers() | st.lists(TEXTS, max_size=3), max_size=5),
    st.lists(st.dictionaries(TEXTS, TEXTS, max_size=3), max_size=3),
)
def test_the_widest_template_that_is_known_fits(arguments, schemas):
    """DeepSeek's V4.1: what it writes around tools, calls and arguments, token by byte."""
    tools = tuple(
        Tool(f"t{n}", parameters={"type": "object", "properties": {k: {} for k in one}})
        for n, one in enumerate(schemas)
    )
    call = ToolCall("c1", "t0", arguments)
    messages = (UserMessage("Hi"), AssistantMessage(tool_calls=(call,)), ToolMessage("c1", "ok"))
    parameters = [
        f'<{D} parameter name="{key}" string="false">'
        f"{value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        f"</{D} parameter>\n"
        for key, value in arguments.items()
    ]
    shown = [
        json.dumps({"name": t.name, "parameters": t.parameters}, ensure_ascii=False) for t in tools
    ]
    rendered = "".join(
        [
            f"{M}{M}Hi{M}</think>",
            f'\n\n<{D} calls>\n<{D} invoke name="t0">\n',
            *parameters,
            f"\n</{D} invoke>\n</{D} calls>{M}",
            f"{M}<tool_result>ok</tool_result>{M}<think>",
            "\n".join(shown),
            "x" * (1_500 if tools else 0),
        ]
    )
    assert bounds(*messages, tools=tools).input_tokens >= len(rendered.encode())


def test_the_constants_hold_what_is_known_of_templates():
    assert TOOLS > 1_500
    argument = f'<{D} parameter name="" string="false"></{D} parameter>\n'
    assert len(argument.encode()) <= AROUND


def test_escapes_make_a_body_longer_and_never_shorter():
    text = '"\\\n\t\u0000\ud7ff\U0001f600 é'
    assert len(json.dumps(text, ensure_ascii=False).encode()) >= len(text.encode())
    assert bounds(UserMessage(text)).input_tokens > len(text.encode())


def test_a_text_is_bounded_by_the_window_too():
    long = bounds(UserMessage("word " * 100_000), info=INFO)
    assert (long.input_tokens, long.output_tokens, long.together) == (95_000, 10_000, 100_000)
    assert bounds(UserMessage("word " * 100_000)).input_tokens > 500_000


@pytest.mark.parametrize(
    "message",
    [
        UserMessage((TextPart("Hi"), ImagePart("https://x.example/a.png"))),
        UserMessage((ImagePart("data:image/png;base64,AAAA"),)),
        UserMessage((FilePart("file-1"),)),
        UserMessage((RawPart({"type": "input_audio", "input_audio": {}}),)),
        UserMessage("Hi", extra={"audio": {"id": "a1"}}),
        UserMessage("Hi", extra={"content": [{"type": "image_url"}]}),
    ],
    ids=["url", "base64", "file", "audio", "audio by id", "content of its own"],
)
def test_of_what_is_not_text_only_the_window_is_a_bound(message):
    assert not _is_plain(message)


def test_of_text_parts_the_bytes_are():
    assert bounds(UserMessage((TextPart("Hi"), TextPart("you")))).input_tokens < 5_000


@pytest.mark.parametrize(
    "extra",
    [
        {"previous_response_id": "r1"},
        {"conversation": "c1"},
        {"prompt": {"id": "p1"}},
        {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
        {"messages": [{"role": "user", "content": "x", "audio": {"id": "a"}}]},
        {"input": [{"type": "item_reference", "id": "i"}]},
        {"messages": 7},
    ],
)
def test_fields_that_add_to_the_prompt_leave_it_without_a_bound(extra):
    assert bounds(extra_body=extra).input_tokens is None
    assert bounds(extra_body=extra, info=INFO).input_tokens == 95_000


def test_plain_messages_of_the_callers_own_have_one():
    own = [{"role": "user", "content": "x"}] * 50
    assert bounds(extra_body={"messages": own}).input_tokens > 50 * AROUND


@pytest.mark.parametrize(
    ("fields", "asked"),
    [
        ({}, None),
        ({"settings": {"max_tokens": 5}}, 5),
        ({"settings": {"max_tokens": 5}, "extra_body": {"max_tokens": 50}}, 50),
        ({"extra_body": {"max_completion_tokens": 50, "max_tokens": 5}}, 50),
        ({"extra_body": {"max_output_tokens": 50}}, 50),
        ({"settings": {"max_tokens": 5}, "extra_body": {"max_tokens": "50"}}, None),
        ({"extra_body": {"max_tokens": True}}, None),
        ({"extra_body": {"max_tokens": -1}}, None),
        ({"extra_body": {"max_tokens": 5, "max_completion_tokens": 2.5}}, None),
    ],
)
def test_the_longest_answer_is_what_any_spelling_allows(fields, asked):
    assert bounds(**fields).output_tokens == asked
    limited = bounds(info=INFO, **fields).output_tokens
    assert limited == (INFO.max_output if asked is None else asked)


def test_an_answer_is_no_longer_than_the_model_makes_it():
    assert bounds(info=INFO, settings={"max_tokens": 50_000}).output_tokens == 10_000


@pytest.mark.parametrize(
    "extra",
    [
        {"plugins": [{"id": "web"}]},
        {"web_search_options": {}},
        {"models": ["a", "b"]},
        {"model": "other"},
        {"modalities": ["text", "audio"]},
        {"audio": {"voice": "x"}},
        {"best_of": 3},
        {"background": True},
        {"prediction": {"type": "content"}},
        {"tools": [{"type": "web_search"}]},
        {"tools": ["odd"]},
    ],
    ids=str,
)
def test_what_is_billed_beside_tokens_has_no_bound(extra):
    found = bounds(extra_body=extra, info=INFO)
    assert found.beside
    ceiling = Ceiling(book=PriceBook(), target=TARGET, bounds=found)
    assert found.beside in ceiling.most(0.0).reason
    assert ceiling.advice(0.0) == "Leave that out"


def test_hosted_tools_have_none_and_custom_ones_have():
    assert bounds(hosted_tools=({"type": "web_search"},)).beside
    assert not bounds(hosted_tools=({"type": "custom", "name": "x"},)).beside
    assert not bounds(extra_body={"tools": [{"type": "function"}], "modalities": ["text"]}).beside


def test_the_tier_that_the_caller_writes_himself_counts():
    billing = Billing(book=BOOK)
    asked = exchanged(extra_body={"service_tier": "priority"}, settings={"service_tier": "flex"})
    assert billing.ceiling(asked).asked == "priority"
    assert billing.ceiling(exchanged()).asked is None


def test_each_of_several_answers_counts():
    made = bounds(settings={"max_tokens": 5}, extra_body={"best_of": 3}, info=INFO)
    assert (made.output_tokens, made.together) == (15, None)


BOOK = PriceBook().with_(
    Price(
        provider="deepseek",
        model="m",
        input=Decimal(5),
        cached_input=Decimal("0.5"),
        cache_write=Decimal(6),
        output=Decimal(30),
        context=(ContextTier(above=27_000, input=Decimal(2), output=Decimal("1.5")),),
    )
)


def upper(cost):
    return cost.total if cost.high is None else cost.high


@given(
    st.integers(0, 120_000),
    st.integers(0, 120_000),
    st.sampled_from([None, 10_000, 30_000, 60_000, 100_000]),
    st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)),
)
def test_no_usage_within_the_bounds_costs_more(prompt, answer, window, shares):
    some, more, cached = shares
    ceiling = Ceiling(book=BOOK, target=target_of(), bounds=Bounds(prompt, answer, window))
    used_in = int(prompt * some) if window is None else min(int(prompt * some), window)
    used_out = int(answer * more)
    if window is not None:
        used_out = min(used_out, window - used_in)
    usage = Usage(
        input_tokens=used_in,
        output_tokens=used_out,
        cached_input_tokens=int(used_in * cached),
        cache_write_tokens=used_in - int(used_in * cached),
    )
    cost = BOOK.cost(usage, provider="deepseek", model="m", at=datetime.fromtimestamp(0, UTC))
    assert upper(cost) <= upper(ceiling.most(0.0))


CHEAPER = PriceBook().with_(
    Price(
        provider="deepseek",
        model="m",
        input=Decimal(5),
        output=Decimal(30),
        context=(ContextTier(above=1_000, input=Decimal("0.1"), output=Decimal("0.1")),),
        tiers=(ServiceTier(name="flex", times=Decimal("0.5")),),
    )
)


@pytest.mark.parametrize("window", [None, 2_500], ids=["own", "together"])
@pytest.mark.parametrize("served", ["flex", None], ids=str)
def test_a_shorter_prompt_and_the_standard_tier_are_within_the_bounds(window, served):
    bounds = Bounds(2_000, 1_000, window)
    ceiling = Ceiling(book=CHEAPER, target=target_of(), bounds=bounds, asked="flex")
    shorter = Usage(input_tokens=1_000, output_tokens=1_000)
    at = datetime.fromtimestamp(0, UTC)
    cost = CHEAPER.cost(shorter, provider="deepseek", model="m", at=at, service_tier=served)
    most = ceiling.most(0.0)
    assert cost.total <= most.high
    assert (most.state, most.low) == ("bounded", 0)


@given(st.integers(0, 10_000), st.integers(1, 10_000), st.decimals(0, 2, places=9))
def test_what_fits_is_the_largest_that_does(prompt, answer, left):
    def most(tokens):
        return upper(
            Ceiling(book=BOOK, target=target_of(), bounds=Bounds(prompt, tokens)).most(0.0)
        )

    fits = Ceiling(book=BOOK, target=target_of(), bounds=Bounds(prompt, answer)).fitting(0.0, left)
    if fits is None:
        assert most(1) > left
    else:
        assert most(fits) <= left
        assert fits == answer or most(fits + 1) > left


@pytest.mark.parametrize("model", ["deepseek-v4-pro", "deepseek-flash", "gpt-5.5"])
def test_models_of_the_catalog_have_a_bound_without_max_tokens(model):
    info = catalog.find(model)
    assert info is not None
    found = bounds(
        target=Target(
            provider=info.vendor,
            model=model,
            base_url="http://127.0.0.1:1/v1",
            profile=profile_named(info.vendor),
            info=info,
        )
    )
    assert found.output_tokens == (info.max_output or info.context)
    assert found.input_tokens < 10_000


@pytest.mark.parametrize(
    ("clock", "times"),
    [("00:58:59", 1), ("00:59:00", 2), ("00:59:59", 2), ("01:00:00", 2), ("03:59:30", 2)],
)
def test_a_price_that_goes_up_before_it_is_sent_is_covered(clock, times):
    """DeepSeek's peak begins at 01:00 UTC of a Monday and ends at 04:00."""
    deepseek = target_of(catalog.find("deepseek-v4-pro"))
    what = exchanged(target=replace(deepseek, model="deepseek-v4-pro"), settings={"max_tokens": 9})
    ceiling = Billing(book=PriceBook.default()).ceiling(what)

    def at(day):
        return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=UTC).timestamp()

    sunday, monday = (ceiling.most(at(day)).high for day in ("2026-11-22", "2026-11-23"))
    assert monday == times * sunday > 0


def test_a_price_that_ends_before_it_is_sent_holds_until_then():
    row = Price(
        provider="deepseek",
        model="m",
        input=Decimal(1),
        output=Decimal(1),
        until=datetime(2026, 11, 28, tzinfo=UTC),
    )
    ceiling = Billing(book=PriceBook(prices=(row,))).ceiling(exchanged(settings={"max_tokens": 9}))
    assert ceiling.most(row.until.timestamp() - 1).high > 0
    assert ceiling.most(row.until.timestamp()).high is None


@given(st.text(st.characters(exclude_categories=["Cs"]) | st.just("\U0001d160"), max_size=60))
def test_a_text_that_is_longer_once_it_is_composed_counts_with_that(text):
    found = bounds(UserMessage(text)).input_tokens
    assert found >= len(unicodedata.normalize("NFC", text).encode()) + AROUND + BEFORE


def test_a_musical_note_is_three_characters_to_some():
    note, plain = (
        bounds(UserMessage(sign * 1_000)).input_tokens for sign in ("\U0001d160", "abcd")
    )
    assert note - plain == 8_000
