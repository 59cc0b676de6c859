# pyright: reportArgumentType=false
"""Messages, responses and events are values: frozen, short to look at, and they travel."""

import pickle
from dataclasses import FrozenInstanceError
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

import unillm
from tests.types.pictures import picture, written
from unillm import (
    AssistantMessage,
    Attempt,
    ChatRequest,
    ChatResponse,
    Cost,
    Decision,
    Edit,
    Excluded,
    FilePart,
    Finished,
    ImagePart,
    InvalidToolCall,
    Note,
    RawPart,
    ReasoningDelta,
    RefusalDelta,
    SystemMessage,
    TextDelta,
    TextPart,
    Tool,
    ToolCall,
    ToolCallDelta,
    ToolCallReady,
    ToolCallStarted,
    ToolMessage,
    Usage,
    UserMessage,
)

CALL = ToolCall(
    "call_1",
    "look",
    {"place": "Zürich", "deep": [1, {"x": None}]},
    raw='{"place":"Zürich","deep":[1,{"x":null}]}',
    repairs=(Edit("quotes", kind="syntax", before="'", after='"', start=1),),
)
BAD = InvalidToolCall("call_2", "look", raw='{"pl', reason="cut", schema_path=("days", 0))
ATTEMPT = Attempt(
    number=1, provider="p", model="m", outcome="ok", status=200, started_at=1.5, duration=0.25
)
DECISION = Decision(
    route="fast",
    strategy="cheapest",
    order=("b:m", "a:m"),
    excluded=(Excluded("c:m", "context", "its window has 8,192 tokens"),),
    scores={"a:m": 0.25, "b:m": 0.125},
    reasons={"b:m": "$0.0001"},
    sticky="b:m",
)
RESPONSE = ChatResponse(
    message=AssistantMessage(
        "Hi", reasoning="hm", reasoning_field="reasoning", tool_calls=(CALL,), extra={"x": [1]}
    ),
    finish_reason="tool_calls",
    finish_reason_raw="tool_calls",
    usage=Usage(input_tokens=10, output_tokens=5, cached_input_tokens=3),
    cost=Cost(total=Decimal("0.10"), state="exact"),
    provider="p",
    model="m",
    invalid_tool_calls=(BAD,),
    logprobs=({"token": "Hi", "logprob": -0.1},),
    attempts=(ATTEMPT,),
    notes=(Note("dropped_setting", "seed was not sent"),),
    decision=DECISION,
)
REQUEST = ChatRequest(
    messages=(
        SystemMessage("Be brief.", role="developer"),
        UserMessage(
            (TextPart("see"), ImagePart("https://x/y.png", detail="low"), RawPart({"a": 1}))
        ),
        RESPONSE.message,
        ToolMessage("call_1", "fine", name="look"),
    ),
    tools=(Tool("look", description="Look.", parameters={"type": "object"}, strict=True),),
    settings={"temperature": 0.5, "stop": ["x"]},
    stream=True,
    extra_body={"k": {"n": 1}},
)
VALUES = [
    *REQUEST.messages,
    *REQUEST.tools,
    REQUEST,
    RESPONSE,
    CALL,
    BAD,
    ATTEMPT,
    DECISION,
    DECISION.excluded[0],
    RESPONSE.usage,
    RESPONSE.cost,
    TextDelta("x"),
    ReasoningDelta("x"),
    RefusalDelta("x"),
    ToolCallStarted(0, "call_1", "look"),
    ToolCallDelta(0, "{"),
    ToolCallReady(0, CALL),
    Finished(RESPONSE),
]
named = pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)


@named
def test_a_value_survives_pickle(value):
    assert pickle.loads(pickle.dumps(value)) == value


@named
def test_a_value_survives_json_as_text_and_as_plain_types(value):
    kind = type(value)
    assert kind.from_json(value.to_json()) == value
    assert kind.from_dict(value.to_dict()) == value
    assert repr(kind.from_json(value.to_json(indent=2))) == repr(value)


@named
def test_a_value_cannot_be_changed(value):
    name = next(iter(value.__dataclass_fields__))
    with pytest.raises(FrozenInstanceError):
        setattr(value, name, None)


@given(st.text(max_size=300), st.integers(0, 10**9), st.dictionaries(st.text(), st.floats()))
def test_any_content_survives_json(text, count, settings):
    message = UserMessage(text.encode("utf-8", "ignore").decode())
    usage = Usage(input_tokens=count, output_tokens=0)
    assert UserMessage.from_json(message.to_json()) == message
    assert Usage.from_json(usage.to_json()) == usage


def test_long_content_is_cut_where_it_is_shown():
    long = "x" * 100_000
    call = ToolCall("1", "f", {"a": long}, raw=long)
    image = ImagePart.from_bytes(b"\x89PNG" * 10_000, "image/png")
    for value in (
        SystemMessage(long),
        UserMessage((TextPart("a"), image)),
        AssistantMessage(long, tool_calls=(call,)),
        ToolMessage("1", long),
        call,
        InvalidToolCall("1", "f", raw=long, reason="cut"),
        ChatResponse(message=AssistantMessage(long), finish_reason="stop", provider="p", model="m"),
    ):
        assert len(repr(value)) < 400
    assert "100,000" not in repr(SystemMessage("short"))
    assert "+99,940 characters" in repr(SystemMessage(long))


def test_the_values_work_as_fields_of_a_pydantic_model():
    class Turn(BaseModel):
        message: unillm.Message
        usage: Usage | None

    turn = Turn(message=RESPONSE.message, usage=RESPONSE.usage)
    assert Turn.model_validate_json(turn.model_dump_json()) == turn


def test_a_notebook_shows_the_answer_as_markdown_and_escapes_the_thinking():
    thought = "<script>alert(1)</script>"
    response = ChatResponse(
        message=AssistantMessage("# Title", reasoning=thought, tool_calls=(CALL,)),
        finish_reason="stop",
        provider="p",
        model="m",
        usage=Usage(input_tokens=1_000, output_tokens=2),
        attempts=(ATTEMPT, ATTEMPT),
        invalid_tool_calls=(BAD,),
    )
    shown = response._repr_markdown_()
    assert "# Title" in shown
    assert "&lt;script&gt;" in shown
    assert thought not in shown
    assert 'look(place="Zürich"' in shown
    assert "1,000 in, 2 out" in shown
    assert "2 attempts" in shown
    assert "cut" in shown


def test_totals_and_what_was_not_reported():
    usage = Usage(input_tokens=10, output_tokens=5)
    assert usage.total_tokens == 15
    assert usage.cached_input_tokens is None
    assert repr(usage) == "Usage(input_tokens=10, output_tokens=5)"
    assert Cost().total is None
    assert Cost().state == "unknown"


def test_a_response_without_text_says_so_without_none():
    response = ChatResponse(
        message=AssistantMessage(None), finish_reason="stop", provider="p", model="m"
    )
    assert response.text == ""
    assert response.tool_calls == ()
    assert response.reasoning is None


def test_two_equal_calls_hash_alike():
    again = ToolCall.from_json(CALL.to_json())
    assert {CALL, again} == {CALL}


def test_what_stands_in_a_message_is_kept_as_json(tmp_path):
    path = tmp_path / "cat.png"
    path.write_bytes(written())
    image = ImagePart.from_path(path)
    path_first = UserMessage(path)
    assert path_first == UserMessage((image,)) == UserMessage(written())
    for message in (
        path_first,
        UserMessage(["Look", path]),
        UserMessage([{"type": "image_url", "image_url": {"url": image.url}}, "Look"]),
        SystemMessage(["a", "b"]),
        AssistantMessage([image]),
        ToolMessage("c1", picture()),
        ToolMessage("c1", ["see", path]),
    ):
        assert type(message).from_json(message.to_json()) == message
        assert type(message).from_dict(message.to_dict()) == message


def test_what_is_shown_stays_short_and_never_fails(tmp_path):
    assert repr(ImagePart(tmp_path)).startswith("ImagePart(PosixPath(")
    assert repr(FilePart(b"x" * 1000)).endswith("characters))")
    assert repr(TextPart(None)) == "TextPart(None)"
    assert repr(RawPart(None)) == "RawPart(type=None)"
    many = repr(UserMessage([written()] * 10_000))
    assert many.endswith("… (+9,992 parts)))")
    assert len(many) < 2_000


def test_a_response_shows_that_there_is_more_than_text():
    image = ImagePart.from_bytes(written())
    message = AssistantMessage((TextPart("see"), image, image))
    made = partial(ChatResponse, finish_reason="stop", provider="p", model="m")
    response = made(message=message, notes=(Note("x", "y"),))
    assert repr(response).startswith("ChatResponse('see', images=2, notes=1, finish_reason=")
    assert "notes" not in repr(made(message=AssistantMessage("x")))
