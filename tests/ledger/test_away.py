"""A database that is away, full, broken or moved costs no call, and no operation that had room."""

import os
import resource
import subprocess
import sys
import textwrap
import time
from contextlib import closing

import pytest

import unillm
from tests.ledger.made import attempt, record
from unillm.ledger import Flushed, Ledger
from unillm.ledger.place import place_of


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr("unillm.ledger.sqlite._PATIENCE", 0.05)
    monkeypatch.setattr("unillm.ledger.desk.LONGEST_PAUSE", 0.05)


def told(caplog):
    return [r.getMessage() for r in caplog.records]


def test_a_deleted_file_is_made_again(tmp_path, caplog):
    path = tmp_path / "l.db"
    with Ledger(path) as ledger:
        ledger.record(record(attempt("1")))
        ledger.flush()
        for file in tmp_path.iterdir():
            file.unlink()
        ledger.record(record(attempt("2")))
        assert ledger.flush() == Flushed(written=2, pending=0, dropped=0)
        assert ledger.spend().total.cost.total == 2
    assert told(caplog) == []


def test_a_file_deleted_while_it_is_written_loses_nothing(tmp_path, monkeypatch, caplog):
    from unillm.ledger import store

    path = tmp_path / "l.db"
    write = store.write

    def writes(connection, batch):
        done = write(connection, batch)
        if moves:
            moves.pop()
            path.unlink()
        return done

    moves = [1]
    monkeypatch.setattr("unillm.ledger.store.write", writes)
    with Ledger(path) as ledger:
        ledger.record(record())
        assert ledger.flush() == Flushed(written=1, pending=0, dropped=0)
        assert ledger.spend().total.calls == 1
    assert "the file was moved or deleted" in told(caplog)[0]
    assert "is written again" in told(caplog)[1]


def test_a_folder_that_is_gone_is_waited_for(tmp_path, caplog):
    folder = tmp_path / "inner"
    folder.mkdir()
    with Ledger(folder / "l.db") as ledger:
        folder.rmdir()
        for _ in range(3):
            ledger.record(record())
        assert ledger.flush(0.1) == Flushed(written=0, pending=3, dropped=0)
        folder.mkdir()
        assert ledger.flush() == Flushed(written=3, pending=0, dropped=0)
    first, second = told(caplog)
    assert "cannot be written (OperationalError: the file cannot be made" in first
    assert "operations wait, 10000 at the most; calls go on" in first
    assert "is written again; operations dropped so far: 0" in second


def test_a_database_that_stays_away_is_given_up_at_the_end(tmp_path, caplog):
    folder = tmp_path / "inner"
    folder.mkdir()
    ledger = Ledger(folder / "l.db")
    folder.rmdir()
    for _ in range(700):
        ledger.record(record())
    began = time.monotonic()
    assert ledger.close(0.1) == Flushed(written=0, pending=0, dropped=700)
    assert time.monotonic() - began < 5
    assert "700 operations are lost: the ledger" in caplog.text


def test_a_file_that_breaks_costs_no_call(tmp_path, fake_provider, caplog):
    path = tmp_path / "l.db"
    with Ledger(path) as ledger:
        ledger.record(record())
    path.write_bytes(path.read_bytes()[:4096] + os.urandom(30_000))
    provider = unillm.Provider("fake", base_url=fake_provider.base_url, api_key="k")
    ledger = Ledger(path)
    with unillm.Client(providers=[provider], ledger=ledger) as client:
        assert client.chat("Hi", model="fake:m").text == "You said: Hi"
        assert ledger.flush(0.2) == Flushed(written=0, pending=1, dropped=0)
        with pytest.raises(unillm.LedgerError, match=r"l\.db cannot be used: DatabaseError.*aside"):
            ledger.spend()
    assert ledger.close(0).dropped == 1
    assert "DatabaseError" in caplog.text


FULL = """
    import resource, signal, sys
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    from tests.ledger.made import record
    from unillm.ledger import Ledger
    ledger = Ledger(sys.argv[1])
    ledger.record(record())
    ledger.flush()
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
    for _ in range(5_000):
        ledger.record(record(session="x" * 200))
    full = ledger.flush(1.0)
    assert full.pending > 0, full
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    print(ledger.flush(60.0))
    ledger.close()
"""


def test_a_full_disk_is_waited_for(tmp_path):
    done = run(FULL, tmp_path / "l.db")
    assert done.stdout == "Flushed(written=5001, pending=0, dropped=0)\n"
    with closing(place_of(str(tmp_path / "l.db")).open()) as connection:
        assert connection.rows("PRAGMA integrity_check") == [("ok",)]
        assert connection.rows("SELECT COUNT(*) FROM operations") == [(5_001,)]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def run(program, *given):
    """Run a program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), *map(str, given)],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )


def test_a_server_that_drops_its_connections_is_asked_anew(schema, caplog):
    import psycopg

    url = schema.partition("?")[0]
    with Ledger(schema) as ledger:
        ledger.record(record())
        ledger.flush()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'unillm' AND query LIKE '%sessions%'"
            )
        for _ in range(3):
            ledger.record(record())
        assert ledger.flush() == Flushed(written=4, pending=0, dropped=0)
        assert ledger.spend().total.calls == 4
    assert len(told(caplog)) in {0, 2}  # it may have seen the end before it wrote


def test_a_server_that_is_not_there_costs_no_call_and_tells_no_password(fake_provider, caplog):
    provider = unillm.Provider("fake", base_url=fake_provider.base_url, api_key="k")
    ledger = Ledger("postgresql://ann:p%40ssw0rd@127.0.0.1:1/db", queue=1)
    with unillm.Client(providers=[provider], ledger=ledger) as client:
        for _ in range(3):
            assert client.chat("Hi", model="fake:m").text == "You said: Hi"
    with pytest.raises(unillm.LedgerError) as caught:
        ledger.spend()
    assert ledger.close(0) == Flushed(written=0, pending=0, dropped=3)
    assert "postgresql://ann@127.0.0.1:1/db cannot be" in caplog.text
    for text in (caplog.text, str(caught.value), repr(caught.value.__cause__)):
        assert "p@ssw0rd" not in text
        assert "p%40ssw0rd" not in text


def test_a_table_that_is_dropped_is_told_once_and_waited_for(schema, caplog):
    with Ledger(schema) as ledger:
        ledger.record(record())
        ledger.flush()
        with closing(place_of(schema).open()) as connection:
            connection.rows("ALTER TABLE attempts RENAME TO elsewhere")
            ledger.record(record())
            assert ledger.flush(0.3).pending == 1
            connection.rows("ALTER TABLE elsewhere RENAME TO attempts")
        assert ledger.flush() == Flushed(written=2, pending=0, dropped=0)
    assert ["cannot be written" in line for line in told(caplog)] == [True, False]
