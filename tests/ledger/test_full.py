"""When there is no room: operations are dropped or waited for, as was chosen, and always told."""

import threading
from contextlib import contextmanager

import pytest

import unillm
from tests.ledger.made import record
from unillm.ledger import Flushed, Ledger


@contextmanager
def locked(where):
    """Hold the ledger as another program may that writes for long."""
    import sqlite3

    other = sqlite3.connect(where, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.rollback()
        other.close()


@pytest.fixture
def path(tmp_path, monkeypatch):
    """Give a ledger's path; the writer is not patient there."""
    monkeypatch.setattr("unillm.ledger.sqlite._PATIENCE", 0.01)
    monkeypatch.setattr("unillm.ledger.desk.LONGEST_PAUSE", 0.05)
    path = str(tmp_path / "l.db")
    with Ledger(path) as first:
        first.record(record())
    return path


def test_the_newest_are_dropped_and_counted(path, caplog):
    with Ledger(path, queue=50) as ledger:
        with locked(path):
            for _ in range(80):
                ledger.record(record())
            assert ledger.flush(0.1) == Flushed(written=0, pending=50, dropped=30)
        assert ledger.flush() == Flushed(written=50, pending=0, dropped=30)
        (loss,) = ledger.losses
        assert (loss.dropped, loss.at_most) == (30, 0)
        spent = ledger.spend()
        assert (spent.total.calls, spent.dropped, spent.at_most) == (51, 30, 0)
        assert "30 operations are missing" in spent._repr_html_()
        for _ in range(50):
            ledger.record(record())
        assert ledger.flush() == Flushed(written=100, pending=0, dropped=30)
    told = [r.getMessage() for r in caplog.records if "no more room" in r.getMessage()]
    assert told == [
        (
            "the ledger has 50 waiting, and no more room: operations are dropped and counted; "
            "calls go on"
        )
    ]
    (after,) = Ledger(path).losses
    assert (after.pid, after.written, after.dropped, after.at_most) == (loss.pid, 100, 30, 0)


def test_it_can_be_waited_for(path):
    with Ledger(path, queue=10, when_full="wait", max_wait=30) as ledger:
        with locked(path):
            for _ in range(10):
                ledger.record(record())
            more = threading.Thread(target=lambda: [ledger.record(record()) for _ in range(100)])
            more.start()
            assert ledger.flush(0.05).pending == 10
            assert more.is_alive()
        more.join(30)
        assert ledger.flush() == Flushed(written=110, pending=0, dropped=0)


def test_the_writer_does_not_wait_for_itself(path):
    """What is left as garbage is recorded where that is collected, in its thread too."""
    with Ledger(path, queue=1, when_full="wait", max_wait=300) as ledger, locked(path):
        ledger.record(record())
        backlog = ledger._writer().backlog
        backlog.writer = threading.get_ident()
        ledger.record(record())
        assert ledger.close(0) == Flushed(written=0, pending=0, dropped=2)


def test_waiting_ends(path):
    with Ledger(path, queue=1, when_full="wait", max_wait=0.01) as ledger, locked(path):
        ledger.record(record())
        ledger.record(record())
        assert ledger.flush(0) == Flushed(written=0, pending=1, dropped=1)
        assert ledger.close(0) == Flushed(written=0, pending=0, dropped=2)


def test_who_waits_is_let_go_when_it_is_closed(path):
    with Ledger(path, queue=1, when_full="wait", max_wait=300) as ledger:
        with locked(path):
            ledger.record(record())
            waiting = threading.Thread(target=lambda: ledger.record(record()))
            waiting.start()
            assert ledger.close(0).dropped >= 1
            waiting.join(30)
            assert not waiting.is_alive()
        assert ledger.flush() == Flushed(written=0, pending=0, dropped=2)


def test_what_is_taken_and_not_yet_written_counts_as_waiting(path):
    """So the bound of the queue is the bound of what a crash can lose."""
    with Ledger(path, queue=600) as ledger, locked(path):
        for _ in range(2_000):
            ledger.record(record())
        done = ledger.flush(0.1)
        assert (done.pending, done.dropped) == (600, 1_400)
        ledger.close(0)


def test_a_call_is_answered_while_there_is_no_room(path, fake_provider):
    provider = unillm.Provider("fake", base_url=fake_provider.base_url, api_key="k")
    ledger = Ledger(path, queue=2)
    with locked(path), unillm.Client(providers=[provider], ledger=ledger) as client:
        for _ in range(5):
            assert client.chat("Hi", model="fake:m").text == "You said: Hi"
    assert ledger.close() == Flushed(written=2, pending=0, dropped=3)
