"""``unillm fake``: a provider that answers, and fails, on command."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import get_args

import click
from rich.console import Console
from rich.table import Table

from unillm.testing import FakeOptions, FakeProvider, Served, Tally, faults, rules
from unillm.testing.answer import Dialect

__all__ = ["fake"]

_WIDE = 200


def _read_faults(_: click.Context, __: click.Parameter, given: Sequence[str]) -> dict[str, float]:
    wanted: dict[str, float] = {}
    for entry in given:
        name, _colon, probability = entry.partition(":")
        try:
            wanted[faults.get(name).name] = float(probability or "1")
        except KeyError as problem:
            raise click.BadParameter(str(problem.args[0])) from problem
        except ValueError as problem:
            message = f"{entry!r} is not NAME:PROBABILITY, such as cut-in-text:0.1"
            raise click.BadParameter(message) from problem
    return wanted


def _list_rules(context: click.Context, _: click.Parameter, host: str | None) -> None:
    if host and not context.resilient_parsing:
        for rule in rules.get(host).rules:
            doubt = "" if rule.fact.verified else "  (not certain)"
            click.echo(f"{rule.name:32} {rule.api or 'both':10} {rule.summary}{doubt}")
        context.exit()


def _list_faults(context: click.Context, _: click.Parameter, asked: bool) -> None:  # noqa: FBT001 - click's
    if asked and not context.resilient_parsing:
        for name in faults.names():
            click.echo(f"{name:32} {faults.get(name).summary}")
        context.exit()


@click.command()
@click.option("--port", default=8000, show_default=True, help="The port; 0 picks a free one.")
@click.option(
    "--fault",
    "chances",
    multiple=True,
    metavar="NAME:PROBABILITY",
    callback=_read_faults,
    help="Answer with this fault, so often (0 to 1; always without a number). May be repeated.",
)
@click.option("--seed", default=0, show_default=True, help="Chooses which requests get a fault.")
@click.option("--api-key", help="The only key that is let in; else everyone is.")
@click.option("--model", "models", multiple=True, help="The only model there is. May be repeated.")
@click.option(
    "--dialect", type=click.Choice(get_args(Dialect)), default="openai", show_default=True
)
@click.option(
    "--rules",
    "host",
    type=click.Choice(rules.names()),
    help="Refuse what this host refuses, in its words. Overrules --dialect.",
)
@click.option(
    "--list-rules",
    type=click.Choice(rules.names()),
    is_eager=True,
    expose_value=False,
    callback=_list_rules,
    help="List the rules of a host and leave.",
)
@click.option(
    "--list-faults",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list_faults,
    help="List the faults and leave.",
)
def fake(
    *,
    port: int,
    chances: dict[str, float],
    seed: int,
    api_key: str | None,
    models: Sequence[str],
    dialect: Dialect,
    host: str | None,
) -> None:
    """Serve a fake provider on 127.0.0.1 until Ctrl-C, and add up what it served.

    It echoes, calls the tools it is offered, and fails where the model is named after a fault.
    """
    options = FakeOptions(
        faults=chances,
        seed=seed,
        api_key=api_key,
        models=models or None,
        dialect=dialect,
        rules=host,
    )
    width = None if sys.stdout.isatty() else _WIDE  # a file or a pipe has no width
    console = Console(width=width, soft_wrap=True, highlight=False, markup=False)
    try:
        provider = FakeProvider(port=port, **options)
    except ValueError as problem:
        raise click.UsageError(str(problem)) from problem
    provider.on_served(partial(_tell, console))
    with _until_interrupted() as interrupted:
        try:
            provider.start()
        except OSError as problem:
            message = f"port {port} is taken ({problem.strerror}): choose another, or --port 0"
            raise click.ClickException(message) from problem
        console.print(f"{provider.base_url}  (Ctrl-C ends it)")
        interrupted.wait()
    provider.stop()
    console.print(_bill(provider.bill))


class _until_interrupted:  # noqa: N801 - reads as a statement
    """Make Ctrl-C and a polite kill set an event instead of raising anywhere."""

    def __enter__(self) -> threading.Event:
        over = threading.Event()

        def end(_number: int, _frame: FrameType | None) -> None:
            over.set()

        signals = (signal.SIGINT, signal.SIGTERM)
        self._before = {number: signal.signal(number, end) for number in signals}
        return over

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


def _tell(console: Console, served: Served) -> None:
    with suppress(BrokenPipeError):  # whoever read this has gone; those who ask have not
        console.print(_line(served))


def _line(served: Served) -> str:
    """Return what is shown of one answer."""
    seen, usage = served.seen, served.usage
    tokens = "no usage" if usage is None else f"{usage.input_tokens} in, {usage.output_tokens} out"
    status = "no status" if served.status is None else str(served.status)
    kind = "stream" if seen.wants_stream else "body"
    told = [time.strftime("%H:%M:%S"), seen.method, seen.path, served.model, kind, status, tokens]
    told += [f"fault {served.fault}"] if served.fault else []
    told += [f"refused by the rule {served.rule}"] if served.rule else []
    told += [] if served.end == "whole" else ["client left" if served.left_early else served.end]
    return "  ".join(told)


def _bill(bill: dict[str, Tally]) -> Table | str:
    """Return what is shown at the end."""
    if not bill:
        return "Nothing was asked."
    table = Table(box=None, pad_edge=False)
    table.add_column("model", overflow="fold")
    for column in ("requests", "with usage", "input", "cached", "output", "reasoning"):
        table.add_column(column, justify="right")
    for model, tally in bill.items():
        numbers = (
            *(tally.requests, tally.reported, tally.input_tokens, tally.cached_input_tokens),
            *(tally.output_tokens, tally.reasoning_tokens),
        )
        table.add_row(model, *(f"{number:,}" for number in numbers))
    return table
