"""Messages in, as they arrive at the provider; the odd ones, and those of others."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator

import pytest
from langchain_core.exceptions import ModelInvalidRequestError
from langchain_core.messages import (
    AIMessage,
    AnyMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)
from PIL import Image

import unillm
from unillm.integrations.langchain import ChatUnillm
from unillm.testing import Answer, FakeProvider

MODEL = "deepseek:deepseek-v4-pro"


@pytest.fixture
def box() -> Iterator[FakeProvider]:
    """A host of which nothing is known: it is sent everything."""
    with FakeProvider() as provider:
        yield provider


@pytest.fixture
def ask(box):
    one = unillm.Provider("mybox", base_url=box.base_url, api_key="k")
    with unillm.Client(providers=[one]) as client:
        model = ChatUnillm(model="mybox:m", client=client)

        def sent(*messages: AnyMessage) -> list[dict]:
            model.invoke(list(messages))
            return box.requests[-1].messages

        yield sent


def written(kind: str) -> str:
    made = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(made, kind)
    return base64.b64encode(made.getvalue()).decode()


def test_roles_and_names(ask) -> None:
    sent = ask(
        SystemMessage("Be brief."),
        HumanMessage("Hi", name="ann"),
        AIMessage("Hello."),
        ChatMessage("Hey", role="user"),
        ChatMessage("Ho", role="assistant"),
        ChatMessage("Now.", role="system"),
    )
    roles = ["system", "user", "assistant", "user", "assistant", "system"]
    assert [message["role"] for message in sent] == roles
    assert sent[1] == {"role": "user", "content": "Hi", "name": "ann"}


@pytest.mark.parametrize(
    "message",
    [
        SystemMessage("Obey.", additional_kwargs={"__openai_role__": "developer"}),
        ChatMessage("Obey.", role="developer"),
    ],
)
def test_a_developer_is_one_where_the_host_knows_one(message) -> None:
    with FakeProvider(rules="openai") as openai:
        one = unillm.Provider("openai", base_url=openai.base_url, api_key="k", api="chat")
        with unillm.Client(providers=[one]) as client:
            ChatUnillm(model="openai:gpt-5.5", client=client).invoke([message, HumanMessage("Hi")])
    assert openai.requests[0].messages[0] == {"role": "developer", "content": "Obey."}


@pytest.mark.parametrize(
    ("message", "match"),
    [
        (FunctionMessage("3", name="add"), "type 'function'"),
        (RemoveMessage("1"), "type 'remove'"),
        (ChatMessage("Hi", role="critic"), "role 'critic'"),
        (AIMessage("", tool_calls=[{"id": None, "name": "f", "args": {}}]), "no id"),
        (HumanMessage([{"type": "video", "base64": "AA==", "mime_type": "video/mp4"}]), "video"),
        (HumanMessage([{"type": "image", "file_id": "f"}]), "an image needs"),
    ],
)
def test_what_cannot_be_sent_is_refused(ask, box, message, match) -> None:
    with pytest.raises(unillm.InvalidRequestError, match=match):
        ask(HumanMessage("Hi"), message)
    assert box.requests == []


def test_content_in_blocks_of_every_kind(ask) -> None:
    png, jpeg = written("PNG"), written("JPEG")
    pdf = base64.b64encode(b"%PDF-1.4\n%%EOF\n").decode()
    url = "https://example.com/a.png"
    [message] = ask(
        HumanMessage(
            [
                "Look:",
                {"type": "text", "text": "these", "id": "1"},
                {"type": "text", "text": "kept", "cache_control": {"type": "ephemeral"}},
                {"type": "image", "base64": png, "mime_type": "image/png"},
                {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{jpeg}"}},
                {"type": "image_url", "image_url": {"url": url, "detail": "low"}},
                {"type": "image", "url": url},
                {"type": "image", "source": source(png)},
                {
                    "type": "file",
                    "base64": pdf,
                    "mime_type": "application/pdf",
                    "filename": "a.pdf",
                },
                {"type": "file", "file_id": "file-1"},
                {"type": "audio", "base64": "UklGRg==", "mime_type": "audio/wav"},
                {"type": "audio", "base64": "SUQz", "mime_type": "audio/mpeg"},
                {"type": "text-plain", "text": "plain", "mime_type": "text/plain"},
                {"type": "something", "of": "the host's own"},
            ]
        )
    )
    parts = message["content"]
    assert [part["type"] for part in parts] == [
        *["text"] * 3,
        *["image_url"] * 5,
        *["file"] * 2,
        *["input_audio"] * 2,
        "text",
        "something",
    ]
    assert parts[2] == {"type": "text", "text": "kept", "cache_control": {"type": "ephemeral"}}
    images = [part["image_url"] for part in parts[3:8]]
    assert images[0]["url"] == images[4]["url"] == f"data:image/png;base64,{png}"
    assert images[1]["url"] == f"data:image/jpeg;base64,{jpeg}"
    assert images[2] == {"url": url, "detail": "low"}
    assert parts[8]["file"]["filename"] == "a.pdf"
    assert parts[9]["file"] == {"file_id": "file-1"}
    assert [part["input_audio"]["format"] for part in parts[10:12]] == ["wav", "mp3"]


def source(data: str) -> dict:
    return {"type": "base64", "media_type": "image/png", "data": data}


def test_the_result_of_a_tool_may_be_an_image(ask) -> None:
    png = {"type": "image", "base64": written("PNG"), "mime_type": "image/png"}
    call = {"id": "c", "name": "look", "args": {}}
    sent = ask(
        HumanMessage("Look."),
        AIMessage("", tool_calls=[call]),
        ToolMessage([{"type": "text", "text": "Here:"}, png], tool_call_id="c", status="error"),
    )
    assert "data:image/png" in json.dumps(sent)


def test_answers_of_other_models_are_taken_as_they_were_meant(ask) -> None:
    call = {"id": "c", "name": "look", "args": {"at": "it"}}
    claude = AIMessage(
        [
            {"type": "thinking", "thinking": "I look.", "signature": "s"},
            {"type": "text", "text": "Let me "},
            {"type": "text", "text": "look.", "citations": []},
            {"type": "tool_use", "id": "c", "name": "look", "input": {"at": "it"}},
        ],
        tool_calls=[call],
        response_metadata={"model_provider": "anthropic"},
    )
    openai = AIMessage("", tool_calls=[call], additional_kwargs={"refusal": "No."})
    standard = AIMessage(
        content_blocks=[
            {"type": "reasoning", "reasoning": "So."},
            {"type": "text", "text": "Yes."},
            {"type": "tool_call", **call},
        ]
    )
    done = ToolMessage("ok", tool_call_id="c")
    sent = ask(HumanMessage("Hi"), claude, done, openai, done, standard, done)
    first, second, third = (message for message in sent if message["role"] == "assistant")
    assert first["content"] == "Let me look."
    assert second["refusal"] == "No."
    assert third["content"] == "Yes."
    for message in (first, second, third):
        [made] = message["tool_calls"]
        assert json.loads(made["function"]["arguments"]) == {"at": "it"}


def test_their_thinking_is_given_to_a_model_that_wants_it(client, fake) -> None:
    model = ChatUnillm(model=MODEL, client=client).bind_tools([unillm_tool()])
    thought = AIMessage(
        [{"type": "thinking", "thinking": "I greet."}, {"type": "text", "text": "Hi"}]
    )
    model.invoke([HumanMessage("Hi"), thought, HumanMessage("Weather?")])
    assert fake.requests[0].messages[1]["reasoning_content"] == "I greet."


def unillm_tool() -> dict:
    return {"name": "look", "description": "Look.", "parameters": {"type": "object"}}


@pytest.mark.parametrize("version", [None, "v1"])
def test_a_host_is_given_back_its_answer_in_its_own_form(version) -> None:
    with FakeProvider(rules="openai") as openai:
        openai.enqueue(Answer("Yes.", reasoning="Well."), "Fine.")
        one = unillm.Provider("openai", base_url=openai.base_url, api_key="k", api="responses")
        with unillm.Client(providers=[one]) as client:
            model = ChatUnillm(model="openai:gpt-5.5", client=client, output_version=version)
            chunks = list(model.stream("Hi"))
            said = sum(chunks[1:], start=chunks[0])
            kept = AIMessage.model_validate(json.loads(json.dumps(as_kept(said))))
            model.invoke([HumanMessage("Hi"), kept, HumanMessage("Sure?")])
        items = openai.requests[1].items
    [reasoning] = [item for item in items if item.get("type") == "reasoning"]
    assert reasoning["encrypted_content"]


def as_kept(message: AIMessage) -> dict:
    """Return a message as a checkpoint keeps it."""
    return {**message.model_dump(exclude={"tool_call_chunks", "chunk_position"}), "type": "ai"}


def test_messages_that_say_nothing(ask) -> None:
    call = {"id": "c", "name": "look", "args": {}}
    for nothing in ("", []):
        sent = ask(
            HumanMessage("Hi"),
            AIMessage(nothing, tool_calls=[call]),
            ToolMessage(nothing, tool_call_id="c"),
        )
        assert sent[2]["content"] == ""


def test_images_that_a_model_made() -> None:
    png = base64.b64decode(written("PNG"))
    with FakeProvider(rules="openai") as openai:
        openai.enqueue(Answer("Here.", images=[png]), Answer("Here.", images=[png]))
        one = unillm.Provider("openai", base_url=openai.base_url, api_key="k", api="responses")
        with unillm.Client(providers=[one]) as client:
            model = ChatUnillm(model="openai:gpt-5.5", client=client)
            drawing = model.bind_tools([{"type": "image_generation"}])
            whole = drawing.invoke("Draw.")
            chunks = list(drawing.stream("Draw."))
    streamed = sum(chunks[1:], start=chunks[0])
    for message in (whole, streamed):
        assert message.text == "Here."
        [image] = [b for b in message.content_blocks if b["type"] == "image"]
        assert base64.b64decode(image["base64"]) == png
        assert image["mime_type"] == "image/png"


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        (None, None),
        ("auto", "auto"),
        ("none", "none"),
        ("any", "required"),
        ("required", "required"),
        (True, "required"),
        (False, None),
        ("look", {"type": "function", "function": {"name": "look"}}),
        ({"type": "function", "function": {"name": "look"}}, None),
        ({"type": "tool", "name": "look"}, {"type": "function", "function": {"name": "look"}}),
        ({"type": "any"}, "required"),
        ({"type": "auto"}, "auto"),
    ],
)
def test_choices_of_tools(box, choice, sent) -> None:
    one = unillm.Provider("mybox", base_url=box.base_url, api_key="k")
    with unillm.Client(providers=[one]) as client:
        model = ChatUnillm(model="mybox:m", client=client)
        model.bind_tools([unillm_tool()], tool_choice=choice, strict=True).invoke("Hi")
    fields = box.requests[0].fields
    expected = choice if isinstance(choice, dict) and sent is None else sent
    assert fields.get("tool_choice") == expected
    assert box.requests[0].tools[0]["strict"] is True


def test_a_choice_that_is_none_is_refused(client) -> None:
    with pytest.raises(unillm.InvalidRequestError, match="tool_choice must be"):
        ChatUnillm(model=MODEL, client=client).bind_tools([], tool_choice=3)


def test_base64_may_stand_in_a_data_url(ask) -> None:
    png, hello = written("PNG"), base64.b64encode("héllo".encode()).decode()
    pdf = base64.b64encode(b"%PDF-1.4\n%%EOF\n").decode()
    for head in ("", "data:;base64,"):
        [message] = ask(
            HumanMessage(
                [
                    {"type": "image", "base64": f"{head}{png}", "mime_type": "image/png"},
                    {
                        "type": "image",
                        "base64": f"data:image/png;base64,{png}",
                        "mime_type": "image/png",
                    },
                    {
                        "type": "file",
                        "base64": f"{head}{pdf}",
                        "mime_type": "application/pdf",
                        "filename": "a.pdf",
                    },
                    {"type": "audio", "base64": f"{head}UklGRg==", "mime_type": "audio/x-wav"},
                    {"type": "text-plain", "base64": f"{head}{hello}", "mime_type": "text/plain"},
                ]
            )
        )
        first, second, document, audio, text = message["content"]
        assert first == second
        assert first["image_url"]["url"] == f"data:image/png;base64,{png}"
        assert document["file"]["file_data"] == f"data:application/pdf;base64,{pdf}"
        assert audio["input_audio"] == {"data": "UklGRg==", "format": "wav"}
        assert text["text"] == "héllo"


@pytest.mark.parametrize("kind", ["image", "file", "audio", "text-plain"])
@pytest.mark.parametrize(
    "data", ["!!!", "a", "", "data:image/png;base64,%%", "data:,AAAA", None, "/w=="]
)
def test_what_is_no_base64_is_refused(ask, box, kind, data) -> None:
    if data == "/w==" and kind != "text-plain":  # a byte, but no text
        data = "!"
    block = {"type": kind, "base64": data, "mime_type": "image/png"}
    with pytest.raises(ModelInvalidRequestError) as caught:
        ask(HumanMessage([block]))
    assert isinstance(caught.value, unillm.InvalidRequestError)
    assert kind in str(caught.value)
    assert box.requests == []


def test_what_no_base64_would_help_is_not_told_to_be_given_as_such(ask) -> None:
    with pytest.raises(unillm.InvalidRequestError) as caught:
        ask(HumanMessage([{"type": "video", "base64": "AA==", "mime_type": "video/mp4"}]))
    assert "give its content" not in str(caught.value)
    with pytest.raises(unillm.InvalidRequestError, match="give its content as base64"):
        ask(HumanMessage([{"type": "audio", "url": "https://example.com/a.wav"}]))


def test_a_refused_call_is_not_answered_by_a_later_one_of_its_id(ask) -> None:
    bad = {"type": "invalid_tool_call", "id": "call_0", "name": "f", "args": '{"x', "error": "cut"}
    good = {"id": "call_0", "name": "f", "args": {}}
    said = AIMessage("Hm.", invalid_tool_calls=[bad])
    done = ToolMessage("r", tool_call_id="call_0")
    sent = ask(HumanMessage("a"), said, HumanMessage("b"), AIMessage("", tool_calls=[good]), done)
    assert [len(message.get("tool_calls") or ()) for message in sent] == [0, 0, 0, 1, 0]
    sent = ask(HumanMessage("a"), said, done, AIMessage("", tool_calls=[good]), done)
    assert [len(message.get("tool_calls") or ()) for message in sent] == [0, 1, 0, 1, 0]
