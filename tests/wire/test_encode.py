"""What cannot be written as JSON is refused before it is sent, and the message says where."""

import math
from typing import Any

import pytest

from tests.wire.drive import TARGET
from unillm import AssistantMessage, InvalidRequestError, Tool, ToolCall, UserMessage
from unillm._wire.encode import encode
from unillm._wire.plan import plan
from unillm.types.request import ChatRequest

HELLO = UserMessage("Hi")


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"extra_body": {"top_k": math.nan}}, "top_k"),
        ({"extra_body": {"a": [{"b": (1.0, -math.inf)}]}}, r"a\.0\.b\.1"),
        ({"settings": {"logit_bias": {"50256": math.inf}}}, r"logit_bias\.50256"),
        (
            {"tools": (Tool("t", parameters={"properties": {"x": {"default": math.nan}}}),)},
            r"tools\.0\.function\.parameters\.properties\.x\.default",
        ),
        ({"messages": (UserMessage("Hi", extra={"x": math.nan}),)}, r"messages\.0\.x"),
    ],
)
def test_a_number_that_is_none_is_refused(fields: dict[str, Any], where: str):
    request = ChatRequest(**{"messages": (HELLO,), **fields})
    with pytest.raises(InvalidRequestError, match=f"^{where} is not a finite number"):
        encode(plan(request, TARGET))


def test_words_that_only_look_like_numbers_are_sent():
    request = ChatRequest(messages=(UserMessage("NaN is not Infinity"),), extra_body={"x": "NaN"})
    wire = encode(plan(request, TARGET))
    assert b"NaN is not Infinity" in wire.body


def test_a_call_made_by_hand_is_sent_with_its_arguments():
    call = ToolCall("c1", "look", {"city": "Zürich"})
    request = ChatRequest(messages=(HELLO, AssistantMessage(tool_calls=(call,))))
    wire = encode(plan(request, TARGET))
    assert '{\\"city\\":\\"Zürich\\"}'.encode() in wire.body
