"""Tools made of functions, models and dicts."""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from unillm import InvalidRequestError, Tool, tool
from unillm.tools import tools_from


class Unit(enum.Enum):
    celsius = "c"
    fahrenheit = "f"


class Place(TypedDict):
    city: str
    country: str | None


@dataclass
class Range:
    low: int
    high: int = 10


def google(
    city: str,
    days: int = 1,
    unit: Unit = Unit.celsius,
    *,
    mode: Literal["fast", "slow"] = "fast",
    places: list[Place] | None = None,
    limits: Annotated[Range, Field(description="From and to.")] | None = None,
) -> str:
    """Look up the weather.

    It may take a while.

    Args:
        city: The city, in English.
        days: How many days
            ahead.
        places: More places.

    Returns:
        A sentence.
    """
    return f"{city} {days} {unit} {mode} {places} {limits}"


def numpy_style(city: str) -> None:
    """Look it up.

    Parameters
    ----------
    city : str
        The city.
    """


def rest_style(city: str) -> None:
    """Look it up.

    :param city: The city.
    """


def bare(title, properties: str = "x"):  # names that JSON Schema uses too
    return title, properties


def test_a_function_gives_name_description_and_schema():
    made = tool(google)
    assert made.name == "google"
    assert made.description == "Look up the weather.\n\nIt may take a while."
    properties = made.parameters["properties"]
    assert made.parameters["required"] == ["city"]
    assert properties["city"] == {"type": "string", "description": "The city, in English."}
    assert properties["days"] == {
        "type": "integer",
        "default": 1,
        "description": "How many days\nahead.",
    }
    assert properties["mode"] == {"type": "string", "enum": ["fast", "slow"], "default": "fast"}
    assert properties["unit"]["default"] == "c"
    assert set(made.parameters["$defs"]) == {"Unit", "Place", "Range"}
    assert "title" not in str(made.parameters)


@pytest.mark.parametrize("function", [numpy_style, rest_style])
def test_every_docstring_style_is_read(function):
    made = tool(function)
    assert made.description == "Look it up."
    assert made.parameters["properties"]["city"]["description"] == "The city."


def test_parameters_named_like_schema_words_stay():
    made = tool(bare)
    assert set(made.parameters["properties"]) == {"title", "properties"}
    assert made.parameters["required"] == ["title"]
    assert made.description is None


def test_a_model_gives_its_schema():
    class Search(BaseModel):
        """Search the web."""

        query: str = Field(description="What to look for.")
        limit: int = 5

    made = tool(Search, name="search", strict=True)
    assert (made.name, made.description, made.strict) == ("search", "Search the web.", True)
    assert made.parameters["required"] == ["query"]


def test_an_openai_dict_gives_the_same_with_or_without_its_wrapper():
    inner = {"name": "f", "description": "d", "parameters": {"type": "object"}, "strict": True}
    expected = Tool("f", description="d", parameters={"type": "object"}, strict=True)
    assert tool({"type": "function", "function": inner}) == expected
    assert tool(inner) == expected
    assert tool({"name": "g"}).parameters == {"type": "object", "properties": {}}


def test_a_schema_is_made_once():
    first, second = tools_from([google]), tools_from([google])
    assert first[0] is second[0]


def test_methods_partials_and_unhashable_callables_work():
    @dataclass
    class Box:
        size: int = 1

        def grow(self, by: int) -> int:
            """Grow it."""
            return self.size + by

        def __call__(self, by: int) -> int:
            """Grow it by call."""
            return self.size + by

    box = Box()
    with pytest.raises(TypeError, match="unhashable"):
        hash(box)
    assert tool(box.grow).parameters["required"] == ["by"]
    assert tool(box, name="grow").parameters["required"] == ["by"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (3, "must be a function, model, Tool or dict, not int"),
        (Range, "Range is a class, but no pydantic model"),
        ({"type": "function"}, "a tool dict must be"),
        ({"type": "custom", "name": "x"}, "a tool dict must be"),
        ({"name": "f", "parameters": 3}, "must be a JSON Schema dict"),
        (lambda x: x, "unillm.tool"),
        (lambda *args: args, "a model needs named parameters"),
        (lambda x, /: x, "positional-only"),
        ({"name": "bad name"}, "1 to 128 letters"),
    ],
)
def test_what_is_no_tool_is_told_why(given, said):
    with pytest.raises(InvalidRequestError, match=said):
        tool(given)


def test_a_function_with_an_annotation_that_is_no_schema_is_told_which():
    def odd(value: Ellipsis):  # type: ignore[valid-type]
        return value

    def unknown(value: "Nowhere"):  # type: ignore[name-defined]  # noqa: F821
        return value

    for function in (odd, unknown):
        with pytest.raises(InvalidRequestError, match=function.__name__):
            tool(function)


def test_two_tools_of_one_name_are_refused():
    with pytest.raises(InvalidRequestError, match="two tools are named 'bare'"):
        tools_from([bare, Tool("bare")])
    for wrong in ("x", {"name": "f"}, 3):
        with pytest.raises(InvalidRequestError, match="must be a list"):
            tools_from(wrong)  # type: ignore[arg-type]
    assert tools_from(None) == ()


class WithFunction(BaseModel):
    call: Callable[[int], int]


class NoSchema:
    @classmethod
    def model_json_schema(cls):
        raise ZeroDivisionError


class BoundSchema:
    def model_json_schema(self):
        return {}


class TextSchema:
    @classmethod
    def model_json_schema(cls):
        return "{}"


def taking(annotation):
    """Give a function whose parameter is annotated with a text that is no type."""

    def take(a):
        return a

    take.__annotations__["a"] = annotation
    take.__name__ = annotation.strip("[")
    return take


@pytest.mark.parametrize(
    "given",
    [WithFunction, NoSchema, BoundSchema, TextSchema, BaseModel, taking("int["), taking("enum.no")],
)
def test_what_gives_no_schema_is_refused(given):
    with pytest.raises(InvalidRequestError, match="no schema can be made of"):
        tool(given)


def test_parameters_that_are_no_json_are_refused():
    with pytest.raises(InvalidRequestError, match="must be JSON"):
        tool(Tool("f", parameters={"x": (i for i in ())}))


def test_fields_that_are_none_are_no_loss():
    made = tool({"type": "function", "name": "f", "strict": None, "defer_loading": None})
    assert made == Tool("f")


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("input_schema", "'input_schema'.* did you mean 'parameters'"),
        ("inputSchema", "'inputSchema'.* did you mean 'parameters'"),
        ("paramters", "'paramters'.* did you mean 'parameters'"),
        ("desciption", "'desciption'.* did you mean 'description'"),
        ("cache_control", "'cache_control'.* leave it out"),
        (5, "5.* leave it out"),
    ],
)
def test_no_field_of_a_tools_dict_is_lost_silently(wrapped, key, said):
    given = {"name": "f", key: {"type": "object"}}
    with pytest.raises(InvalidRequestError, match=f"tool 'f' has the field {said}"):
        tool({"type": "function", "function": given} if wrapped else given)


def test_a_field_beside_the_function_belongs_into_it():
    given = {"type": "function", "function": {"name": "f"}, "strict": True}
    with pytest.raises(InvalidRequestError, match=r"'strict'.* belongs into 'function'"):
        tool(given)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ("x", "parameters of tool 'f' must be a JSON Schema dict, not str"),
        ([], "must be a JSON Schema dict, not list"),
        ({"type": "array"}, "describe an object, .*not 'array'"),
        ({"type": ["string", "null"]}, "describe an object"),
    ],
)
def test_parameters_are_the_schema_of_an_object(parameters, said):
    for given in (Tool("f", parameters=parameters), {"name": "f", "parameters": parameters}):
        with pytest.raises(InvalidRequestError, match=said):
            tools_from([given])
        with pytest.raises(InvalidRequestError, match=said):
            tool(given)


@pytest.mark.parametrize(
    "schema", [{"description": "x"}, {"type": ["object", "null"]}, {"$ref": "#/$defs/A"}]
)
def test_parameters_that_may_be_an_object_are_taken(schema):
    parameters = {**schema, "$defs": {"A": {"type": "object"}}}
    assert tools_from([Tool("f", parameters=parameters)])[0].parameters == parameters
