"""The check of a call before anyone may execute it: it is read, and fits the tool's schema."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from unillm.errors import InvalidRequestError, UnrepairableError
from unillm.repair import CompiledSchema, compile_schema, repair_json
from unillm.types.json import is_object
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
            schema = _schema_of(call, by_name)
            return _finished(call, schema)
        except _RefusedError as refused:
            return InvalidToolCall(
                call.id, call.name, raw=call.raw, reason=refused.reason, schema_path=refused.path
            )

    return finish


def _schema_of(call: ReceivedCall, by_name: dict[str, Tool]) -> CompiledSchema | None:
    if not call.name:
        raise _RefusedError("the call names no tool")
    if not by_name:
        return None
    tool = by_name.get(call.name)
    if tool is None:
        offered = ", ".join(sorted(by_name))
        raise _RefusedError(f"no tool is named {call.name!r}; the request offers {offered}")
    try:
        return compile_schema(tool.parameters, of=f"the parameters of tool {tool.name!r}")
    except InvalidRequestError as error:
        raise _RefusedError(f"the arguments cannot be held against {error.message}") from None


def _finished(call: ReceivedCall, schema: CompiledSchema | None) -> ToolCall:
    """Return the call with its arguments; no text at all means none, unless it was cut off."""
    if not call.raw.strip() and call.cut:
        raise _RefusedError("the answer was cut off before the arguments")
    try:
        done = repair_json(
            call.raw if call.raw.strip() else "{}",
            schema,
            finish_reason="length" if call.cut else None,
        )
    except UnrepairableError as error:
        _require_object({} if error.partial is None else error.partial)
        raise _RefusedError(_reason(error, call), error.schema_path) from None
    _require_object(done.value)
    return ToolCall(call.id, call.name, done.value, raw=call.raw, repairs=done.edits)


def _require_object(value: Any) -> None:
    if not is_object(value):
        raise _RefusedError(f"the arguments are not an object but {type(value).__name__}")


def _reason(error: UnrepairableError, call: ReceivedCall) -> str:
    if error.schema_path is not None:
        where = f" at {'.'.join(map(str, error.schema_path))}" if error.schema_path else ""
        return f"the arguments do not fit the schema{where}: {error.reason}"
    cut = " (the answer was cut off)" if call.cut else ""
    return f"the arguments are not JSON{cut}: {error.message}"
