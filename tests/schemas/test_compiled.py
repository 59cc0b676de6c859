"""Schemas are looked at before they are sent, and their patterns mean what ECMA says."""

import json

import pytest

import unillm
from unillm import InvalidRequestError, Tool
from unillm._flow.calls import finisher_for
from unillm.tools import tools_from
from unillm.types.policy import RepairPolicy
from unillm.types.tools import InvalidToolCall
from unillm.types.tools import ToolCall as Call


class Received:
    def __init__(self, raw):
        self.id, self.name, self.raw, self.cut = "c", "t", raw, False


def called(parameters, raw):
    [call] = finisher_for([Tool("t", parameters=parameters)], RepairPolicy(level="off"))(
        Received(raw)
    )
    return call


PATTERNS = [
    # pattern, a text that matches, one that does not
    (r"^\p{L}+$", "Zürich", "Zürich 1"),
    (r"^(?<year>\d{4})-\k<year>$", "2026-2026", "2026-2027"),
    (r"^\u{1F600}$", "\N{GRINNING FACE}", "x"),
    (r"^a$", "a", "a\n"),  # Python's $ also stands before a last line end
    (r"^\d$", "4", "\N{ARABIC-INDIC DIGIT FOUR}"),  # Python's \d is wider
    (r"^\d+\-\d+$", "1-2", "12"),  # refused by the Unicode mode
    (r"^(?P<a>x)(?P=a)$", "xx", "xy"),  # Python's own
]


@pytest.mark.parametrize(("pattern", "good", "bad"), PATTERNS)
def test_a_pattern_is_ecmas(pattern, good, bad):
    schema = {"properties": {"a": {"type": "string", "pattern": pattern}}}
    assert isinstance(called(schema, json.dumps({"a": good})), Call)
    refused = called(schema, json.dumps({"a": bad}))
    assert isinstance(refused, InvalidToolCall)
    assert "does not match" in refused.reason
    assert refused.schema_path == ("a",)


@pytest.mark.parametrize("others", [False, {"type": "integer"}])
def test_patterns_of_names_count_for_additional_properties(others):
    schema = {"patternProperties": {r"^\p{Lu}": {"type": "string"}}, "additionalProperties": others}
    assert isinstance(called(schema, '{"Ä": "x"}'), Call)
    refused = called(schema, '{"Ä": {}}')
    assert isinstance(refused, InvalidToolCall)
    assert refused.schema_path == ("Ä",)
    refused = called(schema, '{"ä": "x"}')
    assert isinstance(refused, InvalidToolCall)
    assert isinstance(called(schema, '{"ä": 1}'), InvalidToolCall if others is False else Call)


WRONG = [
    ({"type": "objekt"}, "at type: 'objekt' is not valid"),
    ({"properties": {"a": {"required": "b"}}}, "at properties.a.required"),
    ({"properties": {"a": {"pattern": "("}}}, "a pattern that cannot be read"),
    ({"patternProperties": {"(": {}}}, "a pattern that cannot be read"),
    ({"properties": {"a": {"default": object()}}}, "cannot be written as JSON"),
]


@pytest.mark.parametrize(("schema", "said"), WRONG)
@pytest.mark.parametrize("make", [Tool, dict])
def test_a_schema_that_fits_nothing_is_refused_before_sending(schema, said, make):
    with pytest.raises(InvalidRequestError, match=r"parameters of tool 't'") as caught:
        tools_from([make(name="t", parameters=schema)])
    assert said in str(caught.value)


def test_names_that_look_like_keywords_are_names():
    schema = {"properties": {"pattern": {"type": "string"}, "x": {"enum": [{"pattern": "("}]}}}
    (made,) = tools_from([{"name": "t", "parameters": schema}])
    assert made.parameters == schema


def test_a_client_says_so_before_it_asks(fake_provider):
    providers = [unillm.Provider("fake", base_url=fake_provider.base_url)]
    with (
        unillm.Client(providers=providers, model="fake:m") as client,
        pytest.raises(InvalidRequestError, match="not valid JSON Schema at type"),
    ):
        client.chat("Hi", tools=[{"name": "t", "parameters": {"type": "objekt"}}])
    assert fake_provider.requests == []
