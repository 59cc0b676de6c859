"""Fragments of tool calls, labelled in every way hosts label them, come back as the calls meant."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.wire.assembled import assemble
from tests.wire.drive import WEATHER, decode
from tests.wire.profile import examples
from unillm import (
    Event,
    MalformedResponseError,
    ToolCall,
    ToolCallReady,
)
from unillm._wire import arguments, beginning
from unillm._wire.arguments import ArgumentText
from unillm._wire.calls import CallSlots, WholeCall

P, T = '{"city": "Paris"}', '{"city": "Tokyo"}'
ABSENT: Any = object()


def f(
    arguments: Any = ABSENT,
    *,
    name: Any = ABSENT,
    id: Any = ABSENT,  # noqa: A002 - the field's name
    index: Any = ABSENT,
    **more: Any,
) -> dict[str, Any]:
    """Return one entry of ``tool_calls``; what is not given is not there."""
    function = {"name": name, "arguments": arguments}
    entry = {"id": id, "index": index, "function": {}, **more}
    entry["function"] = {key: value for key, value in function.items() if value is not ABSENT}
    return {key: value for key, value in entry.items() if value is not ABSENT}


def test_a_name_in_pieces_is_told_whole_when_no_tool_is_known():
    pieces = [f(name="get_", id="a", index=0), f(name="weather", index=0), f(P, index=0)]
    assert assemble(pieces, ()).calls == one(name="get_weather")


def test_a_name_that_was_told_does_not_change():
    pieces = [f(name="go", id="a"), f(name="gone", id="a"), f(P, id="a")]
    assert assemble(pieces).calls == one()


def one(raw: str = P, name: str = "go") -> list[tuple[str, str]]:
    return [(name, raw)]


TWO = [("go", P), ("go", T)]
TABLE: dict[str, tuple[list[Any], list[tuple[str, str]]]] = {
    # The protocol as OpenAI documents it.
    "one": ([f("", name="go", id="a", index=0), f(P[:5], index=0), f(P[5:], index=0)], one()),
    "one whole": ([f(P, name="go", id="a", index=0)], one()),
    "two": (
        [f(P[:5], name="go", id="a", index=0), f(P[5:], index=0),
         f("", name="go", id="b", index=1), f(T, index=1)], TWO),
    "two, interleaved": (
        [f("", name="go", id="a", index=0), f("", name="go", id="b", index=1),
         f(P[:5], index=0), f(T[:5], index=1), f(P[5:], index=0), f(T[5:], index=1)], TWO),
    "three, interleaved": (
        [f("", name="go", id=i, index=n) for n, i in enumerate("abc")]
        + [f(c, index=n) for c in P for n in range(3)], [("go", P)] * 3),
    "two in every chunk": (
        [[f("", name="go", id="a", index=0), f("", name="go", id="b", index=1)],
         [f(P[:5], index=0), f(T[:5], index=1)], [f(T[5:], index=1), f(P[5:], index=0)]], TWO),
    "all in one chunk": (
        [[f(P, name="go", id="a", index=0), f(T, name="go", id="b", index=1)]], TWO),
    # Indexes.
    "index as a string": (
        [f(P[:5], name="go", id="a", index="0"), f(T[:5], name="go", id="b", index="1"),
         f(P[5:], index="0"), f(T[5:], index="1")], TWO),
    "index from one": ([f(P[:5], name="go", id="a", index=1), f(P[5:], index=1)], one()),
    "index with gaps": (
        [f(P[:5], name="go", id="a", index=3), f(T[:5], name="go", id="b", index=7),
         f(P[5:], index=3), f(T[5:], index=7)], TWO),
    "index negative": ([f(P[:5], name="go", id="a", index=-1), f(P[5:], index=-1)], one()),
    "index null": ([f(P[:5], name="go", id="a", index=None), f(P[5:], index=None)], one()),
    "index a float": ([f(P[:5], name="go", id="a", index=0.0), f(P[5:], index=0.0)], one()),
    "index nonsense": ([f(P[:5], name="go", id="a", index="x"), f(P[5:], index=True)], one()),
    "index missing, ids": (
        [f("", name="go", id="a"), f(P[:5], id="a"), f(P[5:]),
         f("", name="go", id="b"), f(T)], TWO),
    "index missing, ids interleaved": (
        [f("", name="go", id="a"), f("", name="go", id="b"), f(P[:5], id="a"), f(T[:5], id="b"),
         f(P[5:], id="a"), f(T[5:], id="b")], TWO),
    "index missing, position": (
        [[f(P[:5], name="go"), f(T[:5], name="go")], [f(P[5:]), f(T[5:])]], TWO),
    "index and ids missing": ([f(P[:5], name="go"), f(P[5:]), f(T[:5], name="go"), f(T[5:])], TWO),
    "index zero for all, ids": (
        [f("", name="go", id="a", index=0), f(P, index=0),
         f("", name="go", id="b", index=0), f(T, index=0)], TWO),
    "index zero for all, no ids": (
        [f(P, name="go", index=0), f(T[:5], name="go", index=0), f(T[5:], index=0)], TWO),
    "index zero for all, no arguments first": (
        [f("", name="go", id="a", index=0), f("", name="get_weather", id="b", index=0),
         f(P, index=0)], [("go", ""), ("get_weather", P)]),
    "index only later": ([f("", name="go", id="a"), f(P[:5], index=0, id="a"), f(P[5:], id="a")],
                         one()),
    # Ids.
    "id repeated on each piece": ([f(c, name="go", id="a", index=0) for c in P], one()),
    "id empty later": (
        [f("", name="go", id="a", index=0), f(P[:5], name="", id="", index=0),
         f(P[5:], name="", id="", index=0)], one()),
    "id null later": (
        [f(None, name="go", id="a", index=0), f(P, name=None, id=None, index=0)], one()),
    "id late": ([f(P[:5], name="go", index=0), f(P[5:], id="a", index=0)], one()),
    "id late, no index": ([f(P[:5], name="go"), f(P[5:], id="a")], one()),
    "id late, no index, name again": ([f("", name="go"), f(P, name="go", id="a")], one()),
    "id a number": ([f(P[:5], name="go", id=7, index=0), f(P[5:], id=7, index=0)], one()),
    "id the same for two": (
        [f(P, name="go", id="s", index=0), f(T[:5], name="go", id="s", index=1),
         f(T[5:], id="s", index=1)], TWO),
    "id the same for two, interleaved": (
        [f("", name="go", id="s", index=0), f("", name="go", id="s", index=1),
         f(P[:5], id="s", index=0), f(T[:5], id="s", index=1), f(P[5:], id="s", index=0),
         f(T[5:], id="s", index=1)], TWO),
    "id the same for two, no index": (
        [f(P, name="go", id="s"), f(T, name="go", id="s")], TWO),
    "id returns": (
        [f(P[:5], name="go", id="a", index=0), f(T, name="go", id="b", index=0),
         f(P[5:], id="a", index=0)], TWO),
    # Names.
    "name late": ([f("", name="", id="a", index=0), f("", name="go", index=0), f(P, index=0)],
                  one()),
    "name after arguments began": (
        [f(P[:5], id="a", index=0), f(P[5:], name="go", index=0)], one()),
    "name at the very end": ([f(P, id="a", index=0), f(name="go", index=0)], one()),
    "name in pieces": (
        [f("", name="get_", id="a", index=0), f(name="wea", index=0), f(name="ther", index=0),
         f(P, index=0)], one(name="get_weather")),
    "name cumulative": (
        [f("", name="get_", id="a", index=0), f(name="get_weather", index=0), f(P, index=0)],
        one(name="get_weather")),
    "name on each piece": ([f(c, name="go", index=0) for c in '{"a":{"b":[{},{}]},"c":"}{"}'],
                           one('{"a":{"b":[{},{}]},"c":"}{"}')),
    "name on each piece, no labels at all": ([f(c, name="go") for c in P], one()),
    "name on each piece, two calls, no ids": (
        [f(c, name="go", index=0) for c in P + T], TWO),
    "name of another tool begins another call": (
        [f("", name="go", index=0), f(P, name="get_weather", index=0)],
        [("go", ""), ("get_weather", P)]),
    "name null with the last arguments": (
        [f(P[:5], name="go", id="a", index=0), f(P[5:], name=None, id="a", index=0)], one()),
    # Arguments.
    "arguments missing": ([f(name="go", id="a", index=0)], one("")),
    "arguments null": ([f(None, name="go", id="a", index=0)], one("")),
    "arguments of nothing": ([f("{}", name="go", id="a", index=0)], one("{}")),
    "arguments an object": ([f({"city": "Paris"}, name="go", id="a", index=0)],
                            one('{"city":"Paris"}')),
    "arguments an empty object": ([f({}, name="go", id="a", index=0)], one("{}")),
    "arguments an object, twice": (
        [f({"a": 1}, name="go", id="a", index=0), f({"a": 1}, id="a", index=0)], one('{"a":1}')),
    "arguments an object after a placeholder": (
        [f("{}", name="go", id="a", index=0), f({"a": 1}, id="a", index=0)], one('{"a":1}')),
    "arguments an object after an empty one": (
        [f({}, name="go", id="a", index=0), f({"a": 1}, id="a", index=0)], one('{"a":1}')),
    "arguments cumulative": (
        [f(P[:n], name="go", id="a", index=0) for n in (0, 3, 9, 13, len(P))], one()),
    "arguments cumulative, byte by byte": (
        [f(P[:n], name="go", id="a", index=0) for n in range(len(P) + 1)], one()),
    "arguments cumulative, then repeated": (
        [f(P[:n], id="a", name="go", index=0) for n in (4, 9, len(P), len(P), len(P))], one()),
    "arguments cumulative, in two": ([f(P[:9], name="go", index=0), f(P, index=0)], one()),
    "arguments cumulative, two calls": (
        [f(a[:n], name="go", id=i, index=j)
         for j, (i, a) in enumerate([("a", P), ("b", T)]) for n in (4, 9, 12, len(a))], TWO),
    "arguments whole at the end": (
        [f("", name="go", id="a", index=0), f(P[:5], index=0), f(P[5:], index=0), f(P, index=0)],
        one()),
    "arguments whole at the end, name again": (
        [f(P[:5], name="go", id="a", index=0), f(P[5:], index=0),
         f(P, name="go", id="a", index=0)], one()),
    "arguments whole, three times": ([f(P, name="go", id="a", index=0)] * 3, one()),
    "arguments that repeat themselves": (
        [f('{"a":', name="go", index=0), f('{"a":1}}', index=0)], one('{"a":{"a":1}}')),
    "arguments that repeat themselves and go on": (
        [f('{"a":', name="go", index=0), f('{"a":', index=0), f("1}}", index=0)],
        one('{"a":{"a":1}}')),
    "arguments that repeat themselves, growing": (
        [f('{"a":', name="go", index=0), f('{"a":[', index=0), f('{"a":[1]}]}}', index=0)],
        one('{"a":{"a":[{"a":[1]}]}}')),
    "arguments with braces in strings": (
        [f('{"a": "}', name="go", index=0), f('{\\"', index=0), f('}"}', index=0)],
        one('{"a": "}{\\"}"}')),
    "arguments split inside an escape": (
        [f('{"a": "\\', name="go", index=0), f("u00", index=0), f("e9\\ud83d", index=0),
         f('\\ude00"}', index=0)], one('{"a": "\\u00e9\\ud83d\\ude00"}')),
    "arguments in any script": (
        [f(c, name="go", index=0) for c in '{"a": "日本語 é \U0001f324"}'],
        one('{"a": "日本語 é \U0001f324"}')),
    "arguments with white space": (
        [f(" ", name="go", index=0), f(" \n", index=0), f(" {", index=0), f(' "a": 1 } ', index=0)],
        one('  \n { "a": 1 } ')),
    # Entries that are no calls.
    "echo without id and name": (
        [f(P, name="go", id="a", index=0), f(P, name=None, id=None, index=1)], one()),
    "echo in pieces": (
        [f(P, name="go", id="a", index=0), f(P[:5], index=1), f(P[5:], index=1)], one()),
    "entry of nothing": ([f(P, name="go", id="a", index=0), f(index=1), f("", index=1)], one()),
    "function null": ([{"index": 0, "id": "a", "function": None}, f(P, name="go", index=0)],
                      one()),
    "type and unknown fields": (
        [f(P, name="go", id="a", index=0, type="function", extra=1)], one()),
    "placeholder, then text": (
        [f("{}", name="go", id="a", index=0), f(P, index=0)], one("{}" + P)),
}  # fmt: skip


@pytest.mark.parametrize("case", TABLE)
def test_labelling(case):
    deltas, expected = TABLE[case]
    assembled = assemble(deltas)
    assert assembled.calls == expected
    assert assembled.refused == []


REFUSED: dict[str, tuple[list[Any], list[tuple[str, str]]]] = {
    "no name at all": ([f(P, id="a", index=0)], [("", P)]),
    "no name, other arguments": (
        [f(P, name="go", id="a", index=0), f(T, index=1)], [("", T)]),
    "a tool that was not offered": ([f(P, name="stop", id="a", index=0)], [("stop", P)]),
    "two objects in one, one of them empty twice": (
        [f("{}" + P + T, name="go", id="a", index=0)], [("go", "{}" + P + T)]),
    "three objects in one, two of them the same": (
        [f(P + T + P, name="go", id="a", index=0)], [("go", P + T + P)]),
    "each piece twice": (
        [f(c, name="go", id="a", index=0) for c in ('{"a":', '{"a":', " 1}", " 1}")],
        [("go", '{"a":{"a": 1} 1}')]),
    "no object": ([f("[1]", name="go", id="a", index=0)], [("go", "[1]")]),
    "cut": ([f(P[:-2], name="go", id="a", index=0)], [("go", P[:-2])]),
    "cut inside a number": ([f('{"a": -', name="go", id="a", index=0)], [("go", '{"a": -')]),
    "cut, cumulative": (
        [f(P[:n], name="go", id="a", index=0) for n in (4, 9, 13)], [("go", P[:13])]),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_certain_is_refused(case):
    deltas, expected = REFUSED[case]
    assembled = assemble(deltas)
    assert assembled.refused == expected
    assert not any(isinstance(e, ToolCallReady) and e.call.raw == expected[0][1]
                   for e in assembled.events)  # fmt: skip


@pytest.mark.parametrize(
    "entries", [None, 7, "x", {}, [7], [None], [[]], [{"function": 7}], [{"function": "go"}],
                [f([1], name="go")], [f(7, name="go")], [f(True, name="go")]]
)  # fmt: skip
def test_what_is_not_the_protocol_is_malformed(entries):
    slots = CallSlots(frozenset(), lambda: "seed")
    with pytest.raises(MalformedResponseError):
        slots.add(entries, [])


def test_ids_that_hosts_leave_out_are_made_unique():
    deltas = [f(P, name="go", index=0), f(T, name="go", index=1), f(T, name="go", id="a", index=2)]
    ids = [call.id for call in assemble(deltas).done]
    assert len(set(ids)) == 3
    assert ids[2] == "a"
    assert all(ids)


def test_calls_text_and_reasoning_may_alternate():
    deltas: list[dict[str, Any]] = [
        {"reasoning_content": "Hm. "},
        {"tool_calls": [f(P[:5], name="get_weather", id="a", index=0)]},
        {"content": "One "},
        {"tool_calls": [f(P[5:], index=0)], "content": "moment", "reasoning_content": "So."},
        {"tool_calls": [f(T, name="get_weather", id="b", index=1)]},
        {"function_call": None, "content": "."},
    ]
    chunks = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    stream = b"".join(b"data: %b\n\n" % json.dumps(chunk).encode() for chunk in chunks)
    told = decode([stream], [WEATHER])
    assert told.response is not None
    assert told.response.text == "One moment."
    assert told.response.reasoning == "Hm. So."
    assert [call.raw for call in told.response.tool_calls] == [P, T]
    assert told.response.finish_reason == "tool_calls"


# Any calls, labelled in any legal way, cut anywhere.

keys = st.sampled_from(["a", "b", "city", "x{", '}"', "\\", "é", ""])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | keys | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(keys, json_values, max_size=3)


@st.composite
def nested(draw: st.DrawFn) -> str:
    """Make arguments that repeat their own beginning."""
    begin = draw(st.sampled_from(['{"a":', '{"a":[', '{"a": {"b":', '{"a":"x","b":']))
    depth = draw(st.integers(1, 4))
    close = "".join("}" if c == "{" else "]" for c in reversed(begin) if c in "{[")
    return begin * depth + draw(st.sampled_from(["1", "{}", '"{\\"a\\":"', "[]"])) + close * depth


raw_arguments = (
    st.builds(
        lambda value, spaced, ascii_only: json.dumps(
            value, separators=None if spaced else (",", ":"), ensure_ascii=ascii_only
        ),
        objects,
        st.booleans(),
        st.booleans(),
    )
    | nested()
)
names = st.sampled_from(["go", "get_weather", "get"])
STYLES = (
    "openai", "ids only", "index only", "ids on each", "name on each", "index zero", "cumulative",
    "again at the end", "last with finish", "late name", "late id", "string index", "from one",
    "empty labels", "position",
)  # fmt: skip
TOOLS = ("go", "get_weather", "get", "get_more")


def torn(text: str, dice: random.Random) -> list[str]:
    """Cut a text into pieces, none of them empty."""
    cuts = sorted({dice.randrange(1, len(text)) for _ in range(dice.randrange(5))})
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def labelled(  # noqa: C901, PLR0912 - one case a host
    style: str, n: int, name: str, raw: str, dice: random.Random
) -> list[dict[str, Any]]:
    """Return the fragments of one call in a host's style."""
    first = {"name": name, "id": f"id{n}", "index": n}
    later = {"index": n}
    pieces = torn(raw, dice)
    match style:
        case "ids only":
            first, later = {"name": name, "id": f"id{n}"}, {"id": f"id{n}"}
        case "index only":
            first = {"name": name, "index": n}
        case "ids on each":
            later = {"index": n, "id": f"id{n}"}
        case "name on each":
            later = first
        case "index zero":
            first, later = {**first, "index": 0}, {"index": 0, "id": f"id{n}"}
        case "cumulative":
            ends = [sum(map(len, pieces[: k + 1])) for k in range(len(pieces))]
            return [f(raw[:end], **first) for end in ends]
        case "again at the end":
            return [f("", **first), *(f(p, **later) for p in [*pieces, raw])]
        case "last with finish":
            return [*(f(p, **(first if k == 0 else later)) for k, p in enumerate(pieces[:-1])),
                    f(pieces[-1], **first)]  # fmt: skip
        case "late name":
            head = [f(pieces[0], id=f"id{n}", index=n), f(name=name, index=n)]
            return [*head, *(f(p, **later) for p in pieces[1:])]
        case "late id":
            return [f(pieces[0], name=name, index=n), f("", id=f"id{n}", index=n),
                    *(f(p, **later) for p in pieces[1:])]  # fmt: skip
        case "string index":
            first, later = {**first, "index": str(n)}, {"index": str(n)}
        case "from one":
            first, later = {**first, "index": n + 1}, {"index": n + 1}
        case "empty labels":
            later = {"index": n, "id": "", "name": ""}
        case _:
            pass
    return [f("", **first), *(f(piece, **later) for piece in pieces)]


def written(style: str, meant: list[tuple[str, str]], dice: random.Random) -> list[Any]:
    """Return the deltas of several calls in a host's style."""
    if style == "position":
        return [[f(raw, name=name) for name, raw in meant]]
    each = [labelled(style, n, name, raw, dice) for n, (name, raw) in enumerate(meant)]
    if style == "index zero" or dice.random() < 0.5:
        return [fragment for fragments in each for fragment in fragments]
    mixed: list[Any] = []
    while any(each):
        fragments = dice.choice([fragments for fragments in each if fragments])
        mixed.append(fragments.pop(0))
    return mixed


@examples(250)
@given(
    st.sampled_from(STYLES),
    st.lists(st.tuples(names, raw_arguments), min_size=1, max_size=3),
    st.integers(0, 2**32),
)
@example("cumulative", [("go", '{"a":{"a":1}}')], 0)
@example("openai", [("go", '{"a":{"a":[{"a":[1]}]}}')], 0)
def test_any_calls_in_any_style_come_back(style, meant, seed):
    deltas = written(style, meant, random.Random(seed))
    assembled = assemble(deltas, TOOLS)
    assert assembled.refused == []
    assert assembled.calls == sorted_by_start(deltas, meant, style)
    for call in assembled.done:
        assert isinstance(call, ToolCall)
        assert call.arguments == json.loads(call.raw)


def sorted_by_start(
    deltas: list[Any], meant: list[tuple[str, str]], style: str
) -> list[tuple[str, str]]:
    """Return the calls in the order in which their first fragments came."""
    if style == "position":
        return meant
    order: list[int] = []
    for delta in deltas:
        label = delta.get("id") or delta.get("index")
        digits = [c for c in str(label) if c.isdecimal()]
        n = int(digits[0]) - (style == "from one" and "id" not in delta)
        if n not in order:
            order.append(n)
    return [meant[n] for n in order]


@examples(250)
@given(raw_arguments, st.integers(0, 2**32))
def test_genuine_text_is_never_taken_for_repetition(raw, seed):
    """However arguments are cut, and whatever they repeat: they come back byte for byte."""
    dice = random.Random(seed)
    text = ArgumentText()
    shown = "".join(text.add(piece) for piece in torn(raw, dice))
    assert text.so_far() == raw
    whole, rest = text.settle(cut=False)
    assert (whole, shown + rest) == (raw, raw)


@pytest.mark.parametrize("start", ['{"a":', '{"a":[', '{"a":{"b":'])
def test_genuine_nesting_cut_at_its_own_seams(start):
    """Every piece begins with all that was before it, and still it is one object."""
    close = "".join("}" if c == "{" else "]" for c in reversed(start) if c in "{[")
    for depth in range(1, 7):
        raw = start * depth + "1" + close * depth
        for size in range(1, depth + 1):
            seams = [start * size] * (depth // size)
            rest = raw[len("".join(seams)) :]
            text = ArgumentText()
            shown = "".join(text.add(piece) for piece in [*seams, rest])
            whole, more = text.settle(cut=False)
            assert whole == raw
            assert shown + more == raw


# The work grows with the bytes received, not with their square.


def work_of(monkeypatch: pytest.MonkeyPatch, fragments: list[dict[str, Any]]) -> int:
    """Count the characters looked at: joined, compared, parsed, and followed for nesting."""
    work = 0

    def counting(plain: Any, place: int) -> Any:
        """Make a function count the size of its argument in this place."""

        def counted(*given: Any, **options: Any) -> Any:
            nonlocal work
            work += len(given[place])
            return plain(*given, **options)

        return counted

    def joined(parts: Any) -> str:
        nonlocal work
        work += parts.size if len(parts._parts) > 1 else 1
        return join(parts)

    def repeated(parts: Any, fragment: str) -> bool:
        nonlocal work
        work += parts.size if parts.size <= len(fragment) else 1
        return repeats(parts, fragment)

    join, repeats = arguments._Parts.joined, arguments._Parts.repeated_by
    monkeypatch.setattr(arguments._Parts, "joined", joined)
    monkeypatch.setattr(arguments._Parts, "repeated_by", repeated)
    monkeypatch.setattr(arguments, "from_json", counting(arguments.from_json, 0))
    monkeypatch.setattr(beginning, "from_json", counting(beginning.from_json, 0))
    monkeypatch.setattr(arguments.Nesting, "feed", counting(arguments.Nesting.feed, 1))
    slots = CallSlots(frozenset({"go"}), lambda: "seed")
    events: list[Event] = []
    for fragment in fragments:
        slots.add([fragment], events)

    def finish(call: WholeCall) -> tuple[ToolCall]:
        return (ToolCall(call.id, call.name, {}, raw=call.raw),)

    slots.finish(finish, cut=False, events=events)
    monkeypatch.undo()
    return work


def long_text(count: int) -> list[str]:
    """Return a long object in so many pieces."""
    return ['{"a":"', *("{ab}" for _ in range(count - 2)), '"}']


SHAPES = {
    "plain": lambda n: [f(p, name="go", id="a", index=0) if k == 0 else f(p, index=0)
                        for k, p in enumerate(long_text(n))],
    "name on each": lambda n: [f(p, name="go", id="a", index=0) for p in long_text(n)],
    "no labels": lambda n: [f(p, name="go") for p in long_text(n)],
    "in doubt": lambda n: [f(p, name="go", index=0) for p in ('{"a":', *long_text(n), "}")],
    "many calls": lambda n: [f("{}", name="go", id=f"i{k}", index=k) for k in range(n)],
    "many calls at zero": lambda n: [f(P, name="go", index=0) for _ in range(n)],
    "nameless": lambda n: [f("{}", index=k) for k in range(n)],
    "repeated": lambda n: [f(P, name="go", index=0)] * n,
    "deeper and deeper": lambda n: [f('{"a":', name="go", index=0)] * n,
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_work_is_linear_in_fragments(monkeypatch, shape):
    small, large = (work_of(monkeypatch, SHAPES[shape](count)) for count in (500, 5_000))
    assert large < 15 * max(small, 2_000)


def test_work_is_linear_in_very_many_fragments(monkeypatch):
    large, largest = (
        work_of(monkeypatch, SHAPES["name on each"](count)) for count in (5_000, 50_000)
    )
    assert largest < 15 * large


def test_work_on_cumulative_arguments_is_linear_in_bytes(monkeypatch):
    text = "".join(long_text(1_000))
    for count in (50, 200, 800):
        ends = [len(text) * k // count for k in range(1, count + 1)]
        received = sum(ends)
        work = work_of(monkeypatch, [f(text[:end], name="go", index=0) for end in ends])
        assert work < 6 * received + 20_000
