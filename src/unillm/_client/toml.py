"""A TOML document, and where in it something is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from unillm.errors import InvalidRequestError
from unillm.types.dataclass import dataclass
from unillm.types.json import is_list, is_object

Keys: TypeAlias = tuple[str | int, ...]
"""Where a value is: keys, and places in arrays."""

_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_LARGEST = 1_000_000
"""Characters. A configuration has fewer."""
_LONGEST = 200
"""Lines of one value, when it is looked for: each is read with all before it."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says. Figures with a point are Decimals: some of them are money."""

    path: Path
    text: str = field(repr=False)
    above: Keys = ()
    """The table that is meant, in a file that is about other things too."""

    def read(self) -> dict[str, Any]:
        """Return what it says, all tables.

        Raises:
            InvalidRequestError: It is no TOML; the message says where.
        """
        import tomllib

        if len(self.text) > _LARGEST:
            self.refuse((), f"it has more than {_LARGEST:,} characters: this is no configuration")
        try:
            return _parsed(self.text)
        except tomllib.TOMLDecodeError as error:
            message = str(error)
            found = _AT.search(message)
            last = self.text.count("\n") + 1
            line = (f":{found[1]}:{found[2]}" if found[1] else f":{last}") if found else ""
            what = message[: found.start()] if found else message
            raise InvalidRequestError(f"{self.path}{line}: this is no TOML: {what}") from None
        except (RecursionError, ValueError) as error:  # nested too deep; a number of 5,000 digits
            raise InvalidRequestError(f"{self.path}: this cannot be read: {error}") from None

    def refuse(self, keys: Keys, message: str) -> NoReturn:
        """Say what is wrong, and where.

        Raises:
            InvalidRequestError: Always.
        """
        line = self.line_of(keys)
        place = f"{self.path}:{line}" if line else f"{self.path}"
        named = f" {dotted(keys)}:" if keys else ""
        raise InvalidRequestError(f"{place}:{named} {message}") from None

    def line_of(self, keys: Keys) -> int | None:
        """Return the line in which a value or a table is begun; None: that cannot be told."""
        wanted = (*self.above, *keys)
        if not wanted:
            return None
        table: Keys = ()
        arrays: dict[Keys, int] = {}
        for line, is_header, said in _statements(self.text):
            if is_header:
                table = _header(said, arrays)
                if table[: len(wanted)] == wanted:
                    return line
            elif wanted[: len(table)] == table and _has(said, wanted[len(table) :]):
                return line
        return None


def _parsed(text: str) -> dict[str, Any]:
    import tomllib

    return tomllib.loads(text, parse_float=Decimal)


def _statements(text: str) -> Iterator[tuple[int, bool, dict[str, Any]]]:
    """Give each statement of a valid document: its line, whether it begins a table, what it says.

    A part of a statement is none: the shortest beginning that can be read is the whole of it.
    """
    begun: list[str] = []
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        begun.append(line)
        if len(begun) == 1 and not line.strip(" \t"):
            begun.clear()
            continue
        try:
            said = _parsed("\n".join(begun))
        except ValueError:
            if len(begun) > _LONGEST:
                return
            continue
        if said:
            yield number - len(begun) + 1, begun[0].lstrip().startswith("["), said
        begun.clear()


def _header(said: dict[str, Any], arrays: dict[Keys, int]) -> Keys:
    """Return the table that a header begins, and count those of arrays."""
    way: list[str | int] = []
    value: Any = said
    while is_object(value) and value:
        (name,) = value
        way.append(name)
        value = value[name]
        if is_list(value):
            arrays[tuple(way)] = arrays.get(tuple(way), -1) + 1
            value = value[0]
        if tuple(way) in arrays:
            way.append(arrays[tuple(way)])
    return tuple(way)


def _has(value: Any, keys: Keys) -> bool:
    for key in keys:
        try:
            value = value[key]
        except (LookupError, TypeError):
            return False
    return True


def dotted(keys: Keys) -> str:
    """Return where a value is, as TOML writes it; places in arrays count from 0."""
    words: list[str] = []
    for key in keys:
        if isinstance(key, int):
            words[-1:] = [f"{words[-1] if words else ''}[{key}]"]
        else:
            words.append(key if _BARE.fullmatch(key) else f'"{key}"')
    return ".".join(words)
