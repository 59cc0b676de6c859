"""What pydantic-ai has of a conversation, as it is sent."""

import asyncio
from base64 import b64decode

import pytest
from pydantic_ai import (
    Agent,
    BinaryContent,
    CachePoint,
    DocumentUrl,
    ImageUrl,
    UserError,
    VideoUrl,
)
from pydantic_ai import messages as theirs

import unillm
from tests.frameworks.pydantic_ai.test_answers import BOTH, agent, run
from unillm.integrations.pydantic_ai import UnillmModel
from unillm.integrations.pydantic_ai.history import answer_of, messages_of
from unillm.testing import Answer, FakeProvider

PNG = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
IMAGE = BinaryContent(PNG, media_type="image/png")


def sent(*parts):
    return asyncio.run(messages_of([theirs.ModelRequest(parts=list(parts))], []))


def test_a_prompt_with_images_and_files():
    pdf = BinaryContent(b"%PDF-1.7", media_type="application/pdf", identifier="report")
    url = ImageUrl("https://example.com/a.png", vendor_metadata={"detail": "low"})
    (message,) = sent(
        theirs.UserPromptPart(
            ["Look:", IMAGE, url, pdf, DocumentUrl("https://example.com/a.pdf"), CachePoint()]
        )
    )
    kinds = [type(part).__name__ for part in message.content]
    assert kinds == ["TextPart", "ImagePart", "ImagePart", "FilePart", "FilePart"]
    _, image, linked, document, elsewhere = message.content
    assert (image.data, linked.detail, linked.url) == (PNG, "low", "https://example.com/a.png")
    assert (document.data, document.filename) == (b"%PDF-1.7", "report.pdf")
    assert elsewhere.url == "https://example.com/a.pdf"


def test_audio_is_sent_as_openai_takes_it():
    (message,) = sent(theirs.UserPromptPart([BinaryContent(b"RIFF", media_type="audio/wav")]))
    (part,) = message.content
    assert part.data["input_audio"]["format"] == "wav"


@pytest.mark.parametrize(
    "item", [VideoUrl("https://example.com/a.mp4"), BinaryContent(b"1", media_type="video/mp4")]
)
def test_what_has_no_part(item):
    with pytest.raises(UserError, match="cannot send"):
        sent(theirs.UserPromptPart([item]))


def test_a_part_that_an_agent_prepares():
    with pytest.raises(UserError, match="RetryFeedbackPart"):
        sent(theirs.RetryFeedbackPart("Again", retry=theirs.RetryInfo(cause="no_output")))


@BOTH
def test_an_image_reaches_the_wire(stream):
    with FakeProvider(rules="openai") as fake:
        provider = unillm.Provider("openai", base_url=fake.base_url, api_key="test")
        model = UnillmModel("openai:gpt-5.5", client=unillm.AsyncClient(providers=[provider]))
        run(Agent(model), ["What is this?", IMAGE], stream=stream)
        (message,) = fake.requests[0].messages
        assert [part["type"] for part in message["content"]] == ["text", "image_url"]


@BOTH
def test_native_items_are_replayed(stream):
    """What OpenAI encrypts of a thought goes back, through a history kept as JSON."""
    with FakeProvider(rules="openai") as fake:
        provider = unillm.Provider(
            "openai", base_url=fake.base_url, api_key="test", api="responses"
        )
        model = UnillmModel("openai:gpt-5.5", client=unillm.AsyncClient(providers=[provider]))
        fake.enqueue(
            Answer(
                reasoning="Look it up.",
                tool_calls=[{"name": "weather", "arguments": {"city": "Rome"}}],
            ),
            Answer("Sunny."),
            Answer("Bye."),
        )
        result = run(agent(model), "Weather in Rome?", stream=stream)
        reasoning = [i for i in fake.requests[1].items if i.get("type") == "reasoning"]
        assert [bool(item["encrypted_content"]) for item in reasoning] == [True]
        history = theirs.ModelMessagesTypeAdapter.validate_json(result.all_messages_json())
        run(agent(model), "Thanks.", stream=stream, message_history=history)
        assert [i for i in fake.requests[2].items if i.get("type") == "reasoning"][:1] == reasoning


def test_files_that_tools_gave_come_behind_all_results():
    results = [
        theirs.ToolReturnPart("shot", IMAGE, "c1"),
        theirs.ToolReturnPart("shot", {"a": 1}, "c2"),
    ]
    first, second, files = sent(*results)
    assert (first.tool_call_id, second.content) == ("c1", '{"a":1}')
    assert first.content.startswith("See file")
    assert [type(part).__name__ for part in files.content] == ["TextPart", "ImagePart", "TextPart"]


def test_an_answer_of_another_model():
    message = theirs.ModelResponse(
        [
            theirs.ThinkingPart("Hm.", signature="x", provider_name="anthropic"),
            theirs.TextPart("One."),
            theirs.TextPart(""),
            theirs.TextPart("Two."),
            theirs.ToolCallPart("f", {"a": 1}, "c1"),
            theirs.ToolCallPart("f", '{"a":', "c2"),
            theirs.ToolCallPart("f", None, "c3"),
            theirs.FilePart(theirs.BinaryImage(PNG, media_type="image/png")),
            theirs.NativeToolCallPart("web_search", {}, "c4"),
        ],
        provider_name="anthropic",
        provider_details={"unillm": "not ours"},
    )
    made = answer_of(message)
    assert made.reasoning == "Hm."
    assert made.content[0].text == "One.\n\nTwo."
    assert made.content[1].data == PNG
    first, second, third = made.tool_calls
    assert (first.arguments, third.arguments) == ({"a": 1}, {})
    assert (second.arguments, second.raw) == ({"INVALID_JSON": '{"a":'}, "")


def test_an_answer_without_anything_is_not_sent():
    assert answer_of(theirs.ModelResponse([theirs.TextPart("")])) is None


def test_instructions_stand_behind_the_system_prompts():
    parts = [theirs.SystemPromptPart("One."), theirs.UserPromptPart("Hi")]
    told = asyncio.run(
        messages_of(
            [theirs.ModelRequest(parts=parts)], [theirs.InstructionPart("Two.", dynamic=False)]
        )
    )
    assert [message.content for message in told] == ["One.", "Two.", "Hi"]


def test_a_system_prompt_alone():
    told = sent(theirs.SystemPromptPart("One."))
    assert [message.role for message in told] == ["system"]


def test_uploaded_files():
    uploaded = theirs.UploadedFile("file-1", provider_name="openai")
    (message,) = sent(theirs.UserPromptPart([uploaded]))
    assert message.content[0].file_id == "file-1"


@pytest.mark.parametrize("stream", [False, True])
def test_a_system_prompt_in_the_middle_stays_one(model, fake, stream):
    history = [
        theirs.ModelRequest([theirs.UserPromptPart("One.")]),
        theirs.ModelResponse([theirs.TextPart("Two.")]),
        theirs.ModelRequest([theirs.SystemPromptPart("Be brief."), theirs.UserPromptPart("3.")]),
    ]
    run(Agent(model), "Go on.", stream=stream, message_history=history)
    told = [(said["role"], said["content"]) for said in fake.requests[0].messages]
    assert ("system", "Be brief.") in told
    assert told.index(("system", "Be brief.")) == 2


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "text/csv; charset=utf-8", "application/json", "a/b+xml", "application/yaml"],
)
def test_a_text_file_is_written_into_the_prompt(kind):
    file = BinaryContent("a: ü".encode(), media_type=kind, identifier="notes")
    (message,) = sent(theirs.UserPromptPart([file]))
    assert message.content[0].text == (
        f'-----BEGIN FILE id="notes" type="{kind}"-----\na: ü\n-----END FILE id="notes"-----'
    )


@pytest.mark.parametrize("kind", ["application/x-foo", "audio/x-foo", "text/plain"])
def test_files_that_cannot_be_sent(kind):
    with pytest.raises(UserError, match=kind):
        sent(theirs.UserPromptPart([BinaryContent(b"\xff\xfe", media_type=kind)]))
