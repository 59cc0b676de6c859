"""Writing as JSON what was meant as JSON: the level ``syntax``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic_core import to_json

from unillm.errors import UnrepairableError
from unillm.repair.changes import Change, applied
from unillm.repair.grammar import Reading, Walls, cut, readings
from unillm.repair.grammar.shapes import NOTHING, Shape
from unillm.repair.grammar.walk import Budget, Walk
from unillm.repair.misplaced import may_be_misplaced
from unillm.repair.options import Options
from unillm.repair.rules.call_syntax import call_syntax
from unillm.repair.rules.missing_brace import missing_brace
from unillm.repair.rules.opening import Layer, Opening
from unillm.repair.rules.prose import TOKEN, prose
from unillm.repair.rules.string_encoding import over_escaped, string_encoding
from unillm.repair.several import several
from unillm.repair.strict import MAX_DEPTH, NotStrictError, read
from unillm.repair.tail import tail
from unillm.schemas import CompiledSchema

_SAID = re.compile("[^\\s\x00\u00a0\u200b-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff]")
_PLAIN = " \t\n\r"
_LAYERS = 3


def mend(text: str, options: Options) -> list[Change]:
    """Return the changes that make a text JSON without changing what it says.

    Raises:
        UnrepairableError: It has no such reading, or more than one.
    """
    return mended(text, options)[0]


def mended(text: str, options: Options, *, layer: int = 0) -> tuple[list[Change], Any]:
    """Return the same changes, and the value that can be read then.

    Raises:
        UnrepairableError: It has no such reading, or more than one.
    """
    said = _SAID.search(text)
    if said is None:
        raise UnrepairableError("the text is empty", 0)
    start = said.start()
    walls = Walls()
    shape = _shape(options.schema) if options.schema else NOTHING
    for lossy in (False, True) if options.level == "salvage" else (False,):
        for opening in _openings(text, start, len(text), shape):
            if isinstance(opening, Layer):
                found = _within(opening, options, layer, walls)
            else:
                found = _read_from(text, opening, options, shape, walls, lossy=lossy)
            if found:
                _require_one_level(text, found)
                return _only(text, [_trimmed(text, start, ways) for ways in found], options)
    where = walls.position if walls.position >= 0 else None
    raise UnrepairableError(walls.reason, where, partial=_partial(walls))


def _require_one_level(text: str, ways: list[list[Change]]) -> None:
    """Refuse a text that was escaped once too often in some places and not for sure in others.

    Raises:
        UnrepairableError: It was.
    """
    if "\\\\" in text and any(c.rule == "escaped_space" for changes in ways for c in changes):
        raise UnrepairableError("it may be escaped once too often, as a whole or in places")


def _partial(walls: Walls) -> Any:
    """Return what can be read up to where the reading stopped that came furthest, or None."""
    walk = walls.walk
    if walk is None or not walk.frames:
        return None
    changes = [c for c in cut(walk) if c.start >= walk.start]
    begins = "{" if walk.text[walk.start] not in "{[" else ""
    at = walk.start
    part = [c._replace(start=c.start - at, end=c.end - at) for c in changes]
    try:
        return read(begins + applied(walk.text[at:], part))
    except NotStrictError:
        return None


def _shape(schema: CompiledSchema) -> Shape:
    shape: Shape | None = schema.derived.get("shape")
    if shape is None:
        shape = schema.derived["shape"] = Shape([schema.schema], schema.schema)
    return shape


def _trimmed(text: str, start: int, changes: list[Change]) -> list[Change]:
    """Take odd spaces away from the beginning, if nothing has."""
    if text[:start].strip(_PLAIN) and not (changes and changes[0].start < start):
        return [Change(0, start, "", "odd_space", "syntax"), *changes]
    return changes


def _openings(text: str, start: int, end: int, shape: Shape) -> Iterator[Opening | Layer]:
    """Give the places to read from, the likeliest first."""
    stop = len(text.rstrip("\u200b\ufeff \t\r\n\u00a0"))
    for rule in (string_encoding, over_escaped):
        layer = rule(text, start, stop)
        if layer is not None:
            yield layer
    token = TOKEN.match(text, start)
    if text[start] in "{[" and not token:
        yield Opening((), start, end)
    call = call_syntax(text, start, stop)
    if call is not None:
        yield call
    members = missing_brace(text, start, end, shape)
    if members is not None:
        yield members
    if token or text[start] not in shape.begins:
        yield from prose(text, start, end, shape.begins)
    elif text[start] == "[":
        yield from prose(text, start, end, "{")


def _within(layer: Layer, options: Options, depth: int, walls: Walls) -> list[list[Change]]:
    """Read a text within the text; all that was done to it is one change."""
    if depth >= _LAYERS:
        return []
    try:
        read(layer.inner)
        rule, inner = layer.rule, layer.inner
    except NotStrictError:
        try:
            changes, _ = mended(layer.inner, options, layer=depth + 1)
        except UnrepairableError as error:
            walls.position, walls.reason = max(layer.start, walls.position), error.reason
            return []
        rule = "+".join(dict.fromkeys([layer.rule, *(change.rule for change in changes)]))
        inner = applied(layer.inner, changes)
    return [[Change(layer.start, layer.end, inner, rule, "syntax")]]


def _read_from(
    text: str, opening: Opening, options: Options, shape: Shape, walls: Walls, *, lossy: bool
) -> list[list[Change]]:
    """Return what makes JSON of the text from an opening on, in every way it can be read."""

    def walk_from(start: int) -> list[Reading]:
        budget = Budget(opening.end - start, MAX_DEPTH)
        walk = Walk(text, start, opening.end, shape, budget=budget)
        walk.complete, walk.lossy = options.complete, lossy
        if opening.frame is not None and start == opening.start:
            walk.frames.append(opening.frame)
            walk.place = "key"
        return readings(walk, walls)

    done: list[list[Change]] = []
    found = walk_from(opening.start)
    stopped = walls.walk
    if lossy and not found and stopped and stopped.start == opening.start and stopped.frames:
        return [[*opening.before, *cut(stopped), *opening.behind]]
    for reading in found:
        after = tail(text, reading.end, opening.end, guided=reading.guided)
        if after is not None:
            made: list[Change] | None = [*reading.changes, *after]
        elif text[opening.start] == "[" and "[" not in shape.begins:
            made = None  # a word in brackets before the value, and no value
        else:
            made = several(text, opening.start, reading, opening.end, walk_from)
        if made is not None:
            done.append([*opening.before, *made, *opening.behind])
        else:
            walls.reason, walls.position = "something follows the value", reading.end
    return done


def _only(text: str, ways: list[list[Change]], options: Options) -> tuple[list[Change], Any]:
    """Return the one way that is left, and its value.

    Raises:
        UnrepairableError: Several are left, or none is JSON, or a key may belong elsewhere.
    """
    changes, value = _one(text, ways, options)
    if options.schema and may_be_misplaced(value, _shape(options.schema), changes):
        raise UnrepairableError("a key may belong to another object than the one it is in")
    return changes, value


def _one(text: str, ways: list[list[Change]], options: Options) -> tuple[list[Change], Any]:
    """Return the one way that is left when the schema has had its say, and its value.

    Raises:
        UnrepairableError: Several are left, or none is JSON.
    """
    if len(ways) == 1:
        try:
            return ways[0], read(applied(text, ways[0]))
        except NotStrictError as error:
            raise UnrepairableError(error.reason) from None
    found: dict[bytes, tuple[Any, list[Change]]] = {}
    reason = ""
    for changes in ways:
        try:
            value = read(applied(text, changes))
        except NotStrictError as error:
            reason = error.reason
            continue
        found.setdefault(to_json(value), (value, changes))
    if not found:
        raise UnrepairableError(reason)
    if len(found) > 1 and options.schema is not None:
        fitting = {k: way for k, way in found.items() if options.schema.fits(way[0])}
        found = fitting or found
        shape = _shape(options.schema)
        placed = {k: w for k, w in found.items() if not may_be_misplaced(w[0], shape, w[1])}
        found = placed or found
    if len(found) > 1:
        values = [value for value, _ in found.values()]
        raise UnrepairableError("it can be read in several ways", None, values)
    value, changes = next(iter(found.values()))
    return changes, value
