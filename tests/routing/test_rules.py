"""Rules: which of them holds, and what is wrong with one."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.routing.calls import call, candidate
from unillm import ImagePart, InvalidRequestError, Tool
from unillm.routing import Rules
from unillm.routing.conditions import condition
from unillm.routing.patterns import LONGEST_TEXT, bounded, matches

REQUEST = call(
    tokens=1000,
    tags={"team": "blue", "tier": "gold"},
    session="s-1",
    user="ann",
    task="math",
    settings={"temperature": 0.5, "response_format": {"type": "json_object"}, "store": True},
    stream=True,
)


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ({}, True),
        ({"input_tokens": 1000}, True),
        ({"input_tokens": {"$gt": 1000}}, False),
        ({"input_tokens": {"$gte": 1000}}, True),
        ({"input_tokens": {"$lt": 1000}}, False),
        ({"input_tokens": {"$lte": 1000, "$gt": 999}}, True),
        ({"input_tokens": {"$lte": 1000, "$gt": 1000}}, False),
        ({"input_tokens": {"$gt": "9"}}, False),
        ({"tags.team": "blue"}, True),
        ({"tags.team": {"$ne": "blue"}}, False),
        ({"tags.team": {"$gt": "bl"}}, True),
        ({"tags.other": {"$ne": "blue"}}, True),
        ({"tags.other": {"$eq": None}}, True),
        ({"tags.other": {"$gt": "a"}}, False),
        ({"tags.other": {"$lt": "a"}}, False),
        ({"tags.tier": {"$in": ["gold", "silver"]}}, True),
        ({"tags.tier": {"$nin": ["gold", "silver"]}}, False),
        ({"tags.other": {"$nin": ["gold"]}}, True),
        ({"tags.team": {"$regex": "^bl"}}, True),
        ({"tags.team": {"$regex": "^l"}}, False),
        ({"tags.other": {"$regex": ".*"}}, False),
        ({"params.temperature": {"$lt": 1}}, True),
        ({"params.response_format.type": "json_object"}, True),
        ({"params.temperature.type": None}, True),
        ({"params.store": True}, True),
        ({"params.store": 1}, False),
        ({"params.seed": None}, True),
        ({"stream": True}, True),
        ({"has_tools": False, "has_images": False}, True),
        ({"session": {"$ne": None}}, True),
        ({"user": "ann", "task": "math"}, True),
        ({"user": "ann", "task": "chat"}, False),
        ({"$and": [{"user": "ann"}, {"task": "math"}]}, True),
        ({"$or": [{"user": "bob"}, {"task": "math"}]}, True),
        ({"$or": [{"user": "bob"}, {"task": "chat"}]}, False),
        ({"$not": {"user": "bob"}}, True),
        ({"input_tokens": {"$not": {"$gt": 5}}}, False),
        ({"$not": {"$or": [{"user": "bob"}, {"$not": {"task": "math"}}]}}, True),
    ],
    ids=str,
)
def test_conditions(when, holds):
    assert condition("when", when)(REQUEST) is holds


def test_tools_and_images():
    seen = [{"type": "text", "text": "What is this?"}, ImagePart("https://x.example/a.png")]
    request = call(seen, tools=(Tool("f", parameters={"type": "object"}),))
    assert condition("when", {"has_tools": True, "has_images": True})(request)
    assert condition("when", {"has_tools": True})(call(hosted_tools=({"type": "web_search"},)))


def test_tokens_are_counted_only_where_a_rule_asks():
    def count():
        raise AssertionError("counted")

    request = call(tags={"team": "blue"})
    request._count = count
    rules = Rules([{"when": {"tags.team": "blue", "input_tokens": {"$gt": 5}}, "then": "b"}])
    with pytest.raises(AssertionError, match="counted"):
        rules(request, [candidate("a"), candidate("b")], {})
    red = Rules([{"when": {"tags.team": "red", "input_tokens": {"$gt": 5}}, "then": "b"}])
    assert red(request, [candidate("a"), candidate("b")], {}).order == ("a", "b")


def test_the_first_rule_that_holds_decides():
    rules = Rules(
        [
            {"when": {"input_tokens": {"$gt": 100}}, "then": ["c", "gone", "b", "c"]},
            {"when": {"user": "ann"}, "then": "b"},
        ],
        default="d",
    )
    those = [candidate(name) for name in "abcd"]
    ranked = rules(REQUEST, those, {})
    assert ranked.order == ("c", "b", "a", "d")
    assert ranked.reasons == {"c": "rules[0]", "b": "rules[0]"}
    assert rules(call(user="ann"), those, {}).order == ("b", "a", "c", "d")
    assert rules(call(), those, {}).order == ("d", "a", "b", "c")
    assert rules.mentions == {"b", "c", "d", "gone"}


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"when": {}}, r"rules\[0\] has no 'then'"),
        ({"then": "a"}, r"rules\[0\] has no 'when'"),
        ({"when": {}, "them": "a"}, "did you mean 'then'"),
        ({"when": {}, "then": []}, r"rules\[0\]\.then must be a name or a list"),
        ({"when": {}, "then": [3]}, r"rules\[0\]\.then"),
        ("a", r"rules\[0\] must be a mapping"),
        ({"when": [], "then": "a"}, r"rules\[0\]\.when must be a mapping"),
        ({"when": {"imput_tokens": 3}, "then": "a"}, "did you mean 'input_tokens'"),
        ({"when": {"tags.": 3}, "then": "a"}, "a call has no 'tags.'"),
        ({"when": {"user": {"$gtt": 3}}, "then": "a"}, r"did you mean \$gt"),
        ({"when": {"user": {}}, "then": "a"}, "has no operator"),
        ({"when": {"user": {"$gt": None}}, "then": "a"}, "needs a number or a string"),
        ({"when": {"user": {"$gt": float("nan")}}, "then": "a"}, "needs a number or a string"),
        ({"when": {"user": {"$gt": True}}, "then": "a"}, "needs a number or a string"),
        ({"when": {"user": {"$in": "abc"}}, "then": "a"}, "must be a list"),
        ({"when": {"$and": []}, "then": "a"}, "must be a list"),
        ({"when": {"$or": {"user": "a"}}, "then": "a"}, "must be a list"),
        ({"when": {"$nor": [{}]}, "then": "a"}, "a call has no '\\$nor'"),
        ({"when": {"user": {"$regex": "("}}, "then": "a"}, "is no pattern"),
        ({"when": {"user": {"$regex": "[[a]"}}, "then": "a"}, "is no pattern"),
        ({"when": {"user": {"$regex": 3}}, "then": "a"}, "needs a pattern"),
        ({"when": {"user": {"$regex": "(a+)+"}}, "then": "a"}, "could take too long"),
    ],
    ids=str,
)
def test_a_wrong_rule_is_refused_where_it_is_made(rule, says):
    with pytest.raises(InvalidRequestError, match=says):
        Rules([rule])


@pytest.mark.parametrize("rules", [None, [], "rules", {"when": {}}, 3], ids=str)
def test_rules_are_a_list(rules):
    with pytest.raises(InvalidRequestError, match="rules must be a list"):
        Rules(rules)


@pytest.mark.parametrize("listed", [False, True])
def test_conditions_are_not_endlessly_deep(listed):
    data = {"user": "a"}
    for _ in range(3000):
        data = {"$and": [data]} if listed else {"$not": data}
    with pytest.raises(InvalidRequestError, match="nested more than"):
        condition("when", data)


@pytest.mark.parametrize(
    "pattern",
    [
        *(
            "(a+)+$",
            "(a*)*b",
            "(a|aa)+$",
            "(?:a?){30}a{30}",
            "((ab)*c)*",
            "(.*)(.*)(.*)x",
            r"(a)\1+",
        ),
        *("(?=a+)b", "(?<!a)b", "a|" * 20, "(x{1,30}){1,30}", "a" * 201, "(?P<n>a)(?P=n)"),
        *(
            "(a)?(?(1)b|c)",
            "(a|b?c)*",
            "a?" * 13,
            "a?" * 9 + "a*b",
            "a?" * 5 + "a*a*b",
            "[(]+[)]*(x)*",
        ),
    ],
)
def test_patterns_that_could_take_long_are_refused(pattern):
    with pytest.raises(InvalidRequestError, match="could take too long"):
        bounded("$regex", pattern)


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("^prod-.*-eu$", "prod-7-eu", True),
        (r"\(a+\)b+", "(aaa)b", True),
        ("^(gold|silver)$", "silver", True),
        ("(?i)^BLUE", "blue", True),
        (r"[()+*]x[^]a]+", "+xb", True),
        ("^(?:team|group)-\\d{1,3}$", "team-12", True),
        ("colou?r", "color", True),
        ("a", "b", False),
        ("a", "a" * (LONGEST_TEXT + 1), False),
    ],
)
def test_ordinary_patterns_are_taken(pattern, text, found):
    assert matches(bounded("$regex", pattern), text) is found


@given(st.text("ab()[]{}|*+?.^$\\1,x", max_size=30), st.text("abx", max_size=LONGEST_TEXT))
def test_a_pattern_that_is_taken_is_quick(pattern, text):
    try:
        taken = bounded("$regex", pattern)
    except InvalidRequestError:
        return
    for tried in (text, "a" * LONGEST_TEXT, "ab" * (LONGEST_TEXT // 2)):
        before = time.thread_time()
        matches(taken, tried)
        assert time.thread_time() - before < 2
