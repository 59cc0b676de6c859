# pyright: reportOptionalMemberAccess=false
"""One operation is found by its id, and spending is told by agents and sessions."""

import json
from contextlib import closing
from decimal import Decimal

import pytest
from click.testing import CliRunner

import unillm
from tests.ledger.made import NOON, attempt, groups, record
from unillm.cli.commands import unillm as command
from unillm.ledger import Ledger
from unillm.ledger.place import place_of


def agents():
    """Give what two agents did: one in two sessions, one without any, and a call of nobody's."""
    return [
        record(attempt("1"), tags={"agent": "codex"}, session="s1"),
        record(attempt("2"), attempt("4", number=2), tags={"agent": "codex"}, session="s1"),
        record(attempt("8"), tags={"agent": "codex", "team": "a"}, session="s2"),
        record(attempt("16"), tags={"agent": "pi"}),
        record(attempt("32"), at=NOON + 86_400),
    ]


def test_one_operation_is_found_with_its_attempts(ledger):
    told = agents()
    for one in told:
        ledger.record(one)
    listed = {entry.operation: entry for entry in ledger.operations()}
    for one in told:
        found = ledger.operation(one.operation)
        assert found == listed[one.operation]
        assert [each.number for each in found.attempts] == [a.number for a in one.attempts]
        assert found.cost.total == one.cost.total


@pytest.mark.parametrize("id_", ["", "op", "op-%", "x' OR '1'='1", "\N{GRINNING FACE}", "0" * 5000])
def test_an_id_of_nothing_finds_nothing(ledger, id_):
    ledger.record(record())
    assert ledger.operation(id_) is None


def test_what_is_no_id_is_refused(ledger):
    ledger.record(record())
    for given in (None, 7, b"op"):
        with pytest.raises(unillm.InvalidRequestError, match="is a string, not"):
            ledger.operation(given)


def test_where_there_is_no_ledger_that_is_said(tmp_path):
    with pytest.raises(unillm.InvalidRequestError):
        Ledger(tmp_path / "none.db").operation("op-1")


def test_operations_of_one_instant_are_told_apart(ledger):
    first, second = record(attempt("1")), record(attempt("2"))
    ledger.record(first)
    ledger.record(second)
    assert ledger.operation(first.operation).cost.total == 1
    assert ledger.operation(second.operation).cost.total == 2
    assert len(ledger.operation(first.operation).attempts) == 1


def test_content_comes_with_it(where):
    asked = unillm.ChatRequest(messages=(unillm.UserMessage("Hi"),))
    told = record(request=asked)
    with Ledger(where, content=True) as ledger:
        ledger.record(told)
        found = ledger.operation(told.operation).asked or [{}]
    assert found[0]["content"] == "Hi"


def test_what_was_pruned_is_gone(ledger):
    told = record(at=NOON - 400 * 86_400)
    ledger.record(told)
    assert ledger.operation(told.operation) is not None
    ledger.prune(1)
    assert ledger.operation(told.operation) is None


def test_it_is_looked_up_by_an_index(where):
    with Ledger(where) as ledger:
        ledger.record(record())
    with closing(place_of(where).open()) as connection:
        sqlite = "://" not in where
        if not sqlite:  # of a few rows it would rather read all
            connection.rows("SET enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN" if sqlite else "EXPLAIN"
        plan = connection.rows(f"{explain} SELECT * FROM operations WHERE id = 'x' ORDER BY at")
    assert "operations_by_id" in str(plan)


def test_by_agent_is_short_for_its_tag(ledger):
    for one in agents():
        ledger.record(one)
    expected = {"codex": 15, "pi": 16, None: 32}
    assert groups(ledger.spend("agent")) == groups(ledger.spend("tag:agent")) == expected
    assert ledger.spend("agent").by == "agent"
    assert groups(ledger.spend("agent", until="2026-11-25")) == {"codex": 15, "pi": 16}


@pytest.mark.parametrize("by", ["agent,session", "agent, session"])
def test_several_at_once(ledger, by):
    for one in agents():
        ledger.record(one)
    spent = ledger.spend(by)
    assert groups(spent) == {"codex · s1": 7, "codex · s2": 8, "pi · -": 16, None: 32}
    assert spent.total.cost.total == 63
    assert spent.total.calls == 5
    assert {row.group: row.attempts for row in spent.rows}["codex · s1"] == 3


def test_three_at_once_and_a_tag_last(ledger):
    for one in agents():
        ledger.record(one)
    assert groups(ledger.spend("day,model,tag:team")) == {
        "2026-11-24 · openai:gpt-5.5 · a": 8,
        "2026-11-24 · openai:gpt-5.5 · -": 23,
        "2026-11-25 · openai:gpt-5.5 · -": 32,
    }
    # A key may have a comma in it: what begins with a tag is all of it.
    assert groups(ledger.spend("tag:team,session")) == {None: 63}


def test_the_same_tokens_elsewhere_are_told_of_each(ledger):
    for one in agents():
        ledger.record(one)
    whole = ledger.spend("agent", baseline="openai:gpt-5.5")
    parts = ledger.spend("agent,session", baseline="openai:gpt-5.5")
    assert parts.total.baseline == whole.total.baseline
    assert sum(row.baseline.total for row in parts.rows) == whole.total.baseline.total > 0


def test_what_is_left_of_rows_is_what_is_told(ledger):
    ledger.record(record(attempt("1"), tags={"agent": "a"}, at=NOON - 400 * 86_400))
    ledger.record(record(attempt("2"), tags={"agent": "a"}, at=NOON))
    ledger.prune(365)
    assert groups(ledger.spend("agent")) == {"a": 3}
    spent = ledger.spend("agent,session")
    assert groups(spent) == {"a · -": 2}
    assert spent.total.cost.total == 2


@pytest.mark.parametrize("by", ["agent,", ",", "agent,nobody", ",session", "model,tag:"])
def test_one_that_there_is_not_is_refused(ledger, by):
    ledger.record(record())
    with pytest.raises(unillm.InvalidRequestError, match=r"there are model, provider, .*agent"):
        ledger.spend(by)


@pytest.mark.parametrize("by", ["agent", "agent,session"])
def test_the_command_knows_them(tmp_path, by):
    path = str(tmp_path / "l.db")
    with Ledger(path) as ledger:
        for one in agents():
            ledger.record(one)
    done = CliRunner().invoke(
        command, ["spend", "--ledger", path, "--by", by, "--since", "all", "--json"]
    )
    assert done.exit_code == 0, done.output
    assert Decimal(str(json.loads(done.output)["total"]["cost_usd"])) == 63
