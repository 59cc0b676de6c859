"""The tools that were declared, and calls of them made from candidates."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from hashlib import blake2b
from typing import Any

from unillm.errors import InvalidRequestError, UnrepairableError
from unillm.repair.changes import Change, composed, edits_of, replay
from unillm.repair.engine import Repaired, repair_json
from unillm.repair.formats import Candidate
from unillm.repair.own_rules import Rule
from unillm.repair.typed import arguments_of
from unillm.schemas import CompiledSchema, compile_schema
from unillm.types.dataclass import dataclass
from unillm.types.edits import Edit, Level
from unillm.types.json import is_iterable, is_mapping, is_object
from unillm.types.tools import Tool, ToolCall


@dataclass(frozen=True, slots=True)
class Tools:
    """Declared tools by name, with their schemas made ready.

    Attributes:
        schemas: The schema of each tool's arguments.
        level: How far their arguments may be repaired.
        aliases: Other names of declared keys, by the wrong name.
        rules: Rules of the caller's own.
    """

    schemas: Mapping[str, CompiledSchema]
    level: Level = "schema"
    aliases: Mapping[str, str] | None = None
    rules: tuple[Rule, ...] = ()

    @property
    def names(self) -> Collection[str]:
        """The names of all."""
        return self.schemas.keys()

    def parameters(self, name: str) -> Collection[str]:
        """Return the names of one tool's declared parameters; none if it is not declared."""
        schema = self.schemas.get(name)
        properties: Any = schema.schema.get("properties") if schema else None
        return properties.keys() if is_object(properties) else ()

    def call(self, candidate: Candidate, number: int) -> ToolCall | None:
        """Return the call a candidate is; None if it is none that may be made."""
        schema = self.schemas.get(candidate.name)
        if schema is None or (candidate.within is not None and self.level == "off"):
            return None
        arguments = _written(candidate, schema)
        if arguments is None:
            return None
        finish_reason = "tool_calls" if candidate.closed else "incomplete"
        try:
            repaired = repair_json(
                arguments,
                schema,
                level=self.level,
                finish_reason=finish_reason,
                aliases=self.aliases,
                rules=self.rules,
            )
        except UnrepairableError:
            return None
        if not is_object(repaired.value) or repaired.lossy:
            return None
        raw, edits = _as_received(candidate, arguments, repaired)
        return ToolCall(
            _id(number, candidate.name, raw),
            candidate.name,
            repaired.value,
            raw=raw,
            repairs=edits,
            origin="rescued",
        )


def _written(candidate: Candidate, schema: CompiledSchema) -> str | None:
    """Return a candidate's arguments as JSON, as good as it is; None if they are ambiguous."""
    if candidate.arguments is None:
        return ""
    if isinstance(candidate.arguments, str):
        return candidate.arguments
    return arguments_of(candidate.arguments, schema)


def _as_received(
    candidate: Candidate, arguments: str, repaired: Repaired
) -> tuple[str, tuple[Edit, ...]]:
    """Return the text that was repaired, and all edits of it.

    Of a call in broken JSON this is the text of the call, and taking the arguments out of it is
    one of the edits.
    """
    if candidate.within is None or candidate.at < 0:
        return arguments, repaired.edits
    text, before = candidate.within
    size = len(replay(text, before))
    first, last = candidate.at, candidate.at + len(arguments)
    second = _changes(repaired.edits, first)
    if first:
        second.insert(0, Change(0, first, "", "call", "protocol"))
    if last < size:
        second.append(Change(last, size, "", "call", "protocol"))
    return text, edits_of(text, composed(text, _changes(before), second))


def _changes(edits: Iterable[Edit], offset: int = 0) -> list[Change]:
    return [
        Change(offset + e.start, offset + e.start + len(e.before), e.after, e.rule, e.kind)
        for e in edits
    ]


def _id(number: int, name: str, raw: str) -> str:
    """Return the same id for the same call of the same answer."""
    digest = blake2b(f"{number}\0{name}\0{raw}".encode("utf-8", "surrogatepass"), digest_size=9)
    return f"call_rescued_{digest.hexdigest()}"


def tools_declared(tools: Iterable[Tool | Mapping[str, Any]] | None) -> Tools:
    """Return tools made ready.

    Args:
        tools: `Tool` values, or dicts as OpenAI has them; None is none.

    Raises:
        InvalidRequestError: One of them is no tool, or its schema is not valid.
    """
    if tools is not None and not is_iterable(tools):
        raise InvalidRequestError(f"tools must be a list of tools, not {type(tools).__name__}")
    schemas: dict[str, CompiledSchema] = {}
    for tool in tools or ():
        name, parameters = _named(tool)
        schemas[name] = compile_schema(parameters, of=f"the parameters of {name!r}")
    return Tools(schemas)


def _named(tool: Any) -> tuple[str, Mapping[str, Any]]:
    if isinstance(tool, Tool):
        return tool.name, tool.parameters
    function: Any = tool.get("function", tool) if is_mapping(tool) else None
    name = function.get("name") if is_mapping(function) else None
    parameters = function.get("parameters") if is_mapping(function) else None
    if not isinstance(name, str) or not (parameters is None or is_mapping(parameters)):
        message = "a tool is a Tool, or a dict with the keys name and parameters"
        raise InvalidRequestError(message)
    return name, {} if parameters is None else parameters
