"""The text of one call's arguments: what was meant, in the pieces it was sent in."""

from __future__ import annotations

from itertools import pairwise

from unillm._wire.arguments import ArgumentText, is_whole_object


def check(data: bytes) -> None:
    """Read the first byte as whether the answer was cut, and fragments between `0xff`."""
    cut = bool(data[0] % 2) if data else False
    fragments = [part.decode("utf-8", "replace") for part in data[1:].split(b"\xff")]
    text = ArgumentText()
    shown = ""
    for fragment in fragments:
        shown += text.add(fragment)
        assert text.shown() == shown
    plain = "".join(fragments)
    likelier = text.so_far()
    raw, rest = text.settle(cut=cut)
    assert shown + rest == raw
    assert plain.endswith(raw)
    if not cut:
        assert raw == likelier
        check_meaning(fragments, raw)


def check_meaning(fragments: list[str], raw: str) -> None:
    """Hold a text to the two readings that can be told for sure."""
    plain = "".join(fragments)
    said = [fragment for fragment in fragments if fragment]
    if is_whole_object(plain):
        assert raw == plain
    elif said and is_cumulative(said) and is_whole_object(said[-1]):
        assert raw == said[-1]


def is_cumulative(fragments: list[str]) -> bool:
    """Tell whether each fragment says all that was said before it, beginning with an object."""
    grows = all(later.startswith(earlier) for earlier, later in pairwise(fragments))
    return grows and fragments[0].lstrip().startswith("{")


def seeds() -> list[bytes]:
    """Return texts in pieces, all of it each time, and again at the end."""
    whole = '{"city": "Paris", "more": {"a": [1, {"a": 1}]}}'
    halves = [whole[:9], whole[9:30], whole[30:]]
    growing = [whole[:9], whole[:30], whole]
    nested = ['{"a":', '{"a":', '{"a":', "1}}}"]
    ways = [halves, growing, [*halves, whole], ["{}", whole], [whole, whole], nested, ["", "{", ""]]
    return [
        how + b"\xff".join(part.encode() for part in way) for way in ways for how in (b"\0", b"\1")
    ]
