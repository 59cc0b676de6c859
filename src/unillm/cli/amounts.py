"""Numbers, shares and days as they are written in a shell."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import click

from unillm.types.brief import brief

__all__ = ["read_instant", "read_mix", "read_share", "read_tokens"]

_TOKENS = re.compile(r"([0-9]+(?:_[0-9]+)*)(?:\.([0-9]+))? ?([kmbt]?)", re.IGNORECASE | re.ASCII)
_ZEROS = {"": 0, "k": 3, "m": 6, "b": 9, "t": 12}
_MOST = 10**18
"""More tokens than the world makes in a month; beyond it a slip of the keyboard is likelier."""
_NUMBER = r"([0-9]{1,9}(?:\.[0-9]{1,9})?)"
_MIX = re.compile(rf"{_NUMBER} ?%? ?[/:] ?{_NUMBER} ?%?", re.ASCII)
_SHARE = re.compile(rf"{_NUMBER} ?(%?)", re.ASCII)


def read_tokens(_: click.Context, __: click.Parameter, given: str) -> int:
    """Read ``40M``, ``1.5B``, ``250k`` or ``1_000``.

    Raises:
        click.BadParameter: It is no such number.
    """
    found = _TOKENS.fullmatch(given.strip())
    if found is None:
        raise click.BadParameter(f"{given!r} is no number of tokens, such as 40M, 250k or 1_000")
    whole, part, unit = found[1].replace("_", ""), found[2] or "", _ZEROS[found[3].lower()]
    if len(part.rstrip("0")) > unit:
        raise click.BadParameter(f"{given!r} is no whole number of tokens")
    tokens = Decimal(f"{whole}.{part or 0}").scaleb(unit)
    if not 0 < tokens <= _MOST:
        raise click.BadParameter(f"{brief(given)!r} is not from 1 to {_MOST:,}")
    return int(tokens)


def read_mix(_: click.Context, __: click.Parameter, given: str) -> Fraction:
    """Read ``50/50`` or ``3:1`` as the share of the input.

    Raises:
        click.BadParameter: It is no such thing.
    """
    found = _MIX.fullmatch(given.strip())
    parts = [Fraction(part) for part in found.groups()] if found else []
    if not sum(parts):
        raise click.BadParameter(f"{given!r} is no mix of input and output, such as 50/50 or 3:1")
    return parts[0] / sum(parts)


def read_share(_: click.Context, __: click.Parameter, given: str | None) -> Fraction | None:
    """Read ``30%`` or ``0.3``.

    Raises:
        click.BadParameter: It is no such thing.
    """
    if given is None:
        return None
    found = _SHARE.fullmatch(given.strip())
    share = None if found is None else Fraction(found[1]) / (100 if found[2] else 1)
    if share is None or share > 1:
        raise click.BadParameter(f"{given!r} is no share, such as 30% or 0.3")
    return share


def read_instant(_: click.Context, __: click.Parameter, given: str | None) -> datetime | None:
    """Read a date or an instant; UTC, unless it says otherwise.

    Raises:
        click.BadParameter: It is none.
    """
    if given is None:
        return None
    try:
        at = datetime.fromisoformat(given)
    except ValueError as problem:
        message = f"{given!r} is no date, such as 2026-04-25 or 2026-11-23T02:30:00Z"
        raise click.BadParameter(message) from problem
    return at if at.tzinfo else at.replace(tzinfo=UTC)
