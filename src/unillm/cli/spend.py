"""``unillm spend``: what was spent, by what, read from a ledger."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from unillm.cli.state import state_folder
from unillm.errors import UnillmError

if TYPE_CHECKING:
    from unillm.ledger import Spend, SpendRow

__all__ = ["spend"]

_WIDE = 250
_NARROW = 100
_USUAL = "30d"


@click.command()
@click.option(
    "--by",
    default="day",
    show_default=True,
    metavar="WHAT",
    help="model, provider, day, task, subtask, user, route, strategy, role, session, agent, or "
    "tag:KEY; several with commas: agent,session.",
)
@click.option(
    "--since",
    metavar="WHEN",
    help=f"From when on: 7d, 12h, 2026-11-01, month, today; all: from the beginning. "
    f"[default: {_USUAL}]",
)
@click.option("--until", metavar="WHEN", help="Until when, which is not included.")
@click.option(
    "--baseline", metavar="MODEL", help="What the same tokens cost there: openai:gpt-5.5."
)
@click.option(
    "--ledger",
    metavar="PATH|URL",
    help="The ledger: a file, or a URL of PostgreSQL. [default: UNILLM_LEDGER, or the one "
    "that `unillm serve` keeps]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the rows as CSV.")
def spend(
    *,
    by: str,
    since: str | None,
    until: str | None,
    baseline: str | None,
    ledger: str | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Show what was spent, from the ledger that clients keep with ledger=….

    Days are those of UTC. A cost that is not known is never counted as nothing: an estimate
    begins with ~, $1.00\u20131.40 are two bounds, and ≥ $1.00 is what is known of more.
    """
    from unillm.ledger import Ledger

    if as_json and as_csv:
        raise click.UsageError("give --json or --csv, not both")
    where = ledger or os.environ.get("UNILLM_LEDGER") or _of_the_gateway()
    if where is None:
        raise click.UsageError(
            "there is no ledger: give --ledger PATH, or set UNILLM_LEDGER; `unillm serve` makes one"
        )
    begin = None if since == "all" else since or _USUAL
    try:
        found = Ledger(where).spend(by, since=begin, until=until, baseline=baseline)
    except UnillmError as error:
        raise click.ClickException(error.message) from error
    if as_json:
        click.echo(json.dumps(_object(found), indent=2))
    elif as_csv:
        click.echo(_csv(found), nl=False)
    else:
        _show(found)


def _of_the_gateway() -> Path | None:
    """Return the ledger that ``unillm serve`` keeps if it is told of no other, if there is one."""
    path = state_folder() / "ledger.db"
    return path if path.is_file() else None


def _object(found: Spend) -> dict[str, object]:
    plain = found.to_dict()
    plain["rows"] = [_flat(found, row) for row in found.rows]
    plain["total"] = _flat(found, found.total)
    return plain


def _flat(found: Spend, row: SpendRow) -> dict[str, object]:
    from unillm.ledger.spend import flat

    named = flat(row, found.by).items()
    return {name: f"{v:f}" if isinstance(v, Decimal) else v for name, v in named}


def _csv(found: Spend) -> str:
    rows = [_flat(found, row) for row in found.rows]
    names = list(_flat(found, found.total))
    written = io.StringIO()
    writer = csv.DictWriter(written, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()


def _show(found: Spend) -> None:
    from unillm.ledger.pictures import whole

    width = None if sys.stdout.isatty() else _WIDE  # a file or a pipe has no width
    console = Console(width=width, highlight=False, markup=False)
    begin = "the beginning" if found.since is None else f"{found.since:%Y-%m-%d %H:%M}"
    end = "now" if found.until is None else f"{found.until:%Y-%m-%d %H:%M}"
    title = f"Spend by {found.by}, {begin} to {end} (UTC)".replace(" 00:00", "")
    console.print(title, style="bold")
    if found.rows:
        console.print(_table(found, narrow=console.width < _NARROW))
    else:
        console.print("Nothing was recorded in it.")
    for line in whole(found):
        console.print(line, soft_wrap=True)


def _table(found: Spend, *, narrow: bool) -> Table:
    from unillm.ledger.pictures import money

    table = Table(box=None, pad_edge=False, show_footer=True)
    total = found.total
    table.add_column(found.by, "total", overflow="fold")
    for name, figure in _figures(total, narrow=narrow):
        table.add_column(name, figure, justify="right", no_wrap=True)
    table.add_column("cost", money(total.cost), justify="right", no_wrap=True)
    for row in found.rows:
        label = "(none)" if row.group is None else _plain(row.group)
        figures = (figure for _, figure in _figures(row, narrow=narrow))
        table.add_row(label, *figures, money(row.cost))
    return table


def _figures(row: SpendRow, *, narrow: bool) -> list[tuple[str, str]]:
    shown = _short if narrow else "{:,}".format
    figures = [
        ("calls", f"{row.calls:,}"),
        ("failed", f"{row.errors:,}" if row.errors else ""),
        ("input", shown(row.input_tokens)),
        ("cached", shown(row.cached_input_tokens)),
        ("output", shown(row.output_tokens)),
    ]
    return (
        figures if narrow else [*figures, ("tokens", shown(row.input_tokens + row.output_tokens))]
    )


def _plain(text: str) -> str:
    """Return text without what would move the cursor, or worse: users and tags hold anything."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def _short(count: int) -> str:
    """Return a count in thousands or millions, where it has so many."""
    for size, unit in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= max(size, 10_000):
            return f"{count / size:,.1f}{unit}"
    return f"{count:,}"
