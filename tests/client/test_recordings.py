"""Every recording says the same through sockets and a driver as it does to the decoder alone."""

# pyright: reportOptionalMemberAccess=false

from tests.client.ways import ONCE
from tests.wire.drive import decode
from tests.wire.recordings import STREAMED
from unillm import Finished, UnillmError
from unillm.testing import Raw


def pieces(body: bytes) -> list[bytes]:
    """Cut a body where nothing wants to be cut: every 37 bytes."""
    return [body[at : at + 37] for at in range(0, len(body), 37)]


async def heard(client, tools):
    """Return the events of a stream, and the exception it ended with."""
    events = []
    try:
        async with client.stream("Hi", tools=tools) as stream:
            events = [event async for event in stream]
    except UnillmError as error:
        partial = error.partial
        return events, type(error), partial.text if partial else ""
    return events[:-1], Finished, events[-1].response.text


async def test_every_recording_through_a_driver(way, fake):
    kind = {"content-type": "text/event-stream"}
    async with way.client(fake, retry=ONCE) as client:
        for recording in STREAMED:
            expected = decode([recording.body], recording.tools)
            for segments in ([recording.body], pieces(recording.body)):
                fake.enqueue(Raw(segments=segments, headers=kind))
                events, end, text = await heard(client, recording.tools)
                if expected.error is None:
                    assert (end, text) == (Finished, expected.response.text), recording.name
                    assert events == list(expected.events), recording.name
                else:
                    assert end is type(expected.error), recording.name
                    assert text == expected.partial.text, recording.name
