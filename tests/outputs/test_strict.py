"""A schema for strict mode means what the schema means that it was made of."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter

from unillm._outputs.root import KEY, with_object_root
from unillm._outputs.strict import strict_of
from unillm.schemas import compile_schema
from unillm.testing.rules._schemas import misfit
from unillm.testing.rules.openai_chat import FORBIDDEN

SCALARS: list[dict[str, Any]] = [
    {"type": "string"},
    {"type": "integer"},
    {"type": "boolean"},
    {"type": ["string", "null"]},
    {"type": "null"},
    {"enum": ["a", "b"]},
    {"const": 1},
    {"type": "string", "maxLength": 2},
    {"type": "number", "minimum": 0},
    {"anyOf": [{"type": "string"}, {"type": "null"}]},
    {"type": "string", "default": "a"},
    {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None},
]
names = st.sampled_from(["a", "b", "c"])


def objects_of(inner: Any) -> Any:
    @st.composite
    def one(draw: Any) -> dict[str, Any]:
        properties = draw(st.dictionaries(names, inner, min_size=1, max_size=3))
        required = draw(st.lists(st.sampled_from(sorted(properties)), unique=True))
        return {"type": "object", "properties": properties, "required": required}

    return one()


def unions_of(inner: Any) -> Any:
    return st.lists(inner, min_size=1, max_size=3).map(lambda branches: {"anyOf": branches})


schemas = st.recursive(
    st.sampled_from(SCALARS).map(copy.deepcopy),
    lambda inner: (
        objects_of(inner)
        | unions_of(inner)
        | inner.map(lambda items: {"type": "array", "items": items})
    ),
    max_leaves=8,
)
roots = objects_of(schemas)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 2) | st.sampled_from(["a", "b", "long"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def value_of(draw: Any, schema: Any) -> Any:
    """Draw a value that is near a schema: mostly good, at times not."""
    if draw(st.integers(0, 11)) == 0:
        return draw(values)
    if "anyOf" in schema:
        return draw(value_of(draw(st.sampled_from(schema["anyOf"]))))
    if "enum" in schema or "const" in schema:
        return draw(st.sampled_from(schema.get("enum", [schema.get("const")])))
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    kind = draw(st.sampled_from(kinds))
    if kind == "object":
        required = schema.get("required", ())
        return {
            name: draw(value_of(inner))
            for name, inner in schema["properties"].items()
            if name in required or draw(st.booleans())
        }
    if kind == "array":
        return [draw(value_of(schema["items"])) for _ in range(draw(st.integers(0, 2)))]
    plain: dict[str, Any] = {
        "string": st.sampled_from(["a", "b", "long"]),
        "integer": st.integers(-1, 2),
        "number": st.integers(-1, 2),
        "boolean": st.booleans(),
        "null": st.none(),
    }
    return draw(plain[kind])


def nulled(value: Any, schema: Any, whole: Any) -> Any:
    """Return a value with null for what it leaves out: how strict mode has to say it."""
    if isinstance(value, list) and "items" in schema:
        return [nulled(item, schema["items"], whole) for item in value]
    for branch in schema.get("anyOf", ()):
        if whole.part(branch).fits(value):
            return nulled(value, branch, whole)
    if isinstance(value, dict) and "properties" in schema:
        return {
            name: nulled(value[name], inner, whole) if name in value else None
            for name, inner in schema["properties"].items()
        }
    return value


def same(one: Any, other: Any, schema: Any) -> bool:
    """Tell whether values are equal, but for a null that is the default of what is left out."""
    dropped = json.dumps(_without_nulls(one), sort_keys=True)
    return schema is not None and dropped == json.dumps(_without_nulls(other), sort_keys=True)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(held) for key, held in value.items() if held is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


@given(roots, st.data())
def test_what_the_schema_takes_strict_mode_can_say(schema, data):
    strict = strict_of(schema)
    if strict is None:
        return
    whole = compile_schema(schema)
    value = data.draw(value_of(schema))
    if not whole.fits(value) or set(value) - set(schema["properties"]):
        return
    said = nulled(value, schema, whole)
    if closed(value, schema, whole):
        assert compile_schema(strict.schema).fits(said)
        assert strict.answers.fits(said)
        assert same(strict.back(said), value, schema)
        assert whole.fits(strict.back(said))


def closed(value: Any, schema: Any, whole: Any) -> bool:
    """Tell whether a value has only properties that are declared."""
    if isinstance(value, list) and "items" in schema:
        return all(closed(item, schema["items"], whole) for item in value)
    for branch in schema.get("anyOf", ()):
        if whole.part(branch).fits(value):
            return closed(value, branch, whole)
    if isinstance(value, dict) and "properties" in schema:
        properties = schema["properties"]
        return all(
            name in properties and closed(held, properties[name], whole)
            for name, held in value.items()
        )
    return True


@given(roots, st.data())
def test_what_strict_mode_takes_is_what_the_schema_takes(schema, data):
    strict = strict_of(schema)
    if strict is None:
        return
    value = data.draw(value_of(strict.schema))
    if compile_schema(strict.schema).fits(value):
        meant = strict.back(value)
        assert strict.answers.fits(value) or strict.relaxed
        assert compile_schema(schema).fits(meant) or strict.relaxed


@given(roots)
def test_no_host_refuses_it(schema):
    strict = strict_of(schema)
    if strict is not None:
        assert misfit(strict.schema, FORBIDDEN) is None


@given(schemas, values)
def test_a_wrapped_schema_takes_the_same_values(schema, value):
    wrapped, is_wrapped = with_object_root(schema)
    plain = compile_schema(schema).fits(value)
    held = {KEY: value} if is_wrapped else value
    assert compile_schema(wrapped).fits(held) == plain
    assert wrapped["type"] == "object"


class Node(BaseModel):
    name: str
    children: list["Node"] = []


class Cat(BaseModel):
    kind: str
    lives: int


class Leaf(BaseModel):
    name: str
    note: str | None = None
    age: int = 3


def schema_of(kind: Any) -> dict[str, Any]:
    return with_object_root(TypeAdapter(kind).json_schema())[0]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Node, {"name": "a", "children": [{"name": "b"}]}),
        (list[Node], [{"name": "a"}]),
        (dict[str, Node] | list[Node], [{"name": "a"}]),
        (list[Leaf], [{"name": "x"}]),
        (int, 3),
    ],
    ids=["recursive", "list", "union", "defaults", "scalar"],
)
def test_references_lead_where_they_did(kind, value):
    adapter = TypeAdapter(kind)
    wrapped, is_wrapped = with_object_root(adapter.json_schema())
    held = {KEY: value} if is_wrapped else value
    assert wrapped["type"] == "object"
    assert compile_schema(wrapped).fits(held)
    assert not compile_schema(wrapped).fits({KEY: {"nonsense": []}})


def test_a_root_that_refers_to_itself_is_moved():
    schema = {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"$ref": "#"}}]}
    wrapped, is_wrapped = with_object_root(schema)
    assert is_wrapped
    compiled = compile_schema(wrapped)
    assert compiled.fits({KEY: [1, [2, [3]]]})
    assert not compiled.fits({KEY: [1, ["x"]]})


def test_what_may_be_left_out_may_be_null_and_is_left_out_again():
    strict = strict_of(schema_of(Leaf))
    assert strict is not None
    assert strict.schema["required"] == ["name", "note", "age"]
    assert strict.schema["properties"]["age"] == {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    assert strict.back({"name": "x", "note": None, "age": None}) == {"name": "x", "note": None}
    assert strict.answers.fits({"name": "x"})


def test_what_it_has_no_words_for_is_told_in_the_description():
    schema = {
        "type": "object",
        "properties": {
            "code": {"type": "string", "minLength": 2, "description": "A code."},
            "url": {"type": "string", "format": "uri"},
            "day": {"type": "string", "format": "date"},
            "odd": {"type": "string", "pattern": "^(?!x)"},
            "plain": {"type": "string", "pattern": "^x"},
        },
        "required": ["code", "url", "day", "odd", "plain"],
    }
    strict = strict_of(schema)
    assert strict is not None
    assert strict.relaxed
    properties = strict.schema["properties"]
    assert properties["code"] == {"type": "string", "description": "A code. (minLength: 2)"}
    assert properties["url"] == {"type": "string", "description": 'format: "uri"'}
    assert properties["day"] == {"type": "string", "format": "date"}
    assert properties["odd"] == {"type": "string", "description": 'pattern: "^(?!x)"'}
    assert properties["plain"] == {"type": "string", "pattern": "^x"}


TAGGED = {
    "type": "object",
    "properties": {
        "pet": {
            "oneOf": [
                {
                    "type": "object",
                    "properties": {"kind": {"const": kind}, name: {"type": "string"}},
                    "required": ["kind"],
                }
                for kind, name in (("cat", "purr"), ("dog", "bark"))
            ]
        }
    },
    "required": ["pet"],
}


def test_branches_that_a_tag_tells_apart_may_leave_things_out():
    strict = strict_of(TAGGED)
    assert strict is not None
    assert "anyOf" in strict.schema["properties"]["pet"]
    assert strict.back({"pet": {"kind": "dog", "bark": None}}) == {"pet": {"kind": "dog"}}


def loose(**of: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": of}, "required": ["a"]}


ABSENT = {"type": "object", "properties": {"b": {"type": "string"}}, "required": []}
OTHER = {"type": "object", "properties": {"c": {"type": "string"}}, "required": []}


@pytest.mark.parametrize(
    "schema",
    [
        loose(type="object", additionalProperties={"type": "string"}),
        loose(type="object", properties={"b": {"type": "string"}}, additionalProperties=True),
        loose(type="object"),
        loose(),
        loose(type=["object", "null"]),
        loose(enum=[str(number) for number in range(1_001)]),
        loose(type="array"),
        loose(type="array", prefixItems=[{"type": "string"}]),
        loose(allOf=[{"type": "string"}]),
        loose(**{"not": {"type": "string"}}),
        loose(anyOf=[ABSENT, OTHER]),
        loose(anyOf=[ABSENT, ABSENT]),
        loose(**{"$ref": "#/properties/b"}),
        loose(**{"$ref": "https://example.com/schema"}),
        loose(enum=[{"a": 1}]),
        loose(type="object", properties={}, required=["x"], additionalProperties=False),
        loose(type="object", properties={"b": {"type": "string"}}, minProperties=1),
        {"type": "object", "properties": {"a": {"type": "string"}}, "maxProperties": 1},
        {"type": "object", "properties": {"a": {"type": ["string", "null"]}}},
        {"type": "object", "properties": {"a": {"type": ["string", "null"], "default": "x"}}},
    ],
)
def test_what_would_mean_something_else_is_not_made_strict(schema):
    assert strict_of(schema) is None


def test_more_levels_than_hosts_take_are_not_made_strict():
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(12):
        schema = {"type": "object", "properties": {"a": schema}, "required": ["a"]}
    assert strict_of(schema) is None
