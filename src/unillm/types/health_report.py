"""How targets fare, for people: a value, and a table of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from unillm.types.dataclass import dataclass
from unillm.types.health import State, Stats
from unillm.types.json import JsonRoundTrip
from unillm.types.looks import Looks

if TYPE_CHECKING:
    from rich.table import Table

_COLUMNS = (
    "target",
    "state",
    "under way",
    "failed",
    "first token",
    "per token",
    "left",
)
_SAID: dict[State, str] = {"half_open": "half open", "quota": "no quota"}
_DASH = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetHealth(JsonRoundTrip):
    """How one target fares. Times are seconds; None is not known.

    Attributes:
        target: Provider, model and host.
        state: Whether it is asked: ``closed`` as ever, ``open`` not for a while, ``half_open`` one
            call finds out, ``quota`` its account has nothing left.
        changes_in: Seconds until that changes by itself; None: not by itself.
        in_flight: How many attempts are under way.
        limit: How many may be at once; None: as many as one likes.
        headroom: What share of its rate limits is left, from 0 to 1.
        first_token: Seconds to the first token, lately.
        per_token: Seconds per token after it, lately.
        output_tokens: How many tokens answers have, reasoning included.
        requests: How many attempts the breaker looks at.
        failures: How many of them failed, by no fault of the caller's.
    """

    target: str
    state: State = "closed"
    changes_in: float | None = None
    in_flight: int = 0
    limit: int | None = None
    headroom: float | None = None
    first_token: float | None = None
    per_token: float | None = None
    output_tokens: float | None = None
    requests: float = 0.0
    failures: float = 0.0

    @classmethod
    def of(cls, key: str, stats: Stats, now: float) -> TargetHealth:
        """Return what is told of a target at a moment of the clock its `Stats` go by."""
        return cls(
            target=key,
            state=stats.state,
            changes_in=None if stats.until is None else max(0.0, stats.until - now),
            in_flight=stats.in_flight,
            limit=stats.limit,
            headroom=stats.headroom,
            first_token=stats.first_token,
            per_token=stats.per_token,
            output_tokens=stats.output_tokens,
            requests=stats.requests,
            failures=stats.failures,
        )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class HealthReport(Looks, JsonRoundTrip):
    """How the targets of a client fare. It prints as a table, also in a notebook and with rich.

    Attributes:
        at: When, in seconds since 1970.
        targets: Each that was asked.
    """

    at: float
    targets: tuple[TargetHealth, ...] = ()

    def __getitem__(self, target: str) -> TargetHealth:
        """Return a target by its name, or by the part of it before ``@``.

        Raises:
            KeyError: None is called so, or several are.
        """
        found = [one for one in self.targets if target in {one.target, _short(one.target)}]
        if len(found) != 1:
            raise KeyError(target)
        return found[0]

    def __iter__(self) -> Iterator[TargetHealth]:
        """Go through the targets."""
        return iter(self.targets)

    def __len__(self) -> int:
        """Return how many targets there are."""
        return len(self.targets)

    def __str__(self) -> str:
        """Return the table as text."""
        if not self.targets:
            return "no target was asked yet"
        rows = [_COLUMNS, *map(_cells, self.targets)]
        widths = [max(len(row[at]) for row in rows) for at in range(len(_COLUMNS))]
        lines = [
            "  ".join(
                cell.ljust(width) if at < _WORDS else cell.rjust(width)
                for at, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        ]
        return "\n".join(lines)

    __repr__ = __str__

    def __rich__(self) -> Table:
        """Return the table for rich."""
        from rich.table import Table

        table = Table()
        for at, name in enumerate(_COLUMNS):
            table.add_column(name, justify="left" if at < _WORDS else "right")
        for one in self.targets:
            table.add_row(*(cell.replace("[", r"\[") for cell in _cells(one)))
        return table

    def _repr_markdown_(self) -> str:
        """Return the table for a notebook."""
        if not self.targets:
            return str(self)
        from unillm._markdown import table

        return table(_COLUMNS, map(_cells, self.targets), _COLUMNS[:_WORDS])


_WORDS = 2
"""So many of the columns hold words: they begin at the left."""


def _short(key: str) -> str:
    return key.partition("@")[0]


def _cells(one: TargetHealth) -> tuple[str, ...]:
    state = _SAID.get(one.state, one.state)
    if one.changes_in is not None:
        state += f", {one.changes_in:.0f} s"
    running = f"{one.in_flight}" if one.limit is None else f"{one.in_flight}/{one.limit:,}"
    return (
        one.target,
        state,
        running,
        f"{one.failures:.0f}/{one.requests:.0f}" if one.requests else _DASH,
        _DASH if one.first_token is None else f"{one.first_token:.2f} s",
        _DASH if one.per_token is None else f"{one.per_token * 1000:.1f} ms",
        _DASH if one.headroom is None else f"{one.headroom:.0%}",
    )
