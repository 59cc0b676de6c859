"""What follows a quote decides whether it ends its string."""

import pytest

from unillm.errors import UnrepairableError
from unillm.repair import repair_json

SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "string"}, "b": {"type": "string"}, "n": {"type": "integer"}},
}


def value(text, schema=None):
    return repair_json(text, schema).value


def refused(text, schema=None):
    with pytest.raises(UnrepairableError) as caught:
        repair_json(text, schema)
    return caught.value


def test_a_sound_string_is_never_read_longer_where_what_follows_is_sound_too():
    text = '{"a": "x", "b": "y",}'
    assert value(text) == {"a": "x", "b": "y"}


def test_a_declared_key_that_has_not_come_ends_a_string():
    assert value('{"a": "say "hi", you", "b": "y"}', SCHEMA) == {"a": 'say "hi", you', "b": "y"}
    assert value('{"a": "x, "b": "y"}', SCHEMA) == {"a": "x", "b": "y"}


def test_a_key_that_came_already_ends_nothing():
    text = '{"b": "y", "a": "look: "b": 1 is in it"}'
    closed = {**SCHEMA, "additionalProperties": False}
    assert value(text, closed) == {"b": "y", "a": 'look: "b": 1 is in it'}


def test_a_string_that_holds_a_member_of_an_unknown_object_is_refused():
    assert refused('{"a": "x", "b: "y"}').reason
    assert refused('{"a": "x”, "b": "y"}').reason


def test_closers_end_a_string_only_if_they_fit_what_is_open():
    assert value('{"a": "f("x")} and more"}') == {"a": 'f("x")} and more'}
    assert value('{"o": {"a": "say "hi""}}') == {"o": {"a": 'say "hi"'}}


def test_candidates_of_an_ambiguous_text_are_named():
    error = refused('{"a": [{"b": 1], "c": 2}')
    assert error.candidates == ({"a": [{"b": 1}], "c": 2}, {"a": [{"b": 1, "c": 2}]})
    assert error.reason


def test_pairs_of_quotes_in_an_item_belong_to_it():
    assert value('["say "hi" now", "b"]') == ['say "hi" now', "b"]
    refused('["say "hi now", "b"]')
