"""Ctrl-C in a sync call: the exception is KeyboardInterrupt itself, and nothing stays open."""

import contextlib
import gc
import opcode
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import unillm
from tests.client.ways import sync_client
from tests.effort import ALL
from unillm.testing import Answer

SOON = 0.05
AGAIN = 0.5
STRIDE = 5 if ALL else 37
"""Every line would be better, and takes a minute."""

HOUSE = str(Path(unillm.__file__).parent)
SERVER = str(Path(unillm.__file__).parent / "testing")
"""What plays the provider: its generators may be finalised in any thread, where nothing raises."""


@pytest.fixture(autouse=True)
def loaded(fake):
    """Import what a call needs: an interrupt meanwhile would come before there is any call."""
    with sync_client(fake) as client, client.stream("Hi") as stream:
        list(stream)
    fake.clear()


@contextlib.contextmanager
def interrupted_soon(when=lambda: True):
    """Interrupt in a moment, once it is time, and for as long as nobody was interrupted by it."""

    def interrupt(number, frame):
        if when():
            signal.default_int_handler(number, frame)

    before = signal.signal(signal.SIGALRM, interrupt)
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


def is_aside(frame):
    """Tell whether an object is collected, or what plays the provider: there nothing is raised."""
    while frame is not None:
        code = frame.f_code
        if code.co_name == "__del__" or code.co_filename.startswith(SERVER):
            return True
        frame = frame.f_back
    return False


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
        ours = frame.f_code.co_filename.startswith(HOUSE)
        return self.line if ours and not is_aside(frame) else None

    def line(self, frame, event, argument):
        if event == "line":
            self.lines += 1
            if self.lines == self.number:
                sys.settrace(None)
                raise KeyboardInterrupt
        return self.line


CHECKS = {
    number
    for name, number in opcode.opmap.items()
    if name.startswith(("CALL", "JUMP_BACKWARD")) and "INTRINSIC" not in name
}
"""What CPython looks for signals after; it does so at the beginning of a function, too."""
THREADS = tuple(
    str(Path(unillm.__file__).parent / name)
    for name in ("_client/threads.py", "_io/threads.py", "_io/interrupt.py", "_io/checkpoint.py")
)


class InterruptAtCheck(InterruptAt):
    """Raise it at the so-many-th point where CPython would, in what concerns threads."""

    def __init__(self, number):
        super().__init__(number)
        self.before = {}

    def call(self, frame, event, argument):
        if frame.f_code.co_filename not in (*THREADS, threading.__file__) or is_aside(frame):
            return None
        frame.f_trace_opcodes = True
        self.check()
        return self.operation

    def operation(self, frame, event, argument):
        if event == "opcode":
            before = self.before.get(frame)
            self.before[frame] = frame.f_lasti
            if before is not None and frame.f_code.co_code[before] in CHECKS:
                self.check()
        elif event == "return":
            self.before.pop(frame, None)
        return self.operation

    def check(self):
        self.lines += 1
        if self.lines == self.number:
            sys.settrace(None)
            self.before.clear()
            raise KeyboardInterrupt


def close_begun(client, file):
    rows = client.map([*"abc"], concurrency=2, checkpoint=file)
    next(rows)
    yield
    try:
        rows.close()
    except KeyboardInterrupt:
        rows.close()
        raise


def collect(client, file):
    yield
    client.map([*"abc"], concurrency=2, checkpoint=file).collect()


def map_threads():
    return [one for one in threading.enumerate() if one.name == "unillm-map"]


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize(("call", "stride"), [(close_begun, 1), (collect, 11)])
def test_rows_at_any_check(fake, tmp_path, call, stride):
    number, ended = 1, False
    with sync_client(fake) as client:
        while not ended:
            file = tmp_path / str(number)
            steps = call(client, file)
            next(steps)
            with contextlib.suppress(KeyboardInterrupt), InterruptAtCheck(number):
                next(steps, None)
                ended = True
            assert client.map([], checkpoint=file).collect() == []
            while map_threads():  # they end, and none waits for ever to begin
                threading.Event().wait(0.001)
            number += stride


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


MANY = """
import random, signal, sys
import unillm
from unillm.testing import FakeProvider

signal.signal(signal.SIGALRM, signal.default_int_handler)
with FakeProvider() as fake:
    server = unillm.Provider("fake", api_key="k", base_url=fake.base_url)
    client = unillm.Client(model="fake:fake-model", providers=[server])
    client.map(["a"]).collect()
    for number in range(150):
        try:
            try:
                signal.setitimer(signal.ITIMER_REAL, random.Random(number).uniform(0.0001, 0.02))
                client.map(list("abcdefgh"), concurrency=3, checkpoint=sys.argv[1]).collect()
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        except KeyboardInterrupt:
            pass
    print(len(client.map(["a"], checkpoint=sys.argv[1]).collect()))
"""


@pytest.mark.slow
def test_many_calls_at_any_moment(tmp_path):
    """None of them waits for ever, and neither the lock of the file nor a connection is kept."""
    command = [sys.executable, "-c", MANY, str(tmp_path / "file")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert ended.stdout.strip() == "1", ended.stderr
