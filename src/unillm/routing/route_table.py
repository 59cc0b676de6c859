"""What to expect of each model at each kind of task: the file that evals write."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias, get_args

from unillm.errors import InvalidRequestError
from unillm.routing.figures import amount, several
from unillm.types.dataclass import dataclass
from unillm.types.json import is_mapping, is_table

OVERALL = "*"
"""The label of a row that is about all tasks."""

Form: TypeAlias = Literal["json", "csv", "toml"]
"""How a table is written."""

_VERSION = "unillm_route_table"
_COLUMNS = ("task", "model", "quality", "cost", "calls")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What to expect of one model at one kind of task.

    Attributes:
        task: The label of the task; ``*``: all tasks.
        model: The model, as the route calls it, as ``provider:model``, or by its id alone.
        quality: The mean quality of its answers, from 0 to 1.
        cost: The mean cost of a call in US dollars, failed ones included; None: not known.
        calls: How many calls that was measured on; 0: not said.
    """

    task: str
    model: str
    quality: float
    cost: float | None = None
    calls: int = 0


@dataclass(frozen=True, slots=True)
class RouteTable:
    """Expected quality and cost by task and model.

    As JSON it is ``{"unillm_route_table": 1, "rows": [{"task": …, "model": …, "quality": …,
    "cost": …, "calls": …}, …]}``; as TOML the same with ``[[rows]]``; as CSV a header with these
    five names, and a row each. ``cost`` and ``calls`` may be missing or empty. Rows of the task
    ``*`` are about all tasks; a model without one has the mean of its rows, weighted by calls.

    Attributes:
        rows: The rows; a task and a model stand together once.

    Raises:
        InvalidRequestError: There is no row, one is wrong, or two are about the same.
    """

    rows: tuple[Expected, ...]

    def __post_init__(self) -> None:
        """Look at the rows."""
        object.__setattr__(self, "rows", tuple(self.rows))
        if not self.rows:
            raise InvalidRequestError("the table has no rows")
        seen: set[tuple[str, str]] = set()
        for row in self.rows:
            if (row.task, row.model) in seen:
                raise InvalidRequestError(f"the table has {row.model!r} at {row.task!r} twice")
            seen.add((row.task, row.model))

    @classmethod
    def from_results(
        cls, results: Iterable[tuple[str, str, float, float | None]], *, overall: bool = True
    ) -> RouteTable:
        """Return the table of single results.

        Args:
            results: Task, model, quality from 0 to 1, and cost in US dollars (None: not known),
                one for each call that was judged.
            overall: Whether to add rows about all tasks.

        Raises:
            InvalidRequestError: There is no result, or one is wrong.
        """
        sums: dict[tuple[str, str], list[float]] = {}
        for task, model, quality, cost in results:
            good = amount(f"the quality of {model!r} at {task!r}", quality, most=1)
            paid = None if cost is None else amount(f"the cost of {model!r} at {task!r}", cost)
            for label in (task, OVERALL) if overall else (task,):
                total = sums.setdefault((label, model), [0.0, 0.0, 0, 0])
                total[0] += good
                total[2] += 1
                if paid is not None:
                    total[1] += paid
                    total[3] += 1
        return cls(
            tuple(
                Expected(
                    task=task,
                    model=model,
                    quality=min(good / calls, 1.0),
                    cost=paid / priced if priced else None,
                    calls=int(calls),
                )
                for (task, model), (good, paid, calls, priced) in sums.items()
            )
        )

    @classmethod
    def from_data(cls, data: Any) -> RouteTable:
        """Return the table of decoded JSON or TOML: a list of rows, or a mapping that has them.

        Raises:
            InvalidRequestError: It is not of that form.
        """
        rows: Any = data
        if is_mapping(data):
            version: Any = data.get(_VERSION, 1)
            if isinstance(version, bool) or version != 1:
                raise InvalidRequestError(f"this version of unillm reads tables 1, not {version!r}")
            rows = data.get("rows")
        listed = several(rows)
        if listed is None:
            more = "; write a data frame with to_csv()" if is_table(rows) else ""
            raise InvalidRequestError(f"a table is a list of rows, not {type(rows).__name__}{more}")
        return cls(tuple(_row(f"row {at}", row) for at, row in enumerate(listed, start=1)))

    @classmethod
    def from_text(cls, text: str, form: Form = "json") -> RouteTable:
        """Read a table that `to_text` or anybody else wrote.

        Args:
            text: What is in the file.
            form: ``json``, ``csv`` or ``toml``.

        Raises:
            InvalidRequestError: It is not of that form.
        """
        _check(form)
        import tomllib

        try:
            if form == "csv":
                data: Any = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
            else:
                data = json.loads(text) if form == "json" else tomllib.loads(text)
        except (ValueError, RecursionError, csv.Error) as problem:
            raise InvalidRequestError(f"the table is no {form.upper()}: {problem}") from problem
        return cls.from_data(data)

    def to_text(self, form: Form = "json") -> str:
        """Write the table so that `from_text` reads an equal one.

        Args:
            form: ``json``, ``csv`` or ``toml``.

        Raises:
            InvalidRequestError: There is no such form.
        """
        _check(form)
        if form == "csv":
            file = io.StringIO()
            writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
            writer.writerow(_COLUMNS)
            writer.writerows([getattr(row, name) for name in _COLUMNS] for row in self.rows)
            return file.getvalue()
        rows = [
            {name: value for name in _COLUMNS if (value := getattr(row, name)) is not None}
            for row in self.rows
        ]
        if form == "json":
            lines = ",\n".join(f"  {json.dumps(row, ensure_ascii=False)}" for row in rows)
            return f'{{"{_VERSION}": 1, "rows": [\n{lines}\n]}}\n'
        parts = [f"{_VERSION} = 1\n"]
        for row in rows:
            fields = "".join(f"{name} = {_toml(value)}\n" for name, value in row.items())
            parts.append(f"[[rows]]\n{fields}")
        return "\n".join(parts)


def _toml(value: str | float) -> str:
    """Write a value as TOML: as JSON does, but for surrogates in pairs and the character DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _check(form: Any) -> None:
    if form not in get_args(Form):
        forms = ", ".join(get_args(Form))
        raise InvalidRequestError(f"a table is written as one of {forms}, not {form!r}")


def _row(place: str, row: Any) -> Expected:
    if not is_mapping(row):
        raise InvalidRequestError(f"{place} must have {', '.join(_COLUMNS)}, and is {row!r}")
    unknown = [str(name) for name in row if name not in _COLUMNS]
    if unknown:
        raise InvalidRequestError(f"{place} has {unknown[0]!r}; rows have {', '.join(_COLUMNS)}")
    for name in ("task", "model"):
        if not isinstance(row.get(name), str) or not row[name]:
            raise InvalidRequestError(f"{place}: {name} must be a text, not {row.get(name)!r}")
    calls = _number(f"{place}: calls", row, "calls") or 0.0
    return Expected(
        task=row["task"],
        model=row["model"],
        quality=amount(f"{place}: quality", _number(f"{place}: quality", row, "quality"), most=1),
        cost=_number(f"{place}: cost", row, "cost"),
        calls=int(calls),
    )


def _number(place: str, row: Mapping[str, Any], name: str) -> float | None:
    """Return a number of a row; it may be missing, and in CSV numbers are texts."""
    given = row.get(name)
    if given is None or given == "":
        return None
    try:
        value: Any = float(given) if isinstance(given, str) else given
    except ValueError:
        value = given
    return amount(place, value)
