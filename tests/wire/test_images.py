"""Images, files and hosted tools on Chat Completions."""

import json
from dataclasses import replace

import pytest

from tests.oracle import require_openai
from tests.wire.drive import TARGET, WEATHER
from unillm import (
    AssistantMessage,
    FilePart,
    ImagePart,
    TextPart,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from unillm._wire.encode import encode
from unillm._wire.features import features
from unillm._wire.plan import plan
from unillm.providers import profile_named
from unillm.types.request import ChatRequest

PNG = ImagePart.from_bytes(b"\x89PNG\r\n\x1a\n")
PDF = FilePart.from_bytes(b"%PDF-1.4", "report.pdf")
HERE = TextPart("Here.")
CALL = ToolCall("c1", "look", {})


def sent(*messages, **more):
    planned = plan(ChatRequest(messages=messages, **more), replace(TARGET, api="chat"))
    return json.loads(encode(planned).body), planned


@pytest.mark.parametrize(
    ("part", "wire"),
    [
        (PNG, {"type": "image_url", "image_url": {"url": PNG.url}}),
        (
            ImagePart("https://x/y.png", detail="low"),
            {"type": "image_url", "image_url": {"url": "https://x/y.png", "detail": "low"}},
        ),
        (PDF, {"type": "file", "file": {"file_data": PDF.url, "filename": "report.pdf"}}),
        (FilePart(PDF.url), {"type": "file", "file": {"file_data": PDF.url}}),
        (FilePart(file_id="f1"), {"type": "file", "file": {"file_id": "f1"}}),
        (FilePart(file_id="f1", filename="x"), {"type": "file", "file": {"file_id": "f1"}}),
    ],
    ids=range(6),
)
def test_a_part_as_openai_knows_it(part, wire):
    body, planned = sent(UserMessage((HERE, part)))
    assert body["messages"][0]["content"] == [{"type": "text", "text": "Here."}, wire]
    require_openai(body, "chat")
    assert planned.notes == ()


def test_hosted_tools_stand_behind_functions():
    """OpenAI has none there; other hosts do."""
    host = replace(TARGET, profile=profile_named("generic"), api="chat")

    def tools_of(**more):
        request = ChatRequest(messages=(UserMessage("Hi"),), **more)
        return json.loads(encode(plan(request, host)).body)["tools"]

    search = {"type": "web_search"}
    found = tools_of(tools=(WEATHER,), hosted_tools=(search,))
    assert [tool["type"] for tool in found] == ["function", "web_search"]
    assert tools_of(hosted_tools=(search,)) == [search]


@pytest.mark.parametrize(
    ("message", "wire"),
    [
        (AssistantMessage((HERE, PNG)), {"content": [{"type": "text", "text": "Here."}]}),
        (AssistantMessage((PNG, PNG)), {"content": ""}),
    ],
    ids=range(2),
)
def test_images_that_the_model_made_do_not_go_back(message, wire):
    body, planned = sent(UserMessage("Draw."), message, UserMessage((HERE, PNG)))
    assert body["messages"][1] == {"role": "assistant", **wire}
    assert body["messages"][2]["content"][1]["type"] == "image_url"
    require_openai(body, "chat")
    (note,) = planned.notes
    assert note.code == "image_left_out"
    count = len(message.content) - len(wire["content"])
    assert note.message.startswith(f"{count} image(s)")
    assert planned.asked.messages[1] is message


def test_calls_beside_an_image_do_go_back():
    message = AssistantMessage((PNG,), tool_calls=(CALL,))
    body, planned = sent(UserMessage("Draw."), message, ToolMessage("c1", "ok"))
    assert body["messages"][1]["content"] == ""
    assert body["messages"][1]["tool_calls"][0]["id"] == "c1"
    assert [note.code for note in planned.notes] == ["image_left_out"]


def test_a_conversation_without_such_images_is_left_alone():
    messages = (
        UserMessage((PNG,)),
        AssistantMessage((HERE,)),
        AssistantMessage(None),
        UserMessage("x"),
    )
    _, planned = sent(*messages)
    assert planned.request.messages is planned.asked.messages
    assert planned.notes == ()


@pytest.mark.parametrize(
    ("message", "named"),
    [
        (UserMessage((PNG,)), {"image"}),
        (AssistantMessage((PNG,)), set()),
        (UserMessage((PDF,)), {"file"}),
        (UserMessage((FilePart(file_id="f"),)), {"file"}),
        (UserMessage((FilePart("https://x/y.pdf"),)), {"file", "file_url"}),
    ],
    ids=range(5),
)
def test_what_a_request_asks_for(message, named):
    assert features(ChatRequest(messages=(message,))).keys() == named
