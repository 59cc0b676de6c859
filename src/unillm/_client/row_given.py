"""One of many rows as its giver wrote it: what is asked, and what it is known by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

from pydantic_core import to_jsonable_python

from unillm._client.config import Config
from unillm.errors import InvalidRequestError
from unillm.tools import ToolLike, tools_and_hosted
from unillm.types.dataclass import dataclass
from unillm.types.inputs import messages_from
from unillm.types.json import is_iterable, is_mapping
from unillm.types.messages import Message

_OF_ALL = ("output", "retries", "concurrency", "checkpoint", "progress", "batch", "observers")
"""Options that are the same of all rows."""

_NO_MATTER = frozenset({"tags", "session", "extra_headers"})
"""Settings that do not decide the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowGiven:
    """What one row asks.

    Attributes:
        messages: The conversation.
        model: The row's own model, or None.
        system: The row's own instructions, or None.
        tools: The row's own tools, or None.
        options: The row's own options, such as ``temperature``.
        key: The giver's own name of the row, or None.
    """

    messages: tuple[Message, ...]
    model: str | None
    system: str | None
    tools: Iterable[ToolLike] | None
    options: Mapping[str, Any]
    key: str | None


def row_given(row: Any) -> RowGiven:
    """Read a row: what `chat` takes as messages, or a dict with ``messages`` and options.

    Raises:
        InvalidRequestError: It is neither.
    """
    if not is_mapping(row) or "role" in row:
        return _of(row, {})
    options = dict(row)
    if "messages" not in options:
        raise InvalidRequestError(
            "a row that is a dict needs 'messages' (and may have options, such as 'model' and "
            f"'temperature'), or is one message with a 'role'; this one has {sorted(map(str, row))}"
        )
    for name in _OF_ALL:
        if name in options:
            message = f"{name} is the same for all rows: give it to map(…), not to a row"
            raise InvalidRequestError(message)
    return _of(options.pop("messages"), options)


def _of(messages: Any, options: dict[str, Any]) -> RowGiven:
    key, tools = options.pop("key", None), options.pop("tools", None)
    if type(key) is int:
        key = str(key)
    if key is not None and (not isinstance(key, str) or not key):
        message = f"the key of a row must be a string or a whole number, not {key!r}"
        raise InvalidRequestError(message)
    return RowGiven(
        messages=messages_from(messages),
        model=_text_of(options, "model"),
        system=_text_of(options, "system"),
        tools=_kept(tools),
        options=options,
        key=key,
    )


def _kept(tools: Any) -> Any:
    """Return tools that can be looked at twice; what is no list of them is refused elsewhere."""
    is_list = is_iterable(tools) and not isinstance(tools, str) and not is_mapping(tools)
    return tuple(tools) if is_list else tools


def _text_of(options: dict[str, Any], name: str) -> str | None:
    value = options.pop(name, None)
    if value is not None and not isinstance(value, str):
        kind = type(value).__name__
        raise InvalidRequestError(f"the {name} of a row must be a string, not {kind}")
    return value


class Keys:
    """Gives each row the key it is known by in a checkpoint.

    A row's own ``key`` is taken as it is. Else the key is made of all that decides the answer, and
    of how many equal rows came before: rows in another order, or more of them, keep their keys;
    another prompt or model has another one.
    """

    def __init__(self, output: Any = None) -> None:
        """Begin a list of rows.

        Raises:
            InvalidRequestError: No schema can be made of the output.
        """
        self._output = None if output is None else schema_of(output)
        self._seen: dict[bytes, int] = {}

    def key_of(
        self,
        given: RowGiven,
        config: Config,
        *,
        model: str | None = None,
        system: str | None = None,
        tools: Iterable[ToolLike] | None = None,
    ) -> str:
        """Return the key of the next row.

        Args:
            given: The row.
            config: What holds for all rows, options of the call included.
            model: The model of rows that name none.
            system: The instructions of rows that have none.
            tools: The tools of rows that bring none.

        Raises:
            InvalidRequestError: An earlier row has the same key of its own, or the row cannot be
                sent.
        """
        if given.key is not None:
            if self._again(b"=" + given.key.encode("utf-8", "surrogatepass")):
                message = f"an earlier row has the key {given.key!r} too: give each its own"
                raise InvalidRequestError(message)
            return given.key
        own = config.changed(given.options)
        settings = {name: own.settings[name] for name in own.settings.keys() - _NO_MATTER}
        asked = {
            "model": given.model or model or config.model,
            "system": given.system or system or config.system,
            "messages": given.messages,
            "tools": tools_and_hosted(given.tools if given.tools is not None else tools),
            "output": self._output,
            "settings": settings,
        }
        digest = hashlib.sha256(canonical(asked)).digest()[:16]
        before = self._again(digest)
        return f"sha256:{digest.hex()}" + (f"#{before + 1}" if before else "")

    def _again(self, digest: bytes) -> int:
        """Count a key, and return how often it was there before."""
        before = self._seen.get(digest, 0)
        self._seen[digest] = before + 1
        return before


def schema_of(output: Any) -> Any:
    """Return the JSON Schema of an output: a type that pydantic knows, or the schema itself.

    Raises:
        InvalidRequestError: Pydantic makes none of it.
    """
    if is_mapping(output):
        return output
    from pydantic import TypeAdapter

    try:
        return TypeAdapter(output).json_schema()
    except Exception as error:
        message = f"output={output!r} is neither a type that pydantic knows nor a JSON Schema"
        raise InvalidRequestError(message) from error


def canonical(value: Any) -> bytes:
    """Return JSON that is the same for equal values, today and with a later version.

    Fields of our own values that are at their defaults are left out, so that a field that is new
    does not make a new value of an old one.
    """
    plain = _plain(value)
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        own = {f.name: getattr(value, f.name) for f in fields(value) if not _at_default(value, f)}
        return {"": type(value).__name__, **{name: _plain(one) for name, one in own.items()}}
    if is_mapping(value):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]  # pyright: ignore[reportUnknownVariableType]
    return to_jsonable_python(value, bytes_mode="base64", fallback=repr)


def _at_default(value: Any, of: Any) -> bool:
    default = of.default if of.default_factory is MISSING else of.default_factory()
    return default is not MISSING and getattr(value, of.name) == default
