"""What tools give, as the model reads it."""

import datetime as dt
import enum
import io
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from pydantic import BaseModel

import unillm
from unillm.tools import content_of


class Colour(str, enum.Enum):  # noqa: UP042 - the older way, whose str() is its name
    RED = "red"


class Place(BaseModel):
    name: str


@dataclass
class Span:
    days: int


class Array:
    """As numpy's."""

    def __init__(self, values):
        self.values = values

    def tolist(self):
        return self.values


def numbers():
    yield from range(3)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("Sunny.", "Sunny."),
        ("", ""),
        (Colour.RED, "red"),
        (None, "null"),
        (True, "true"),
        (2**70, str(2**70)),
        ({"a": [1, 2.5]}, '{"a":[1,2.5]}'),
        ((1, "x"), '[1,"x"]'),
        (["a", "b"], '["a","b"]'),
        ([{"type": "deposit", "amount": 3}], '[{"type":"deposit","amount":3}]'),
        (Place(name="Köln"), '{"name":"Köln"}'),
        ([Place(name="x")], '[{"name":"x"}]'),
        (Span(3), '{"days":3}'),
        (dt.date(2026, 11, 28), '"2026-11-28"'),
        ({3}, "[3]"),
        (numbers(), "[0,1,2]"),
        (Path("a/b"), '"a/b"'),
        (b"text", '"text"'),
        ({"data": Array([1, 2])}, '{"data":[1,2]}'),
        ("half \ud800", "half ?"),
    ],
    ids=lambda value: str(value)[:12].replace("\ud800", ""),
)
def test_text_is_itself_and_the_rest_is_json(value, told):
    content = content_of(value)
    assert content == told
    assert type(content) is str


def picture():
    return Image.new("RGB", (2, 2), "red")


def png():
    data = io.BytesIO()
    picture().save(data, "PNG")
    return data.getvalue()


@pytest.mark.parametrize("give", [picture, png, lambda: unillm.ImagePart.from_bytes(png())])
def test_an_image_is_an_image(give):
    (part,) = content_of(give())
    assert isinstance(part, unillm.ImagePart)
    assert part.media_type == "image/png"


def test_what_stands_beside_an_image_is_text():
    text, image, data = content_of(["Here:", png(), {"width": 2}])
    assert (text, data) == (unillm.TextPart("Here:"), unillm.TextPart('{"width":2}'))
    assert isinstance(image, unillm.ImagePart)


def circle():
    around: list[object] = []
    around.append(around)
    return around


def broken():
    yield 1
    raise OSError("disk")


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (object(), "type object cannot be written as JSON .object is no JSON type.: return text"),
        ({"f": len}, "dict cannot .*builtin_function_or_method is no JSON type"),
        (circle(), "Circular reference"),
        (b"\xff\xfe", "invalid utf-8"),
        (broken(), "OSError: disk"),
        ({"x": "\ud800"}, "surrogates"),
    ],
    ids=["object", "inside", "circle", "bytes", "generator", "half a character"],
)
def test_anything_else_is_refused_with_what_to_do(value, why):
    with pytest.raises(unillm.InvalidRequestError, match=why):
        content_of(value)
