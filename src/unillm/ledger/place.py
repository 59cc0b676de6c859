"""Where a ledger is: a file, or a schema of a PostgreSQL database."""

from __future__ import annotations

import os
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit, urlunsplit

from unillm.errors import InvalidRequestError
from unillm.types.dataclass import dataclass

if TYPE_CHECKING:
    from unillm.ledger.connection import Connection

_SCHEMA = "unillm"
_MEANT = (
    "a path such as 'ledger.db', sqlite:///ledger.db, or "
    "postgresql://user@host/database (extra `postgres`)"
)


class Place(Protocol):
    """Where a ledger is.

    Attributes:
        shown: How it is told, without a password.
    """

    @property
    def shown(self) -> str:
        """Return how it is told, without a password."""
        ...

    def check(self) -> None:
        """Refuse what cannot be one, as far as that is seen without opening it.

        Raises:
            InvalidRequestError: The message says why, and what to do.
        """
        ...

    def open(self) -> Connection:
        """Open it to write; make it if need be."""
        ...

    def open_to_read(self) -> Connection:
        """Open it to read."""
        ...

    def poison(self) -> tuple[type[Exception], ...]:
        """Return what is raised because of a row, and not because of the database."""
        ...

    def said(self, error: Exception) -> str:
        """Return what a failure says, without secrets."""
        ...


@dataclass(frozen=True, slots=True)
class FilePlace:
    """A file of SQLite's; durable: what is committed survives a loss of power too."""

    path: Path
    durable: bool = False

    @property
    def shown(self) -> str:
        """Return the path."""
        return str(self.path)

    def check(self) -> None:
        """Refuse a path at which there can be none.

        Raises:
            InvalidRequestError: The message says why, and what to do.
        """
        from unillm.ledger import sqlite

        sqlite.check(self.path)

    def open(self) -> Connection:
        """Open it to write; make it if need be."""
        from unillm.ledger import sqlite

        return sqlite.opened(self.path, durable=self.durable)

    def open_to_read(self) -> Connection:
        """Open it to read.

        Raises:
            InvalidRequestError: There is none.
        """
        from unillm.ledger import sqlite

        return sqlite.opened_to_read(self.path)

    def poison(self) -> tuple[type[Exception], ...]:
        """Return what is raised because of a row, and not because of the database."""
        from unillm.ledger import sqlite

        return sqlite.POISON

    def said(self, error: Exception) -> str:
        """Return what a failure says."""
        return f"{type(error).__name__}: {error}"


@dataclass(frozen=True, slots=True)
class ServerPlace:
    """A schema of a PostgreSQL database."""

    dsn: str = field(repr=False)
    schema: str
    shown: str
    secrets: tuple[str, ...] = field(repr=False)

    def check(self) -> None:
        """Refuse a URL that is none, or one that nothing here can use.

        Raises:
            InvalidRequestError: The message says why, and what to do.
        """
        try:
            from psycopg.conninfo import conninfo_to_dict
        except ImportError as missing:
            raise InvalidRequestError(
                'a ledger in PostgreSQL needs psycopg: pip install "unillm-sdk[postgres]"'
            ) from missing
        try:
            conninfo_to_dict(self.dsn)
        except Exception:  # noqa: BLE001 - whatever it says may quote the password
            valid = False
        else:
            valid = True
        if not valid:
            raise InvalidRequestError("ledger=… is no URL that PostgreSQL's library can read")

    def open(self) -> Connection:
        """Connect to write; make the tables if need be."""
        from unillm.ledger import postgres

        return postgres.opened(self.dsn, self.schema)

    def open_to_read(self) -> Connection:
        """Connect to read.

        Raises:
            InvalidRequestError: There is none.
        """
        from unillm.ledger import postgres

        return postgres.opened_to_read(self.dsn, self.schema, self.shown)

    def poison(self) -> tuple[type[Exception], ...]:
        """Return what is raised because of a row, and not because of the database."""
        from unillm.ledger import postgres

        return postgres.poison()

    def said(self, error: Exception) -> str:
        """Return what a failure says, without the password or what a row holds."""
        diagnosis = getattr(error, "diag", None)
        said = getattr(diagnosis, "message_primary", None) or str(error)
        for secret in self.secrets:
            said = said.replace(secret, "…")
        return f"{type(error).__name__}: {' '.join(said.split())}"


def place_of(given: Any, *, durable: bool = False) -> Place:
    """Return the place that a path or a URL names.

    Raises:
        InvalidRequestError: It names none.
    """
    if isinstance(given, str) and "://" in given:
        return _of_url(given, durable=durable)
    try:
        path: Any = os.fspath(given)
    except TypeError:
        path = None
    if not isinstance(path, str) or not path:
        shown = "''" if path == "" else type(given).__name__
        raise InvalidRequestError(f"a ledger is {_MEANT}, or a unillm.Ledger; not {shown}")
    if path == ":memory:":
        raise InvalidRequestError("a ledger in memory is read by nobody else: name a file")
    return FilePlace(Path(path).expanduser().absolute(), durable)


def _of_url(url: str, *, durable: bool) -> Place:
    scheme = url.partition("://")[0].lower()
    if scheme == "sqlite":
        rest = url[len("sqlite://") :]
        if not rest.startswith("/") or len(rest) == 1 or "?" in rest:
            raise InvalidRequestError(
                "a URL of a file is sqlite:///relative/path.db or sqlite:////absolute/path.db"
            )
        return FilePlace(Path(unquote(rest[1:])).expanduser().absolute(), durable)
    if scheme not in {"postgresql", "postgres"}:
        raise InvalidRequestError(f"a ledger is {_MEANT}; not a URL of {scheme!r}")
    parts = _parts(url)
    if parts is None:  # why not is not said: it may quote the password
        raise InvalidRequestError(f"the URL of the ledger cannot be read; it is {_MEANT}")
    return _of_server(parts)


def _parts(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _of_server(parts: SplitResult) -> ServerPlace:
    query = parse_qsl(parts.query, keep_blank_values=True)
    given = dict(query)
    schema = given.pop("schema", _SCHEMA)
    if not schema or len(schema) > 63 or "\x00" in schema:
        raise InvalidRequestError("the schema of a ledger is a name of 1 to 63 characters")
    secrets = {parts.password or "", given.get("password", ""), given.get("sslpassword", "")}
    secrets |= {unquote(secret) for secret in secrets}
    secrets |= {quote(secret, safe="") for secret in secrets}
    # libpq knows no plus sign for a space.
    kept = "&".join(f"{k}={quote(v, safe='')}" for k, v in query if k != "schema")
    dsn = urlunsplit(("postgresql", parts.netloc, parts.path, kept, ""))
    whom = f"{parts.username}@" if parts.username else ""
    where = parts.netloc.rpartition("@")[2]
    return ServerPlace(
        dsn=dsn,
        schema=schema,
        shown=f"postgresql://{whom}{where}{parts.path}",
        secrets=tuple(sorted(filter(None, secrets), key=len, reverse=True)),
    )
