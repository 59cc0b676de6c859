"""Regular expressions that cannot take long: what a rule may match a label with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from unillm.errors import InvalidRequestError

LONGEST_TEXT = 256
"""Characters of a value that a pattern is tried on; a longer one does not match."""

_LONGEST_PATTERN = 200
# By the number of loops: over 256 characters these take 0.2 s at the very worst, more take seconds.
_MOST_CHOICES = (12, 8, 4)
_MOST_LOOPS = len(_MOST_CHOICES) - 1
_MODIFIED = {"open", "loop", "times", "maybe"}  # a question mark after these is no choice
_FORBIDDEN = re.compile(r"\(\?(?:<?[=!]|P=|\()")
_BACKREFERENCE = re.compile(r"(?<!\\)(?:\\\\)*\\[1-9]")
_TOKEN = re.compile(
    r"(?P<escape>\\.)|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<open>\()|(?P<close>\))"
    r"|(?P<loop>[*+]|\{\d+,\d*\})|(?P<times>\{\d+\})|(?P<maybe>\?)|(?P<either>\|)|(?P<other>.)",
    re.DOTALL,
)


def bounded(place: str, pattern: str) -> re.Pattern[str]:
    """Return a pattern, compiled, that takes little time on any text of `LONGEST_TEXT`.

    Repeats within repeats are refused, as are look-around, references to groups, more than two
    repeats, and more than twelve choices; fewer with repeats.

    Args:
        place: Where it stands, for the message.
        pattern: The pattern, as Python's ``re`` writes it.

    Raises:
        InvalidRequestError: It is no pattern, or none of that kind.
    """
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError, Warning) as problem:
        raise InvalidRequestError(f"{place}: {pattern!r} is no pattern: {problem}") from problem
    why = _slow(pattern)
    if why is not None:
        raise InvalidRequestError(f"{place}: {pattern!r} could take too long: it has {why}")
    return compiled


def matches(pattern: re.Pattern[str], text: str) -> bool:
    """Tell whether a pattern is found anywhere in a text that is not too long."""
    return len(text) <= LONGEST_TEXT and pattern.search(text) is not None


def _slow(pattern: str) -> str | None:
    """Return what may make a pattern slow."""
    if len(pattern) > _LONGEST_PATTERN:
        return f"more than {_LONGEST_PATTERN} characters"
    if _FORBIDDEN.search(pattern):
        return "look-around or a condition"
    if _BACKREFERENCE.search(pattern):
        return "a reference to a group"
    kinds = [token.lastgroup or "" for token in _TOKEN.finditer(pattern)]
    if _nested(kinds):
        return "a repeat within a repeat"
    loops = kinds.count("loop")
    if loops > _MOST_LOOPS:
        return f"more than {_MOST_LOOPS} repeats"
    optional = [kind == "maybe" and one not in _MODIFIED for one, kind in pairwise(("", *kinds))]
    most = _MOST_CHOICES[loops]
    many = kinds.count("either") + sum(optional) > most
    return f"more than {most} choices and {loops} repeats" if many else None


def _nested(kinds: Sequence[str]) -> bool:
    """Tell whether a group is repeated that repeats or chooses itself."""
    varies, closed = [False], False  # of the groups that are open, and of the last one
    for before, kind in pairwise(("", *kinds)):
        if kind == "open":
            varies.append(False)
        elif kind == "close":
            closed = varies.pop()
            varies[-1] = varies[-1] or closed
        elif kind in {"loop", "times"}:
            if before == "close" and closed:
                return True
            varies[-1] = True
        elif kind == "either" or (kind == "maybe" and before not in _MODIFIED):
            varies[-1] = True
    return False
