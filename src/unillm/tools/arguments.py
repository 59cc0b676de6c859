"""The check of a call before anyone may execute it: it parses, and it fits the tool's schema."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from pydantic_core import from_json, to_json

from unillm.tools.validators import validator_of
from unillm.types.json import JsonObject, is_object
from unillm.types.tools import InvalidToolCall, Tool, ToolCall


class ReceivedCall(Protocol):
    """A call as it came over the wire."""

    @property
    def id(self) -> str:
        """Return its id."""
        ...

    @property
    def name(self) -> str:
        """Return the tool named, possibly an empty string."""
        ...

    @property
    def raw(self) -> str:
        """Return the arguments as text."""
        ...

    @property
    def cut(self) -> bool:
        """Tell whether the answer stopped for a reason that may have cut the call short."""
        ...


class _RefusedError(Exception):
    """Why a call may not be executed, and where its arguments miss the schema."""

    def __init__(self, reason: str, path: tuple[str | int, ...] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path


def finisher_for(tools: Iterable[Tool]) -> Callable[[ReceivedCall], ToolCall | InvalidToolCall]:
    """Return the function that turns each received call into a usable or a refused one.

    Without any tool declared, names and arguments cannot be checked against a schema; the
    arguments must still be one JSON object.
    """
    by_name = {tool.name: tool for tool in tools}

    def finish(call: ReceivedCall) -> ToolCall | InvalidToolCall:
        try:
            arguments = _arguments(call, by_name)
        except _RefusedError as refused:
            return InvalidToolCall(
                call.id, call.name, raw=call.raw, reason=refused.reason, schema_path=refused.path
            )
        return ToolCall(call.id, call.name, arguments, raw=call.raw)

    return finish


def _arguments(call: ReceivedCall, by_name: dict[str, Tool]) -> JsonObject:
    if not call.name:
        raise _RefusedError("the call names no tool")
    if by_name and call.name not in by_name:
        offered = ", ".join(sorted(by_name))
        raise _RefusedError(f"no tool is named {call.name!r}; the request offers {offered}")
    arguments = _parsed(call)
    if by_name:
        _require_fit(arguments, by_name[call.name])
    return arguments


def _parsed(call: ReceivedCall) -> JsonObject:
    """Return the arguments object; no text at all means no arguments, unless it was cut off."""
    text = call.raw
    if not text.strip():
        if call.cut:
            raise _RefusedError("the answer was cut off before the arguments")
        return {}
    try:
        from_json(text, allow_inf_nan=False)
        value = json.loads(text, object_pairs_hook=_unique, parse_float=_finite)
    except (ValueError, TypeError, RecursionError) as error:
        cut = " (the answer was cut off)" if call.cut else ""
        raise _RefusedError(f"the arguments are not JSON{cut}: {error}") from None
    if not is_object(value):
        kind = type(value).__name__
        raise _RefusedError(f"the arguments are not an object but {kind}")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> JsonObject:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: JsonObject = {}
        for key, value in pairs:
            if key in seen and to_json(seen[key]) != to_json(value):
                message = f"the key {key!r} is there twice with different values"
                raise ValueError(message)
            seen[key] = value
    return found


def _finite(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        message = f"the number {text} is too large"
        raise ValueError(message)
    return number


def _require_fit(arguments: JsonObject, tool: Tool) -> None:
    from referencing.exceptions import Unresolvable

    try:
        error = next(iter(validator_of(tool).iter_errors(arguments)), None)
    except Unresolvable as missing:
        message = f"the schema of {tool.name!r} refers to {missing.ref!r}, which it does not hold"
        raise _RefusedError(message) from None
    except RecursionError:
        raise _RefusedError(f"the schema of {tool.name!r} refers to itself for ever") from None
    except Exception as error:  # noqa: BLE001 - the arguments are the model's, and may be anything
        message = f"the arguments cannot be held against the schema: {error!r}"
        raise _RefusedError(message) from None
    if error is not None:
        path = tuple(error.absolute_path)
        where = f" at {'.'.join(map(str, path))}" if path else ""
        raise _RefusedError(f"the arguments do not fit the schema{where}: {error.message}", path)
