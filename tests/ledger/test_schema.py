"""Ledgers of other releases: older ones are brought up to date, newer ones are left alone."""

import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing

import pytest

import unillm
from tests.ledger.made import attempt, record
from unillm.ledger import Flushed, Ledger, schema
from unillm.ledger.place import place_of

NOW, NEXT, AFTER = (str(len(schema.STEPS) + more) for more in range(3))
STEP = (
    "ALTER TABLE operations ADD COLUMN colour TEXT",
    "CREATE INDEX operations_by_colour ON operations (colour)",
)


@pytest.fixture
def later(monkeypatch):
    """Give what makes this process a later release, with one step more."""

    def become(*steps):
        steps = tuple(steps) or (STEP,)
        monkeypatch.setattr("unillm.ledger.schema.STEPS", (*schema.STEPS, *steps))
        for module in ("sqlite", "postgres"):
            monkeypatch.setattr(f"unillm.ledger.{module}.STEPS", schema.STEPS)

    return become


def filled(where):
    with Ledger(where) as ledger:
        ledger.record(record(attempt("1")))


@pytest.mark.parametrize("by", ["writing", "reading"])
def test_an_older_ledger_is_brought_up_to_date(where, later, rows, by):
    filled(where)
    later()
    if by == "writing":
        filled(where)
    expected = 2 if by == "writing" else 1
    assert Ledger(where).spend().total.calls == expected
    assert rows("SELECT value FROM meta WHERE name = 'version'") == [(NEXT,)]
    assert rows("SELECT cost, colour FROM operations") == [(10**9, None)] * expected


def test_several_steps_are_taken_at_once(where, later, rows):
    filled(where)
    later(STEP, ("UPDATE operations SET colour = 'blue'",))
    filled(where)
    assert rows("SELECT value FROM meta WHERE name = 'version'") == [(AFTER,)]
    assert sorted(rows("SELECT colour FROM operations"), key=str) == [("blue",), (None,)]


def test_a_step_that_fails_changes_nothing(where, later, caplog):
    filled(where)
    later((*STEP, "INSERT INTO nowhere VALUES (1)"))
    ledger = Ledger(where)
    ledger.record(record())
    assert ledger.close(0.2) == Flushed(written=0, pending=0, dropped=1)
    assert "nowhere" in caplog.text
    with pytest.raises(unillm.LedgerError, match="nowhere"):
        ledger.spend()


def test_what_a_failed_step_left_is_still_the_older_ledger(where, later, rows, monkeypatch):
    filled(where)
    with monkeypatch.context():
        later((*STEP, "INSERT INTO nowhere VALUES (1)"))
        with pytest.raises(unillm.LedgerError):
            Ledger(where).spend()
        monkeypatch.undo()
    assert rows("SELECT value FROM meta WHERE name = 'version'") == [(NOW,)]
    assert Ledger(where).spend().total.calls == 1


def test_a_newer_ledger_is_refused_with_what_to_do(where, later, monkeypatch, caplog):
    with monkeypatch.context():
        later()
        filled(where)
        monkeypatch.undo()
    words = f"version {NEXT} of the tables, and this release of unillm knows {NOW}: install a newer"
    if "://" not in where:
        with pytest.raises(unillm.InvalidRequestError, match=words):
            Ledger(where)
        return
    ledger = Ledger(where)
    with pytest.raises(unillm.LedgerError, match=words):
        ledger.spend()
    ledger.record(record())
    assert ledger.close(0).dropped == 1
    assert words in caplog.text


def test_processes_that_make_a_ledger_at_the_same_time_make_one(where):
    program = """
        import sys
        from tests.ledger.made import record
        from unillm.ledger import Ledger
        with Ledger(sys.argv[1]) as ledger:
            sys.stdin.read(1)
            ledger.record(record(operation=sys.argv[2]))
            assert ledger.flush(60).pending == 0
    """
    children = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(program), where, str(number)],
            stdin=subprocess.PIPE,
        )
        for number in range(4)
    ]
    for child in children:
        child.stdin.close()  # pyright: ignore[reportOptionalMemberAccess]
    assert [child.wait(60) for child in children] == [0] * 4
    assert Ledger(where).spend().total.calls == 4


def test_the_database_of_another_program_is_left_alone(tmp_path, caplog):
    path = tmp_path / "theirs.db"
    with closing(sqlite3.connect(path)) as theirs:
        theirs.execute("CREATE TABLE notes (text)")
        theirs.commit()
        with pytest.raises(unillm.InvalidRequestError, match="database of another program"):
            Ledger(path)
        empty = tmp_path / "empty.db"
        ledger = Ledger(empty)
        with closing(sqlite3.connect(empty)) as made:
            made.execute("CREATE TABLE notes (text)")
            made.commit()
        ledger.record(record())
        assert ledger.close(0).dropped == 1
    assert "database of another program" in caplog.text
    with closing(sqlite3.connect(path)) as theirs:
        assert theirs.execute("SELECT name FROM sqlite_master").fetchall() == [("notes",)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", None),
        (b"not a database at all", "is no database of SQLite's"),
        (b"SQLite format 3\x00" + b"\xff" * 200, "cannot be used|l.db"),
    ],
    ids=["empty", "text", "broken"],
)
def test_a_file_that_is_no_ledger_is_refused_at_once(tmp_path, content, words):
    path = tmp_path / "l.db"
    path.write_bytes(content)
    if words is None:
        filled(path)
        assert Ledger(path).spend().total.calls == 1
        return
    with pytest.raises(unillm.InvalidRequestError, match=words):
        Ledger(path)
    assert path.read_bytes() == content


def test_the_tables_are_the_same_in_both_databases(tmp_path, schema):
    def columns(where, sql):
        filled(where)
        with closing(place_of(where).open()) as connection:
            return sorted(connection.rows(sql))

    in_file = columns(
        str(tmp_path / "l.db"),
        'SELECT m.name, c.name, c."notnull" FROM sqlite_master m, pragma_table_info(m.name) c '
        "WHERE m.type = 'table'",
    )
    on_server = columns(
        schema,
        "SELECT table_name::text, column_name::text, "
        "CASE is_nullable WHEN 'NO' THEN 1 ELSE 0 END FROM information_schema.columns "
        "WHERE table_schema = current_schema()",
    )
    keys = {("sessions", "id"), ("prices", "id"), ("meta", "name")}  # NULL is kept out there too
    assert [row for row in in_file if row[:2] not in keys] == [
        row for row in on_server if row[:2] not in keys
    ]
