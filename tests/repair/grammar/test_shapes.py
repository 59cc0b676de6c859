"""What a schema declares is found through references and combinations."""

import pytest

from unillm.repair.grammar.shapes import NOTHING, Shape


def shape(schema):
    return Shape([schema], schema)


def test_names_come_from_every_part_that_may_apply():
    found = shape(
        {
            "properties": {"a": {}},
            "allOf": [{"properties": {"b": {}}}],
            "anyOf": [{"properties": {"c": {}}}, {"$ref": "#/$defs/more"}],
            "then": {"properties": {"e": {}}},
            "$defs": {"more": {"properties": {"d": {}}}},
        }
    )
    assert set(found.names) == {"a", "b", "c", "d", "e"}
    assert found.known


def test_a_shape_that_refers_to_itself_ends():
    tree = {"properties": {"kids": {"type": "array", "items": {"$ref": "#"}}}}
    found = shape(tree)
    for _ in range(5):
        found = found.below("kids").below(None)
        assert set(found.names) == {"kids"}


def test_references_are_followed_inside_only():
    assert shape({"$ref": "https://example.org/x"}).known is False
    assert shape({"$ref": "#/nowhere/at/all"}).known is False


def test_a_reference_may_have_escaped_signs():
    found = shape({"$ref": "#/$defs/a~1b~0c", "$defs": {"a/b~c": {"properties": {"x": {}}}}})
    assert set(found.names) == {"x"}


def test_below_a_name_that_is_not_declared_are_the_additional_properties():
    found = shape({"additionalProperties": {"properties": {"x": {}}}})
    assert set(found.below("any").names) == {"x"}


def test_items_are_those_of_tuples_too():
    found = shape({"prefixItems": [{"properties": {"x": {}}}], "items": {"properties": {"y": {}}}})
    assert set(found.below(None).names) == {"x", "y"}


@pytest.mark.parametrize(
    ("schema", "begins"),
    [
        ({"type": "object"}, "{"),
        ({"type": "array"}, "["),
        ({"type": ["object", "array"]}, "{["),
        ({}, "{["),
        ({"type": "string"}, ""),
        ({"anyOf": [{"type": "object"}, {"type": "array"}]}, "{["),
    ],
)
def test_what_a_value_may_begin_with(schema, begins):
    assert shape(schema).begins == begins


def test_without_types_anything_is_allowed():
    assert NOTHING.allows("string")
    assert shape({"type": "string"}).allows("number", "integer") is False
    assert shape({"type": ["integer", "null"]}).allows("number", "integer")


@pytest.mark.parametrize(
    ("schema", "closed"),
    [
        ({"properties": {"a": {}}, "additionalProperties": False}, True),
        ({"properties": {"a": {}}}, False),
        ({"properties": {"a": {}}, "additionalProperties": {"type": "string"}}, False),
    ],
)
def test_whether_other_names_are_forbidden(schema, closed):
    assert shape(schema).closed is closed
