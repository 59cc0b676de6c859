"""Arguments as JSON has them become what a function's annotations say."""

# pyright: reportGeneralTypeIssues=false

import asyncio
import datetime as dt
import enum
from dataclasses import dataclass
from decimal import Decimal
from functools import partial, wraps
from typing import Annotated
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, StrictInt

from unillm import Tool, tool
from unillm.tools import MisfitError, bind, callables_in, function_of, is_async


class Colour(enum.Enum):
    RED = "red"


class Place(BaseModel):
    name: str
    near: "Place | None" = None


@dataclass
class Span:
    start: dt.date
    days: int = 1


def book(
    place: Place,
    span: Span,
    *,
    colour: Colour = Colour.RED,
    price: Decimal | None = None,
    key: UUID | None = None,
    tags: tuple[str, ...] = (),
    count: Annotated[StrictInt, Field(alias="howMany")] = 1,
) -> object:
    return (place, span, colour, price, key, tags, count)


def test_values_are_typed_and_defaults_filled_in():
    made = bind(
        book,
        {
            "place": {"name": "Paris", "near": {"name": "Lille"}},
            "span": {"start": "2026-11-28"},
            "price": "1.50",
            "key": "12345678123456781234567812345678",
            "tags": ["a"],
            "howMany": 2,
        },
    )
    assert made() == (
        Place(name="Paris", near=Place(name="Lille")),
        Span(dt.date(2026, 11, 28)),
        Colour.RED,
        Decimal("1.50"),
        UUID("12345678123456781234567812345678"),
        ("a",),
        2,
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"span": {"start": "2026-11-28"}}, ["place: Missing required argument"]),
        (
            {"place": {"name": 3}, "span": {"start": "x", "days": "many"}},
            ["place.name: Input should be a valid string", "span.start: ", "span.days: "],
        ),
        (
            {"place": {"name": "x"}, "span": {"start": "2026-11-28"}, "colour": "blue", "why": 1},
            ["colour: Input should be 'red'", "why: Unexpected keyword argument"],
        ),
    ],
    ids=["missing", "nested", "unknown"],
)
def test_what_does_not_fit_is_named_with_its_place(arguments, told):
    with pytest.raises(MisfitError) as caught:
        bind(book, arguments)
    parts = str(caught.value).split("; ")
    assert len(parts) == len(told)
    assert all(part.startswith(start) for part, start in zip(parts, told, strict=True))


def test_what_was_given_is_not_in_the_reason():
    with pytest.raises(MisfitError) as caught:
        bind(book, {"place": {"name": ["hunter2"]}, "span": "hunter2"})
    assert "hunter2" not in str(caught.value)


def test_what_is_no_json_is_refused():
    with pytest.raises(MisfitError, match="cannot be written as JSON"):
        bind(book, {"place": object()})


def test_nothing_is_shared_with_the_call():
    def take(items: list[dict[str, int]]) -> None:
        items[0]["a"] = 2
        items.clear()

    arguments = {"items": [{"a": 1}]}
    bind(take, arguments)()
    assert arguments == {"items": [{"a": 1}]}


def test_a_default_is_not_shared_between_calls():
    def take(items: list[int] = []) -> list[int]:  # noqa: B006 - what is tested
        items.append(1)
        return items

    assert [bind(take, {})() for _ in range(2)] == [[1], [1]]


class Box:
    def open(self, key: int) -> int:
        return key

    async def __call__(self, lid: Colour) -> Colour:
        return lid

    __hash__ = None  # type: ignore[assignment]  # an object that no cache takes


def test_methods_partials_objects_and_wrapped_functions_are_bound():
    @wraps(book)
    def traced(*args, **kwargs):
        return ("traced", *book(*args, **kwargs))

    assert bind(Box().open, {"key": 3})() == 3
    assert asyncio.run(bind(Box(), {"lid": "red"})()) is Colour.RED
    part = partial(book, Place(name="Rome"))
    assert bind(part, {"span": {"start": "2026-11-28"}})()[0].name == "Rome"
    given = {"place": {"name": "x"}, "span": {"start": "2026-11-28"}}
    assert bind(traced, given)()[:2] == ("traced", Place(name="x"))


async def later(key: int) -> int:
    return key


@pytest.mark.parametrize(
    ("function", "expected"),
    [(later, True), (partial(later, 1), True), (Box(), True), (Box().open, False), (len, False)],
    ids=["function", "partial", "object", "method", "built in"],
)
def test_what_is_async_is_known_before(function, expected):
    assert is_async(function) is expected


def test_a_tool_remembers_its_function_and_nothing_else_does():
    made = tool(later, name="go", strict=True)
    assert made.function is later
    assert tool(made, description="Go.").function is later
    assert made == Tool("go", parameters=made.parameters, strict=True)
    assert Tool.from_json(made.to_json()).function is None
    assert "later" not in repr(made)
    assert [function_of(g) for g in (later, made, Tool("x"), Place, {"name": "x"})] == [
        later,
        later,
        None,
        None,
        None,
    ]


def test_functions_are_found_by_the_names_of_their_tools():
    given = (item for item in (later, tool(book, name="total"), {"type": "web_search"}))
    tools, hosted, functions = callables_in(given)
    assert [t.name for t in tools] == ["later", "total"]
    assert hosted == ({"type": "web_search"},)
    assert functions == {"later": later, "total": book}
    assert callables_in(None) == ((), (), {})


@given(
    st.dictionaries(
        st.sampled_from(["place", "span", "colour", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=8,
        ),
    )
)
def test_whatever_comes_is_bound_or_a_misfit(arguments):
    def place():
        try:
            return bind(book, arguments)()[0]
        except MisfitError as error:
            return str(error)

    assert isinstance(place(), str | Place)
    assert place()
