"""A refusal says what is wrong, where, and what it may have been."""

import json

import pytest

from unillm.errors import UnrepairableError
from unillm.repair import repair_json
from unillm.repair.fit import judge, layers
from unillm.repair.fit.work import Work

SCHEMA = {
    "type": "object",
    "properties": {
        "tags": {"type": "array", "items": {"type": "string"}},
        "size": {"enum": ["Small", "small", "BIG"]},
        "days": {"type": "integer", "maximum": 7},
    },
    "required": ["tags"],
}


def refused(text, schema=None, **settings):
    with pytest.raises(UnrepairableError) as caught:
        repair_json(text, schema or SCHEMA, **settings)
    return caught.value


def test_the_place_and_the_value_are_told():
    text = '{"tags": ["x"], "days": "many"}'
    error = refused(text)
    assert error.schema_path == ("days",)
    assert error.position == text.index('"many"')
    assert error.reason == "'many' is not of type 'integer'"
    assert error.candidates == ()
    assert error.partial == {"tags": ["x"], "days": "many"}


@pytest.mark.parametrize(
    ("text", "candidates", "path"),
    [
        ('{"tags": "a, b"}', (["a", "b"], ["a, b"]), ("tags",)),
        ('{"tags": [], "size": "SMALL"}', ("Small", "small"), ("size",)),
        ('{"TAGS": [], "Tags": []}', ("TAGS", "Tags"), None),
    ],
)
def test_what_it_may_have_been_is_told(text, candidates, path):
    error = refused(text)
    assert error.candidates == candidates
    assert error.schema_path == path
    assert error.partial == json.loads(text)


def test_a_wrapper_around_what_does_not_fit_is_told_from_within():
    error = refused('{"arguments": {"tags": [], "days": "8"}}')
    assert error.schema_path == ("days",)
    assert error.reason == "8 is greater than the maximum of 7"
    assert error.position is None
    assert error.partial == {"arguments": {"tags": [], "days": "8"}}


def test_two_readings_of_the_whole_are_refused():
    schema = {
        "type": "object",
        "properties": {"input": {"type": "string"}, "Arguments": {"type": "object"}},
        "required": ["Arguments"],
    }
    error = refused('{"arguments": {"Arguments": {}}}', schema)
    assert error.candidates == ({"Arguments": {}}, {"Arguments": {"Arguments": {}}})


def test_an_unclear_reading_of_what_is_in_a_wrapper_refuses_all():
    schema = {
        "type": "object",
        "properties": {"Arguments": {"type": "object"}, "tags": {"type": "array"}},
        "required": ["Arguments"],
    }
    error = refused('{"arguments": {"Arguments": {}, "tags": "a, b"}}', schema)
    assert error.candidates == (["a", "b"], ["a, b"])


def test_no_position_is_told_in_a_text_that_nobody_has_seen():
    assert refused("{'tags': [], 'days': 'many',}").position is None


@pytest.mark.parametrize("level", ["off", "syntax"])
def test_below_its_level_nothing_is_made_to_fit(level):
    error = refused('{"tags": [], "days": "5"}', level=level)
    assert error.schema_path == ("days",)
    assert error.partial == {"tags": [], "days": "5"}


def test_a_long_value_is_told_in_part():
    error = refused(json.dumps({"tags": [], "days": "9" * 10_000}))
    assert len(error.reason) < 500
    assert error.reason.endswith("is not of type 'integer'")


def test_a_schema_that_cannot_be_followed_is_told():
    error = refused('{"a": 1}', {"properties": {"a": {"$ref": "https://host.example/a"}}})
    assert "which it does not hold" in error.reason
    assert "for ever" in refused("{}", {"$ref": "#"}).reason


def test_what_is_wrapped_too_often_is_refused():
    value = {"tags": []}
    for _ in range(20):
        value = {"arguments": value}
    assert refused(json.dumps(value)).candidates == ()


def test_keys_wrong_on_more_levels_than_there_are_rounds_are_refused():
    schema, value = {"type": "integer"}, 1
    for _ in range(20):
        schema = {"type": "object", "properties": {"a": schema}, "required": ["a"]}
        value = {"A": value}
    assert refused(json.dumps(value), schema).schema_path == ("a",) * 16


def test_too_much_that_does_not_fit_is_refused():
    text = json.dumps({"tags": [1] * (judge.MOST_FAULTS + 1)})
    assert "more than" in refused(text).reason


@pytest.mark.parametrize("wide", [10, 500])
@pytest.mark.parametrize(
    ("piece", "items"),
    [
        ("5", {"type": "integer"}),
        ("5", {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
        ({"Ab": "1"}, {"properties": {"ab": {"type": "integer"}}, "required": ["ab"]}),
        ('{"ab": 1}', {"type": "object"}),
    ],
)
def test_what_is_read_grows_with_the_text_alone(monkeypatch, piece, items, wide):
    made = []

    class Counted(Work):
        def __init__(self, *args, **settings):
            super().__init__(*args, **settings)
            self.least = self.left
            made.append(self)

    monkeypatch.setattr(layers, "Work", Counted)
    text = json.dumps({"a": [piece] * wide})
    repair_json(text, {"type": "object", "properties": {"a": {"type": "array", "items": items}}})
    (work,) = made
    assert work.least - work.left < 40 * len(text) + 1_000


def test_branches_within_branches_end():
    again = {"$ref": "#/$defs/n"}
    schema = {
        "$ref": "#/$defs/n",
        "$defs": {
            "n": {
                "anyOf": [
                    {"type": "integer"},
                    {"type": "object", "properties": {"a": again}, "required": ["a"]},
                    {"type": "object", "properties": {"a": again}},
                ]
            }
        },
    }
    value = "x"
    for _ in range(8):
        value = {"a": value}
    assert refused(json.dumps(value), schema).reason
