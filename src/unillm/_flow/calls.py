"""The check of a call before anyone may execute it: it is read, and fits the tool's schema."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from pydantic_core import to_json

from unillm._wire.several import objects_in
from unillm.errors import InvalidRequestError, UnrepairableError
from unillm.schemas import CompiledSchema, compile_schema
from unillm.types.brief import brief
from unillm.types.edits import Edit
from unillm.types.json import is_object
from unillm.types.policy import RepairPolicy
from unillm.types.tools import InvalidToolCall, Tool, ToolCall

if TYPE_CHECKING:
    from unillm.repair import Repaired


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
    """Why a call may not be executed, and what is known of the trouble."""

    def __init__(self, reason: str, error: UnrepairableError | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.position = error.position if error else None
        self.candidates = error.candidates if error else ()
        self.path = error.schema_path if error else None


def finisher_for(
    tools: Iterable[Tool], policy: RepairPolicy | None = None
) -> Callable[[ReceivedCall], Sequence[ToolCall | InvalidToolCall]]:
    """Return the function that turns each received call into a usable or a refused one.

    Without any tool declared, names and arguments cannot be checked against a schema; the
    arguments must still be one JSON object.
    """
    tools = tuple(tools)
    by_name = {tool.name: tool for tool in tools}
    allowed = policy or RepairPolicy()

    def finish(call: ReceivedCall) -> Sequence[ToolCall | InvalidToolCall]:
        try:
            written = _in_name(call, tools, allowed)
            if written is not None:
                return (written,)
            schema = _schema_of(call, by_name)
            return _finished(call, schema, allowed)
        except _RefusedError as refused:
            bad = InvalidToolCall(
                call.id,
                call.name,
                raw=call.raw,
                reason=refused.reason,
                position=refused.position,
                candidates=refused.candidates,
                schema_path=refused.path,
            )
            return (bad,)

    return finish


def _in_name(call: ReceivedCall, tools: tuple[Tool, ...], policy: RepairPolicy) -> ToolCall | None:
    """Return a call whose arguments a host took for a part of its name; None if it is no such.

    GLM's models have been seen so: ``read<arg_key>path</arg_key><arg_value>/tmp</arg_value>``.
    """
    mends = policy.rescue and policy.level in {"schema", "salvage"}
    if not mends or "<" not in call.name or call.raw not in {"", "{}"} or call.cut:
        return None
    from unillm.repair import CallScanner

    scanner = CallScanner(tools, level=policy.level, aliases=policy.aliases, rules=policy.rules)
    found = [*scanner.feed(call.name), *scanner.close()]
    if len(found) != 1 or not isinstance(found[0], ToolCall):
        return None
    written = to_json(found[0].arguments).decode()
    edit = Edit("arguments_in_name", kind="protocol", before=call.raw, after=written, start=0)
    return replace(found[0], id=call.id, raw=call.raw, repairs=(edit,))


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


def _finished(
    call: ReceivedCall, schema: CompiledSchema | None, policy: RepairPolicy
) -> Sequence[ToolCall]:
    """Return the call with its arguments, or the calls if they are several objects.

    No text at all means no arguments, unless it was cut off.
    """
    if not call.raw.strip() and call.cut:
        raise _RefusedError("the answer was cut off before the arguments")
    try:
        done = _repaired(call.raw if call.raw.strip() else "{}", call, schema, policy)
    except UnrepairableError as error:
        several = _several(call, schema, policy)
        if several:
            return several
        _require_object({} if error.partial is None else error.partial)
        raise _RefusedError(_reason(error, call), error) from None
    several = _several(call, schema, policy) if done.lossy else ()
    return several or (_usable(call, done, done.edits),)


def _repaired(
    text: str, call: ReceivedCall, schema: CompiledSchema | None, policy: RepairPolicy
) -> Repaired:
    from unillm.repair.engine import repair_json, untouched

    return untouched(text, schema) or repair_json(
        text,
        schema,
        level=policy.level,
        finish_reason="length" if call.cut else None,
        aliases=policy.aliases,
        rules=policy.rules,
    )


def _usable(call: ReceivedCall, done: Repaired, edits: tuple[Edit, ...]) -> ToolCall:
    _require_object(done.value)
    if done.lossy:
        rules = ", ".join(dict.fromkeys(e.rule for e in done.edits if e.kind == "lossy"))
        raise _RefusedError(
            f"the arguments can be read only with a loss ({rules}); what is left of them may be "
            "shown, but not executed",
            UnrepairableError("lossy", candidates=(done.value,)),
        )
    return ToolCall(call.id, call.name, done.value, raw=call.raw, repairs=edits)


def _several(
    call: ReceivedCall, schema: CompiledSchema | None, policy: RepairPolicy
) -> Sequence[ToolCall]:
    """Return a call for each of several objects in one text; none unless all of them are good.

    Each keeps the whole text as ``raw``, and its edits say which part of it is its own.
    """
    parts = () if policy.level == "off" else objects_in(call.raw)
    try:
        done = [_repaired(call.raw[start:end], call, schema, policy) for start, end in parts]
        calls = [
            _usable(call, one, _cut_out(call.raw, part, one))
            for part, one in zip(parts, done, strict=True)
        ]
    except (UnrepairableError, _RefusedError):
        return ()
    # Some equal, some not: what the repetition means is anybody's guess.
    return calls if len({_as_key(one.value) for one in done}) == len(calls) else ()


def _cut_out(raw: str, part: tuple[int, int], done: Repaired) -> tuple[Edit, ...]:
    start, end = part
    around = [(0, raw[:start]), (end, raw[end:])]
    before, after = (
        [Edit("several_calls", kind="protocol", before=text, after="", start=at)] if text else []
        for at, text in around
    )
    own = [replace(edit, start=edit.start + start) for edit in done.edits]
    return (*before, *own, *after)


def _as_key(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _require_object(value: Any) -> None:
    if not is_object(value):
        raise _RefusedError(f"the arguments are not an object but {type(value).__name__}")


def _reason(error: UnrepairableError, call: ReceivedCall) -> str:
    if error.schema_path is not None:
        where = f" at {'.'.join(map(str, error.schema_path))}" if error.schema_path else ""
        return f"the arguments do not fit the schema{where}: {error.reason}"
    cut = " (the answer was cut off)" if call.cut else ""
    return f"the arguments are not JSON{cut}: {error.message}{_named(error.candidates)}"


def _named(candidates: Sequence[Any]) -> str:
    """Return what a text may have meant, in a few words."""
    if not candidates:
        return ""
    shown = " or ".join(
        brief(json.dumps(c, ensure_ascii=False, default=str)) for c in candidates[:_SHOWN]
    )
    more = f" or {len(candidates) - _SHOWN} more" if len(candidates) > _SHOWN else ""
    return f"; it may mean {shown}{more}"


_SHOWN = 4
