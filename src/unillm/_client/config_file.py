"""A client's configuration as a file: ``unillm.toml``, or a table of ``pyproject.toml``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unillm._client.config import environment
from unillm._client.config_made import made
from unillm._client.constraining import constraints_given
from unillm._client.toml import Document
from unillm.errors import InvalidRequestError
from unillm.types.json import is_iterable, is_mapping, is_object

NAME = "unillm.toml"
VARIABLE = "UNILLM_CONFIG"
_PROJECT = "pyproject.toml"
_TABLE = ("tool", "unillm")
_MOST_BYTES = 4_000_000
"""More than this no file has whose characters are few enough for a configuration."""
_ADDED = ("routes", "tags", "extra_body", "extra_headers", "extra_query")
"""Options that are mappings: what is given in code is added to what the file has."""


def configured(path: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a client: those of the file, and over them what is given in code.

    Raises:
        InvalidRequestError: There is no file, or a mistake in it.
    """
    document = found(path)
    options = made(document, _said(document), given)
    for name, value in given.items():
        if value is None:
            continue
        kept = options.get(name)
        if name in _ADDED and is_mapping(kept) and is_mapping(value):
            options[name] = {**kept, **value}
        elif name == "budget" and kept is not None:
            options[name] = (*_several(kept), *_several(value))
        elif name == "constraints" and kept is not None:
            options[name] = options[name] & constraints_given(value)
        else:
            options[name] = value
    return options


def _several(value: Any) -> tuple[Any, ...]:
    return tuple(value) if is_iterable(value) else (value,)


def found(path: Any = None) -> Document:
    """Return the file that is meant: the one given, or that of the environment, or of the project.

    Raises:
        InvalidRequestError: There is none, or it cannot be read.
    """
    if path is not None:
        if not isinstance(path, str | os.PathLike) or not path:
            raise InvalidRequestError(f"path must be that of a {NAME}, not {path!r}")
        return _document(Path(os.fspath(path)), "the path given")
    told = environment().get(VARIABLE, "").strip()
    if told:
        return _document(Path(told), VARIABLE)
    return _of_project(Path.cwd())


def is_there(path: Any = None) -> bool:
    """Tell whether a file is meant: one is given, or named by the environment, or the project's."""
    told = path is not None or environment().get(VARIABLE, "").strip()
    return bool(told) or _in(_folders(Path.cwd())) is not None


def _of_project(here: Path) -> Document:
    folders = _folders(here)
    document = _in(folders)
    if document is not None:
        return document
    looked = str(here) if len(folders) == 1 else f"{here} and above it, up to {folders[-1]}"
    raise InvalidRequestError(
        f"no {NAME}, and no [tool.unillm] in a {_PROJECT}, in {looked}: give from_config a path, "
        f"or set {VARIABLE}"
    )


def _folders(here: Path) -> list[Path]:
    """Return where a project's file may be: here, and above as far as where its repository begins.

    Outside of a repository nothing above is looked at: whoever can write there would say who is
    sent what.
    """
    above = [here, *here.parents]
    root = next((place for place, one in enumerate(above) if (one / ".git").exists()), 0)
    return above[: root + 1]


def _in(folders: list[Path]) -> Document | None:
    """Return the first file there is; None: there is none."""
    for folder in folders:
        if (folder / NAME).is_file():
            return _document(folder / NAME, "")
        project = folder / _PROJECT
        if project.is_file():
            document = _text(project)
            if _within(document.read()) is not None:
                return Document(document.path, document.text, _TABLE)
    return None


def _document(path: Path, told: str) -> Document:
    if path.is_dir():
        path /= NAME
    document = _text(path, told)
    if path.name != _PROJECT:
        return document
    return Document(document.path, document.text, _TABLE)


def _text(path: Path, told: str = "") -> Document:
    try:
        with path.open("rb") as file:  # it may have no end, such as /dev/zero
            read = file.read(_MOST_BYTES + 1)
        if len(read) > _MOST_BYTES:
            raise InvalidRequestError(f"{path} is larger than 4 MB: this is no configuration")
        return Document(path, read.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InvalidRequestError(f"{path}: this is no text in UTF-8, as TOML is") from None
    except (OSError, ValueError) as error:  # ValueError: a path with a null byte
        why = error.strerror if isinstance(error, OSError) else str(error)
        by = f" ({told})" if told else ""
        raise InvalidRequestError(f"{path} cannot be read{by}: {why}") from None


def _said(document: Document) -> Any:
    """Return what a document says of clients."""
    data = document.read()
    if not document.above:
        return data
    said = _within(data)
    if said is None:
        raise InvalidRequestError(f"{document.path} has no table [tool.unillm]")
    return said


def _within(data: dict[str, Any]) -> Any:
    value: Any = data
    for key in _TABLE:
        if not is_object(value) or key not in value:
            return None
        value = value[key]
    return value
