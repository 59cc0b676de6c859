"""Outside a notebook `show` prints; the notebook's side is in tests/docs/test_notebook.py."""

import asyncio
import inspect
from functools import partial
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest
from IPython.core.formatters import DisplayFormatter
from IPython.lib.pretty import pretty as printed
from pydantic import BaseModel

import unillm
from tests.client.ways import ONCE, async_client
from unillm.ledger import Ledger, Spend
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


def made_cell():
    """Give a cell, and what is drawn in it."""
    drawn = []
    with pytest.MonkeyPatch.context() as patch:
        handle = SimpleNamespace(update=drawn.append)
        stand_in = SimpleNamespace(Markdown=str, display=lambda *_, **__: handle)
        patch.setattr("unillm.display.import_module", lambda _: stand_in)
        return unillm.display._Cell(), drawn


def test_a_cell_forgets_what_is_void():
    cell, _ = made_cell()
    for event in (unillm.ReasoningDelta("a"), unillm.TextDelta("b"), unillm.OutputDelta("c")):
        cell.add(event)
    cell.add(unillm.StreamRestarted(2, "why"))
    cell.add(unillm.TextDelta("new"))
    assert cell._so_far() == ["new"]


def test_a_cell_shows_the_images_of_the_whole_answer():
    cell, drawn = made_cell()
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
    assert error._repr_markdown_() == "**InvalidRequestError**: a &lt;b&gt; &amp; &#124; c"


def look(city: str) -> str:
    """Look."""
    return f"**Sunny** in {city}."


async def look_later(city: str) -> str:
    return look(city)


def asks(city="Paris"):
    return Answer("", tool_calls=[unillm.ToolCall("c1", "look", {"city": city})], reasoning="Hm")


async def test_a_run_is_printed_as_it_goes(way, fake, capsys):
    fake.enqueue(asks(), "Sunny.")
    tool = unillm.tool(look if way.is_sync else look_later, name="look")
    async with way.client(fake) as client:
        run = await show(way, client.run_stream("Hi", tools=[tool]))
    assert isinstance(run, unillm.RunResult)
    assert capsys.readouterr().out == "\n[look(city=\"Paris\"): '**Sunny** in Paris.']\nSunny.\n"


@pytest.fixture
def drawn(monkeypatch):
    """Be in a notebook, and give what is drawn there; at every event."""
    shown = []
    handle = SimpleNamespace(update=shown.append)
    stand_in = SimpleNamespace(Markdown=str, display=lambda *_, **__: handle)
    monkeypatch.setattr("unillm.display.import_module", lambda _: stand_in)
    monkeypatch.setattr("unillm.display._in_notebook", lambda: True)
    monkeypatch.setattr("unillm.display.PER_SECOND", float("inf"))
    monkeypatch.setattr("unillm.display.SHARE", float("inf"))
    return shown


async def test_a_run_is_drawn_turn_by_turn(way, fake, drawn):
    fake.enqueue(asks("`*"), Answer("It is **sunny**.", reasoning="Well"))
    tool = unillm.tool(look if way.is_sync else look_later, name="look")
    async with way.client(fake) as client:
        run = await show(way, client.run_stream("Hi", tools=[tool]))
    assert drawn[-1] == run._repr_markdown_()
    assert "| 2 | fake:fake-model | stop |" in drawn[-1]
    assert "It is **sunny**.\n\n| turn | model" in drawn[-1]
    half = next(one for one in drawn if "look gave" in one)
    assert "&#42;&#42;Sunny&#42;&#42; in" in half
    assert any("reasoning, 2 characters so far" in one for one in drawn)
    later = [one for one in drawn if "It is" in one]
    assert all(one.startswith(half) for one in later)


class City(BaseModel):
    name: str
    people: int = 0


async def test_an_output_is_drawn_as_far_as_it_has_come(way, fake, drawn):
    fake.enqueue('{"name": "Paris", "people": 2}')
    async with way.client(fake) as client:
        response = await show(way, client.stream("Hi", output=City))
    assert response.output == City(name="Paris", people=2)
    whole = '```json\n{\n  "name": "Paris",\n  "people": 2\n}\n```'
    assert drawn[-1].startswith(f"{whole}\n\n<sub>fake:fake-model · stop · ")
    assert "asked for as native</sub>" in drawn[-1]
    assert any('"people": 0' in one for one in drawn[:-1])


async def test_what_breaks_it_off_is_drawn_below_what_had_come(way, fake, drawn):
    async with way.client(fake, retry=ONCE) as client:
        with pytest.raises(unillm.IncompleteStreamError):
            await show(way, client.stream("Hi", model="fake:cut-in-text"))
    assert drawn[-1].startswith("The weather in Paris \n\n**IncompleteStreamError**: the connec")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("a <b>")], ids=repr)
async def test_what_had_come_is_drawn_when_it_is_interrupted(way, fake, drawn, error, monkeypatch):
    def add(cell, event):
        kept(cell, event)
        if isinstance(event, unillm.TextDelta):
            raise error

    kept = unillm.display._Cell.add
    monkeypatch.setattr("unillm.display._Cell.add", add)
    async with way.client(fake) as client:
        stream = client.stream("Hi", model="fake:stall-in-text")
        with pytest.raises(type(error)):
            await show(way, stream)
        await way.settles(fake, connections=0)
    name = type(error).__name__
    assert drawn[-1].endswith(f"**{name}**: a &lt;b&gt;" if error.args else f"**{name}**")
    assert drawn[-1].startswith("The ")


def test_a_long_answer_is_drawn_a_few_times_only(monkeypatch):
    """Twenty thousand pieces, one each millisecond by the clock, drawing taking 50 of them."""
    cell, drawn = made_cell()
    clock = iter(range(10**9))
    monkeypatch.setattr("unillm.display.time.monotonic", lambda: next(clock) / 1000)
    for _ in range(20_000):
        cell.add(unillm.TextDelta("word "))
    assert 100 < len(drawn) < 210
    monkeypatch.setattr(cell, "_draw", lambda _: [next(clock) for _ in range(50)])
    before = next(clock)
    for _ in range(5_000):
        cell.add(unillm.TextDelta("word "))
    assert 50 * 5 < next(clock) - before - 5_000 < 50 * 15


async def test_rows_are_shown_as_a_table_without_what_was_asked(way, fake):
    fake.enqueue("One | **two** ![x](https://example.com)", "Two")
    rows = ["a secret prompt", None, {"messages": "b", "key": "k"}]
    async with way.client(fake) as client:
        found: Any = await client.map(rows, concurrency=1).collect()
    assert found == list(found)
    assert issubclass(type(found), list)
    shown = found._repr_mimebundle_()
    head, _, first, second, _ = shown["text/markdown"].split("\n\n")[0].splitlines()
    assert head == "| row | tokens in | out | cost | what came of it |"
    assert unescape(first).endswith("| One | **two** ![x](https://example.com) |")
    assert "![" not in first
    assert "InvalidRequestError: " in second
    assert shown["text/markdown"].endswith("<sub>3 rows · 1 failed · cost unknown</sub>")
    lines = shown["text/plain"].splitlines()
    assert lines[0].split() == ["row", "tokens", "in", "out", "cost", "what", "came", "of", "it"]
    assert lines[-1] == "3 rows · 1 failed · cost unknown"
    assert not [text for text in shown.values() if "secret" in text]
    assert "One" in found[0]._repr_markdown_()
    assert "**InvalidRequestError**" in found[1]._repr_markdown_()


def test_many_rows_are_shown_in_part(fake):
    with unillm.Client(providers=[unillm.Provider("f", base_url=fake.base_url)], model="f:m") as c:
        found: Any = c.map(["a"] * 30).collect()
    shown = found._repr_markdown_()
    assert shown.count("You said: a") == 25
    assert "30 rows, the first 25 of them above" in shown


def test_ipython_shows_them_all_by_their_bundles(fake, tmp_path):
    """What IPython itself makes of each, in a notebook and in its terminal."""
    formatter, pretty = DisplayFormatter(), partial(printed, max_width=100)
    fake.enqueue(asks(), "Sunny.", "Hello")
    providers = [unillm.Provider("fake", base_url=fake.base_url)]
    with Ledger(tmp_path / "l.db") as ledger:
        with unillm.Client(providers=providers, model="fake:m", ledger=ledger) as client:
            run = client.run("Hi", tools=[look])
            values = [
                *(client.chat("Hi"), run, client.explain("Hi"), client.estimate("Hi")),
                *(client.map(["a"]).collect(), client.stream("Hi"), client.run_stream("Hi")),
                *(client.health(), unillm.task("t"), unillm.ImagePart("https://example.com/a")),
                unillm.InvalidRequestError("no"),
            ]
        values.append(ledger.spend())
        for value in values:
            shown, _ = formatter.format(value)
            html = {"text/html"} if isinstance(value, Spend) else set()
            assert set(shown) == {"text/plain", "text/markdown"} | html, value
            assert formatter.format(value, include={"text/markdown"})[0].keys() == {"text/markdown"}
            assert "text/plain" not in formatter.format(value, exclude={"text/plain"})[0]
            if not isinstance(value, Exception):
                assert pretty(value) == shown["text/plain"]
    assert "calls  failed  input" in shown["text/plain"]
    assert "| model | calls | failed |" in shown["text/markdown"]


def test_what_came_is_drawn_also_while_nothing_comes(monkeypatch, fake, drawn):
    """On asyncio: a loop that wakes up is also what an interrupted kernel waits for."""
    monkeypatch.setattr("unillm.display.PER_SECOND", 500)

    async def interrupted():
        waited = asyncio.Event()

        def more(cell):
            kept(cell)
            if drawn and drawn[-1].startswith("The weather in Paris"):
                waited.set()

        kept = unillm.display._Cell.more
        monkeypatch.setattr("unillm.display._Cell.more", more)
        async with async_client(fake) as client:
            stream = client.stream("Hi", model="fake:stall-in-text")
            shown = asyncio.ensure_future(unillm.display.show(stream))
            async with asyncio.timeout(30):
                await waited.wait()
            shown.cancel()
            with pytest.raises(asyncio.CancelledError):
                await shown

    asyncio.run(interrupted())
    assert drawn[-1].endswith("**CancelledError**")
