"""Reading what headers say of rate limits.

OpenAI has ``x-ratelimit-{limit,remaining,reset}-{requests,tokens}``, the reset a duration such as
``6m0s`` (its guide "Rate limits", as of 2026-06-26; others of its kind, such as ``tokens`` with an
ending, stand beside them). Of those who took the names over, some have other endings or other
units, and one header says nothing of its unit, so that every form is told by its look:

- Azure: whole seconds, and -1 for "not known" (learn.microsoft.com, question 5625878);
- DigitalOcean: endings such as ``-tokens-per-minute``, seconds since 1970 (docs.digitalocean.com,
  "Quota-specific response headers", 2026-07-13);
- Fireworks: ``-tokens-prompt`` and ``-tokens-generated`` (docs.fireworks.ai, "Rate limits");
- Together: no ending, and ``x-tokenlimit-…`` for tokens (seen in others' clients only, unverified);
- OpenRouter: no ending, only with errors (openrouter.ai/docs, "Limits"; the unit is unverified).

All read 2026-11-28.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from unillm.types.rates import RateLimit, RateLimits

_HEADER = re.compile(r"x-(rate|token)limit-(limit|remaining|reset)(?:-(.+))?")
_OWN = frozenset({"x-", "X-"})
"""What headers of nobody's standard begin with: most are none of these."""
_DURATION = re.compile(r"(?:([0-9.]+)d)?(?:([0-9.]+)h)?(?:([0-9.]+)m)?(?:([0-9.]+)s)?", re.ASCII)
_SMALL = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|us|µs|ns)", re.ASCII)
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?", re.ASCII)
_SECONDS = (86_400.0, 3_600.0, 60.0, 1.0)
_FRACTIONS = {"ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_MOMENT = 1e9
"""More seconds than this are a moment since 1970."""
_MOST = 1e15
"""No number of requests, tokens or milliseconds that is meant is larger."""


def rates_from(headers: Mapping[str, str], now: float) -> RateLimits | None:
    """Return the rate limits that headers tell of, or None if they tell of none.

    Args:
        headers: The headers of an answer.
        now: Seconds since 1970, to count moments from.
    """
    found: dict[tuple[Literal["requests", "tokens"], str], dict[str, Any]] = {}
    for header in headers:
        matched = _HEADER.fullmatch(header.lower()) if header[:2] in _OWN else None
        if matched is None:
            continue
        family, what, ending = matched.groups()
        name = ending or ("tokens" if family == "token" else "requests")
        of: Literal["requests", "tokens"]
        of = "tokens" if family == "token" or "token" in name else "requests"
        text = headers[header].strip()
        value = _seconds(text, now) if what == "reset" else _count(text)
        found.setdefault((of, name), {})[what] = value
    limits = [
        RateLimit(of=of, name=name, **told)
        for (of, name), told in found.items()
        if told.get("limit") is not None or told.get("remaining") is not None
    ]
    return RateLimits(limits=tuple(limits)) if limits else None


def _count(text: str) -> int | None:
    """Return a number; what is below nought, as Azure says of what it does not know, is none."""
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return int(value) if value < _MOST else None


def _seconds(text: str, now: float) -> float | None:
    """Return the seconds until a limit is reset: a duration, seconds, or a moment."""
    if _NUMBER.fullmatch(text):
        value = float(text)
        if value >= _MOST:
            return None
        if value >= _MOMENT * 1000:
            return max(0.0, value / 1000 - now)
        return max(0.0, value - now) if value >= _MOMENT else value
    total = 0.0
    small = _SMALL.search(text)
    if small is not None and small.end() == len(text):
        total, text = float(small[1]) * _FRACTIONS[small[2]], text[: small.start()]
    matched = _DURATION.fullmatch(text)
    if matched is None or not (text or small):
        return None
    try:
        parts = [float(part or 0) for part in matched.groups()]
    except ValueError:  # several points
        return None
    total += sum(part * unit for part, unit in zip(parts, _SECONDS, strict=True))
    return total if total < _MOST else None
