"""Names of tools as models write them: clearly one of those declared, or none."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.drive import WEATHER, run
from tests.wire.invariants import check
from tests.wire.test_rescued import chunk
from unillm import RepairPolicy, Tool, ToolArgumentsError, ToolCallStarted
from unillm._wire.names import declared_name
from unillm.repair import replay

DECLARED = frozenset({"get_weather", "read", "Read", "functions_x", "a-b"})


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("get_weather", "get_weather"),
        ("Get_Weather", "get_weather"),
        (" get_weather\n", "get_weather"),
        ("functions.get_weather", "get_weather"),
        ("functions.GET_WEATHER", "get_weather"),
        ("get_weather<|channel|>commentary", "get_weather"),
        ("get_weather<|channel|>", "get_weather"),
        ("<|start|>get_weather", "get_weather"),
        ("A-B", "a-b"),
        ("read", "read"),
        ("Read", "Read"),
        # Two may be meant, or none of them.
        ("READ", "READ"),
        ("getWeather", "getWeather"),
        ("get_weathers", "get_weathers"),
        ("other.get_weather", "other.get_weather"),
        ("get_weather(city)", "get_weather(city)"),
        ("read<arg_key>path", "read<arg_key>path"),
        ("multi_tool_use.parallel", "multi_tool_use.parallel"),
        ("", ""),
        (" " * 100_000 + "x", " " * 100_000 + "x"),
    ],
)
def test_which_tool_is_meant(name, meant):
    assert declared_name(name, DECLARED) == meant


@given(st.text(), st.frozensets(st.text(min_size=1), max_size=4))
def test_the_outcome_is_declared_or_as_it_was(name, declared):
    meant = declared_name(name, declared)
    assert meant == name or meant in declared


def call(name, raw='{"city": "Paris"}'):
    function = {"name": name, "arguments": raw}
    entry = {"index": 0, "id": "c1", "function": function}
    return [chunk(tool_calls=[entry]), chunk("tool_calls"), b"data: [DONE]\n\n"]


def test_a_call_says_under_which_name_it_came():
    told = run(call("functions.get_weather"), (WEATHER,))
    assert told.response is not None
    [good] = told.response.tool_calls
    assert (good.name, good.raw_name) == ("get_weather", "functions.get_weather")
    started = [event for event in told.events if isinstance(event, ToolCallStarted)]
    assert started == [ToolCallStarted(0, "c1", "get_weather")]
    [plain] = run(call("get_weather"), (WEATHER,)).response.tool_calls  # pyright: ignore[reportOptionalMemberAccess]
    assert plain.raw_name is None


@pytest.mark.parametrize("level", ["off", "syntax"])
def test_names_are_left_alone_below_the_level_schema(level):
    told = run(call("Get_Weather"), (WEATHER,), repair=RepairPolicy(level))
    assert isinstance(told.error, ToolArgumentsError)
    assert "no tool is named 'Get_Weather'" in told.error.message


ALONE = Tool(
    "get_weather",
    parameters={
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
)


def test_arguments_that_a_host_took_for_a_part_of_the_name():
    name = "get_weather<arg_key>city</arg_key><arg_value>Paris</arg_value>"
    for raw in ("", "{}"):
        told = run(call(name, raw), (ALONE,))
        assert told.response is not None
        [good] = told.response.tool_calls
        assert (good.name, good.arguments) == ("get_weather", {"city": "Paris"})
        assert (good.id, good.raw, good.raw_name, good.origin) == ("c1", raw, name, "rescued")
        assert json.loads(replay(good.raw, good.repairs)) == good.arguments
        check(told)


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("get_weather<arg_key>city</arg_key><arg_value>Par", ""),
        ("launch<arg_key>city</arg_key><arg_value>Paris</arg_value>", ""),
        # The rest of the arguments may be missing: days is declared too.
        ("get_weather<arg_key>city</arg_key><arg_value>Paris</arg_value>", ""),
        ("get_weather<arg_key>town</arg_key><arg_value>Paris</arg_value>", ""),
        ("get_weather<arg_key>city</arg_key><arg_value>Paris</arg_value>", '{"city": "Rome"}'),
    ],
)
def test_what_is_no_call_in_a_name_is_refused(name, raw):
    told = run(call(name, raw), (WEATHER,))
    assert isinstance(told.error, ToolArgumentsError)
    assert told.error.invalid_tool_calls[0].name == name
