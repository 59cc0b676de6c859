"""A client is measured in a process of its own, which may hang or die."""

import dataclasses
import sys

import pytest

from benchmarks.faults import measurement
from benchmarks.faults.measurement import Worker
from benchmarks.faults.outcome import Case
from benchmarks.faults.peers import PEERS
from unillm.testing import FakeProvider

US = PEERS[0]


def test_a_process_answers_case_after_case_and_tells_its_version():
    with FakeProvider() as fake, Worker(US) as worker:
        sound = worker.ask(Case(base_url=fake.base_url, model="sound"))
        cut = worker.ask(Case(base_url=fake.base_url, model="eof-in-text", stream=True))
    assert list(worker.versions) == ["unillm-sdk"]
    assert (sound.error, sound.finish) == (None, "stop")
    assert cut.error == "unillm.IncompleteStreamError"


def test_a_client_that_hangs_is_ended_and_the_next_case_served(monkeypatch: pytest.MonkeyPatch):
    with FakeProvider() as fake, Worker(US) as worker:
        monkeypatch.setattr(measurement, "PATIENCE", 0.5)
        stalled = worker.ask(Case(base_url=fake.base_url, model="stall-in-text", stream=True))
        monkeypatch.undo()
        sound = worker.ask(Case(base_url=fake.base_url, model="sound"))
    assert stalled.returned is False
    assert (sound.returned, sound.finish) == (True, "stop")


def test_a_client_that_cannot_start_says_how_to_see_why():
    lame = dataclasses.replace(US, requirements=("no-such-distribution",))
    with pytest.raises(
        RuntimeError, match=r"died\. To see why: .* benchmarks\.faults\.worker unillm"
    ):
        Worker(lame)._start()


def test_no_key_and_no_proxy_reaches_a_client(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with FakeProvider() as fake, Worker(US) as worker:
        assert worker.ask(Case(base_url=fake.base_url, model="sound")).finish == "stop"
    assert str(US.python) == sys.executable
