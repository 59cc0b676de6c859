"""What a call must be before anyone may execute it."""

import json
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unillm import InvalidToolCall, Tool, ToolCall
from unillm._flow.calls import finisher_for

SCHEMA = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "minLength": 1},
        "days": {"type": "array", "items": {"type": "integer", "minimum": 1}},
    },
    "required": ["city"],
    "additionalProperties": False,
}
LOOK = Tool("look", parameters=SCHEMA)
FREE = Tool("free")


@dataclass
class Received:
    raw: str
    name: str = "look"
    cut: bool = False
    id: str = "c1"


def finish(raw: str, name: str = "look", *, cut: bool = False) -> ToolCall | InvalidToolCall:
    [call] = finisher_for([LOOK, FREE])(Received(raw, name, cut))
    return call


def test_a_good_call_is_given_as_it_came():
    call = finish('{"city": "Paris", "days": [1, 2]}')
    assert isinstance(call, ToolCall)
    assert call.arguments == {"city": "Paris", "days": [1, 2]}
    assert call.raw == '{"city": "Paris", "days": [1, 2]}'
    assert call.repairs == ()
    assert call.origin == "native"


@pytest.mark.parametrize(
    ("raw", "said", "path"),
    [
        ('{"city": "Par', "not JSON", None),
        ('{"city": "Paris"}{"city": {}}', "not JSON", None),
        # A token that may go on is not closed.
        ('{"city": Par', "not JSON", None),
        ("{city: Par", "not JSON", None),
        ("[1]", "not an object but list", None),
        ('"Paris"', "not an object but str", None),
        ("null", "do not fit the schema", ()),
        ('{"city": NaN}', "not JSON", None),
        ('{"city": 1e999}', "too large", None),
        ('{"city": "a", "city": "b"}', "twice with different values", None),
        ('{"city": "\\ud800"}', "not JSON", None),
        ('{"city": ' + "[" * 5_000 + "]" * 5_000 + "}", "not JSON", None),
        ('{"city": ' + "9" * 5_000 + "}", "not JSON", None),
        ("{}", "'city' is a required property", ()),
        ('{"city": {}}', "at city: {} is not of type 'string'", ("city",)),
        ('{"city": "x", "days": [1, 0]}', "at days.1", ("days", 1)),
        ('{"city": "x", "more": 1}', "Additional properties", ()),
        ("", "'city' is a required property", ()),
    ],
)
def test_a_bad_call_says_why_and_where(raw, said, path):
    call = finish(raw)
    assert isinstance(call, InvalidToolCall)
    assert said in call.reason
    assert call.schema_path == path
    assert call.raw == raw


def test_equal_duplicate_keys_are_no_contradiction():
    assert isinstance(finish('{"city": "a", "city": "a"}'), ToolCall)


def test_no_text_means_no_arguments_unless_the_answer_was_cut():
    call = finish("", "free")
    assert isinstance(call, ToolCall)
    assert call.arguments == {}
    cut = finish(" ", "free", cut=True)
    assert isinstance(cut, InvalidToolCall)
    assert "cut off" in cut.reason


def test_a_name_that_was_not_offered_is_refused_and_the_offer_listed():
    call = finish("{}", "lock")
    assert isinstance(call, InvalidToolCall)
    assert "no tool is named 'lock'; the request offers free, look" in call.reason
    assert isinstance(finish("{}", ""), InvalidToolCall)


def test_without_declared_tools_arguments_must_still_be_one_object():
    done = finisher_for([])
    [good], [bad] = done(Received('{"x": 1}', "any")), done(Received("[1]", "any"))
    assert isinstance(good, ToolCall)
    assert isinstance(bad, InvalidToolCall)


@pytest.mark.parametrize("reference", ["http://127.0.0.1:9/never.json", "#/$defs/missing"])
def test_a_reference_the_schema_does_not_hold_refuses_and_never_fetches(reference):
    remote = Tool("remote", parameters={"properties": {"a": {"$ref": reference}}})
    [call] = finisher_for([remote])(Received('{"a": 1}', "remote"))
    assert isinstance(call, InvalidToolCall)
    assert reference.removeprefix("#") in call.reason


def test_a_schema_that_is_no_schema_refuses_the_call_and_says_so():
    wrong = Tool("wrong", parameters={"type": "objekt"})
    [call] = finisher_for([wrong])(Received('{"a": 1}', "wrong"))
    assert isinstance(call, InvalidToolCall)
    assert "schema" in call.reason


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), json_values, max_size=5))
def test_any_object_comes_through_unchanged(arguments):
    call = finish(json.dumps(arguments), "free")
    assert isinstance(call, ToolCall)
    assert call.arguments == arguments


@given(st.text(max_size=60), st.booleans())
def test_any_text_is_a_call_or_refused_never_an_exception(text, cut):
    assert isinstance(finish(text, "free", cut=cut), ToolCall | InvalidToolCall)
