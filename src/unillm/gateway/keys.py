"""The key of a gateway and its seal, made once and kept where their owner alone reads them."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import field
from pathlib import Path

from pydantic_core import from_json, to_json

from unillm.errors import InvalidRequestError
from unillm.types.dataclass import dataclass
from unillm.types.json import is_object

_MODE, _FOLDER = 0o600, 0o700
_OTHERS = 0o077
_BYTES = 32
_MOST = 65_536
"""Bytes that are read of a file of keys, which has far fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What a gateway keeps to itself.

    Attributes:
        key: What clients show.
        seal: What thinking is signed with.
        is_new: Whether they were made just now.
    """

    key: str = field(repr=False)
    seal: bytes = field(repr=False)
    is_new: bool = False


def kept_keys(path: Path) -> Keys:
    """Return the keys of a file, which is made if there is none.

    Raises:
        InvalidRequestError: The file is none of these, others may read it, or it cannot be made.
    """
    try:
        return _read(path)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise InvalidRequestError(f"{path} cannot be read: {error.strerror}") from error
    made = {"key": f"unillm-{secrets.token_urlsafe(_BYTES)}", "seal": secrets.token_hex(_BYTES)}
    try:
        path.parent.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
        _write(path, to_json(made))
        return Keys(key=made["key"], seal=bytes.fromhex(made["seal"]), is_new=True)
    except FileExistsError:
        return _read_of_another(path)
    except OSError as error:
        raise InvalidRequestError(f"{path} cannot be made: {error.strerror}") from error


def _read_of_another(path: Path) -> Keys:
    """Return the keys that another process has made meanwhile."""
    try:
        return _read(path)
    except OSError as error:  # or it is a link to what is not there
        raise InvalidRequestError(f"{path} cannot be read: {error.strerror}") from error


def _write(path: Path, text: bytes) -> None:
    """Write a file that is not there yet: whole, or not at all."""
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    opened = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    try:
        with os.fdopen(opened, "wb") as file:
            file.write(text)
        os.link(beside, path)
    finally:
        with suppress(OSError):
            beside.unlink()


def _read(path: Path) -> Keys:
    with path.open("rb") as file:
        # Of the file that is read, whatever the path leads to a moment later.
        known = os.fstat(file.fileno())
        text = file.read(_MOST)
    if known.st_mode & _OTHERS:
        raise InvalidRequestError(f"{path} may be read by others: chmod 600 {path}")
    try:
        found = from_json(text)
        key, seal = found["key"], bytes.fromhex(found["seal"])
    except (ValueError, KeyError, TypeError):
        found = None
        key, seal = "", b""
    if not is_object(found) or not isinstance(key, str) or not key or not seal:
        raise InvalidRequestError(f"{path} is no file of keys: move it away, and one is made")
    return Keys(key=key, seal=seal)
