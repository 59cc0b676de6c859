"""Changes to a text as data: applied, put one after the other, and shown as edits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from unillm.types.edits import Edit, EditKind


class Change(NamedTuple):
    """One replacement in a text, ``text[start:end]`` by ``after``.

    A list of changes is in order and without overlaps; several insertions at one place are made
    in the order of the list.
    """

    start: int
    end: int
    after: str
    rule: str
    kind: EditKind


def applied(text: str, changes: Iterable[Change]) -> str:
    """Return the text with changes made to it."""
    parts: list[str] = []
    at = 0
    for start, end, after, _, _ in changes:
        parts += text[at:start], after
        at = end
    parts.append(text[at:])
    return "".join(parts)


def edits_of(text: str, changes: Iterable[Change]) -> tuple[Edit, ...]:
    """Return changes as the edits that are shown to users."""
    found: list[Edit] = []
    for start, end, after, rule, kind in changes:
        before = text[start:end]
        if before != after:
            found.append(Edit(rule, kind=kind, before=before, after=after, start=start))
    return tuple(found)


def replay(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with edits made to it: the JSON that a repaired value was read from.

    Args:
        text: The text that was repaired.
        edits: The edits of the repair, in their order.
    """
    changes = [Change(e.start, e.start + len(e.before), e.after, e.rule, e.kind) for e in edits]
    return applied(text, changes)


_HEAVIEST: tuple[EditKind, ...] = ("lossy", "protocol", "coerce", "structure", "syntax")


def composed(text: str, first: Sequence[Change], second: Sequence[Change]) -> list[Change]:
    """Return the changes to `text` that do what `first` and then `second` do.

    Where a second change touches the result of a first one, the two become one change.
    """
    if not first or not second:
        return list(first or second)
    between = applied(text, first)
    done: list[Change] = []
    offset = 0  # from a place in `between` to the same place in `text`, outside of changes
    for low, high, firsts, seconds in _clusters(first, second):
        start = low + offset
        for change in firsts:
            offset += (change.end - change.start) - len(change.after)
        end = high + offset
        if not seconds:
            done.append(firsts[0])
            continue
        after = applied(
            between[low:high], [c._replace(start=c.start - low, end=c.end - low) for c in seconds]
        )
        if after != text[start:end]:
            involved = [*firsts, *seconds]
            rule = "+".join(dict.fromkeys(change.rule for change in involved))
            kinds = [change.kind for change in involved]
            kind = _HEAVIEST[min(_HEAVIEST.index(kind) for kind in kinds)]
            done.append(Change(start, end, after, rule, kind))
    return done


def _clusters(
    first: Sequence[Change], second: Sequence[Change]
) -> Iterable[tuple[int, int, list[Change], list[Change]]]:
    """Give the groups of changes that touch one another, with their place in the text between."""
    shift = 0
    places: list[tuple[int, int, int, Change]] = []
    for change in first:
        start = change.start + shift
        places.append((start, start + len(change.after), 0, change))
        shift += len(change.after) - (change.end - change.start)
    places += [(change.start, change.end, 1, change) for change in second]
    places.sort(key=lambda place: place[:2])
    group: tuple[list[Change], list[Change]] = ([], [])
    low = high = -1
    for start, end, which, change in places:
        if (group[0] or group[1]) and start >= high:
            yield low, high, *group
            group = ([], [])
        if not (group[0] or group[1]):
            low, high = start, end
        group[which].append(change)
        high = max(high, end)
    if group[0] or group[1]:
        yield low, high, *group
