"""What a caller wants an answer to be."""

from typing import Annotated, Any, Generic, Literal, TypeVar

import pytest
from pydantic import BaseModel, BeforeValidator, Field

from unillm._outputs import Misfit, output_of
from unillm._wire.growing import GrowingValue

T = TypeVar("T")


class Item(BaseModel):
    """A thing."""

    name: str = Field(description="What it is called.")
    count: int


class Page(BaseModel, Generic[T]):
    items: list[T]


@pytest.mark.parametrize(
    ("given", "spoken", "name"),
    [
        (Item, "Item", "Item"),
        (list[Item], "list[Item]", "list_Item"),
        (Page[Item], "Page[Item]", "Page_Item"),
        (Item | None, "Item | None", "Item_None"),
        (Literal["a", "b"], "Literal['a', 'b']", "Literal_a_b"),
        (int, "int", "int"),
        (dict[str, int], "dict[str, int]", "dict_str_int"),
        ({"title": "My thing!", "type": "object"}, "My thing!", "My_thing"),
        ({"title": "物", "type": "object"}, "物", "output"),
        ({"type": "object"}, "the schema", "the_schema"),
        ({"title": "x" * 99, "type": "object"}, "x" * 99, "x" * 64),
    ],
)
def test_it_has_a_name_for_people_and_one_for_hosts(given, spoken, name):
    output = output_of(given)
    assert (output.spoken, output.name) == (spoken, name)


def test_what_people_wrote_of_it_is_kept_and_titles_are_not():
    assert output_of(Item).schema == {
        "description": "A thing.",
        "properties": {
            "name": {"description": "What it is called.", "type": "string"},
            "count": {"type": "integer"},
        },
        "required": ["name", "count"],
        "type": "object",
    }


class One(BaseModel):
    name: str


class Other(BaseModel):
    name: str


def test_what_comes_first_of_a_union_is_taken_whatever_was_asked_for_before():
    for given, kind in ((One | Other, One), (Other | One, Other)):
        output = output_of(given)
        assert type(output.made('{"value": {"name": "a"}}', wrapped=True)) is kind
        within: Any = output_of(list[given])
        (made,) = within.made('{"value": [{"name": "a"}]}', wrapped=True)
        assert type(made) is kind
        shown = GrowingValue(within.shape, openers=within.openers)
        shown.add('[{"name": "a"}]')
        assert type(within.shown(shown.value())[0]) is kind


@pytest.mark.parametrize("given", [Item, list[Item], int | str, {"type": "object"}])
def test_it_is_made_once(given):
    assert output_of(given) is output_of(given)


def test_equal_schemas_are_one_and_types_that_only_look_equal_are_two():
    assert output_of({"type": "array", "items": {}}) is output_of({"type": "array", "items": {}})
    assert output_of(Literal[1]) is not output_of(Literal[True])


def test_a_type_that_cannot_be_hashed_will_do():
    given = Annotated[list[int], Field(json_schema_extra={"examples": [[1]]}), [1]]
    assert output_of(given).made("[1]") == [1]


def test_changes_to_the_dict_afterwards_do_not_reach_it():
    schema: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "string"}}}
    output = output_of(schema)
    schema["properties"]["a"]["type"] = "integer"
    assert output.compiled.fits({"a": "x"})


def test_where_it_does_not_fit_is_told_without_the_key_it_was_under():
    output = output_of(list[Item])
    assert output.is_wrapped
    with pytest.raises(Misfit) as caught:
        output.made('{"value": [{"name": "x", "count": "many"}]}', wrapped=True)
    assert caught.value.path == (0, "count")
    assert caught.value.reason.startswith("at 0.count: ")


def test_few_of_many_faults_are_told():
    text = "[" + ",".join(['{"name": 1}'] * 9) + "]"
    with pytest.raises(Misfit) as caught:
        output_of(list[Item]).made(text)
    assert caught.value.reason.count("; ") == 3
    assert caught.value.reason.endswith("and 15 more")


def test_a_type_may_take_more_than_its_schema_says():
    def split(value: Any) -> Any:
        return value.split(",") if isinstance(value, str) else value

    output = output_of(Annotated[list[str], BeforeValidator(split)])
    assert output.made('"a,b"') == ["a", "b"]
