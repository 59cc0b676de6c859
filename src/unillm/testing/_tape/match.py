"""Whether a request is the recorded one, and what differs if it is not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import unified_diff
from typing import Any, Literal, TypeAlias, cast, get_args
from urllib.parse import parse_qsl, urlsplit

from unillm.testing._tape.taped import Asked

__all__ = ["PARTS", "STRICT", "Part", "checked", "difference", "differing"]

Part: TypeAlias = Literal[
    "method", "host", "path", "query", "body", "model", "messages", "tools", "stream"
]
"""What of a request can be compared."""

PARTS: tuple[Part, ...] = get_args(Part)
STRICT: tuple[Part, ...] = ("method", "path", "query", "body")
_LONGEST = 80
"""Lines of a difference that are shown."""


def checked(match: Iterable[str]) -> tuple[Part, ...]:
    """Return the parts to compare.

    Raises:
        ValueError: One of them is unknown, or there are none.
    """
    parts = (match,) if isinstance(match, str) else tuple(match)
    unknown = [part for part in parts if part not in PARTS]
    if unknown or not parts:
        message = f"match names parts of a request ({', '.join(PARTS)}), not {unknown or parts!r}"
        raise ValueError(message)
    return cast("tuple[Part, ...]", parts)


def differing(match: Sequence[Part], recorded: Asked, asked: Asked) -> tuple[Part, ...]:
    """Return the parts in which two requests differ."""
    return tuple(part for part in match if _of(part, recorded) != _of(part, asked))


def difference(parts: Sequence[Part], recorded: Asked, asked: Asked) -> str:
    """Return what differs, for reading: one indented block of lines a part."""
    return "\n".join(_shown(part, _of(part, recorded), _of(part, asked)) for part in parts)


def _shown(part: Part, recorded: str, asked: str) -> str:
    before, after = recorded.split("\n"), asked.split("\n")
    if len(before) == len(after) == 1:
        return f"  {part}: {recorded} was recorded, {asked} is asked"
    lines = list(unified_diff(before, after, "recorded", "asked", lineterm="", n=2))
    if len(lines) > _LONGEST:
        lines[_LONGEST:] = [f"… and {len(lines) - _LONGEST} more lines"]
    return "\n".join([f"  {part}:", *(f"    {line}" for line in lines)])


def _of(part: Part, asked: Asked) -> str:
    reader = _READERS.get(part)
    return reader(asked) if reader else _laid_out(_fields(asked).get(part))


def _body(asked: Asked) -> str:
    try:
        return _laid_out(json.loads(asked.body))
    except (ValueError, RecursionError):
        return asked.body.decode("utf-8", "backslashreplace")


def _fields(asked: Asked) -> Mapping[str, Any]:
    try:
        value: object = json.loads(asked.body)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _laid_out(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)


def _query(asked: Asked) -> str:
    pairs = sorted(parse_qsl(urlsplit(asked.url).query, keep_blank_values=True))
    return "&".join(f"{name}={value}" for name, value in pairs) or "nothing"


_READERS: dict[Part, Callable[[Asked], str]] = {
    "method": lambda asked: asked.method,
    "host": lambda asked: urlsplit(asked.url).netloc,
    "path": lambda asked: urlsplit(asked.url).path,
    "query": _query,
    "body": _body,
}
