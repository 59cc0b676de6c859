"""Repairing JSON: untouched if it is good, else by proof, else refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from unillm.errors import InvalidRequestError, UnrepairableError
from unillm.repair.changes import Change, applied, composed, edits_of
from unillm.repair.fit import fitted
from unillm.repair.fit.judge import Fault, faults_of, reason_of
from unillm.repair.mend import mended
from unillm.repair.options import CUT, LEVELS, Level, Options
from unillm.repair.own_rules import Rule, by_own_rules
from unillm.repair.rules.empty_arguments import without_arguments
from unillm.repair.strict import NotStrictError, read
from unillm.schemas import CompiledSchema, compile_schema
from unillm.types.dataclass import dataclass
from unillm.types.edits import Edit
from unillm.types.json import is_mapping


@dataclass(frozen=True, slots=True)
class Repaired:
    """A value and what was changed to get it.

    Attributes:
        value: The value, as JSON types.
        edits: Every change, in order; `unillm.repair.replay` makes them over the original text
            and gives the JSON the value was read from. Empty if nothing was changed.
        level: How far the repair had to go: ``off`` if nothing was changed.
    """

    value: Any
    edits: tuple[Edit, ...] = ()
    level: Level = "off"

    @property
    def lossy(self) -> bool:
        """Tell whether data may have been lost: such a value is for people, not for execution."""
        return bool(self.edits) and any(edit.kind == "lossy" for edit in self.edits)


def repair_json(
    text: str,
    schema: Mapping[str, Any] | CompiledSchema | None = None,
    *,
    level: Level = "schema",
    finish_reason: str | None = None,
    aliases: Mapping[str, str] | None = None,
    rules: Iterable[Rule] = (),
) -> Repaired:
    """Return the value a text means, with every change that was made to read it.

    Valid JSON that satisfies the schema is returned as it is. What has more than one reading is
    refused, and nothing is made up: no default, no null, no empty list, no closed string.

    Args:
        text: JSON, or what a model wrote in its place.
        schema: JSON Schema the value must satisfy, as a dict or compiled; None: any JSON.
        level: How far to go: ``off``, ``syntax``, ``schema`` or ``salvage``.
        finish_reason: Why the answer ended. After ``length`` or ``incomplete`` nothing is closed
            that is still open; None is unknown, and what is open is closed if its last token is
            complete.
        aliases: Other names of declared keys, by the wrong name: ``{"file": "path"}``.
        rules: Rules of your own, asked before ours about a text that is not good as it is.

    Raises:
        UnrepairableError: There is no reading, or more than one; the error names them.
        InvalidRequestError: An argument cannot be meant, or the schema is not valid.
    """
    if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidRequestError(f"text must be a string, not {type(text).__name__}")
    return repair(text, _options(schema, level, finish_reason, aliases, rules))


def untouched(text: str, schema: CompiledSchema | None) -> Repaired | None:
    """Return what a text is that is plainly good as it is; None: ask `repair_json`."""
    if schema is not None and not schema.is_checked:
        return None
    try:
        value = read(text)
        fits = schema is None or schema.surely_fits(value)
    except NotStrictError:
        return None
    except BaseException as failure:  # a pattern may panic, with what is no Exception
        if isinstance(failure, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        return None
    return Repaired(value) if fits else None


def repair(text: str, options: Options) -> Repaired:
    """Do what `repair_json` does, with options that were checked."""
    schema = options.schema
    try:
        value = read(text)
    except NotStrictError as error:
        if options.level == "off":
            raise UnrepairableError(error.reason, error.position) from None
        return _by_rules(text, options) or _mended(text, options)
    faults = faults_of(schema, value) if schema else []
    if not faults:
        return Repaired(value)
    return _by_rules(text, options) or _fitted(text, value, faults, options)


def _by_rules(text: str, options: Options) -> Repaired | None:
    """Return what the caller's own rules, then ours, make of a text; None if they do nothing."""
    if not options.rules or options.level == "off":
        return None
    lossy = options.level == "salvage"
    rules = [rule for rule in options.rules if lossy or rule.kind != "lossy"]
    changes = by_own_rules(text, rules, options.schema.schema if options.schema else None)
    if not changes:
        return None
    done = repair(applied(text, changes), replace(options, rules=()))
    more = [Change(e.start, e.start + len(e.before), e.after, e.rule, e.kind) for e in done.edits]
    levels: list[Level] = [
        "salvage" if any(c.kind == "lossy" for c in changes) else "syntax",
        done.level,
    ]
    edits = edits_of(text, composed(text, changes, more))
    return Repaired(done.value, edits, max(levels, key=LEVELS.index))


def _mended(text: str, options: Options) -> Repaired:
    changes = without_arguments(text, options)
    if changes:
        return Repaired({}, edits_of(text, changes), "schema")
    changes, value = mended(text, options)
    faults = faults_of(options.schema, value) if options.schema else []
    if not faults:
        lossy = options.level == "salvage" and any(c.kind == "lossy" for c in changes)
        return Repaired(value, edits_of(text, changes), "salvage" if lossy else "syntax")
    return _fitted(applied(text, changes), value, faults, options, before=(text, changes))


def _fitted(
    text: str,
    value: Any,
    faults: list[Fault],
    options: Options,
    before: tuple[str, list[Change]] | None = None,
) -> Repaired:
    """Return a value that is JSON already, made to fit the schema."""
    if options.level in {"off", "syntax"} or options.schema is None:
        path = tuple(faults[0].absolute_path)
        raise UnrepairableError(reason_of(faults[0]), schema_path=path, partial=value)
    try:
        changes, value = fitted(text, options, (value, faults))
    except UnrepairableError as error:
        if before is not None:
            error.position = None  # it is one in a text that nobody has seen
        raise
    if before is not None:
        text, changes = before[0], composed(before[0], before[1], changes)
    level: Level = "salvage" if any(c.kind == "lossy" for c in changes) else "schema"
    return Repaired(value, edits_of(text, changes), level)


def _options(schema: Any, level: Any, finish_reason: Any, aliases: Any, rules: Any) -> Options:
    if level not in LEVELS:
        raise InvalidRequestError(f"level must be one of {', '.join(LEVELS)}, not {level!r}")
    if finish_reason is not None and not isinstance(finish_reason, str):
        raise InvalidRequestError(f"finish_reason must be a string, not {finish_reason!r}")
    if schema is not None and not isinstance(schema, CompiledSchema):
        if not is_mapping(schema):
            kind = type(schema).__name__
            raise InvalidRequestError(f"schema must be a JSON Schema dict, not {kind}")
        schema = compile_schema(schema)
    if aliases is not None and not is_mapping(aliases):
        raise InvalidRequestError('aliases must be a dict such as {"file": "path"}')
    own = tuple(rules)
    if own and not all(isinstance(rule, Rule) for rule in own):
        raise InvalidRequestError("rules must be unillm.repair.Rule values")
    complete = None if finish_reason is None else finish_reason not in CUT
    return Options(
        schema=schema, level=level, complete=complete, aliases=dict(aliases or {}), rules=own
    )
