# pyright: reportArgumentType=false
"""Tools that the provider runs itself, among those of the caller's own."""

from types import MappingProxyType

import pytest
from pydantic import BaseModel

from unillm import InvalidRequestError, Tool, tool
from unillm.tools import tools_and_hosted

SEARCH = {"type": "web_search", "filters": {"allowed_domains": ["example.com"]}}
FLAT = {
    "type": "function",
    "name": "f",
    "description": "d",
    "parameters": {"type": "object"},
    "strict": True,
}


def look(place: str) -> str:
    return place


class Visit(BaseModel):
    place: str


def test_functions_and_hosted_tools_are_told_apart():
    given = [
        look,
        SEARCH,
        Visit,
        {"type": "image_generation"},
        Tool("go"),
        MappingProxyType(SEARCH),
    ]
    tools, hosted = tools_and_hosted(given)
    assert [made.name for made in tools] == ["look", "Visit", "go"]
    assert hosted == (SEARCH, {"type": "image_generation"}, SEARCH)
    assert tools_and_hosted(item for item in given) == (tools, hosted)


@pytest.mark.parametrize("given", [None, [], (), {}.values()], ids=range(4))
def test_no_tools_are_none(given):
    assert tools_and_hosted(given) == ((), ())


def test_a_function_as_the_responses_api_writes_it_is_one():
    expected = Tool("f", description="d", parameters={"type": "object"}, strict=True)
    assert tool(FLAT) == expected
    assert tools_and_hosted([FLAT]) == ((expected,), ())


def test_a_hosted_tool_is_sent_as_it_was_given():
    given = {"type": "mcp", "server_label": "x", "allowed_tools": ("a", "b")}
    _, (hosted,) = tools_and_hosted([given])
    given["server_label"] = "changed"
    given["type"] = "other"
    assert hosted == {"type": "mcp", "server_label": "x", "allowed_tools": ["a", "b"]}


@pytest.mark.parametrize(
    "given",
    [
        {"type": "web_search", "when": {1, 2}},
        {"type": "web_search", "limit": float("nan")},
        {"type": "web_search", "key": b"x"},
        {"type": "web_search", ("a", "b"): 1},
        {"type": "web_search", "of": Tool("x")},
    ],
    ids=range(5),
)
def test_a_hosted_tool_that_is_no_json_is_refused(given):
    with pytest.raises(InvalidRequestError, match="the hosted tool 'web_search' must be JSON"):
        tools_and_hosted([given])


def test_a_hosted_tool_that_holds_itself_is_refused():
    given = {"type": "web_search"}
    given["self"] = given
    with pytest.raises(InvalidRequestError, match="must be JSON"):
        tools_and_hosted([given])


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"type": ""},
        {"type": None},
        {"type": 5},
        {"type": ["web_search"]},
        {"type": "function"},
        {"type": "function", "function": {}},
        {"type": "function", "function": 5},
        {"type": "function", "name": 5},
        {"web_search": {}},
    ],
    ids=range(10),
)
def test_a_dict_that_is_neither_is_told_both_shapes(given):
    said = r"\{'type': 'function', 'function': .*\{'type': 'web_search'\}"
    with pytest.raises(InvalidRequestError, match=said):
        tools_and_hosted([given])


def test_a_hosted_tool_is_no_tool_by_itself():
    with pytest.raises(InvalidRequestError, match=r"in tools=… a dict with another type"):
        tool(SEARCH)


@pytest.mark.parametrize(
    "given", [SEARCH, "web_search", 5, ["web_search"], [5], [None]], ids=range(6)
)
def test_what_is_no_list_of_tools_is_refused(given):
    with pytest.raises(InvalidRequestError, match=r"must be a (list|function)"):
        tools_and_hosted(given)


def test_two_of_one_name_are_refused_whatever_stands_between():
    with pytest.raises(InvalidRequestError, match="two tools are named 'look'"):
        tools_and_hosted([look, SEARCH, Tool("look")])
