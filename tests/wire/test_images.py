"""Images, files and hosted tools, over both interfaces."""

import json
from dataclasses import replace

import pytest

from tests.oracle import require_openai
from tests.wire.drive import TARGET, WEATHER
from unillm import (
    AssistantMessage,
    FilePart,
    ImagePart,
    Native,
    TextPart,
    ToolCall,
    ToolMessage,
    UnsupportedFeatureError,
    UserMessage,
)
from unillm._wire.encode import encode
from unillm._wire.plan import plan
from unillm._wire.plan.features import features
from unillm.providers import profile_named
from unillm.types.request import ChatRequest

PNG = ImagePart.from_bytes(b"\x89PNG\r\n\x1a\n")
PDF = FilePart.from_bytes(b"%PDF-1.4", "report.pdf")
HERE = TextPart("Here.")
MADE = {
    "type": "image_generation_call",
    "id": "ig_1",
    "status": "completed",
    "result": PNG.url.partition(",")[2],
}
CALL = ToolCall("c1", "look", {})


OPENAI = replace(TARGET, provider="openai", profile=profile_named("openai"))
HOST = OPENAI.origin
GENERIC = replace(TARGET, profile=profile_named("generic"))


def sent(*messages, target=GENERIC, api="chat", **more):
    planned = plan(ChatRequest(messages=messages, **more), replace(target, api=api))
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


@pytest.mark.parametrize(
    ("part", "wire"),
    [
        (PNG, {"type": "input_image", "image_url": PNG.url, "detail": "auto"}),
        (PDF, {"type": "input_file", "file_data": PDF.url, "filename": "report.pdf"}),
        (FilePart(file_id="f1"), {"type": "input_file", "file_id": "f1"}),
        (FilePart("https://x/y.pdf"), {"type": "input_file", "file_url": "https://x/y.pdf"}),
    ],
    ids=range(4),
)
def test_a_part_as_the_responses_api_knows_it(part, wire):
    body, planned = sent(UserMessage((part,)), target=OPENAI, api="responses")
    assert body["input"][0]["content"] == [wire]
    require_openai(body, "responses")
    assert (planned.api, planned.notes) == ("responses", ())


def test_a_file_told_by_its_url_goes_over_the_interface_that_fetches_it():
    message = UserMessage((FilePart("https://x/y.pdf"),))
    planned = plan(ChatRequest(messages=(message,)), OPENAI)
    assert planned.api == "responses"
    with pytest.raises(
        UnsupportedFeatureError,
        match=r"files that are given by their URL\. Fetch it.*FilePart\.from_bytes",
    ):
        sent(message, target=OPENAI, api="chat")


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


@pytest.mark.parametrize(
    ("native", "left_out"),
    [
        (None, True),
        (Native("openai", api="responses", items=(MADE,), origin=HOST), False),
        (Native("openai", api="responses", items=(MADE,), origin="http://evil.example:80"), True),
        (Native("openai", api="responses", items=(MADE,)), True),
        (Native("other", api="responses", items=(MADE,), origin=HOST), True),
        (Native("openai", api="chat", items=(MADE,), origin=HOST), True),
    ],
    ids=range(6),
)
def test_over_the_responses_api_they_go_back_as_the_items_they_came_as(native, left_out):
    message = AssistantMessage((HERE, PNG), native=native)
    body, planned = sent(
        UserMessage("Draw."), message, UserMessage("And?"), target=OPENAI, api="responses"
    )
    assert [note.code for note in planned.notes] == ["image_left_out"] * left_out
    kinds = [item.get("type") for item in body["input"]]
    assert ("image_generation_call" in kinds) is not left_out
    require_openai(body, "responses")


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
        (AssistantMessage((PNG,)), {"made_image"}),
        (UserMessage((PDF,)), {"file"}),
        (UserMessage((FilePart(file_id="f"),)), {"file"}),
        (UserMessage((FilePart("https://x/y.pdf"),)), {"file", "file_url"}),
    ],
    ids=range(5),
)
def test_what_a_request_asks_for(message, named):
    assert features(ChatRequest(messages=(message,))).keys() == named
