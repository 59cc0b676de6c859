"""Writing as JSON what was meant as JSON: the level ``syntax``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from pydantic_core import to_json

from unillm.errors import UnrepairableError
from unillm.repair.changes import Change, applied
from unillm.repair.grammar import Reading, Walls, readings
from unillm.repair.grammar.shapes import NOTHING, Shape
from unillm.repair.grammar.walk import Budget, Walk
from unillm.repair.options import Options
from unillm.repair.rules.call_syntax import call_syntax
from unillm.repair.rules.missing_brace import missing_brace
from unillm.repair.rules.opening import Layer, Opening
from unillm.repair.rules.prose import prose
from unillm.repair.rules.string_encoding import over_escaped, string_encoding
from unillm.repair.several import several
from unillm.repair.strict import MAX_DEPTH, NotStrictError, read
from unillm.repair.tail import tail
from unillm.schemas import CompiledSchema

_ODD = re.compile("[\\s\x00\u00a0\u200b-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff]*+")
_PLAIN = " \t\n\r"
_LAYERS = 3


def mend(text: str, options: Options, *, layer: int = 0) -> list[Change]:
    """Return the changes that make a text JSON without changing what it says.

    Raises:
        UnrepairableError: It has no such reading, or more than one.
    """
    start = _ODD.match(text).end()  # type: ignore[union-attr]  # matches always
    end = len(text)
    if start == end:
        raise UnrepairableError("the text is empty", 0)
    walls = Walls()
    shape = _shape(options.schema) if options.schema else NOTHING
    for opening in _openings(text, start, end, shape):
        if isinstance(opening, Layer):
            found = _within(opening, options, layer, walls)
        else:
            found = _read_from(text, opening, options, shape, walls)
        if found:
            return _only(text, [_trimmed(text, start, changes) for changes in found], options)
    raise UnrepairableError(walls.reason, walls.position if walls.position >= 0 else None)


@lru_cache(maxsize=256)
def _shape(schema: CompiledSchema) -> Shape:
    return Shape([schema.schema], schema.schema)


def _trimmed(text: str, start: int, changes: list[Change]) -> list[Change]:
    """Take odd spaces away from the beginning, if nothing has."""
    if text[:start].strip(_PLAIN) and not (changes and changes[0].start < start):
        return [Change(0, start, "", "odd_space", "syntax"), *changes]
    return changes


def _openings(text: str, start: int, end: int, shape: Shape) -> Iterator[Opening | Layer]:
    """Give the places to read from, the likeliest first."""
    wanted = "".join(
        mark for mark, kind in (("{", "object"), ("[", "array")) if shape.allows(kind)
    )
    stop = len(text.rstrip("\u200b\ufeff \t\r\n\u00a0"))
    for rule in (string_encoding, over_escaped):
        layer = rule(text, start, stop)
        if layer is not None:
            yield layer
    if text[start] in "{[":
        yield Opening((), start, end)
    call = call_syntax(text, start, stop)
    if call is not None:
        yield call
    members = missing_brace(text, start, end, shape)
    if members is not None:
        yield members
    if text[start] not in wanted:
        yield from prose(text, start, end, wanted)
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
            changes = mend(layer.inner, options, layer=depth + 1)
        except UnrepairableError as error:
            walls.position, walls.reason = max(layer.start, walls.position), error.reason
            return []
        rule = "+".join(dict.fromkeys([layer.rule, *(change.rule for change in changes)]))
        inner = applied(layer.inner, changes)
    return [[Change(layer.start, layer.end, inner, rule, "syntax")]]


def _read_from(
    text: str, opening: Opening, options: Options, shape: Shape, walls: Walls
) -> list[list[Change]]:
    """Return what makes JSON of the text from an opening on, in every way it can be read."""

    def walk_from(start: int) -> list[Reading]:
        budget = Budget(opening.end - start, MAX_DEPTH)
        walk = Walk(text, start, opening.end, shape, budget=budget)
        walk.complete = options.complete
        if opening.frame is not None and start == opening.start:
            walk.frames.append(opening.frame)
            walk.place = "key"
        return readings(walk, walls)

    done: list[list[Change]] = []
    for reading in walk_from(opening.start):
        after = tail(text, reading.end, opening.end, guided=reading.guided)
        if after is not None:
            made: list[Change] | None = [*reading.changes, *after]
        else:
            made = several(text, opening.start, reading, opening.end, walk_from)
        if made is not None:
            done.append([*opening.before, *made, *opening.behind])
        else:
            walls.reason, walls.position = "something follows the value", reading.end
    return done


def _only(text: str, ways: list[list[Change]], options: Options) -> list[Change]:
    """Return the one way that is left when the schema has had its say.

    Raises:
        UnrepairableError: Several are left, or none is JSON.
    """
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
    if len(found) > 1:
        values = [value for value, _ in found.values()]
        raise UnrepairableError("it can be read in several ways", None, values)
    return next(iter(found.values()))[1]
