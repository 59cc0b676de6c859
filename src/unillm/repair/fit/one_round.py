"""All that can be put right in a value at once: for each part that does not fit, one way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from unillm.errors import UnrepairableError
from unillm.repair.changes import Change, applied
from unillm.repair.fit.judge import Fault, canonical, fits_all
from unillm.repair.fit.keys import is_about_keys, keys_changed
from unillm.repair.fit.look import Look, path_of
from unillm.repair.fit.values import left_out, values_for
from unillm.repair.places import Path
from unillm.repair.strict import NotStrictError, read
from unillm.types.json import is_object

Deeper: TypeAlias = Callable[[Look], tuple[list[Change], Any]]
"""Makes a part of a value fit by itself, in as many rounds as it takes."""

_BRANCHES = frozenset({"anyOf", "oneOf"})


class Round:
    """One look at all parts of a value that do not fit."""

    __slots__ = ("_deeper", "_look")

    def __init__(self, look: Look, deeper: Deeper) -> None:
        """Start with a text."""
        self._look = look
        self._deeper = deeper

    def changes(self) -> list[Change]:
        """Return the changes that may put everything right.

        Raises:
            UnrepairableError: Something cannot be, or can be in several ways.
        """
        return self._planned(self._look.faults)

    def _planned(self, faults: Iterable[Fault]) -> list[Change]:
        groups: dict[Path, list[Fault]] = {}
        for fault in faults:
            groups.setdefault(path_of(fault), []).append(fault)
        found: list[Change] = []
        replaced: set[Path] = set()
        nulls: list[Path] = []
        for path in sorted(groups, key=len):
            if replaced and any(path[:n] in replaced for n in range(len(path))):
                continue
            node = _at(self._look.value, path)
            about_keys = [fault for fault in groups[path] if is_about_keys(fault, node)]
            if is_object(node) and about_keys:
                found += keys_changed(self._look, path, node, about_keys)
            elif node is None and self._look.work.lossy:
                nulls.append(path)
            else:
                found += self._value(path, node, groups[path])
                replaced.add(path)
        if nulls and not found:  # else in another round: cuts may touch what else is changed
            found = left_out(self._look, nulls)
        found.sort(key=lambda change: change[:2])
        return found

    def _value(self, path: Path, node: Any, group: list[Fault]) -> list[Change]:
        """Return the changes that make one value fit all that it does not."""
        by_schema: dict[int, list[Fault]] = {}
        for fault in group:
            by_schema.setdefault(id(fault.schema), []).append(fault)
        found: dict[str, list[Change]] = {}
        for faults in by_schema.values():
            for fault in faults:
                if fault.validator in _BRANCHES:
                    found |= self._branches(path, fault)
            found |= values_for(self._look, path, node, faults)
        if len(found) > 1 or len(group) > 1 or group[0].validator in {"enum", "const"}:
            found = self._fitting(found, [faults[0].schema for faults in by_schema.values()])
        if len(found) != 1:
            self._look.refuse(group[0], tuple(json.loads(text) for text in found))
        return next(iter(found.values()))

    def _branches(self, path: Path, fault: Fault) -> dict[str, list[Change]]:
        """Return what fits one of the branches of a schema, by the text it gives."""
        by_branch: dict[Any, list[Fault]] = {}
        for inner in fault.context or ():
            if inner.relative_schema_path:  # a branch that is `false` has none, and takes nothing
                by_branch.setdefault(inner.relative_schema_path[0], []).append(inner)
        start, end = self._look.places.spans[path][0]
        found: dict[str, list[Change]] = {}
        branches: dict[str, Any] = {}
        for branch, faults in by_branch.items():
            self._look.work.spend(end - start)
            try:
                changes = self._planned(faults)
            except UnrepairableError as error:
                if error.candidates:
                    raise
                continue
            text = _within(self._look.text, start, end, changes)
            found.setdefault(text, changes)
            branches.setdefault(text, fault.validator_value[branch])
        if len(found) > 1:
            return self._fitting(found, [fault.schema]) or self._deep(path, branches)
        return found

    def _deep(self, path: Path, branches: dict[str, Any]) -> dict[str, list[Change]]:
        """Return what fits after more than one round, when several branches are possible."""
        look = self._look
        if len(look.places.spans[path]) > 1:
            return {}
        ((start, end),) = look.places.spans[path]
        text = look.text[start:end]
        value = read(text)
        found: dict[str, list[Change]] = {}
        for branch in branches.values():
            inner = look.within(text, value, look.schema.part(branch))
            try:
                changes, _ = self._deeper(inner)
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
        """Return those of several texts that fit, one for each value.

        If one does, others that would with more changes make it one of several.
        """
        fitting: dict[bytes, str] = {}
        others: dict[str, Any] = {}
        for text in found:
            try:
                value = read(text)
            except NotStrictError:
                continue
            if fits_all(self._look.schema, schemas, value):
                fitting.setdefault(canonical(value), text)
            else:
                others[text] = value
        if len(fitting) == 1:
            for text, value in others.items():
                later = self._later(text, value, schemas[0])
                if later is not None:
                    fitting.setdefault(later, text)
        return {text: found[text] for text in fitting.values()}

    def _later(self, text: str, value: Any, schema: Any) -> bytes | None:
        """Return what a value becomes when it is made to fit, canonical; None if it cannot be."""
        look = self._look.within(text, value, self._look.schema.part(schema))
        try:
            return canonical(self._deeper(look)[1])
        except UnrepairableError as error:
            return canonical(value) if error.candidates else None


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def _within(text: str, start: int, end: int, changes: list[Change]) -> str:
    """Return a part of a text with the changes made that are in it."""
    inside = [
        change._replace(start=change.start - start, end=change.end - start)
        for change in changes
        if start <= change.start and change.end <= end
    ]
    return applied(text[start:end], inside)
