"""All that can be put right in a value at once: for each part that does not fit, one way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NoReturn, TypeAlias

from unillm.errors import UnrepairableError
from unillm.repair.changes import Change, applied
from unillm.repair.declared import declared_in
from unillm.repair.fit.catalog import VALUE_RULES
from unillm.repair.fit.judge import Fault, canonical, faults_of, fits_all, part
from unillm.repair.fit.work import Work
from unillm.repair.misfit import Misfit
from unillm.repair.options import Options
from unillm.repair.places import Path, Places, places_of, without
from unillm.repair.rules.key_names import key_names
from unillm.repair.strict import NotStrictError, read
from unillm.schemas.patterns import search_for
from unillm.types.json import JsonObject, is_list, is_object

FitValue: TypeAlias = "Callable[[str, Any, list[Fault], Options, Work], list[Change]]"

_ABOUT_KEYS = frozenset(
    {"required", "dependentRequired", "additionalProperties", "unevaluatedProperties"}
)
_BRANCHES = frozenset({"anyOf", "oneOf"})
_CLOSED = frozenset({"additionalProperties", "unevaluatedProperties"})


class Round:
    """One look at all parts of a value that do not fit."""

    __slots__ = ("_deeper", "_options", "_places", "_text", "_value", "_work")

    def __init__(
        self, text: str, value: Any, options: Options, work: Work, deeper: FitValue
    ) -> None:
        """Start with a text and its value; `deeper` repairs a part of it by itself."""
        self._text = text
        self._value = value
        self._options = options
        self._work = work
        self._deeper = deeper
        self._places = Places()

    def changes(self, faults: list[Fault]) -> list[Change]:
        """Return the changes that may put everything right.

        Raises:
            UnrepairableError: Something cannot be, or can be in several ways.
        """
        self._places = places_of(self._text, _paths(faults))
        return self._planned(faults)

    def _planned(self, faults: Iterable[Fault]) -> list[Change]:
        groups: dict[Path, list[Fault]] = {}
        for fault in faults:
            groups.setdefault(tuple(fault.absolute_path), []).append(fault)
        found: list[Change] = []
        replaced: set[Path] = set()
        for path in sorted(groups, key=len):
            if replaced and any(path[:n] in replaced for n in range(len(path))):
                continue
            group = groups[path]
            node = _at(self._value, path)
            if is_object(node) and any(_is_about_keys(fault, node) for fault in group):
                found += self._keys(path, node, group)
            else:
                found += self._parts(path, node, group)
                replaced.add(path)
        found.sort(key=lambda change: change[:2])
        return found

    # ------------------------------------------------------------ keys

    def _keys(self, path: Path, node: JsonObject, group: list[Fault]) -> list[Change]:
        faults = [fault for fault in group if _is_about_keys(fault, node)]
        declared: dict[str, Any] = {}
        known: set[str] = set()
        for schema in self._schemas(path, group):
            declared |= declared_in(schema, self._work.root)
            for pattern in schema.get("patternProperties") or ():
                known.update(filter(search_for(pattern), node))
        missing = [(name, fault) for fault in faults for name in _missing(fault, node)]
        declared |= {name: None for name, _ in missing}
        keys = [key for key in node if key in declared or key not in known]
        pairs = key_names(keys, declared, self._options.aliases)
        for name, fault in missing:
            if name not in pairs.values():
                self._refuse(fault)
        others = [key for key in keys if key not in declared and key not in pairs]
        closed = next((f for f in faults if f.validator in _CLOSED), None)
        gone: list[str] = []
        if closed is not None and others:
            if not self._work.lossy:
                self._refuse(closed)
            gone = others
        if not pairs and not gone:
            self._refuse(faults[0])
        found: list[Change] = []
        for members in self._places.members[path]:
            for member in members:
                if member.key in pairs:
                    name = json.dumps(pairs[member.key], ensure_ascii=False)
                    place = (member.start, member.key_end)
                    found.append(Change(*place, name, "key_names", "protocol"))
            for start, end in without(members, gone):
                found.append(Change(start, end, "", "unknown_keys", "lossy"))
        return found

    def _schemas(self, path: Path, group: list[Fault]) -> Iterator[JsonObject]:
        """Give the schemas that are known to be about the object at a path."""
        seen: set[int] = set()
        if not path:
            yield self._work.root
        for fault in group:
            above: Any = fault
            while above is not None and tuple(above.absolute_path) == path:
                if is_object(above.schema) and id(above.schema) not in seen:
                    seen.add(id(above.schema))
                    yield above.schema
                above = above.parent

    # ------------------------------------------------------------ values

    def _parts(self, path: Path, node: Any, group: list[Fault]) -> list[Change]:
        by_schema: dict[int, list[Fault]] = {}
        for fault in group:
            by_schema.setdefault(id(fault.schema), []).append(fault)
        found: dict[str, list[Change]] = {}
        for faults in by_schema.values():
            for fault in faults:
                if fault.validator in _BRANCHES:
                    found |= self._branches(path, fault)
            found |= self._values(path, node, faults)
        if not found and self._work.lossy and node is None:
            return self._dropped(path, group[0])
        sure = len(found) == 1 and len(group) == 1 and group[0].validator != "enum"
        if not sure:
            schemas = [faults[0].schema for faults in by_schema.values()]
            found = self._fitting(found, schemas)
        if not found:
            self._refuse(group[0])
        if len(found) > 1:
            several = tuple(json.loads(text) for text in found)
            self._refuse(group[0], several)
        return next(iter(found.values()))

    def _values(self, path: Path, node: Any, faults: list[Fault]) -> dict[str, list[Change]]:
        """Return what the rules make of a value, by the text they give."""
        types, choices = _wanted(faults)
        if not types:
            return {}
        schema = faults[0].schema
        places = self._places.spans[path]
        found: dict[str, list[Change]] = {}
        for name, rule in VALUE_RULES.items():
            ways = [
                list(
                    rule(
                        Misfit(
                            node,
                            self._text[start:end],
                            types,
                            choices,
                            schema,
                            path,
                            lambda: part(schema, self._options),
                        )
                    )
                )
                for start, end in places
            ]
            for texts in zip(*ways, strict=True):
                found.setdefault(
                    texts[0],
                    [
                        Change(start, end, text, name, "coerce")
                        for (start, end), text in zip(places, texts, strict=True)
                    ],
                )
        return found

    def _branches(self, path: Path, fault: Fault) -> dict[str, list[Change]]:
        """Return what fits one of the branches of a schema, by the text it gives."""
        by_branch: dict[Any, list[Fault]] = {}
        for inner in fault.context or ():
            by_branch.setdefault(inner.relative_schema_path[0], []).append(inner)
        start, end = self._places.spans[path][0]
        found: dict[str, list[Change]] = {}
        branches: dict[str, Any] = {}
        for branch, faults in by_branch.items():
            self._work.spend(end - start)
            try:
                changes = self._planned(faults)
            except UnrepairableError as error:
                if error.candidates:
                    raise
                continue
            text = _within(self._text, start, end, changes)
            found.setdefault(text, changes)
            branches.setdefault(text, fault.validator_value[branch])
        if len(found) > 1:
            fitting = self._fitting(found, [fault.schema])
            found = fitting or self._deep(path, branches)
        return found

    def _deep(self, path: Path, branches: dict[str, Any]) -> dict[str, list[Change]]:
        """Return what fits after more than one round, when several branches are possible."""
        if len(self._places.spans[path]) > 1:
            return {}
        ((start, end),) = self._places.spans[path]
        text = self._text[start:end]
        value = read(text)
        found: dict[str, list[Change]] = {}
        for branch in branches.values():
            options = part(branch, self._options)
            assert options.schema is not None
            faults = faults_of(options.schema, value)
            try:
                changes = self._deeper(text, value, faults, options, self._work)
            except UnrepairableError as error:
                if error.candidates:
                    raise
                continue
            moved = [c._replace(start=c.start + start, end=c.end + start) for c in changes]
            found[applied(text, changes)] = moved
        return found

    def _fitting(
        self, found: dict[str, list[Change]], schemas: list[Any]
    ) -> dict[str, list[Change]]:
        """Return those of several texts that fit, one for each value."""
        fitting: dict[bytes, str] = {}
        for text in found:
            try:
                value = read(text)
            except NotStrictError:
                continue
            if fits_all(schemas, value, self._options):
                fitting.setdefault(canonical(value), text)
        return {text: found[text] for text in fitting.values()}

    # ------------------------------------------------------------ what cannot be

    def _dropped(self, path: Path, fault: Fault) -> list[Change]:
        """Return the changes that take a member out that may not be null."""
        above = path[:-1]
        if not path or not isinstance(path[-1], str):
            self._refuse(fault)
        places = places_of(self._text, [above])
        return [
            Change(start, end, "", "optional_null", "lossy")
            for members in places.members[above]
            for start, end in without(members, [path[-1]])
        ]

    def _refuse(self, fault: Fault, candidates: tuple[Any, ...] = ()) -> NoReturn:
        path = tuple(fault.absolute_path)
        places = self._places.spans.get(path)
        raise UnrepairableError(
            fault.message,
            places[0][0] if places else None,
            candidates,
            schema_path=path,
            partial=self._value,
        )


def _paths(faults: Iterable[Fault]) -> Iterator[Path]:
    for fault in faults:
        yield tuple(fault.absolute_path)
        if fault.context:
            yield from _paths(fault.context)


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def _is_about_keys(fault: Fault, node: Any) -> bool:
    """Tell whether a fault is about an object's keys; that of a name has the name as instance."""
    return fault.validator in _ABOUT_KEYS or fault.instance is not node


def _missing(fault: Fault, node: JsonObject) -> list[str]:
    """Return the names that a fault says are missing."""
    wanted: Any = fault.validator_value
    if fault.validator == "required" and is_list(wanted):
        return [name for name in wanted if name not in node]
    if fault.validator == "dependentRequired" and is_object(wanted):
        return [name for key in wanted if key in node for name in wanted[key] if name not in node]
    return []


_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)


def _wanted(faults: list[Fault]) -> tuple[frozenset[str], tuple[Any, ...]]:
    """Return the types and the values that a schema would take, if that is what is wrong."""
    types: set[str] = set()
    choices: tuple[Any, ...] = ()
    for fault in faults:
        wanted: Any = fault.validator_value
        if fault.validator == "type":
            types.update([wanted] if isinstance(wanted, str) else wanted)
        elif fault.validator in {"enum", "const"}:
            choices = tuple(wanted) if fault.validator == "enum" else (wanted,)
    if choices and not types:
        types = {_type_of(choice) for choice in choices}
    return frozenset(types), choices


def _type_of(value: Any) -> str:
    return next((name for kind, name in _TYPES if isinstance(value, kind)), "null")


def _within(text: str, start: int, end: int, changes: list[Change]) -> str:
    """Return a part of a text with the changes made that are in it."""
    inside = [
        change._replace(start=change.start - start, end=change.end - start)
        for change in changes
        if start <= change.start and change.end <= end
    ]
    return applied(text[start:end], inside)
