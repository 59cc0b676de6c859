"""Images, files and hosted tools, from what users write to what a provider is sent."""

import base64
from pathlib import Path

import pytest

import unillm
from tests.client.ways import server
from tests.types.pictures import picture, written
from unillm.testing import Answer

PNG = unillm.ImagePart.from_bytes(written())
WIRE = {"type": "image_url", "image_url": {"url": PNG.url}}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Be in a folder with a picture and a document."""
    monkeypatch.chdir(tmp_path)
    Path("cat.png").write_bytes(written())
    Path("report.pdf").write_bytes(b"%PDF-1.4\n")
    return tmp_path


async def test_images_and_files_arrive_as_openai_writes_them(way, fake, folder):
    question = ["What is this?", Path("cat.png"), picture(), written(), Path("report.pdf")]
    async with way.client(fake) as client:
        r = await client.chat({"role": "user", "content": question})
        async with client.stream([unillm.SystemMessage("S"), unillm.UserMessage((PNG,))]) as stream:
            async for _event in stream:
                pass
    assert r.finish_reason == "stop"
    first, second = (seen.fields["messages"] for seen in fake.requests)
    url = "data:application/pdf;base64,JVBERi0xLjQK"
    assert first[0]["content"] == [
        {"type": "text", "text": "What is this?"},
        WIRE,
        WIRE,
        WIRE,
        {"type": "file", "file": {"file_data": url, "filename": "report.pdf"}},
    ]
    assert second[1]["content"] == [WIRE]


async def test_a_file_is_read_when_the_call_is_made(way, fake, folder):
    cat = folder / "cat.png"
    async with way.client(fake) as client:
        stream = client.stream({"role": "user", "content": [cat]})
        cat.unlink()
        async with stream:
            async for _event in stream:
                pass
        with pytest.raises(unillm.InvalidRequestError, match=r"cat\.png' is not there"):
            await client.chat({"role": "user", "content": [Path("cat.png")]})
    assert len(fake.requests) == 1


async def test_the_image_of_a_tool_reaches_the_model(way, fake, folder):
    call = unillm.ToolCall("c1", "draw", {})
    fake.enqueue(Answer(tool_calls=[call]), "A cat.")
    history: list[unillm.Message] = [unillm.UserMessage("Draw a cat.")]
    async with way.client(fake) as client:
        r = await client.chat(history, tools=[unillm.Tool("draw")])
        history.append(r.message)
        result = {"role": "tool", "tool_call_id": "c1", "content": ["Done.", picture()]}
        r = await client.chat([*history, result], tools=[unillm.Tool("draw")])
    assert r.text == "A cat."
    messages = fake.requests[1].fields["messages"]
    images = [
        (message["role"], part)
        for message in messages
        if isinstance(message["content"], list)
        for part in message["content"]
        if part["type"] == "image_url"
    ]
    assert images == [("user", WIRE)]  # Chat Completions take them from the user alone
    assert "tool_image_moved" in [note.code for note in r.notes]


async def test_hosted_tools_are_sent_beside_functions(way, fake):
    def look(place: str) -> str:
        return place

    async with way.client(fake) as client:
        await client.chat("Hi", tools=[look, {"type": "web_search", "size": "low"}])
        with pytest.raises(unillm.InvalidRequestError, match=r"\{'type': 'web_search'\}"):
            await client.chat("Hi", tools=[{"web_search": True}])
    (seen,) = fake.requests
    function, hosted = seen.fields["tools"]
    assert function["function"]["name"] == "look"
    assert hosted == {"type": "web_search", "size": "low"}


async def test_an_image_that_the_model_made_is_at_hand_and_not_sent_back_as_content(way, fake):
    fake.enqueue(Answer("Here.", images=[written()]), "As you say.", "Nice.")
    providers = [server(fake, api="responses"), unillm.Provider("other", base_url=fake.base_url)]
    async with way.client(fake, providers=providers) as client:
        r = await client.chat("Draw a cat.", tools=[{"type": "image_generation"}])
        (image,) = r.images
        assert (image.media_type, image.data) == ("image/png", written())
        assert r.text == "Here."
        again = await client.chat([r.message, unillm.UserMessage("Nicer!")])
        other = await client.chat([r.message, unillm.UserMessage((image,))], model="other:m")
    drawn, followed, elsewhere = (seen.fields for seen in fake.requests)
    assert drawn["tools"] == [{"type": "image_generation"}]
    made = [item for item in followed["input"] if item.get("type") == "image_generation_call"]
    assert [base64.b64decode(item["result"]) for item in made] == [written()]
    assert again.notes == ()
    said, asked = elsewhere["messages"]
    assert said == {"role": "assistant", "content": [{"type": "text", "text": "Here."}]}
    assert asked["content"][0]["type"] == "image_url"
    assert [note.code for note in other.notes] == ["image_left_out"]


async def test_an_image_is_named_where_a_stream_is_printed(way, fake, capsys):
    fake.enqueue(Answer("Here.", images=[written()]))
    async with way.client(fake, providers=[server(fake, api="responses")]) as client:
        stream = client.stream("Draw a cat.", tools=[{"type": "image_generation"}])
        shown = unillm.display.show(stream.inner if way.is_sync else stream)
        if not way.is_sync:
            await shown
    assert capsys.readouterr().out.startswith("Here.\nImagePart('data:image/png;base64,iVBOR")
