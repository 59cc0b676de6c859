"""Outside a notebook `show` prints; the notebook's side is in tests/docs/test_notebook.py."""

import inspect
from types import SimpleNamespace

import pytest

import unillm
from tests.client.ways import ONCE
from unillm.testing import Answer, FakeCall


async def show(way, stream):
    given = stream.inner if way.is_sync else stream
    shown = unillm.display.show(given)
    return await shown if inspect.isawaitable(shown) else shown


async def test_text_is_printed_as_it_comes_and_the_answer_returned(way, fake, capsys):
    fake.enqueue(
        Answer("Hello there", tool_calls=[unillm.ToolCall("c1", "go", {"a": 1})], reasoning="Well")
    )
    async with way.client(fake) as client:
        response = await show(way, client.stream("Hi"))
    assert response.text == "Hello there"
    printed = capsys.readouterr().out
    assert printed.startswith("Hello there\nToolCall(")
    assert printed.endswith(")\n")


async def test_what_had_come_stays_and_the_error_is_raised(way, fake, capsys):
    async with way.client(fake, retry=ONCE) as client:
        with pytest.raises(unillm.IncompleteStreamError):
            await show(way, client.stream("Hi", model="fake:cut-in-text"))
        await way.settles(fake, connections=0)
    assert capsys.readouterr().out == "The weather in Paris \n"


async def test_an_answer_that_begins_anew_says_so(way, fake, capsys):
    bad = Answer("First.", tool_calls=[FakeCall("go", '{"a": "b')])
    fake.enqueue(bad, "Second.")
    async with way.client(fake, repair=unillm.RepairPolicy(reask=1)) as client:
        await show(way, client.stream("Hi", tools=[unillm.Tool("go")]))
    first, between, second = capsys.readouterr().out.splitlines()
    assert (first, second) == ("First.", "Second.")
    assert "begins anew" in between


def test_a_cell_forgets_what_is_void():
    cell = unillm.display._Cell.__new__(unillm.display._Cell)
    cell._reasoning, cell._text, cell._calls, cell._drawn_at = ["a"], ["b"], {0: ["c"]}, 1e12
    cell.add(unillm.StreamRestarted(2, "why"))
    cell.add(unillm.TextDelta("new"))
    assert cell._so_far() == ["new"]


def test_a_cell_shows_the_images_of_the_whole_answer():
    drawn = []
    cell = unillm.display._Cell.__new__(unillm.display._Cell)
    cell._markdown, cell._handle = str, SimpleNamespace(update=drawn.append)
    image = unillm.ImagePart.from_bytes(b"\x89PNG\r\n\x1a\n")
    parts = (unillm.TextPart("Look:"), image, unillm.ImagePart("https://example.com/a.png"))
    response = unillm.ChatResponse(
        message=unillm.AssistantMessage(parts), finish_reason="stop", provider="p", model="m"
    )
    cell.end(response, None)
    (shown,) = drawn
    assert f"Look:\n\n![image]({image.url})\n\n*Image:* <code>https://example.com" in shown


async def test_an_open_stream_shows_what_came(way, fake):
    fake.enqueue(Answer("<b>Hello</b> there", reasoning="Well"))
    async with way.client(fake) as client, client.stream("Hi") as stream:
        inner = stream.inner if way.is_sync else stream
        assert "Stream(open" in inner._repr_markdown_()
        async for event in stream:
            if isinstance(event, unillm.TextDelta):
                break
        shown = inner._repr_markdown_()
        assert "<summary>reasoning</summary>" in shown
        assert "<sub>" in shown


def test_an_error_shows_its_attempts_and_what_came(fake):
    providers = [unillm.Provider("fake", base_url=fake.base_url)]
    with unillm.Client(providers=providers, retry=ONCE) as client:
        with pytest.raises(unillm.IncompleteStreamError) as caught:
            client.chat("Hi", model="fake:cut-in-body")
        shown = caught.value._repr_markdown_()
        assert "| 1 | fake:cut-in-body | 200 |" in shown
    error = unillm.InvalidRequestError("a <b> & | c")
    assert error._repr_markdown_() == "**InvalidRequestError**: a &lt;b&gt; &amp; | c"
