"""The arguments of a call while they come."""

from __future__ import annotations

import copy
import json
import pickle
import string
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unillm import ToolCallDelta
from unillm._wire import growing
from unillm._wire.growing import MAX_DEPTH, GrowingArguments

texts = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('"\\/\b\n😀{}[]:,'))
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=15,
)
objects = st.dictionaries(texts, values, max_size=5)


def followed(fragments: list[str]) -> GrowingArguments:
    arguments = GrowingArguments()
    for fragment in fragments:
        arguments.add(fragment)
        arguments.value()
    return arguments


def is_beginning_of(part: Any, whole: Any) -> bool:
    """Tell whether a value may be what has come so far of another."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and is_beginning_of(held, whole[key]) for key, held in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) <= len(whole) and all(map(is_beginning_of, part, whole))
    if isinstance(part, str) and isinstance(whole, str):
        return whole.startswith(part)
    return type(part) is type(whole) and part == whole


@given(objects, st.booleans(), st.sampled_from([None, 1]), st.data())
def test_what_is_shown_is_a_beginning_and_at_the_end_all_of_it(whole, ascii_only, indent, data):
    text = json.dumps(whole, ensure_ascii=ascii_only, indent=indent)
    places = data.draw(st.lists(st.integers(0, len(text)), max_size=8).map(sorted))
    cuts = [0, *places, len(text)]
    arguments = GrowingArguments()
    for start, end in pairwise(cuts):
        arguments.add(text[start:end])
        shown = arguments.value()
        assert shown is None or is_beginning_of(shown, whole)
    assert arguments.value() == whole
    assert json.dumps(arguments.value(), sort_keys=True) == json.dumps(whole, sort_keys=True)


@given(objects)
def test_character_by_character(whole):
    assert followed(list(json.dumps(whole))).value() == whole


@given(st.lists(st.text(string.printable + "\\\"'{}[]u0é😀\ud83d", max_size=12), max_size=12))
def test_garbage_is_never_an_exception(fragments):
    shown = followed(fragments).value()
    assert shown is None or isinstance(shown, dict)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", None),
        ("no object at all", None),
        ("```json\n{", {}),
        ('{"ci', {}),
        ('{"city"', {}),
        ('{"city":', {}),
        ('{"city": "', {"city": ""}),
        ('{"city": "Par', {"city": "Par"}),
        ('{"city": "Z\\u00', {"city": "Z"}),
        ('{"city": "\\ud83d', {"city": ""}),
        ('{"city": "\\ud83dx', {"city": "\N{REPLACEMENT CHARACTER}x"}),
        ('{"city": "\\ud83d\\u0041', {"city": "\N{REPLACEMENT CHARACTER}A"}),
        ('{"city": "\\ude00 ', {"city": "\N{REPLACEMENT CHARACTER} "}),
        ('{"days": 12', {}),
        ('{"days": 12,', {"days": 12}),
        ('{"days": 12e', {}),
        ('{"sure": tru', {}),
        ('{"sure": true}', {"sure": True}),
        ('{"list": [1, [2, "x', {"list": [1, [2, "x"]]}),
        ('{"list": [1,]}', {"list": [1]}),
        ('{"a": {"b": {', {"a": {"b": {}}}),
        ('{"a": 1, "a": 2}', {"a": 2}),
        # What is no JSON ends the view.
        ('{"a": 1, b: 2, "c": 3}', {"a": 1}),
        ('{"a": 1}{"a": 2}', {"a": 1}),
        ('{"a": 1]', {"a": 1}),
        ('{"a": 1 "b": 2}', {"a": 1}),
        ('{"a": 01, "b": 2}', {}),
        ('{"a": 1e999, "b": 2}', {}),
        ('{"a": NaN, "b": 2}', {}),
        ('{"a": }', {}),
        ('{"a" 1}', {}),
        ('{"a": ' + "9" * 5_000 + "}", {}),
    ],
)  # fmt: skip
def test_what_is_shown_of_it(text, shown):
    assert followed([text]).value() == shown
    assert followed(list(text)).value() == shown


def test_depth_is_bounded():
    shown = followed(['{"a":' * 10_000]).value()
    depth = 0
    while shown:
        shown, depth = shown["a"], depth + 1
    assert depth == MAX_DEPTH - 1


def test_whoever_changes_what_he_is_shown_has_only_himself_to_blame():
    arguments = followed(['{"a": ["x'])
    shown = arguments.value()
    assert shown is not None
    shown["a"].clear()
    arguments.add('y"], "b": 1}')
    assert arguments.value() == {"a": []}


def test_work_is_linear_though_it_is_looked_at_for_every_fragment(monkeypatch):
    """Count the characters that are read; what a text costs to grow is CPython's affair."""
    read = [0]
    real = GrowingArguments._read

    def counted(self, text):
        read[0] += len(text)
        real(self, text)

    monkeypatch.setattr(GrowingArguments, "_read", counted)
    text = json.dumps({"path": "a.py", "content": "x\\u00e9\n" * 25_000})
    followed([text[at : at + 4] for at in range(0, len(text), 4)])
    assert len(text) <= read[0] < 2 * len(text)


def test_each_step_reads_on(monkeypatch):
    """No step is taken twice at one place, whatever comes."""
    steps = [0]
    real = growing._PLAIN.match

    class Counting:
        def match(self, *given):
            steps[0] += 1
            return real(*given)

    monkeypatch.setattr(growing, "_PLAIN", Counting())
    followed(['{"a": "' + "\\n\\ud83d" * 10_000])
    assert steps[0] < 3 * 20_000


def test_the_event_shows_what_had_come_when_it_is_looked_at():
    arguments = GrowingArguments()
    events: list[ToolCallDelta] = []
    for fragment in ('{"city": "P', "ari", 's"}'):
        arguments.add(fragment)
        events.append(ToolCallDelta.of(0, fragment, arguments))
    first = events[0].partial
    assert first == {"city": "Paris"}
    assert events[2].partial is first


def test_the_event_is_a_value_all_the_same():
    arguments = GrowingArguments()
    arguments.add("{")
    event = ToolCallDelta.of(3, "{", arguments)
    assert event == ToolCallDelta(3, "{")
    assert hash(event) == hash(ToolCallDelta(3, "{"))
    assert repr(event) == repr(ToolCallDelta(3, "{"))
    assert event.to_dict() == {"index": 3, "fragment": "{"}
    for copied in (
        pickle.loads(pickle.dumps(event)),
        copy.copy(event),
        ToolCallDelta.from_json(event.to_json()),
    ):
        assert copied == event
        assert copied.partial is None
    assert ToolCallDelta(3, "{").partial is None
