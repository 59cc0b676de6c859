"""How a call would be routed, told before it is made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from unillm.types.dataclass import dataclass
from unillm.types.decision import Decision, Excluded
from unillm.types.json import JsonRoundTrip
from unillm.types.looks import Looks
from unillm.types.money import amount
from unillm.types.routing import ExpectedCost

if TYPE_CHECKING:
    from rich.table import Table

_COLUMNS = ("", "candidate", "expected", "score", "quality", "why")
_WORDS = {"candidate", "why"}
"""Columns that hold words: they begin at the left."""
_WHY = 76
"""Characters of a line of reasons, as text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedTarget(JsonRoundTrip):
    """One candidate of a route, and what became of it.

    Attributes:
        name: What the route calls it.
        target: Whom it means, as ``provider:model``; None: nobody that the client has.
        path: The routes that lead to it, the outermost first; none: it was named directly.
        place: When it is asked, from 1; None: it is not.
        excluded: All that speaks against it, constraints first. Of candidates that only routes
            around it put aside, or that stand twice in them, there may be nothing.
        cost: What the call is expected to cost there, of the answer that is usual; None: nobody
            was found to ask.
        score: What its strategy ranked it by, in a unit of its own; None: it does not say.
        quality: What quality its route expects of it, from 0 to 1; None: it does not say.
        reason: Why it stands where it stands; empty: its strategy does not say.
        verified: Whether its answer is looked at, and the next asked where it will not do.
    """

    name: str
    target: str | None
    path: tuple[str, ...] = ()
    place: int | None = None
    excluded: tuple[Excluded, ...] = ()
    cost: ExpectedCost | None = None
    score: float | None = None
    quality: float | None = None
    reason: str = ""
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Explanation(Looks, JsonRoundTrip):
    """How a call would be routed if it were made now. It prints as a table, also in a notebook.

    Attributes:
        decision: The decision, as `ChatResponse.decision` would have it.
        candidates: Those that are asked, in order, then those that are not.
        notes: What else is to be known.
    """

    decision: Decision
    candidates: tuple[ExplainedTarget, ...]
    notes: tuple[str, ...] = ()

    @property
    def chosen(self) -> ExplainedTarget | None:
        """Return who would be asked first; None: nobody may be asked."""
        first = self.candidates[0] if self.candidates else None
        return first if first is not None and first.place is not None else None

    @property
    def excluded(self) -> tuple[ExplainedTarget, ...]:
        """Return those that would not be asked."""
        return tuple(one for one in self.candidates if one.place is None)

    @property
    def usd(self) -> Decimal | None:
        """Return what the call is expected to cost, in US dollars; None: that is not known.

        It is answered by whoever is asked first: what it costs where that fails is not in it, and
        the answers of those that are only looked at are counted at the first.
        """
        first = self.chosen
        return None if first is None or first.cost is None else first.cost.usd

    def __getitem__(self, name: str) -> ExplainedTarget:
        """Return a candidate by what its route calls it; the first of several.

        Raises:
            KeyError: None is called so.
        """
        for one in self.candidates:
            if one.name == name:
                return one
        raise KeyError(name)

    def __iter__(self) -> Iterator[ExplainedTarget]:
        """Go through the candidates."""
        return iter(self.candidates)

    def __len__(self) -> int:
        """Return how many candidates there are."""
        return len(self.candidates)

    def __str__(self) -> str:
        """Return the table as text, with what is said of it above and below."""
        rows = [_COLUMNS, *(_cells(one) for one in self.candidates)]
        shown = [place for place in range(len(_COLUMNS)) if _shows(rows, place)]
        widths = {at: max(len(row[at]) for row in rows) for at in shown[:-1]}
        lines = [line for row in rows for line in _lines(row, shown, widths)]
        return "\n".join([self._title(), *lines, *self._below()])

    __repr__ = __str__

    def __rich__(self) -> Table:
        """Return the table for rich."""
        from rich.table import Table
        from rich.text import Text

        table = Table(
            title=Text(self._title()),
            caption=Text("\n".join(self._below())),
            title_justify="left",
            caption_justify="left",
        )
        rows = [_COLUMNS, *(_cells(one) for one in self.candidates)]
        shown = [place for place in range(len(_COLUMNS)) if _shows(rows, place)]
        for at in shown:
            name = _COLUMNS[at]
            table.add_column(name, justify="left" if name in _WORDS else "right", overflow="fold")
        for row in rows[1:]:
            table.add_row(*(Text(row[at]) for at in shown))
        return table

    def _repr_markdown_(self) -> str:
        """Return the table for a notebook."""
        from unillm._markdown import inert, table

        rows = [_COLUMNS, *(_cells(one) for one in self.candidates)]
        shown = [place for place in range(len(_COLUMNS)) if _shows(rows, place)]
        first, *others = ([row[at] for at in shown] for row in rows)
        below = "".join(f"\n- {inert(one)}" for one in self._below())
        return f"**{inert(self._title())}**\n\n{table(first, others, _WORDS)}\n{below}"

    def _title(self) -> str:
        if self.decision.route is None:
            return f"{self.candidates[0].name}, named directly" if self.candidates else "nobody"
        return f"route {self.decision.route!r}, ranked by {self.decision.strategy}"

    def _below(self) -> list[str]:
        first = self.chosen
        if first is None:
            return ["nobody may be asked: the call would be refused, and nothing sent", *self.notes]
        usd = self.usd
        cost = first.cost
        price = "an unknown amount" if usd is None else amount(usd)
        why = (
            ""
            if cost is None
            else (
                f" for {cost.input_tokens:,} tokens of prompt and {cost.output_tokens:,} of answer"
                f"{f' ({cost.reason})' if cost.reason else ''}"
            )
        )
        said = [f"expected: {price}{why}"]
        if self.decision.sticky is not None:
            said.append(f"sticky: {self.decision.sticky} answered this session before")
        if self.decision.mirror:
            said.append(f"a copy goes to {', '.join(self.decision.mirror)}, at its own cost")
        return [*said, *self.notes]


def _cells(one: ExplainedTarget) -> tuple[str, ...]:
    usd = None if one.cost is None else one.cost.usd
    inner = f" ({' > '.join(one.path[1:])})" if len(one.path) > 1 else ""
    return (
        "-" if one.place is None else str(one.place),
        f"{one.name}{inner}",
        "?" if usd is None else amount(usd),
        "" if one.score is None else _score(one.score),
        "" if one.quality is None else f"{one.quality:g}",
        _why(one),
    )


def _score(score: float) -> str:
    """Return a score in four figures; small ones as amounts are, not as 1.2e-05."""
    short = f"{score:.4g}"
    return f"{Decimal(short):f}" if "e-" in short else short


def _why(one: ExplainedTarget) -> str:
    against = "; ".join(f"{each.by}: {each.reason}" for each in one.excluded)
    checked = "its answer is looked at" if one.verified else ""
    return against or "; ".join(filter(None, (one.reason, checked)))


def _shows(rows: Sequence[Sequence[str]], place: int) -> bool:
    """Tell whether a column has anything in it."""
    return place == len(_COLUMNS) - 1 or any(row[place] for row in rows[1:])


def _lines(row: Sequence[str], shown: Sequence[int], widths: dict[int, int]) -> Iterator[str]:
    """Give a row as text: reasons go on in lines of their own."""
    from textwrap import wrap

    cells = [
        row[at].ljust(widths[at]) if _COLUMNS[at] in _WORDS else row[at].rjust(widths[at])
        for at in shown[:-1]
    ]
    begun = "  ".join(cells)
    wrapped = wrap(row[shown[-1]], _WHY, break_long_words=False, break_on_hyphens=False) or [""]
    yield f"{begun}  {wrapped[0]}".rstrip()
    for more in wrapped[1:]:
        yield f"{'':{len(begun)}}  {more}"
