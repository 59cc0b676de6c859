"""``unillm route replay``: what another route would have cost on the calls of a ledger."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from unillm.errors import UnillmError

if TYPE_CHECKING:
    from unillm._client.config import Config
    from unillm.types.replay import Replay, ReplayCost
    from unillm.types.usage import Cost

__all__ = ["replay"]

_WIDE = 250


@click.command()
@click.argument("ledger", required=False)
@click.option(
    "--route",
    "file",
    required=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A unillm.toml with the route, its providers and constraints.",
)
@click.option("--name", help="Which route of the file. [default: the only one, or its model]")
@click.option("--since", metavar="WHEN", help="From when on: 7d, 12h, 2026-11-01, month, today.")
@click.option("--until", metavar="WHEN", help="Until when, which is not included.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def replay(
    *,
    ledger: str | None,
    file: Path,
    name: str | None,
    since: str | None,
    until: str | None,
    as_json: bool,
) -> None:
    """Show what a route would have cost on past calls, and how often it had chosen otherwise.

    LEDGER is a file, or a URL of PostgreSQL; without it, that of UNILLM_LEDGER. Nothing is sent,
    and no key is needed. A cost that is not known is never counted as nothing: an estimate begins
    with ~, $1.00\u20131.40 are two bounds, and ≥ $1.00 is what is known of more.
    """
    from unillm._client.replaying import replay_with

    where = ledger or os.environ.get("UNILLM_LEDGER", "")
    if not where:
        raise click.UsageError("there is no ledger: name one, or set UNILLM_LEDGER")
    try:
        config = _config(file)
        found = replay_with(config, where, name or _only(config), since=since, until=until)
    except UnillmError as error:
        raise click.ClickException(error.message) from error
    if as_json:
        click.echo(json.dumps(_object(found), indent=2))
    else:
        _show(found)


def _config(file: Path) -> Config:
    """Return the configuration of a file, without the ledger that it may name."""
    from unillm._client.config import Config
    from unillm._client.config_file import configured

    options = configured(file, {})
    options.pop("ledger", None)
    providers = options.pop("providers", None)
    return Config.read(providers=providers, options=options)


def _only(config: Config) -> str:
    """Return the route that is meant where none is named.

    Raises:
        click.UsageError: There is none, or there are several.
    """
    from unillm._client.routes import find_route

    names = list(config.routes)
    if len(names) == 1:
        return names[0]
    usual = find_route(config, None)
    if usual is not None:
        return usual
    there = f"it has {', '.join(names)}: say --name" if names else "it has none"
    raise click.UsageError(f"which route of the file? {there}")


def _object(found: Replay) -> dict[str, Any]:
    plain = found.to_dict()
    return {**plain, "share": found.share, "saved": found.saved.to_dict()}


def _show(found: Replay) -> None:
    width = None if sys.stdout.isatty() else _WIDE  # a file or a pipe has no width
    console = Console(width=width, highlight=False, markup=False)
    begin = "the beginning" if found.since is None else f"{found.since:%Y-%m-%d %H:%M}"
    end = "now" if found.until is None else f"{found.until:%Y-%m-%d %H:%M}"
    title = f"Route {found.route} on the calls from {begin} to {end} (UTC)"
    console.print(title.replace(" 00:00", ""), style="bold")
    if found.rows:
        console.print(_table(found))
    for line in _sentences(found):
        console.print(line, soft_wrap=True)
    console.print("Taken for granted:")
    for line in found.assumptions:
        console.print(f"- {line}", soft_wrap=True)


def _table(found: Replay) -> Table:
    table = Table(box=None, pad_edge=False, show_footer=True)
    table.add_column("first target", "total", overflow="fold")
    for head, foot in (
        ("calls before", f"{found.decided:,}"),
        ("after", f"{found.decided:,}"),
        ("cost before", _money(found.before.cost)),
        ("after", _money(found.after.cost)),
    ):
        table.add_column(head, foot, justify="right", no_wrap=True)
    for row in found.rows:
        table.add_row(
            _plain(row.target),
            f"{row.calls_before:,}",
            f"{row.calls_after:,}",
            _money(row.before.cost) if row.calls_before else "",
            _money(row.after.cost) if row.calls_after else "",
        )
    return table


def _sentences(found: Replay) -> Iterator[str]:
    if found.share is None:
        yield f"None of {found.calls:,} calls could be decided again."
    else:
        yield (
            f"{found.changed:,} of {found.decided:,} calls would have asked another target first: "
            f"{found.share:.1%}"
        )
        yield _saved(found.saved)
    for what, sums in (("before", found.before), ("after", found.after)):
        yield from _doubts(what, sums)
    for skip in found.skipped:
        calls = "call" if skip.calls == 1 else "calls"
        yield f"left out: {skip.calls:,} {calls} ({_money(skip.cost.cost)}): {_plain(skip.reason)}"
    for one in found.excluded:
        calls = "call" if one.calls == 1 else "calls"
        yield (
            f"{_plain(one.name)} could not be asked for {one.calls:,} {calls} ({one.by}): "
            f"{_plain(one.reason)}"
        )


def _saved(saved: Cost) -> str:
    from unillm.types.usage import highest, lowest

    low, high = lowest(saved), highest(saved)
    if low is None or high is None:
        return "how much less or more that is cannot be told: a cost has no bound"
    if low == high == 0:
        return "it would have cost the same"
    if high <= 0:
        return f"it would have cost {_span(-high, -low, saved)} more"
    if low < 0:
        return f"it would have cost up to {_span(high, high, saved)} less or {_amount(-low)} more"
    return f"it would have cost {_span(low, high, saved)} less"


def _span(low: Decimal, high: Decimal, saved: Cost) -> str:
    from unillm.types.money import span

    about = "~" if saved.state == "estimated" else ""
    return f"{about}{_amount(low)}" if low == high else span(low, high)


def _amount(usd: Decimal) -> str:
    from unillm.types.money import amount

    return amount(usd)


def _doubts(what: str, sums: ReplayCost) -> Iterator[str]:
    calls = sums.exact + sums.estimated + sums.bounded + sums.unknown
    for count, how in (
        (sums.unknown, "is not known, and not in the sum"),
        (sums.bounded, "has two bounds"),
        (sums.estimated, "is an estimate"),
    ):
        if count:
            yield f"{what}: the cost of {count:,} of {calls:,} calls {how}"


def _money(cost: Cost) -> str:
    from unillm.ledger.pictures import money

    return money(cost)


def _plain(text: str) -> str:
    """Return text without what would move the cursor: names come from ledgers and files."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
