"""Use case: a matrix of who is good at what decides, row by row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, ClassVar

from unillm.errors import InvalidRequestError
from unillm.routing.cascade import valid
from unillm.routing.figures import names_in, names_of
from unillm.types.dataclass import dataclass
from unillm.types.facts import Fact
from unillm.types.health import Stats
from unillm.types.json import is_mapping
from unillm.types.routing import Candidate, Ranked, RouteRequest

TAG = "use_case"
"""The tag that says which row a call is of."""

_KINDS = ("@self-hosted", "@open-weights", "@images")
_FIELDS = ("first", "cascade", "reason", "source", "checked", "verified")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """One row of the matrix.

    Attributes:
        first: Who goes first, best first: model ids, ``prefix*``, or what a target is:
            ``@self-hosted``, ``@open-weights``, ``@images`` (it can be shown some).
        cascade: Whether an answer that cannot be used is thrown away and the next is asked.
        fact: Why, with its source; it is not ``verified`` where the order is not in the source
            itself, but follows from a figure there. None: nobody said.
    """

    first: tuple[str, ...]
    cascade: bool = False
    fact: Fact | None = None


@lru_cache(maxsize=1)
def recommendations() -> Mapping[str, Recommendation]:
    """Return the rows of the package, by label; their file is read once."""
    import tomllib
    from pkgutil import get_data  # importlib.resources takes ten times as long to import

    told = tomllib.loads((get_data("unillm.routing", "use_cases.toml") or b"").decode())
    sources: Mapping[str, str] = told["source"]
    rows: Mapping[str, Mapping[str, Any]] = told["rows"]
    return {
        label: _row(f"rows.{label}", {**row, "source": sources[row["source"]]}, None)
        for label, row in rows.items()
    }


@dataclass(frozen=True, slots=True)
class UseCase:
    """Rank those first whom the row of the call's use case names; the others as given.

    Which row that is the tag ``use_case`` says, else ``use_case``; without either the order of the
    route holds. Labels may be written with spaces, ``-`` or ``_``. The rows are in
    `recommendations`: opinions of April 2026 with their sources, made to be overridden.

    A row ranks and excludes nobody: that data must stay in a country is for `Constraints` to say.

    Attributes:
        use_case: The row of calls without the tag.
        rows: Rows by label, over those of the package: mappings with ``first`` (required of new
            ones), ``cascade``, ``reason``, ``source`` and ``checked``.

    Raises:
        InvalidRequestError: A row is wrong, or there is none of that label.
    """

    name: ClassVar[str] = "use_case"

    use_case: str | None = None
    rows: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    _rows: Mapping[str, Recommendation] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Lay the rows over those of the package."""
        if not is_mapping(self.rows):
            raise InvalidRequestError(f"rows must be rows by label, not {self.rows!r}")
        rows = dict(recommendations())
        for label, row in self.rows.items():
            kept = rows.get(_label(label))
            rows[_label(label)] = _row(f"rows.{label}", row, kept)
        object.__setattr__(self, "_rows", rows)
        if self.use_case is not None:
            self.row(self.use_case)

    def row(self, label: str) -> Recommendation:
        """Return the row of a label.

        Raises:
            InvalidRequestError: There is none.
        """
        found = self._rows.get(label) or self._rows.get(_label(label))
        if found is None:
            close = get_close_matches(_label(label), self._rows, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(self._rows)}"
            raise InvalidRequestError(f"no use case is called {label!r}; {hint}")
        return found

    def __call__(
        self, request: RouteRequest, candidates: Sequence[Candidate], _stats: Mapping[str, Stats]
    ) -> Ranked:
        """Rank the candidates.

        Raises:
            InvalidRequestError: No row has the call's label, or two candidates the same name.
        """
        names = names_of(candidates)
        label = request.scope.tags.get(TAG, self.use_case)
        if label is None:
            unnamed = dict.fromkeys(names[:1], "no use case was named")
            return Ranked(names, {}, unnamed, sticks=False)
        row = self.row(label)
        places = {one.name: _place(one, row.first) for one in candidates}
        last = len(row.first)
        why = row.fact.reason if row.fact else label
        return Ranked(
            tuple(sorted(names, key=places.__getitem__)),
            {},
            {name: why for name in names if places[name] < last},
            sticks=False,
            verify=valid if row.cascade else None,
        )


def _label(label: str) -> str:
    return re.sub(r"[\s_-]+", "-", label.strip().lower())


def _place(candidate: Candidate, first: Sequence[str]) -> int:
    """Return the place of the first entry that a candidate fits."""
    for at, entry in enumerate(first):
        if _fits(entry, candidate):
            return at
    return len(first)


def _fits(entry: str, candidate: Candidate) -> bool:
    target, info = candidate.target, candidate.target.info
    if entry in (candidate.name, target.model):
        return True
    if entry == "@self-hosted":
        return target.place.self_hosted is True
    if entry == "@open-weights":
        return info is not None and info.open_weights is True
    if entry == "@images":
        return info is not None and "image" in info.input
    names: tuple[str, ...] = (candidate.name, target.model, str(target))
    if info is not None:
        names += (info.id, *info.aliases, *info.legacy, *info.hosted)
    if entry.endswith("*"):
        return any(name.startswith(entry[:-1]) for name in names)
    return entry in names


def _row(place: str, row: Any, kept: Recommendation | None) -> Recommendation:
    """Read a row, and take what it does not say from the one it stands for."""
    if not is_mapping(row):
        raise InvalidRequestError(f'{place} must be a mapping such as {{"first": ["gpt-5.5"]}}')
    for key in row:
        if key not in _FIELDS:
            close = get_close_matches(str(key), _FIELDS, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"it may have {', '.join(_FIELDS)}"
            raise InvalidRequestError(f"{place} has {key!r}; {hint}")
    if "first" not in row and kept is None:
        raise InvalidRequestError(f"{place} is new and has no 'first'")
    first = names_in(f"{place}.first", row["first"]) if "first" in row else ()
    for entry in first:
        if entry.startswith("@") and entry not in _KINDS:
            raise InvalidRequestError(
                f"{place}.first: there is no {entry!r}; there are {', '.join(_KINDS)}"
            )
    cascade = row.get("cascade", kept.cascade if kept else False)
    if not isinstance(cascade, bool):
        raise InvalidRequestError(f"{place}.cascade must be True or False, not {cascade!r}")
    fact = kept.fact if kept and not first else None
    if "reason" in row:
        fact = Fact(
            reason=str(row["reason"]),
            source=str(row.get("source", "")),
            checked=str(row.get("checked", "")),
            verified=row.get("verified") is not False,
        )
    return Recommendation(first=first or (kept.first if kept else ()), cascade=cascade, fact=fact)
