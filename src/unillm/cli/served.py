"""What ``unillm serve`` prints."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from unillm.ledger import Ledger
    from unillm.types.record import Record

__all__ = ["greet", "tell"]

_SHORT = 12
"""Characters of a session's name that are shown."""


def greet(base: str, key: str | None, kept: Path, ledger: Ledger | None) -> None:
    """Print where it answers, and how to go on.

    Args:
        base: The address.
        key: The key, if it was made just now: it is shown once.
        kept: The file in which it is kept.
        ledger: Where operations are kept.
    """
    click.echo(f"{base}/v1  (Ctrl-C ends it)")
    if key is not None:
        click.echo(f"A key was made, and is kept in {kept}:")
        click.echo(f"export OPENAI_BASE_URL={base}/v1 OPENAI_API_KEY={key}")
    click.echo("unillm serve --print-env AGENT tells what to set for an agent.")
    if ledger is not None:
        click.echo(f"What is spent: unillm spend --by session --ledger {ledger.where}")


def tell(record: Record) -> None:
    """Print one line of an operation, on standard error: who asked, who answered, what it cost."""
    usage, response = record.usage, record.response
    calls = () if response is None else response.tool_calls
    repaired = sum(bool(call.repairs) or call.origin == "rescued" for call in calls)
    parts = [
        time.strftime("%H:%M:%S"),
        record.tags.get("agent", ""),
        (record.session or "")[:_SHORT],
        f"{record.provider}:{record.model}",
        record.outcome if record.error is None else type(record.error).__name__,
        "no usage" if usage is None else f"{usage.input_tokens:,} in, {usage.output_tokens:,} out",
        record.cost.brief,
    ]
    parts += [f"{len(record.attempts)} attempts"] if len(record.attempts) > 1 else []
    parts += [f"{repaired} repaired"] if repaired else []
    with suppress(BrokenPipeError):  # whoever read this has gone; those who ask have not
        click.echo("  ".join(part for part in parts if part), file=sys.stderr)
