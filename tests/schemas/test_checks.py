"""The fast answer is jsonschema's, for every schema it is given for and every value."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unillm.schemas import Miss, compile_schema

NAMES = ["a", "b", "ä/~", ""]
names = st.sampled_from(NAMES)
# Few values, so that they meet: 1 is 1.0 and not true, 0 is -0.0, "é" is one character or two.
numbers = [0, 1, -0.0, 1.0, 1.5, -2, 2**53 + 1, 2.0**53, 10**400, 1e300]
strings = ["", "1", "true", "a", "\u00e9", "e\u0301", "\N{GRINNING FACE}", "a\n", "ab"]
scalars = st.sampled_from([None, True, False, *numbers, *strings])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
types = st.sampled_from(["array", "boolean", "integer", "null", "number", "object", "string"])
bounds = st.sampled_from([-2, 0, 1, 1.0, 1.5, 2**53, 10**400])
sizes = st.sampled_from([0, 1, 1.0, 2])
patterns = st.sampled_from(["^a$", r"\p{L}", "^.$", "1|é", r"a\-?"])
references = st.sampled_from(["#", "#/$defs/x", "#/$defs/y~1~0"])
ANNOTATIONS = {"title": "t", "default": 1, "format": "date", "x-order": [{"$id": 1}]}

_LIMITS = {
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), bounds),
    **dict.fromkeys(
        ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), sizes
    ),
}


def parts(inner):
    """Return schemas made of schemas, of every keyword that has a check."""
    several = st.lists(inner, min_size=1, max_size=3)
    keywords = {
        "additionalProperties": inner,
        "allOf": several,
        "anyOf": several,
        "const": scalars,
        "enum": st.lists(scalars, min_size=1, max_size=4),
        "items": inner,
        "oneOf": several,
        "pattern": patterns,
        "properties": st.dictionaries(names, inner, max_size=3),
        "required": st.lists(names, max_size=2, unique=True),
        "type": types | st.lists(types, min_size=1, max_size=3, unique=True),
        **_LIMITS,
    }
    chosen = st.lists(st.sampled_from(sorted(keywords)), max_size=4, unique=True).flatmap(
        lambda words: st.fixed_dictionaries({word: keywords[word] for word in words})
    )
    noted = st.tuples(chosen, st.sampled_from([{}, ANNOTATIONS])).map(
        lambda two: {**two[0], **two[1]}
    )
    return noted | references.map(lambda where: {"$ref": where, **ANNOTATIONS}) | st.booleans()


plain = st.recursive(st.booleans() | types.map(lambda name: {"type": name}), parts, max_leaves=6)
schemas = st.builds(
    lambda whole, x, y: {**whole, "$defs": {"x": x, "y/~": y}},
    plain.filter(lambda schema: isinstance(schema, dict)),
    plain,
    plain,
)


def theirs(compiled, value):
    """Return jsonschema's answer; None if it has none, for a schema that goes round in circles."""
    try:
        return next(iter(compiled._validator.iter_errors(value)), None) is None
    except BaseException as failure:  # its resolver is in Rust, and panics when the stack is full
        if "RecursionError" not in repr(failure):
            raise
        return None


@given(schemas, st.lists(values, min_size=1, max_size=8))
def test_a_check_says_what_jsonschema_says(schema, tried):
    compiled = compile_schema(schema)
    assert compiled._check is not None
    for value in tried:
        said = theirs(compiled, value)
        if said is not None:
            assert compiled._check(value) is said
            assert compiled.fits(value) is said


DRAFTS = ["draft-06", "draft-07", "draft/2019-09", "draft/2020-12"]


@pytest.mark.parametrize("draft", DRAFTS)
@given(plain.filter(lambda schema: isinstance(schema, dict)), values)
def test_a_check_says_it_in_each_draft(draft, schema, value):
    scheme = "http" if draft.startswith("draft-") else "https"
    compiled = compile_schema(
        {**schema, "$schema": f"{scheme}://json-schema.org/{draft}/schema", "$defs": {"x": True}}
    )
    # None where a reference leads to the word that says which draft it is.
    assert compiled._check is None or compiled._check(value) is theirs(compiled, value)


LIST = {"type": "object", "properties": {"next": {"$ref": "#"}}, "required": ["next"]}
TREE = {"type": "array", "items": {"$ref": "#/$defs/node"}, "$defs": {"node": {"type": "array"}}}
TREE["$defs"]["node"]["items"] = {"$ref": "#/$defs/node"}
SUBTLE = [
    ({"type": "integer"}, True, False),
    ({"type": "integer"}, 1.0, True),
    ({"type": "number"}, False, False),
    ({"type": ["boolean", "null"]}, 0, False),
    ({"const": 1}, True, False),
    ({"const": 1}, 1.0, True),
    ({"enum": [False, "1"]}, 0, False),
    ({"enum": [None]}, [], False),
    ({"maximum": 2**53}, 2**53 + 1, False),
    ({"exclusiveMinimum": 1e308}, 10**400, True),
    ({"minimum": 2}, True, True),  # a boolean is no number, and has no minimum
    ({"maxLength": 1}, "\N{GRINNING FACE}", True),
    ({"maxLength": 1}, "e\u0301", False),  # two code points
    ({"minLength": 1.0}, "", False),
    ({"pattern": "^a$"}, "a\n", False),
    ({"pattern": r"^\d$"}, "\N{ARABIC-INDIC DIGIT FOUR}", False),
    ({"format": "date"}, "no date", True),
    ({"required": ["a"]}, [], True),
    ({"additionalProperties": False}, {"a": 1}, False),
    ({"oneOf": [{"minimum": 1}, {"maximum": 3}]}, 2, False),
    ({"oneOf": [True, False]}, 2, True),
    (LIST, {"next": {"next": {}}}, False),
    (TREE, [[], [[]]], True),
    (TREE, [[], [[1]]], False),
    ({"nullable": True, "type": "string"}, None, False),  # OpenAPI's word, not JSON Schema's
]


@pytest.mark.parametrize(
    ("schema", "value", "fits"), SUBTLE, ids=map(json.dumps, range(len(SUBTLE)))
)
def test_what_is_easily_got_wrong(schema, value, fits):
    compiled = compile_schema(schema)
    assert compiled._check is not None
    assert (compiled._check(value), theirs(compiled, value)) == (fits, fits)


UNCOVERED = [
    {"not": {"type": "string"}},
    {"if": True, "then": False},
    {"prefixItems": [{"type": "string"}]},
    {"patternProperties": {"a": False}, "additionalProperties": False},
    {"uniqueItems": True},
    {"enum": [[1]]},
    {"const": {"a": 1}},
    {"properties": {"a": {"$ref": "#/$defs/gone"}}},
    {"$ref": "#/$defs/a%20b", "$defs": {"a b": {"type": "string"}}},
    {"$ref": "#here", "$defs": {"a": {"$anchor": "here", "type": "string"}}},
    {"$ref": "https://example.invalid/a"},
    {"$ref": "#/$defs/a", "type": "string", "$defs": {"a": True}},
    {"$ref": "#/$defs/a/$defs/b", "$defs": {"a": {"$id": "urn:a", "$defs": {"b": True}}}},
    {"$id": "urn:a", "type": "string"},
    {"properties": {"a": {"$schema": "http://json-schema.org/draft-04/schema#"}}},
    {"$schema": "http://json-schema.org/draft-04/schema#", "type": "integer"},
    {"$schema": "http://json-schema.org/draft-07/schema#", "items": [{"type": "string"}]},
    {"$schema": "https://json-schema.org/draft/2020-12/schema", "items": {"$ref": "#"}},
]


@pytest.mark.parametrize("schema", UNCOVERED, ids=json.dumps)
def test_what_has_no_check_is_left_to_jsonschema(schema):
    compiled = compile_schema(schema)
    assert compiled._check is None
    assert compiled.fits({"": 1}) in {True, False}


def test_a_schema_that_goes_round_in_circles_is_told():
    compiled = compile_schema({"$ref": "#"})
    assert compiled.miss(1) == Miss("the schema refers to itself for ever")


def test_a_part_has_its_check_too():
    compiled = compile_schema(TREE)
    part = compiled.part(compiled.schema["items"])
    assert part._check is not None
    assert part.fits([[], []])
    assert part.miss([[], [1]]) == Miss("1 is not of type 'array'", (1, 0))


def test_what_is_no_json_is_held_against_the_schema_as_well():
    assert compile_schema({"enum": ["a"]}).miss({1}) is not None
    assert compile_schema({"type": "number"}).fits(1j)
