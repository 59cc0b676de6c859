"""Chunks that say nothing keep nothing alive."""

# pyright: reportOptionalMemberAccess=false

import time

import pytest

import unillm
from tests.client.ways import EVERY_WAY, ONCE, read_ahead
from unillm.testing import Raw

EMPTY = [
    b"data: {}\n\n",
    b"data:\n\n",
    b"event: ping\ndata: {}\n\n",
    b'data: {"choices":[]}\n\n',
    b'data: {"choices":[{"index":0,"delta":{}}]}\n\n',
    b'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}\n\n',
    b'data: {"choices":[{"index":0,"delta":{}}],"usage":null}\n\n',
]
TOKEN = b'data: {"choices":[{"index":0,"delta":{"content":"Hello"}}]}\n\n'


@pytest.mark.parametrize("way", EVERY_WAY, indirect=True)
@pytest.mark.parametrize("empty", EMPTY)
async def test_an_empty_chunk_is_no_life(way, fake, clock, empty):
    serve = clock.while_serving(TOKEN, empty, seconds=5)
    fake.enqueue(Raw(segments=serve, end="stall"))
    limits = unillm.Timeout(idle=60)
    async with way.client(fake, timeout=limits, retry=ONCE) as client:
        began = time.monotonic()
        with pytest.raises(unillm.IdleTimeoutError) as caught:
            await read_ahead(client.stream("Hi"), clock, 0)
        assert time.monotonic() - began < 30  # it was not the stall at the end
    assert caught.value.partial.text == "Hello"
