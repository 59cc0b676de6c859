"""A replayed conversation is the recorded one: same events, same response, same errors."""

# pyright: reportOptionalMemberAccess=false

import contextlib
import dataclasses
import socket
import threading
from typing import Any

import anyio
import httpx
import pytest

import unillm
from tests.client.ways import ONCE, QUICK, read_all, server, timeless
from unillm._flow import deadlines
from unillm.testing import Answer, Raw, faults, recording

SHORT = 0.15
QUIET = [
    *("stall-before-head", "stall-before-event", "stall-in-text", "stall-in-body"),
    *("stall-after-finish", "status-500-stall"),
]
SPOKEN = [
    *("cut-in-text", "cut-in-arguments", "cut-in-utf8", "cut-in-body", "cut-before-head"),
    *("cut-in-head", "cut-after-finish", "reset-in-text", "eof-in-text", "eof-in-line"),
    *("byte-by-byte", "odd-segments", "crlf-lines-split", "bom", "invalid-utf8", "null-bytes"),
    *("garbage-in-stream", "garbage-instead-of-http", "bad-chunk-size", "gzip-body"),
    *("gzip-body-broken", "status-429-retry-after-long", "status-500-cut", "status-502-html"),
    *("redirect-307", "blank-lines", "keep-alive-comments", "envelope", "http-1-0"),
    *("error-in-text", "call-pieces-interleaved", "arguments-cut", "usage-cumulative"),
]
FORGOTTEN_BY_HTTPX = {"gzip-body-broken"}
"""Where httpx forgets the generators it read through, of which trio warns."""


@pytest.fixture(autouse=True)
def short_wait_after_the_finish(monkeypatch):
    monkeypatch.setattr(deadlines, "AFTER_FINISH", SHORT)


def of(rec, way):
    return rec.transport if way.is_sync else rec.async_transport


@contextlib.asynccontextmanager
async def taped(way, fake, path, mode: Any = "auto", options=None, **client_options):
    """Give a client whose conversation is recorded or replayed."""
    async with (
        recording(path, mode, **(options or {})) as rec,
        way.client(fake, transport=of(rec, way), **client_options) as client,
    ):
        yield client


async def read_into(events, stream):
    async for event in stream:
        events.append(event)


async def stream_and_chat(client, model, **options):
    """Tell everything that comes of one question, asked both ways."""
    told = []
    for streamed in (True, False):
        events, response = [], None
        try:
            if streamed:
                async with client.stream("Weather?", model=model, **options) as stream:
                    await read_into(events, stream)
                    response = stream.response
            else:
                response = await client.chat("Weather?", model=model, **options)
            told.append((events[:-1], timeless(response)))
        except unillm.UnillmError as error:
            partial = error.partial and timeless(error.partial)
            outcomes = [(a.outcome, a.error, a.status, a.usage) for a in error.attempts]
            told.append((events, type(error), error.message, error.retryable, partial, outcomes))
    return told


async def play(way, fake, path, mode, model, **options):
    async with taped(way, fake, path, mode, retry=ONCE) as client:
        return await stream_and_chat(client, model, **options)


@pytest.mark.slow
async def test_every_kind_of_answer(way, fake, tmp_path):
    tools = [faults.WEATHER_TOOL]
    for name in ("plain", *SPOKEN):
        if way.name == "trio" and name in FORGOTTEN_BY_HTTPX:
            continue
        path, model = tmp_path / f"{name}.tape", f"fake:{name}"
        real = await play(way, fake, path, "record", model, tools=tools)
        assert await play(way, NOWHERE, path, "replay", model, tools=tools) == real, name


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a provider is, or was."""

    base_url: str


NOWHERE = Place("http://127.0.0.1:9/v1")
"""What asks there has used the network, and fails."""


@pytest.mark.slow
async def test_silence_is_the_same_time_out_and_nobody_waits(way, fake, tmp_path):
    path, limits = tmp_path / "r.tape", unillm.Timeout(first_token=SHORT, idle=SHORT)
    # Longer than a test may take: only a replay does not wait for it.
    patient = unillm.Timeout(first_token=SHORT * 2000, idle=SHORT * 2000)
    for name in QUIET:
        real = await play(way, fake, path, "record", f"fake:{name}", timeout=limits)
        again = await play(way, NOWHERE, path, "replay", f"fake:{name}", timeout=patient)
        assert str(again).replace(f"{SHORT * 2000} s", f"{SHORT} s") == str(real), name


async def test_a_refused_connection_is_recorded(way, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as closing:
        gone = Place(f"http://127.0.0.1:{closing.getsockname()[1]}/v1")
    real = await play(way, gone, tmp_path / "r.tape", "record", "fake:m")
    assert real[0][1] is unillm.ConnectError
    assert "raise ConnectError: no connection" in (tmp_path / "r.tape").read_text()
    assert await play(way, gone, tmp_path / "r.tape", "replay", "fake:m") == real


async def test_retries_are_recorded_and_replayed(way, fake, tmp_path):
    fake.enqueue(faults.get("status-503"), faults.get("cut-before-head"), "Third time lucky.")
    for mode in ("record", "replay"):
        async with taped(way, fake, tmp_path / "r.tape", mode, retry=QUICK) as client:
            response = await client.chat("Hi")
        assert (response.text, len(response.attempts)) == ("Third time lucky.", 3)
    assert len(fake.requests) == 3


async def test_a_conversation_with_tools(way, fake, tmp_path):
    def get_weather(city: str) -> str:
        return f"Sunny in {city}."

    fake.enqueue(
        Answer(tool_calls=[{"name": "get_weather", "arguments": {"city": "Paris"}}]), "Sun."
    )
    said = []
    for _ in range(2):
        async with taped(way, fake, tmp_path / "new" / "r.tape") as client:
            question = unillm.UserMessage("Weather in Paris?")
            first = await client.chat([question], tools=[get_weather])
            (call,) = first.tool_calls
            result = unillm.ToolMessage(call.id, get_weather(**call.arguments))
            last = await client.chat([question, first.message, result], tools=[get_weather])
            said.append(timeless(last))
        assert len(fake.requests) == 2
    assert said[0] == said[1]
    assert said[0].text == "Sun."


async def test_a_stream_left_early_is_released_and_replays_so_far(way, fake, tmp_path):
    word = {"choices": [{"index": 0, "delta": {"content": "One"}}]}
    fake.enqueue(Raw.of_events(word, done=False, end="stall"))
    for mode in ("record", "replay"):
        async with taped(way, fake, tmp_path / "r.tape", mode) as client:
            async with client.stream("Weather?") as stream:
                async for event in stream:
                    assert event == unillm.TextDelta("One")
                    break
            assert stream.partial.text == "One"
            if mode == "record":
                await way.settles(fake, connections=0)
    async with (
        taped(way, fake, tmp_path / "r.tape", "replay", retry=ONCE) as client,
        client.stream("Weather?") as stream,
    ):
        with pytest.raises(unillm.IncompleteStreamError, match="left at this point"):
            await read_all(stream)


async def test_connections_are_closed_with_the_block(way, fake, tmp_path):
    async with recording(tmp_path / "r.tape") as rec:
        client = way.client(fake, transport=of(rec, way))
        await client.chat("Hi")
        assert fake.connections == 1
    await way.settles(fake, connections=0)


async def test_a_client_of_ones_own_records(way, fake, tmp_path):
    seen = []
    if way.is_sync:
        http = httpx.Client(event_hooks={"request": [lambda r: seen.append(r.url.path)]})
    else:

        async def hook(request):
            seen.append(request.url.path)

        http = httpx.AsyncClient(event_hooks={"request": [hook]})
    async with recording(tmp_path / "r.tape", http_client=http) as rec:
        client = way.client(fake, transport=of(rec, way))
        await client.chat("Hi")
        async with client.stream("Hi") as stream:
            await read_all(stream)
        with pytest.raises(unillm.InvalidRequestError):
            _ = rec.async_transport if way.is_sync else rec.transport
    if isinstance(http, httpx.Client):
        http.close()
    else:
        await http.aclose()
    assert seen == ["/v1/chat/completions"] * 2
    async with taped(way, NOWHERE, tmp_path / "r.tape", "replay") as client:
        assert (await client.chat("Hi")).text == "You said: Hi"
        async with client.stream("Hi") as stream:
            await read_all(stream)
        assert stream.response.text == "You said: Hi"


def test_threads_share_a_recording(fake, tmp_path):
    heard: dict[str, dict[str, str]] = {}
    for mode in ("record", "replay"):
        said = heard[mode] = {}
        with recording(tmp_path / "r.tape", mode) as rec:
            client = unillm.Client(
                providers=[server(fake)], transport=rec.transport, model="fake:m"
            )

            def ask(name, client=client, said=said):
                said[name] = client.chat(name).text

            threads = [threading.Thread(target=ask, args=(f"Number {n}",)) for n in range(20)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    assert heard["replay"] == heard["record"]
    assert set(heard["record"].values()) == {f"You said: Number {n}" for n in range(20)}
    assert len(fake.requests) == 20


async def test_tasks_share_a_recording(way, fake, tmp_path):
    if way.is_sync:
        return test_threads_share_a_recording(fake, tmp_path)
    for mode in ("record", "replay"):
        said = {}
        async with taped(way, fake, tmp_path / "r.tape", mode) as client:

            async def ask(name, client=client, said=said):
                said[name] = (await client.chat(name)).text

            async with anyio.create_task_group() as tasks:
                for number in range(20):
                    tasks.start_soon(ask, f"Number {number}")
        assert said == {f"Number {n}": f"You said: Number {n}" for n in range(20)}
    assert len(fake.requests) == 20
    return None


async def test_pauses_are_kept_when_asked_for(way, fake, tmp_path):
    fake.enqueue(Answer("One two three", pace=0.05))
    async with (
        taped(way, fake, tmp_path / "r.tape", options={"timing": True}) as client,
        client.stream("Count") as stream,
    ):
        await read_all(stream)
    text = (tmp_path / "r.tape").read_text()
    waited = [float(line[2:]) for line in text.split("\n") if line.startswith("@ ")]
    assert sum(waited) >= 0.15
    async with (
        taped(way, fake, tmp_path / "r.tape", "replay") as client,
        client.stream("Count") as stream,
    ):
        await read_all(stream)
    assert stream.response.attempts[0].duration >= 0.15
    assert len(fake.requests) == 1


async def test_a_replayed_pause_keeps_to_the_time_limit(way, fake, tmp_path):
    path = tmp_path / "r.tape"
    async with recording(path) as rec, way.client(fake, transport=of(rec, way)) as client:
        await client.chat("Hi")
    path.write_text(path.read_text().replace("<-- 200", "@ 1.900\n<-- 200"))
    async with taped(way, fake, path, "replay", retry=ONCE) as client:
        with pytest.raises(unillm.DeadlineExceededError):
            await client.chat("Hi", timeout=0.05)
