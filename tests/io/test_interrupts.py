"""Ctrl-C in a sync call: the exception is KeyboardInterrupt itself, and nothing stays open."""

import contextlib
import gc
import signal
import sys
import threading
from pathlib import Path

import pytest

import unillm
from tests.client.ways import sync_client
from unillm.testing import Answer

SOON = 0.05
AGAIN = 0.5
STRIDE = 37
"""Every line would be better, and takes a minute."""

HOUSE = str(Path(unillm.__file__).parent)


@contextlib.contextmanager
def interrupted_soon():
    """Deliver SIGINT in a moment, for as long as nobody was interrupted by it."""
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    # Again, because what is raised while something is collected goes to nobody.
    signal.setitimer(signal.ITIMER_REAL, SOON, AGAIN)
    try:
        with pytest.raises(KeyboardInterrupt) as caught:
            yield
        assert type(caught.value) is KeyboardInterrupt
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize(
    "fault", ["stall-before-head", "stall-in-head", "stall-in-text", "stall-after-finish"]
)
def test_while_waiting_for_a_stream(fake, fault):
    records = []
    with sync_client(fake, observers=[records.append]) as client:
        with interrupted_soon(), client.stream("Hi", model=f"fake:{fault}") as stream:
            list(stream)
        assert fake.wait(connections=0, in_flight=0)
        assert [record.outcome for record in records] == ["cancelled"]
        assert client.chat("Hi").text == "You said: Hi"


def test_while_waiting_for_a_body(fake):
    with sync_client(fake) as client:
        with interrupted_soon():
            client.chat("Hi", model="fake:stall-in-body")
        assert fake.wait(connections=0, in_flight=0)


def test_in_a_pause_between_attempts(fake):
    records = []
    policy = unillm.RetryPolicy(wait=lambda state: 30.0)
    with sync_client(fake, retry=policy, observers=[records.append]) as client:
        with interrupted_soon():
            client.chat("Hi", model="fake:status-503")
        assert [(r.outcome, len(r.attempts)) for r in records] == [("cancelled", 1)]
        assert fake.wait(in_flight=0)


def test_between_two_events(fake):
    with sync_client(fake) as client:
        with interrupted_soon(), client.stream("Hi", model="fake:endless-stream") as stream:
            next(stream)
            threading.Event().wait()
        assert fake.wait(connections=0, in_flight=0)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_an_observer_or_key_raises_to_end_the_program_passes(fake, kind):
    def end(*_):
        raise kind

    providers = [unillm.Provider("fake", base_url=fake.base_url, api_key=end)]
    with sync_client(fake, providers=providers) as client, pytest.raises(kind):
        client.chat("Hi")
    with sync_client(fake, observers=[end]) as client:
        with pytest.raises(kind):
            client.chat("Hi")
        assert fake.in_flight == 0


class InterruptAt:
    """Raise KeyboardInterrupt before the so-many-th line that is executed in the package."""

    def __init__(self, number):
        self.number = number
        self.lines = 0

    def __enter__(self):
        sys.settrace(self.call)
        return self

    def __exit__(self, *raised):
        sys.settrace(None)

    def call(self, frame, event, argument):
        # What is raised while something is collected goes to nobody.
        collected = frame.f_code.co_name == "__del__"
        ours = frame.f_code.co_filename.startswith(HOUSE)
        return self.line if ours and not collected else None

    def line(self, frame, event, argument):
        if event == "line":
            self.lines += 1
            if self.lines == self.number:
                sys.settrace(None)
                raise KeyboardInterrupt
        return self.line


def chat(client):
    return client.chat("Hi").text


def stream(client):
    with client.stream("Hi") as events:
        return list(events)[-1].response.text


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("call", [chat, stream])
def test_at_any_line(fake, call):
    number, ended = 1, False
    while not ended:
        fake.clear()
        with sync_client(fake) as client:
            fake.enqueue(Answer("one two"))
            with contextlib.suppress(KeyboardInterrupt), InterruptAt(number):
                assert call(client) == "one two"
                ended = True
            fake.clear()
            assert chat(client) == stream(client) == "You said: Hi"
        assert fake.wait(connections=0, in_flight=0)
        number += STRIDE
    gc.collect()
