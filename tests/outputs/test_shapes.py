"""A value of a type while its JSON comes."""

import copy
import dataclasses
import enum
import json
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Literal, NamedTuple, NewType, NotRequired

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, RootModel, TypeAdapter
from pydantic.dataclasses import dataclass as pydantic_dataclass
from pydantic_core import to_json
from typing_extensions import TypedDict  # pydantic wants it before Python 3.12

from unillm._outputs import output_of
from unillm._outputs.shapes import shape_of
from unillm._wire.growing import GrowingValue


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Item(BaseModel):
    name: str
    price: float = Field(gt=0)
    on: date | None = None
    tags: list[str] = []


class Invoice(BaseModel):
    number: int
    items: list[Item]
    first: Item | None = None
    colours: list[Colour] = []
    limits: dict[str, Decimal] = {}
    pair: tuple[int, str] | None = None
    words: set[str] = set()
    anything: Any = None
    status: Literal["open", "paid"] = "open"


@dataclasses.dataclass
class Point:
    x: int
    label: str = "none"
    others: "list[Point]" = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True, slots=True)
class Slotted:
    name: str
    at: float = 0.0


class Film(TypedDict):
    title: str
    year: NotRequired[int]


class Row(NamedTuple):
    a: int
    b: str


class Cat(BaseModel):
    kind: Literal["cat"]
    name: str


class Dog(BaseModel):
    kind: Literal["dog"]
    name: str


class Many(RootModel[list[Item]]):
    pass


class Name(RootModel[str]):
    pass


class Open(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)
    name: str


class Aliased(BaseModel):
    long_name: str = Field(validation_alias=AliasChoices("longName", "ln"))
    other: str = Field(alias="OTHER")


class Named(BaseModel):
    model_config = ConfigDict(populate_by_name=True)
    long_name: str = Field(alias="longName")


@pydantic_dataclass
class Checked:
    long_name: str = Field(alias="longName")
    made: list[int] = dataclasses.field(default_factory=list)


class Failing(BaseModel):
    name: str
    token: str = Field(default_factory=lambda: 1 / 0)  # type: ignore[arg-type, return-value]  # fails on purpose


@dataclasses.dataclass
class FailingToo:
    name: str
    token: float = dataclasses.field(default_factory=lambda: 1 / 0)


Short = Annotated[str, Field(max_length=5)]


class Odd(BaseModel):
    name: Name
    many: Many
    either: int | list[int] | dict[str, str] | None = None
    text: str | int | None = None
    near: Short | Literal[1] | None = None
    listed: Annotated[
        list[str], Field(json_schema_extra={"examples": [["a"]]}), ["unhashable"]
    ] = []
    hidden: int = 5
    _seen: list[int] = [1]


Age = NewType("Age", int)

CASES: list[tuple[Any, Any]] = [
    (
        Invoice,
        {
            "number": 12,
            "items": [
                {"name": "tea ☕", "price": 2, "on": "2026-01-02", "tags": ["a", "b"]},
                {"name": "", "price": 1.5},
            ],
            "first": {"name": "x", "price": 1},
            "colours": ["red", "blue"],
            "limits": {"a": "1.10", "b": 2},
            "pair": [1, "x"],
            "words": ["u", "v"],
            "anything": {"deep": [1, {"er": None}]},
            "status": "paid",
        },
    ),
    (Point, {"x": 1, "label": "p", "others": [{"x": 2}, {"x": 3, "others": []}]}),
    (Slotted, {"name": "s", "at": 2}),
    (Film, {"title": "M", "year": 1931}),
    (Film, {"title": "M"}),
    (Row, [1, "b"]),
    (Cat | Dog, {"kind": "dog", "name": "Rex"}),
    (list[Cat | Dog], [{"kind": "dog", "name": "Rex"}, {"kind": "cat", "name": "Tom"}]),
    (list[int | str], [1, "a", 2]),
    (Many, [{"name": "a", "price": 1}]),
    (Name, "Ada"),
    (Open, {"name": "a", "more": [1, {"x": "y"}]}),
    (Aliased, {"ln": "a", "OTHER": "b"}),
    (Named, {"long_name": "a"}),
    (dict[str, list[Item]], {"a": [{"name": "n", "price": 3}]}),
    (dict[int, str], {"1": "a"}),
    (list[Age], [1, 2]),
    (Checked, {"longName": "a", "made": [1]}),
    (
        Odd,
        {
            "name": "Ada",
            "many": [{"name": "a", "price": 1}],
            "either": [1],
            "text": "t",
            "near": "x",
            "listed": ["l"],
        },
    ),
    (Odd, {"name": "A", "many": [], "either": {"a": "b"}, "text": 1, "near": None}),
    (int | dict[str, int], {"a": 1}),
    (tuple[()], []),
    (list[set[str]], [["a"], []]),
    (Short, "abc"),
    (str | None, "text"),
    (list[list[int]], [[1], [], [2, 3]]),
    (tuple[Item, ...], [{"name": "a", "price": 1}]),
    (frozenset[int], [1, 2]),
    (bool, True),
    (Decimal, "1.50"),
    (date, "2026-01-02"),
    (Colour, "red"),
    (list[Any], [1, {"a": None}]),
    (Item | None, None),
    ({"type": "array", "items": {"type": "integer"}}, [1, 2]),
    ({"type": "object", "properties": {"a": {"type": "string"}}}, {"a": "b"}),
]
IDS = [f"{number}-{output_of(kind).name}" for number, (kind, _) in enumerate(CASES)]


def followed(kind: Any, text: str, cuts: list[int]) -> list[Any]:
    """Give what is shown after each piece of an answer."""
    output = output_of(kind)
    growing = GrowingValue(output.shape, openers=output.openers)
    shown: list[Any] = []
    for start, end in pairwise([0, *sorted(cuts), len(text)]):
        growing.add(text[start:end])
        shown.append(copy.deepcopy(output.shown(growing.value())))
    return shown


def written(kind: Any, value: Any) -> str:
    output = output_of(kind)
    return json.dumps({"value": value} if output.is_wrapped else value, ensure_ascii=False)


def final(kind: Any, value: Any) -> Any:
    return value if isinstance(kind, dict) else TypeAdapter(kind).validate_json(to_json(value))


@pytest.mark.parametrize(("kind", "value"), CASES, ids=IDS)
def test_at_the_end_it_is_the_value_itself(kind, value):
    text = written(kind, value)
    every = list(range(len(text)))
    assert followed(kind, text, [])[-1] == final(kind, value)
    assert followed(kind, text, every)[-1] == final(kind, value)


def plain(value: Any) -> Any:
    """Give what has come, as JSON without what has not."""
    if isinstance(value, BaseModel):
        names = value.model_fields_set
        return {name: plain(held) for name, held in value if name in names}
    if dataclasses.is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {key: plain(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [plain(held) for held in value]
    return value


def grows(before: Any, after: Any) -> bool:
    """Tell whether what was shown is a beginning of what is shown then."""
    if before is None:
        return True
    if isinstance(before, dict):
        return all(key in after and grows(held, after[key]) for key, held in before.items())
    if isinstance(before, list):
        return isinstance(after, set | frozenset) or (
            len(before) <= len(after) and all(map(grows, before, after))
        )
    if isinstance(before, str) and isinstance(after, str):
        return after.startswith(before) or before == "none"
    return bool(before == after) or before in {0.0, 1}


@given(st.sampled_from(CASES), st.data())
def test_whatever_the_pieces_it_only_grows(case, data):
    kind, value = case
    text = written(kind, value)
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=12))
    shown = [plain(one) for one in followed(kind, text, cuts)]
    assert all(grows(before, after) for before, after in pairwise(shown))


def test_every_part_is_of_its_type_as_soon_as_it_is_there():
    text = json.dumps(CASES[0][1])
    seen = set()
    for shown in followed(Invoice, text, list(range(len(text)))):
        if shown is None:
            continue
        assert isinstance(shown, Invoice)
        for item in shown.items or []:
            assert isinstance(item, Item)
            assert isinstance(item.name, str | None)
            assert isinstance(item.price, float | None)
            assert isinstance(item.on, date | None)
            seen.add(item.name)
        assert all(isinstance(colour, Colour) for colour in shown.colours)
        assert shown.status in {"open", "paid"}
    assert {"te", "tea ", None} <= seen


def test_a_tag_tells_at_once_which_of_several_types_comes():
    kind = list[Cat | Dog]
    seen = followed(kind, '{"value": [{"kind": "dog", "name": "R', [])[-1]
    assert isinstance(seen[0], Dog)
    assert (seen[0].kind, seen[0].name) == ("dog", "R")
    late = followed(kind, '{"value": [{"name": "Rex", "kind": "cat", "na', [])[-1]
    assert isinstance(late[0], Cat)
    assert late[0].name == "Rex"
    assert followed(kind, '{"value": [{"kind": "cow", "name": "R', [])[-1] == []
    assert followed(kind, '{"value": [{"name": ["x"], "kind": "dog"', [])[-1] == []
    nested = followed(Cat | Dog, '{"value": {"name": {}, "kind": "dog", "name": "x"}}', [])[-1]
    assert nested == Dog(kind="dog", name="x")


def test_what_has_not_come_has_its_default_or_is_none():
    (shown,) = followed(Invoice, '{"number": 12, "items": [{"na', [])
    assert (shown.number, shown.status, shown.pair) == (12, "open", None)
    assert shown.model_fields_set == {"number", "items"}
    assert shown.items[0].name is None
    assert shown.model_dump(exclude_unset=True) == {"number": 12, "items": [{}]}
    assert "number=12" in repr(shown)


def test_a_default_that_cannot_be_made_is_none():
    for kind in (Failing, FailingToo):
        (shown,) = followed(kind, '{"name": "x"', [])
        assert (shown.name, shown.token) == ("x", None)


def test_what_is_private_is_there():
    (shown,) = followed(Odd, '{"name": "x"', [])
    assert shown._seen == [1]
    assert shown._seen is not Odd.__private_attributes__["_seen"].default


def test_nothing_of_it_is_shared_between_answers():
    first, second = (followed(Invoice, '{"words": ["a"]}', [])[-1] for _ in range(2))
    first.colours.append(Colour.RED)
    assert second.colours == []
    assert Invoice(number=1, items=[]).colours == []


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        # What may not stand at its place does not.
        (Item, '{"name": 5, "price": "x", "tags": {"a": 1}, "on": "no", "odd": {"x": [1]}}', {}),
        (Item, '{"name": ["a"], "tags": ["x", 1, {"y": 2}, "z"]}', {"tags": ["x", "z"]}),
        (Item, '{"price": true}', {}),
        (Invoice, '{"first": "x", "number": 3.0}', {"number": 3}),
        (Invoice, '{"items": [[1], {"name": "n"}, 5]}', {"items": [{"name": "n"}]}),
        (Invoice, '{"pair": ["x", 1, 2]}', {"pair": ["x", 1, 2]}),
    ],
)
def test_what_may_not_stand_there_is_not_shown(kind, text, shown):
    assert plain(followed(kind, text, [])[-1]) == shown
    assert plain(followed(kind, text, list(range(len(text))))[-1]) == shown


@given(st.lists(st.text(max_size=20) | st.sampled_from(['{"items":', "[", '"x"', ":", "}"])))
def test_garbage_is_never_an_exception(pieces):
    for kind in (Invoice, Point, list[Item], Film, Many):
        text = "".join(pieces)
        assert len(followed(kind, text, [len(text) // 2])) == 2


def test_work_is_linear_though_every_piece_is_looked_at(monkeypatch):
    """Count steps of the reader and values made: twice the text takes twice as many."""
    counted: list[int] = []
    for size in (1_000, 2_000):
        steps = [0]
        real = GrowingValue._read

        def reading(self: Any, text: str, steps: Any = steps, real: Any = real) -> None:
            steps[0] += len(text)
            real(self, text)

        monkeypatch.setattr(GrowingValue, "_read", reading)
        made = [0]
        real_leaf = type(shape_of(date)).leaf

        def leaf(self: Any, value: Any, made: Any = made, real: Any = real_leaf) -> Any:
            made[0] += 1
            return real(self, value)

        monkeypatch.setattr(type(shape_of(date)), "leaf", leaf)
        items = [{"name": "n" * 20, "price": 1, "on": "2026-01-02"} for _ in range(size)]
        text = json.dumps({"number": 1, "items": items})
        output = output_of(Invoice)
        growing = GrowingValue(output.shape)
        for at in range(0, len(text), 3):
            growing.add(text[at : at + 3])
            assert growing.value() is not None or at == 0
        monkeypatch.undo()
        assert growing.value() == Invoice.model_validate_json(text)
        assert steps[0] < 1.2 * len(text)
        assert made[0] == size
        counted.append(steps[0])
    assert counted[1] < 2.1 * counted[0]


def test_one_text_of_fifty_thousand_pieces_grows_in_place():
    growing = GrowingValue(output_of(Item).shape)
    growing.add('{"name": "')
    shown = growing.value()
    for _ in range(50_000):
        growing.add("abcd")
        assert growing.value() is shown
    growing.add('"}')
    assert growing.value() is shown
    assert shown.name == "abcd" * 50_000
