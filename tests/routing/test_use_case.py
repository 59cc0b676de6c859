"""The matrix of use cases: its rows, who fits an entry, and rows of one's own."""

import re

import pytest

from tests.routing.calls import call, candidate
from unillm import InvalidRequestError
from unillm.catalog import find
from unillm.routing import UseCase, recommendations
from unillm.routing.cascade import valid
from unillm.types.place import Place

LABELS = [
    *("agentic-coding", "competitive-programming", "multimodal", "high-volume", "sovereign"),
    *("frontier-research", "long-context-budget", "tool-calling-agents"),
    "cost-sensitive-dual-tier",
]


def of(name, **more):
    """Return a candidate as the catalog knows it."""
    return candidate(name, info=find(name), **more)


THOSE = [
    of("gpt-5.4"),
    of("deepseek-flash"),
    of("deepseek-v4-pro"),
    of("gpt-5.5"),
    candidate("own", place=Place(self_hosted=True)),
]


def test_every_row_says_who_why_and_by_what_source():
    assert [*recommendations()] == LABELS
    for label, row in recommendations().items():
        assert row.first, label
        assert row.fact is not None, label
        assert row.fact.reason, label
        assert "https://" in row.fact.source, label
        assert re.fullmatch(r"2026-\d\d-\d\d", row.fact.checked), label


@pytest.mark.parametrize("label", LABELS)
def test_every_model_of_a_row_is_one_that_the_catalog_knows(label):
    names = [name for name in recommendations()[label].first if not name.startswith("@")]
    assert [name for name in names if find(name) is None] == []


@pytest.mark.parametrize(
    ("label", "order"),
    [
        ("agentic-coding", "gpt-5.5 deepseek-v4-pro gpt-5.4 deepseek-flash own"),
        ("competitive-programming", "deepseek-v4-pro gpt-5.5 gpt-5.4 deepseek-flash own"),
        ("multimodal", "gpt-5.5 gpt-5.4 deepseek-flash deepseek-v4-pro own"),
        ("high-volume", "deepseek-flash deepseek-v4-pro gpt-5.4 gpt-5.5 own"),
        ("sovereign", "own deepseek-flash deepseek-v4-pro gpt-5.4 gpt-5.5"),
        ("frontier-research", "gpt-5.5 deepseek-v4-pro gpt-5.4 deepseek-flash own"),
        ("long-context-budget", "deepseek-v4-pro deepseek-flash gpt-5.5 gpt-5.4 own"),
        ("tool-calling-agents", "gpt-5.5 deepseek-v4-pro gpt-5.4 deepseek-flash own"),
        ("cost-sensitive-dual-tier", "deepseek-flash deepseek-v4-pro gpt-5.5 gpt-5.4 own"),
    ],
)
def test_the_rows_of_the_package(label, order):
    ranked = UseCase()(call(tags={"use_case": label}), THOSE, {})
    assert " ".join(ranked.order) == order
    fact = recommendations()[label].fact
    assert fact is not None
    assert {*ranked.reasons.values()} == {fact.reason}
    assert ranked.verify is (valid if label == "cost-sensitive-dual-tier" else None)


def test_the_tag_goes_over_the_option_and_may_be_written_otherwise():
    strategy = UseCase("high volume")
    assert strategy(call(), THOSE, {}).order[0] == "deepseek-flash"
    tagged = call(tags={"use_case": "Agentic Coding"})
    assert strategy(tagged, THOSE, {}).order[0] == "gpt-5.5"


def test_without_a_use_case_the_order_of_the_route_holds():
    ranked = UseCase()(call(), THOSE, {})
    assert ranked.order == tuple(one.name for one in THOSE)
    assert ranked.reasons == {"gpt-5.4": "no use case was named"}


def test_a_label_that_is_none_is_refused_with_the_nearest():
    with pytest.raises(InvalidRequestError, match="did you mean 'agentic-coding'"):
        UseCase("agentic_codign")
    with pytest.raises(InvalidRequestError, match="no use case is called 'zzz'; there are agentic"):
        UseCase()(call(tags={"use_case": "zzz"}), THOSE, {})


def test_rows_may_be_overridden_and_added():
    strategy = UseCase(
        rows={
            "agentic coding": {"first": ["gpt-5.4"], "reason": "our own eval"},
            "cost-sensitive-dual-tier": {"cascade": False},
            "letters": {"first": "deepseek-*", "cascade": True},
        }
    )
    ours = strategy(call(tags={"use_case": "agentic-coding"}), THOSE, {})
    assert ours.order[0] == "gpt-5.4"
    assert ours.reasons == {"gpt-5.4": "our own eval"}
    dual = strategy(call(tags={"use_case": "cost-sensitive-dual-tier"}), THOSE, {})
    assert dual.order[0] == "deepseek-flash"
    assert dual.verify is None
    letters = strategy(call(tags={"use_case": "letters"}), THOSE, {})
    assert letters.order[:2] == ("deepseek-flash", "deepseek-v4-pro")
    assert letters.verify is valid


def test_a_row_of_ones_own_does_not_keep_the_reason_of_another():
    row = UseCase(rows={"sovereign": {"first": "own"}}).row("sovereign")
    assert row.fact is None


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ({"new": {}}, "rows.new is new and has no 'first'"),
        ({"sovereign": {"frist": ["a"]}}, "did you mean 'first'"),
        ({"sovereign": {"first": []}}, "must be a name or a list"),
        ({"sovereign": {"first": ["@cheap"]}}, "there is no '@cheap'; there are @self-hosted"),
        ({"sovereign": {"cascade": "yes"}}, "must be True or False"),
        ({"sovereign": ["a"]}, "must be a mapping"),
        (["a"], "rows must be rows by label"),
    ],
    ids=str,
)
def test_a_wrong_row_is_refused(rows, says):
    with pytest.raises(InvalidRequestError, match=says):
        UseCase(rows=rows)
