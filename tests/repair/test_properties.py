"""What repair promises of any call, however it is broken."""

import json
from random import Random
from string import ascii_letters, digits
from typing import get_args

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from benchmarks.repair.cases import Case
from benchmarks.repair.drafts import BREAKS
from benchmarks.repair.mutations import LOSSLESS, broken, composition
from benchmarks.repair.outcome import same
from benchmarks.repair.pairs import Pair
from unillm.errors import UnrepairableError
from unillm.repair import Level, Repaired, repair_json, replay

QUICK = settings(
    deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)

# There are some forty kinds, and a look at each.
MANY = settings(QUICK, max_examples=max(settings().max_examples // 4, 10))

# Drawn like this in a fifth of the time that a regular expression takes.
words = st.builds(
    str.__add__,
    st.sampled_from(ascii_letters + "_"),
    st.text(ascii_letters + digits + "_", max_size=8),
)
prose = st.lists(
    st.sampled_from(
        [
            "it's",
            '"quoted"',
            "a, b",
            "{x}",
            "[1]",
            "key: value",
            "// no",
            "# one",
            "/* c */",
            "\n",
            "\t",
            "\\d+",
            "C:\\Temp",
            "`code`",
            "```",
            "“smart”",
            "é",
            "日本",
            "🎉",
            "true",
            "null",
            "1.5",
            "</s>",
            "'",
            '"',
            ",",
            "}",
            "end.",
        ]
    ),
    max_size=6,
).map(" ".join)
# No characters that JSON itself could not hold, and no odd spaces at the ends of a text.
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)
scalars = st.one_of(
    st.booleans(),
    st.none(),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    words,
    prose,
    texts,
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)),
    max_leaves=6,
)


def schema_of(value):
    """Return a schema that a value satisfies and most others do not."""
    if isinstance(value, dict):
        properties = {key: schema_of(item) for key, item in value.items()}
        required = list(value)[: len(value) // 2 + 1]
        closed = {"properties": properties, "required": required, "additionalProperties": False}
        return {"type": "object", **closed}
    if isinstance(value, list):
        items = [schema_of(item) for item in value]
        return {"type": "array"} | (
            {"items": items[0]} if items and items.count(items[0]) == len(items) else {}
        )
    if isinstance(value, str) and value.isascii() and value.isalpha() and value.islower():
        return {"type": "string", "enum": [value, "Other", "third"]}
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
    return {"type": kinds[type(value)]}


calls = st.dictionaries(words, values, min_size=1, max_size=4).map(
    lambda arguments: Pair(
        name="any", tool="do_it", schema=schema_of(arguments), arguments=arguments
    )
)
# Not `st.randoms`: a shrunk one would answer every choice with the first, for ever.
seeds = st.integers(0, 2**32).map(Random)


def meant(call, kinds, rng) -> Case:
    """Break a call; what cannot be broken so, or has more than one reading, is not looked at."""
    case = broken(call, kinds, rng)
    assume(case is not None and case.verdict == "recover")
    assert case is not None
    return case


def attempted(case) -> Repaired | None:
    """Repair a case, or return None if that is refused."""
    try:
        return repair_json(case.text, case.schema, finish_reason=case.finish_reason)
    except UnrepairableError:
        return None


def holds(case, done: Repaired) -> None:
    """Check what is promised of every value that comes back."""
    written = replay(case.text, done.edits)
    assert same(json.loads(written), done.value)
    again = repair_json(json.dumps(done.value), case.schema)
    assert same(again.value, done.value)
    assert again.edits == ()


@pytest.mark.parametrize("kind", LOSSLESS)
@MANY
@given(call=calls, rng=seeds)
def test_a_lossless_break_gives_what_was_meant_or_a_refusal(kind, call, rng):
    case = meant(call, [kind], rng)
    done = attempted(case)
    if done is not None:
        assert same(done.value, case.truth), (case.text, done.value)
        holds(case, done)


@QUICK
@given(call=calls, rng=seeds)
def test_so_do_several_at_once(call, rng):
    case = meant(call, composition(rng), rng)
    done = attempted(case)
    if done is not None:
        assert same(done.value, case.truth), (case.name, case.text, done.value)
        holds(case, done)


@QUICK
@given(call=calls, rng=seeds, kind=st.sampled_from(sorted(BREAKS)))
def test_whatever_comes_back_was_read_from_the_text(call, rng, kind):
    case = broken(call, [kind], rng)
    assume(case is not None)
    assert case is not None
    done = attempted(case)
    if done is not None:
        assert same(json.loads(replay(case.text, done.edits)), done.value)
        holds(case, done)


@QUICK
@given(call=calls)
def test_a_valid_call_is_left_alone(call):
    done = repair_json(json.dumps(call.arguments), call.schema)
    assert done == Repaired(call.arguments)


pieces = st.lists(
    st.sampled_from(
        [
            "{",
            "}",
            "[",
            "]",
            "(",
            ")",
            ",",
            ":",
            '"',
            "'",
            "`",
            "\\",
            "=",
            "=>",
            "//",
            "/*",
            "*/",
            "#",
            "\n",
            "```",
            "```json\n",
            '"a"',
            '"b": ',
            "a",
            "1",
            "-",
            ".5",
            "true",
            "None",
            "...",
            "“",
            "”",
            "<|im_end|>",
            "f(",
            " ",
            "\ufeff",
            "\\u12",
            "\\n",
            "{}",
            "\x00",
            "\ud800",
            "</s>",
            '\\"',
            "NaN",
        ]
    ),
    max_size=25,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(
    text=st.one_of(pieces, st.text()),
    level=st.sampled_from(get_args(Level)),
    schema=st.sampled_from([None, {}, {"type": "object", "properties": {"a": {"type": "string"}}}]),
    finish_reason=st.sampled_from([None, "stop", "length"]),
)
def test_of_any_text_at_all_there_is_a_value_or_a_refusal(text, level, schema, finish_reason):
    try:
        done = repair_json(text, schema, level=level, finish_reason=finish_reason)
    except UnrepairableError:
        return
    assert same(json.loads(replay(text, done.edits)), done.value)
    json.dumps(done.value, allow_nan=False).encode()
