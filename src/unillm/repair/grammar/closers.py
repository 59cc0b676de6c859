"""Closing what is open: the right closer, a wrong one, one too many, or none."""

from __future__ import annotations

import re

from unillm.repair.grammar.ends import is_key_ahead
from unillm.repair.grammar.strings import ForkError, Option
from unillm.repair.grammar.walk import Frame, Walk

_WHOLE = re.compile(
    r"(?:[\"'`}\])>\u201d\u2019\u00bb\u203a\u300d]|true|false|null|True|False|None)$"
)


def close(walk: Walk) -> None:
    """Read a closer.

    Raises:
        DeadError: It closes nothing.
        ForkError: It is not the one that is wanted, and may stand for several things.
    """
    mark = walk.text[walk.pos]
    frame = walk.frames[-1]
    if mark == frame.close:
        if len(walk.frames) == 1 and frame.is_object and _more(walk):
            _surplus(walk)
        else:
            _shut(walk, frame)
        return
    if mark == ")":
        walk.dead("a parenthesis closes nothing")
    if mark == "]" and _lost_opener(walk):
        walk.dead("a bracket closes nothing, and the one it belongs to may be lost")
    options = [Option(_instead, sure=False), Option(_surplus, sure=False)]
    if any(mark == above.close for above in walk.frames):
        options.insert(0, Option(_missing, sure=False))
    walk.budget.forks += 1
    raise ForkError(options, walk.pos)


def _lost_opener(walk: Walk) -> bool:
    """Tell whether an array may have lost its begin, where no schema says what is one."""
    unknown = not walk.shape.known and not any(frame.close == "]" for frame in walk.frames)
    return unknown and walk.text[walk.pos + 1 : walk.end].lstrip()[:1] in {",", "}", "]"}


def _more(walk: Walk) -> bool:
    """Tell whether the object around everything goes on behind its closer."""
    at = walk.pos + 1
    goes_on = walk.text[at : walk.end].lstrip()[:1] == "," if at < walk.end else False
    return goes_on and is_key_ahead(walk, at)


def _shut(walk: Walk, frame: Frame) -> None:
    """Close the innermost object or array as written, or as JSON writes it."""
    at, mark = walk.pos, walk.text[walk.pos]
    drop_comma(walk)
    filled = walk.token_end > frame.opened + 1
    if mark == ")" and not frame.is_object and frame.commas == 0 and filled:
        walk.dead("parentheses around one value are no list", frame.opened)
    json = "}" if frame.is_object else "]"
    if mark != json:
        walk.change(at, at + 1, json, "call_syntax" if frame.is_object else "tuple")
    walk.closed(at + 1)


def drop_comma(walk: Walk) -> None:
    """Take out a comma that nothing follows."""
    if walk.comma >= 0:
        walk.change(walk.comma, walk.comma + 1, "", "trailing_comma")
        walk.comma = -1


def _instead(walk: Walk) -> None:
    """Read the closer as the one that is wanted."""
    frame = walk.frames[-1]
    drop_comma(walk)
    walk.change(
        walk.pos, walk.pos + 1, "}" if frame.is_object else "]", "wrong_closer", "structure"
    )
    walk.closed(walk.pos + 1)


def _missing(walk: Walk) -> None:
    """Close first what must be closed before it."""
    drop_comma(walk)
    mark = walk.text[walk.pos]
    while walk.frames[-1].close != mark:
        insert_closer(walk)
    close(walk)


def _surplus(walk: Walk) -> None:
    """Leave the closer out."""
    if walk.place != "after":
        walk.dead("a closer stands where a value must come")
    walk.change(walk.pos, walk.pos + 1, "", "surplus_closer", "structure")
    walk.pos += 1


def insert_closer(walk: Walk) -> None:
    """Close the innermost object or array after its last token."""
    frame = walk.frames[-1]
    at = walk.token_end
    walk.change(at, at, "}" if frame.is_object else "]", "missing_closer", "structure")
    walk.frames.pop()
    walk.place = "after" if walk.frames else "done"


def close_all(walk: Walk) -> None:
    """Close everything at the end of the text, if nothing can have been lost there.

    Raises:
        DeadError: The text may have been cut off.
    """
    if walk.complete is False:
        walk.dead("the answer was cut off before the value was complete")
    if walk.place != "after" or walk.comma >= 0:
        walk.dead("the text ends where more must come")
    if any(mark in walk.text[walk.token_end : walk.end] for mark in '}]"'):
        walk.dead("a comment may hide the end of the value")
    if walk.token_end == walk.end and not _WHOLE.search(
        walk.text, max(walk.start, walk.end - 8), walk.end
    ):
        walk.dead("the text ends in a number or a word that may go on")
    while walk.frames:
        insert_closer(walk)
