"""What ``unillm serve`` prints."""

from __future__ import annotations

import shlex
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from unillm import AsyncClient
    from unillm.types.record import Record

__all__ = ["greet", "tell", "tell_refusal"]

_SHORT = 12
"""Characters of a session's name that are shown."""


def greet(base: str, key: str | None, kept: Path, client: AsyncClient, file: Path | None) -> None:
    """Print where it answers, who can be asked, and how to go on.

    Args:
        base: The address.
        key: The key, if it was made just now: it is shown once.
        kept: The file in which it is kept.
        client: Who answers.
        file: The configuration that was read; None: there is none.
    """
    click.echo(f"{base}/v1  (Ctrl-C ends it)")
    if file is not None:
        click.echo(f"Configuration: {file}")
    click.echo(_who(client))
    if key is not None:
        click.echo(f"A key was made, and is kept in {kept}:")
        click.echo(f"export OPENAI_BASE_URL={base}/v1 OPENAI_API_KEY={key}")
    click.echo("unillm serve --print-env AGENT tells what to set for an agent.")
    if client.ledger is not None:
        where = client.ledger.where
        usual = where == str(kept.with_name("ledger.db"))  # which `unillm spend` finds by itself
        named = "" if usual else f" --ledger {shlex.quote(where)}"
        click.echo(f"What is spent: unillm spend --by session{named}")


def _who(client: AsyncClient) -> str:
    """Return the providers that can be asked, and the routes.

    Servers on this machine need no key, and nothing tells whether they are there: those that
    nobody has spoken of are not listed.
    """
    config = client._config  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - of one package
    there = [one for one in config.servers.values() if not (one.missing_key or one.unusable)]
    named = [one.name for one in there if one.api_key or one.base_url != one.profile.base_url]
    routes = "".join(f", route:{name}" for name in config.routes)
    if named:
        return f"Who can be asked: {', '.join(named)}{routes}"
    local = f" but {', '.join(one.name for one in there)} on this machine" if there else ""
    return (
        f"No provider has a key: nobody can be asked{local}. Set DEEPSEEK_API_KEY, OPENAI_API_KEY "
        "or another in this shell, and start it again."
    )


def tell(record: Record) -> None:
    """Print one line of an operation, on standard error: who asked, who answered, what it cost."""
    usage, response = record.usage, record.response
    calls = () if response is None else response.tool_calls
    repaired = sum(bool(call.repairs) or call.origin == "rescued" for call in calls)
    took = "no usage" if record.attempts else "not sent"
    if usage is not None:
        took = f"{usage.input_tokens:,} in, {usage.output_tokens:,} out"
    parts = [
        time.strftime("%H:%M:%S"),
        record.tags.get("agent", ""),
        (record.session or "")[:_SHORT],
        f"{record.provider}:{record.model}",
        record.outcome if record.error is None else type(record.error).__name__,
        took,
        record.cost.brief,
    ]
    parts += [f"{len(record.attempts)} attempts"] if len(record.attempts) > 1 else []
    parts += [f"{repaired} repaired"] if repaired else []
    with suppress(BrokenPipeError):  # whoever read this has gone; those who ask have not
        click.echo("  ".join(part for part in parts if part), file=sys.stderr)


def tell_refusal(status: int, why: str) -> None:
    """Print one line of a request that was refused before anything was asked, on standard error."""
    with suppress(BrokenPipeError):
        click.echo(f"{time.strftime('%H:%M:%S')}  refused ({status})  {why}", err=True)
