"""What may be given as the place of a ledger, and what is said of what may not."""

import sys
from pathlib import Path

import pytest

import unillm
from tests.ledger.made import record
from unillm.ledger import Ledger
from unillm.ledger.place import FilePlace, ServerPlace, place_of


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("l.db", "l.db"),
        (Path("a/l.db"), "a/l.db"),
        ("sqlite:///a/l.db", "a/l.db"),
        ("sqlite:////tmp/l.db", "/tmp/l.db"),
        ("SQLite:///a%20b.db", "a b.db"),
        ("~/l.db", str(Path("~/l.db").expanduser())),
        ("odd?name#100%.db", "odd?name#100%.db"),
    ],
    ids=["name", "path", "url", "absolute", "escaped", "home", "odd"],
)
def test_a_file_is_named_by_a_path_or_a_url(given, path):
    place = place_of(given)
    assert isinstance(place, FilePlace)
    assert place.path == Path.cwd() / path


def test_a_program_may_go_elsewhere_before_the_first_row(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Ledger("l.db") as ledger:
        (tmp_path / "below").mkdir()
        monkeypatch.chdir(tmp_path / "below")
        ledger.record(record())
    assert (tmp_path / "l.db").exists()


def test_odd_names_of_files_are_that_file(tmp_path):
    path = tmp_path / "odd?mode=ro#100% é.db"
    with Ledger(path) as ledger:
        ledger.record(record())
        assert ledger.spend().total.calls == 1
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("", "a ledger is a path such as 'ledger.db'.*; not ''"),
        (None, "not NoneType"),
        (7, "not int"),
        (b"l.db", "not bytes"),
        (":memory:", "in memory is read by nobody else"),
        ("sqlite://l.db", "sqlite:///relative/path.db"),
        ("sqlite:///", "sqlite:///relative/path.db"),
        ("sqlite:///l.db?mode=ro", "sqlite:///relative/path.db"),
        ("mysql://host/db", "not a URL of 'mysql'"),
        ("postgresql://host/db?schema=", "1 to 63 characters"),
        ("postgresql://[::1/db", "cannot be read"),
        ("/nowhere/at/all/l.db", "there is no folder '/nowhere/at/all'"),
        ("/tmp", "is a folder: name a file in it"),
    ],
    ids=str,
)
def test_what_names_no_place_is_refused(given, words):
    with pytest.raises(unillm.InvalidRequestError, match=words):
        Ledger(given)


def test_a_folder_that_may_not_be_written_to_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(unillm.InvalidRequestError, match="nobody may write"):
        Ledger(tmp_path / "l.db")


def test_a_file_that_may_not_be_read_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "l.db"
    path.touch()

    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(unillm.InvalidRequestError, match="cannot be read"):
        Ledger(path)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:s3cr%2Ft@db.example:5433/app?schema=money&sslmode=require",
        "postgres://db.example:5433/app?user=ann&password=s3cr%2Ft&schema=money&sslmode=require",
    ],
    ids=["before", "behind"],
)
def test_a_server_is_named_by_a_url_and_told_without_its_password(url):
    from psycopg.conninfo import conninfo_to_dict

    place = place_of(url)
    assert isinstance(place, ServerPlace)
    assert place.schema == "money"
    known = conninfo_to_dict(place.dsn)
    assert (known["user"], known["password"], known["host"]) == ("ann", "s3cr/t", "db.example")
    assert (known["port"], known["dbname"], known["sslmode"]) == ("5433", "app", "require")
    for text in (repr(place), place.shown, place.said(ValueError("s3cr/t and s3cr%2Ft"))):
        assert "s3cr" not in text
    assert place_of("postgresql://h/db").schema == "unillm"  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    "url",
    ["postgresql://ann:s3cret%zz@h/db", "postgresql://ann:s3cret@h/db?nonsense=s3cret"],
    ids=["escape", "option"],
)
def test_a_url_that_cannot_be_read_is_refused_without_being_quoted(url):
    with pytest.raises(unillm.InvalidRequestError, match="no URL that PostgreSQL's") as caught:
        Ledger(url)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_without_psycopg_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg.conninfo", None)
    with pytest.raises(unillm.InvalidRequestError, match=r"unillm-sdk\[postgres\]"):
        Ledger("postgresql://h/db")
