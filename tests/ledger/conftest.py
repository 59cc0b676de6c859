"""Ledgers in both databases."""

import os
import socket
import uuid
from contextlib import closing

import pytest

from unillm.ledger import Ledger
from unillm.ledger.place import place_of

SERVER = os.environ.get("UNILLM_TEST_POSTGRES", "postgresql://root@127.0.0.1:5432/test")
START = (
    "no PostgreSQL at 127.0.0.1:5432: docker run -p 5432:5432 -e POSTGRES_USER=root "
    "-e POSTGRES_DB=test -e POSTGRES_HOST_AUTH_METHOD=trust postgres; "
    "or UNILLM_TEST_POSTGRES=<url>"
)


def server_url():
    """Give the URL of the server of the tests, or skip."""
    if "UNILLM_TEST_POSTGRES" not in os.environ:
        with closing(socket.socket()) as probe:
            probe.settimeout(2)
            if probe.connect_ex(("127.0.0.1", 5432)):
                pytest.skip(START)
    return SERVER


@pytest.fixture
def schema():
    """Give the URL of a schema of its own, which is gone afterwards."""
    import psycopg

    name = f"unillm_test_{uuid.uuid4().hex[:12]}"
    url = server_url()
    yield f"{url}?schema={name}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET client_min_messages = warning")
        connection.execute(f'DROP SCHEMA IF EXISTS "{name}" CASCADE'.encode())


@pytest.fixture(params=["sqlite", "postgres"])
def where(request, tmp_path):
    """Give a place for a ledger, in each database."""
    if request.param == "sqlite":
        return str(tmp_path / "ledger.db")
    return request.getfixturevalue("schema")


@pytest.fixture
def ledger(where):
    with Ledger(where) as opened:
        yield opened


@pytest.fixture
def rows(where):
    """Give what runs a statement on a ledger, beside the ledger."""

    def run(sql, values=()):
        with closing(place_of(where).open()) as connection:
            return connection.rows(sql, values)

    return run
