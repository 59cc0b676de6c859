"""Tables of expected quality and cost: what they choose, and how they are written."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.routing.calls import call, candidate
from unillm import InvalidRequestError
from unillm.catalog import find
from unillm.routing import Expected, RouteTable, Table, worth_keeping
from unillm.routing.table import smoothed


def row(task, model, quality, cost=None, calls=0):
    """Return a row."""
    return Expected(task=task, model=model, quality=quality, cost=cost, calls=calls)


TABLE = RouteTable(
    (
        row("math", "small", 0.4, 0.001, 100),
        row("math", "large", 0.9, 0.030, 100),
        row("chat", "small", 0.80, 0.001, 300),
        row("chat", "large", 0.82, 0.020, 300),
    )
)
THOSE = [candidate("small"), candidate("large")]
PLAIN = Table(TABLE, prior=0)


def test_quality_alone_where_nobody_says_what_it_is_worth():
    ranked = PLAIN(call(task="chat"), THOSE, {})
    assert ranked.order == ("large", "small")
    assert ranked.scores == {"small": 0.8, "large": 0.82}
    assert ranked.reasons == {"large": "expected for the task chat"}


@pytest.mark.parametrize(
    ("task", "worth", "first"),
    [
        ("math", 0.05, "small"),  # 0.029 buys 0.5 of quality: worth 0.058 or more
        ("math", 0.06, "large"),
        ("chat", 0.9, "small"),  # 0.019 buys 0.02: worth 0.95 or more
        ("chat", 1.0, "large"),
    ],
)
def test_quality_for_what_it_is_worth(task, worth, first):
    ranked = PLAIN(call(task=task, worth=worth), THOSE, {})
    assert ranked.order[0] == first
    for name in ("small", "large"):
        (found,) = [one for one in TABLE.rows if (one.task, one.model) == (task, name)]
        assert ranked.scores[name] == pytest.approx(found.quality - found.cost / worth)


def test_the_cheapest_that_keeps_enough_of_the_best():
    keep = Table(TABLE, keep=0.95, prior=0)
    assert keep(call(task="chat"), THOSE, {}).order == ("small", "large")
    assert keep(call(task="math"), THOSE, {}).order == ("large", "small")
    # Which of those that keep enough is also a matter of what quality is worth, if that is said.
    assert keep(call(task="chat", worth=1.0), THOSE, {}).order == ("large", "small")
    assert Table(TABLE, keep=0, prior=0)(call(task="math"), THOSE, {}).order[0] == "small"


def test_an_unknown_task_is_judged_by_all_tasks():
    for task in (None, "poetry"):
        ranked = PLAIN(call(task=task), THOSE, {})
        assert ranked.scores == pytest.approx({"small": 0.7, "large": 0.84})  # 1 : 3 by calls
        assert ranked.reasons == {"large": "expected over all tasks"}
    stated = RouteTable((*TABLE.rows, row("*", "small", 0.95, 0.001)))
    assert Table(stated)(call(), THOSE, {}).order == ("small", "large")


def test_a_model_without_a_row_for_the_task_is_judged_by_all_its_tasks():
    more = RouteTable((*TABLE.rows, row("code", "third", 0.85, 0.01, 10)))
    ranked = Table(more, prior=0)(call(task="math"), [*THOSE, candidate("third")], {})
    assert ranked.order == ("large", "third", "small")


def test_a_model_that_the_table_does_not_have():
    those = [candidate("new"), candidate("rated", quality=0.5), *THOSE]
    ranked = PLAIN(call(task="math"), those, {})
    assert ranked.order == ("large", "rated", "small", "new")
    assert ranked.reasons["new"] == "not in the table"
    assert "new" not in ranked.scores


def test_models_go_by_the_routes_name_or_their_own():
    info = find("deepseek-flash")
    assert info is not None
    table = RouteTable((row("t", "box:one", 0.9), row("t", "two", 0.8), row("t", info.id, 0.7)))
    those = [candidate("x", info=info), candidate("two"), candidate("one")]
    assert Table(table)(call(), those, {}).order == ("one", "two", "x")


def test_an_unknown_cost_is_not_free():
    table = RouteTable((row("t", "a", 0.9), row("t", "b", 0.5, 0.01), row("t", "c", 0.6, 0.01)))
    those = [candidate(name) for name in "abc"]
    ranked = Table(table)(call(worth=1.0), those, {})
    assert ranked.order == ("c", "b", "a")
    assert "a" not in ranked.scores
    assert Table(table, keep=0.5)(call(), those, {}).order == ("c", "b", "a")
    priced = [candidate("a", 0.001), *those[1:]]  # the call's own cost stands in
    assert Table(table)(call(worth=1.0), priced, {}).order == ("a", "c", "b")


def test_whose_cost_counts():
    dear = [candidate("small", 9), candidate("large", 1)]
    assert PLAIN(call(task="chat", worth=0.1), dear, {}).order[0] == "small"
    by_call = Table(TABLE, cost="call", prior=0)
    assert by_call(call(task="chat", worth=0.1), dear, {}).order[0] == "large"


def test_the_task_is_the_tag_or_what_the_classifier_says():
    asked = []

    def classify(request):
        asked.append(request)
        return "math"

    table = Table(TABLE, classify, prior=0)
    assert table(call(worth=0.06), THOSE, {}).order[0] == "large"
    assert len(asked) == 1
    assert table(call(task="chat", worth=0.06), THOSE, {}).order[0] == "small"
    assert len(asked) == 1
    assert Table(TABLE, lambda _: None)(call(), THOSE, {}).reasons == {
        "large": "expected over all tasks"
    }


def test_a_classifier_may_be_unsure():
    half = Table(TABLE, lambda _: {"math": 0.5, "chat": 0.5, "poetry": 7}, prior=0)
    ranked = half(call(), THOSE, {})
    assert ranked.scores == pytest.approx({"small": 0.6, "large": 0.86})


def test_rows_of_few_calls_are_drawn_towards_what_is_usual():
    table = RouteTable(
        (
            row("a", "x", 0.5, 0.1, 1000),
            row("a", "y", 0.7, 0.1, 1000),
            row("b", "x", 1.0, 0.1, 2),
            row("b", "y", 0.5, 0.1, 2),
        )
    )
    plain, drawn = smoothed(table, 0), smoothed(table, 20)
    assert plain["b"]["x"][0] > plain["b"]["y"][0]
    assert drawn["b"]["x"][0] < drawn["b"]["y"][0]
    assert drawn["a"]["x"][0] == pytest.approx(0.5, abs=0.01)
    usual = 0.5 + (1.0 - 0.500998 + 0.5 - 0.699601) / 2
    assert drawn["b"]["x"][0] == pytest.approx((2 * 1.0 + 20 * usual) / 22, abs=1e-3)


def test_what_to_pay_to_keep_a_share_of_the_best():
    worth = worth_keeping(TABLE, 0.95, prior=0)
    # large has 0.84 on average; with it for math alone 0.825, which 0.029 for 0.5 buys.
    assert worth == pytest.approx(0.029 / 0.5, rel=1e-6)
    assert PLAIN(call(task="math", worth=worth * 1.001), THOSE, {}).order[0] == "large"
    assert PLAIN(call(task="chat", worth=worth * 1.001), THOSE, {}).order[0] == "small"
    assert worth_keeping(TABLE, 1.0, prior=0) == pytest.approx(0.019 / 0.02, rel=1e-6)
    assert worth_keeping(TABLE, 0.5, prior=0) < 1e-11
    assert worth_keeping(TABLE, 1.0, ["small"]) < 1e-11


def test_a_share_of_nothing_cannot_be_kept():
    with pytest.raises(InvalidRequestError, match="no row of a task for these models with a cost"):
        worth_keeping(RouteTable((row("t", "a", 0.5),)), 0.9)
    with pytest.raises(InvalidRequestError, match="share must be a number from 0 to 1"):
        worth_keeping(TABLE, 95)


def test_a_table_of_results():
    results = [
        ("math", "a", 1, 0.01),
        ("math", "a", 0, 0.03),
        ("math", "b", 0.5, None),
        ("chat", "a", 1.0, 0.02),
    ]
    table = RouteTable.from_results(iter(results))
    found = {(one.task, one.model): one for one in table.rows}
    assert found["math", "a"] == row("math", "a", 0.5, 0.02, 2)
    assert found["math", "b"] == row("math", "b", 0.5, None, 1)
    assert found["*", "a"].calls == 3
    assert found["*", "a"].quality == pytest.approx(2 / 3)
    assert found["*", "a"].cost == pytest.approx(0.02)
    with pytest.raises(InvalidRequestError, match="no rows"):
        RouteTable.from_results([])
    with pytest.raises(InvalidRequestError, match="the quality of 'a' at 't' must be a number"):
        RouteTable.from_results([("t", "a", 7, None)])


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
tables = st.lists(
    st.builds(
        row,
        texts,
        texts,
        st.floats(0, 1),
        st.none() | st.floats(0, 1e6),
        st.integers(0, 10**9),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda one: (one.task, one.model),
).map(lambda rows: RouteTable(tuple(rows)))


@pytest.mark.parametrize("form", ["json", "csv", "toml"])
@given(tables)
def test_what_is_written_is_read_again(form, table):
    assert RouteTable.from_text(table.to_text(form), form) == table


def test_the_format_is_plain():
    data = json.loads(TABLE.to_text())
    assert data["unillm_route_table"] == 1
    assert data["rows"][0] == {
        "task": "math",
        "model": "small",
        "quality": 0.4,
        "cost": 0.001,
        "calls": 100,
    }
    assert TABLE.to_text("csv").splitlines()[:2] == [
        '"task","model","quality","cost","calls"',
        '"math","small",0.4,0.001,100',
    ]
    assert Table(data["rows"]) == Table(TABLE)


@pytest.mark.parametrize(
    ("text", "form", "says"),
    [
        ("{", "json", "the table is no JSON"),
        ("a b", "toml", "the table is no TOML"),
        ("[]", "json", "the table has no rows"),
        ('{"rows": 3}', "json", "a list of rows, not int"),
        ('{"unillm_route_table": 2, "rows": []}', "json", "reads tables 1, not 2"),
        ("[3]", "json", "row 1 must have task, model"),
        ('[{"task": "t", "model": "m"}]', "json", "row 1: quality must be a number from 0 to 1"),
        ('[{"task": "t", "model": "m", "quality": NaN}]', "json", "quality"),
        ('[{"task": "t", "model": "m", "quality": 80}]', "json", "from 0 to 1, not 80"),
        ('[{"task": "", "model": "m", "quality": 1}]', "json", "row 1: task must be a text"),
        ('[{"task": "t", "model": "m", "quality": 1, "price": 1}]', "json", "row 1 has 'price'"),
        (
            '[{"task": "t", "model": "m", "quality": 1, "cost": -1}]',
            "json",
            "cost must be a number",
        ),
        ("task,model,quality\nt,m,0.5\nt,m,0.6\n", "csv", "'m' at 't' twice"),
        ("task,model,quality\nt,m,high\n", "csv", "from 0 to 1, not 'high'|0 or more, not 'high'"),
        ("task,model,quality\nt,m,0.5,0,0,7\n", "csv", "rows have"),
        ('task,model,quality\n"t"x,m,1\n', "csv", "the table is no CSV"),
        ("x", "xml", "one of json, csv, toml"),
    ],
)
def test_a_wrong_table_is_refused(text, form, says):
    with pytest.raises(InvalidRequestError, match=says):
        RouteTable.from_text(text, form)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"table": 3}, "a list of rows, not int"),
        ({"table": TABLE, "classify": "math"}, "classify must be a function"),
        ({"table": TABLE, "keep": 95}, "keep must be a number from 0 to 1"),
        ({"table": TABLE, "cost": "both"}, "cost must be 'table' or 'call'"),
        ({"table": TABLE, "prior": -1}, "prior must be a number"),
    ],
    ids=["table", "classify", "keep", "cost", "prior"],
)
def test_wrong_options_are_refused(options, says):
    with pytest.raises(InvalidRequestError, match=says):
        Table(**options)
