"""Outputs as they are written to a checkpoint, and made again of what is read."""

import dataclasses
import json
from datetime import date
from decimal import Decimal

import pydantic
import pytest
from pydantic import AliasChoices, Field, computed_field

import unillm
from unillm._client.saved import Saved
from unillm._io.checkpoint import Checkpoint
from unillm.types.parsed import ParsedResponse


class Invoice(pydantic.BaseModel, extra="forbid"):
    number: int = Field(validation_alias=AliasChoices("no", "nr"), serialization_alias="n")
    on: date
    total: Decimal

    @computed_field
    @property
    def double(self) -> Decimal:
        return self.total * 2


@dataclasses.dataclass
class Point:
    x: float
    tags: set[str]


INVOICE = Invoice.model_validate({"no": 7, "on": "2026-11-28", "total": "12.50"})
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
PLAIN = unillm.ChatResponse(
    message=unillm.AssistantMessage("{}"), finish_reason="stop", provider="p", model="m"
)


EDIT = unillm.Edit("prose", kind="syntax", before="a", after="", start=0)


def parsed(value):
    return ParsedResponse.of(PLAIN, value, "tool", (EDIT,))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Invoice, INVOICE),
        (list[Invoice], [INVOICE]),
        (Point, Point(0.5, {"a"})),
        (tuple[int, str], (1, "a")),
        (bytes, b"\xc3\xa4"),
        (int | None, None),
        (SCHEMA, {"a": 3, "b": [None]}),
    ],
    ids=lambda given: type(given).__name__,
)
def test_an_output_comes_back_as_it_was(tmp_path, kind, value):
    saved = Saved(kind)
    checkpoint = Checkpoint.open(tmp_path / "file")
    checkpoint.save("k", 0, **saved.fields(parsed(value)))
    assert saved.restored(checkpoint.load("k")) == (parsed(value), value)
    checkpoint.close()


@pytest.mark.parametrize(
    ("kind", "written"),
    [(Invoice, {"number": 7}), (SCHEMA, {"a": "3"}), (int, "many"), (int, None)],
    ids=repr,
)
def test_what_fits_no_more_is_asked_again(kind, written):
    line = {"response": {**json.loads(PLAIN.to_json()), "output": written}}
    assert Saved(kind).restored(line) is None
    assert Saved(None).restored(line) == (PLAIN, None)


def test_an_answer_that_was_not_made_into_anything_is_no_output():
    assert Saved(int).restored({"response": json.loads(PLAIN.to_json())}) is None


@pytest.mark.parametrize("response", [None, 3, [], {}, {"text": "hi"}], ids=repr)
def test_what_is_no_answer(response):
    assert Saved().restored({"response": response}) is None
