"""An answer is freed as soon as nobody holds it: each call has one, with all of its body."""

import gc
import weakref

import pytest

from tests.wire.drive import WEATHER, decoder_for

CALL = (
    b'{"id":"a","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant",'
    b'"tool_calls":[{"type":"function","function":{"name":"get_weather","arguments":"{}"}}]}}]}'
)


@pytest.fixture
def uncollected():
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("body", [CALL, b"data: " + CALL + b"\n\n", CALL[:90]], ids=len)
def test_reading_an_answer_leaves_nothing_for_the_garbage_collector(body):
    decoder = decoder_for([WEATHER])
    decoder.feed(body)
    partial = decoder.partial
    gone = weakref.ref(decoder), weakref.ref(decoder._answer)
    del decoder
    assert [ref() for ref in gone] == [None, None]
    assert partial.message is not None
