"""Every recording says the same through a driver as it does to the decoder alone."""

# pyright: reportOptionalMemberAccess=false

import pytest

from tests.client.carrying import transport
from tests.client.ways import ONCE, server
from tests.effort import ALL
from tests.wire.drive import decode
from tests.wire.recordings import RECORDINGS, STREAMED
from unillm import Finished, UnillmError
from unillm.testing import Raw

NOWHERE = "http://127.0.0.1:1/v1"


async def heard(client, tools):
    """Return the events of a stream, and the exception it ended with."""
    events = []
    try:
        async with client.stream("Hi", tools=tools) as stream:
            async for event in stream:
                events.append(event)  # noqa: PERF401 - those before an exception are kept
    except UnillmError as error:
        partial = error.partial
        return events, type(error), partial.text if partial else ""
    return events[:-1], Finished, events[-1].response.text


async def check(client, recording):
    """Compare what a client says with what the decoder says of all the bytes at once."""
    expected = decode([recording.body], recording.tools, api=recording.api)
    events, end, text = await heard(client, recording.tools)
    assert events == list(expected.events)
    if expected.error is None:
        assert (end, text) == (Finished, expected.response.text)
    else:
        assert (end, text) == (type(expected.error), expected.partial.text)


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording.name)
async def test_torn_into_small_pieces_through_a_driver(way, recording):
    size = 1 if ALL else 5
    torn = [recording.body[at : at + size] for at in range(0, len(recording.body), size)]
    providers = [server(base_url=NOWHERE, api=recording.api)]
    options = {"providers": providers, "retry": ONCE, "transport": transport(way, torn)}
    async with way.client(None, **options) as client:
        await check(client, recording)


async def test_whole_and_in_pieces_through_sockets(way, fake):
    kind = {"content-type": "text/event-stream"}
    sent = 0
    for api in ("chat", "responses"):
        providers = [server(fake, api=api)]
        async with way.client(fake, retry=ONCE, providers=providers) as client:
            for recording in STREAMED:
                if recording.api == api:
                    await in_pieces(client, recording, fake, kind)
                    sent += 1
    assert sent == len(STREAMED)


async def in_pieces(client, recording, fake, headers):
    body = recording.body
    for size in (len(body), 37):
        pieces = [body[at : at + size] for at in range(0, len(body), size)]
        fake.enqueue(Raw(segments=pieces, headers=headers))
        await check(client, recording)
