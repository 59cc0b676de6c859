"""Routes tried on past calls: what stays costs the same, and what cannot be told is told."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import unillm
from tests.ledger.made import NOON, attempt, bounded, record
from unillm import ChatRequest, Constraints, Decision, MaxPrice, Route, Tool, Usage, UserMessage
from unillm._flow.replay_sums import Sum
from unillm.cli.commands import unillm as command
from unillm.ledger import Ledger
from unillm.routing.registry import strategy_named
from unillm.types.usage import Cost, highest, lowest

DEEPSEEK: dict[str, Any] = {"provider": "deepseek", "model": "deepseek-v4-pro"}
ASKED = ChatRequest(messages=(UserMessage("Hello."),), settings={"max_tokens": 100})
CHOSEN = Decision(route="fast", strategy="fallback", order=("openai:gpt-5.5",))
FAST = Route(["openai:gpt-5.5", "deepseek:deepseek-v4-pro"])
CHEAP = Route(["openai:gpt-5.5", "deepseek:deepseek-v4-pro"], strategy="cheapest")


def chat(*attempts, **more):
    return record(*attempts, **{"request": ASKED, "decision": CHOSEN, **more})


def test_the_very_route_that_was_used_changes_nothing(ledger):
    costs = ["0.123456789", bounded("0.1", "0.3"), None]
    for number, cost in enumerate(costs):
        ledger.record(chat(attempt(cost), at=NOON + number, session="s"))
    ledger.record(chat(attempt("1", outcome="error"), attempt("2", role="fallback", **DEEPSEEK)))
    found = unillm.replay(ledger, "fast", routes={"fast": FAST})
    assert (found.calls, found.decided, found.changed, found.share) == (4, 4, 0, 0.0)
    assert found.after == found.before
    assert (found.before.exact, found.before.bounded, found.before.unknown) == (2, 1, 1)
    assert found.before.cost.low == Decimal("3.223456789")
    assert found.before.cost.total is None
    assert [(row.target, row.calls_after) for row in found.rows] == [("openai:gpt-5.5", 4)]
    assert type(found).from_json(found.to_json()) == found


def test_another_route_costs_what_its_prices_say_at_the_moment_of_the_call(ledger):
    used = Usage(input_tokens=100_000, output_tokens=10_000, cached_input_tokens=0)
    ledger.record(chat(attempt("9", usage=used)))
    found = unillm.replay(ledger, CHEAP)

    at = datetime.fromtimestamp(NOON, UTC)
    expected = unillm.pricing.PriceBook.default().cost(
        Usage(
            input_tokens=100_000, output_tokens=10_000, cached_input_tokens=0,
            cache_write_tokens=0,
        ),
        provider="deepseek", model="deepseek-v4-pro", at=at,
    )  # fmt: skip
    assert found.changed == 1
    assert (lowest(found.after.cost), highest(found.after.cost)) == (
        lowest(expected),
        highest(expected),
    )
    assert found.after.exact == 0, "what never was is at best an estimate"
    assert found.before.cost.total == 9
    assert (highest(found.saved) or 0) > 0


def test_a_limit_of_prices_knows_how_long_each_prompt_was(ledger):
    for tokens in (1_000, 500_000):
        used = Usage(input_tokens=tokens, output_tokens=10, cached_input_tokens=0)
        ledger.record(chat(attempt("1", usage=used)))
    limit = Constraints(max_price=unillm.MaxPrice(input=5, output=30))
    found = unillm.replay(ledger, Route(["openai:gpt-5.5"], constraints=limit))
    assert (found.calls, found.decided) == (2, 1)
    assert [(one.name, one.by, one.calls) for one in found.excluded] == [
        ("openai:gpt-5.5", "constraint", 1)
    ]


def test_answers_are_as_long_as_those_the_target_gave_for_that_task(ledger):
    long = Usage(input_tokens=100, output_tokens=3_000, cached_input_tokens=0)
    short = Usage(input_tokens=100, output_tokens=10, cached_input_tokens=0)
    ledger.record(chat(attempt("1", usage=long, **DEEPSEEK), tags={"task": "essay"}))
    ledger.record(chat(attempt("1", usage=short), tags={"task": "essay"}))
    ledger.record(chat(attempt("1", usage=short), tags={"task": "title"}))
    only = unillm.replay(ledger, Route(["deepseek:deepseek-v4-pro"]))
    rows = {row.target: row for row in only.rows}
    assert rows["deepseek:deepseek-v4-pro"].calls_after == 3
    assert only.changed == 2
    essay = unillm.replay(ledger, Route(["deepseek:deepseek-v4-pro"]), since="2026-11-24")
    assert essay.after == only.after
    after = highest(only.after.cost)
    assert after is not None
    assert after > 1


def test_what_cannot_be_decided_again_is_told_and_left_out(ledger):
    ledger.record(chat(attempt("1")))
    ledger.record(record(attempt("2")))
    ledger.record(chat(attempt("4", usage=None, outcome="error"), outcome="error"))
    ledger.record(chat(attempts=(), provider="openai", model="gpt-5.5", outcome="error"))
    found = unillm.replay(ledger, FAST)
    assert (found.calls, found.decided) == (4, 1)
    assert {skip.reason: (skip.calls, skip.cost.cost.total) for skip in found.skipped} == {
        "what it needed was not recorded: it was no chat, or of an older release": (1, 2),
        "no attempt reported its tokens": (1, 4),
        "nothing was sent": (1, 0),
    }


def test_copies_of_calls_are_left_out_for_what_they_are(ledger):
    ledger.record(chat(attempt("1")))
    ledger.record(chat(attempt("3", role="shadow", **DEEPSEEK)))
    found = unillm.replay(ledger, FAST)
    assert found.before.cost.total == 1
    assert [(skip.reason, skip.cost.cost.total) for skip in found.skipped] == [
        ("it is a copy of another call (shadow)", 3)
    ]


def test_models_nobody_knows_and_providers_that_are_gone_are_only_names(ledger):
    gone: dict[str, Any] = {"provider": "bygone", "model": "old\x1b[2J"}
    ledger.record(chat(attempt("1", **gone)))
    found = unillm.replay(ledger, FAST)
    assert found.changed == 1
    assert {row.target: (row.calls_before, row.calls_after) for row in found.rows} == {
        "openai:gpt-5.5": (0, 1),
        "bygone:old\x1b[2J": (1, 0),
    }


def test_hard_filters_hold(ledger):
    tools = ChatRequest(messages=ASKED.messages, tools=(Tool("look", parameters={}),))
    ledger.record(chat(attempt("1"), request=tools))
    huge = Usage(input_tokens=50_000_000, output_tokens=1)
    ledger.record(chat(attempt("2", usage=huge)))
    found = unillm.replay(ledger, FAST, constraints=Constraints(deny_providers={"openai"}))
    assert [row.target for row in found.rows if row.calls_after] == ["deepseek:deepseek-v4-pro"]
    assert {(one.name, one.by, one.calls) for one in found.excluded} == {
        ("openai:gpt-5.5", "constraint", 2),
        ("deepseek:deepseek-v4-pro", "context", 1),
    }
    assert [skip.reason for skip in found.skipped] == ["no target of the route could be asked"]


def test_a_limit_on_prices_is_held_against_the_length_of_each_prompt(ledger):
    for tokens in (100, 900_000):
        ledger.record(chat(attempt("1", usage=Usage(input_tokens=tokens, output_tokens=1))))
    limit = Constraints(max_price=MaxPrice(input=5, output=30))
    found = unillm.replay(ledger, Route(["openai:gpt-5.5"]), constraints=limit)
    assert [(one.by, one.calls) for one in found.excluded] == [("constraint", 1)]
    assert found.decided == 1


def test_a_strategy_that_raises_is_told(ledger):
    ledger.record(chat(attempt("1")))

    def broken(_request, _candidates, _stats):
        raise KeyError("x")

    found = unillm.replay(ledger, Route(["openai:gpt-5.5"], strategy=broken))
    assert [skip.reason for skip in found.skipped] == ["deciding raised KeyError"]


def test_an_answer_that_is_looked_at_may_cost_both(ledger):
    ledger.record(chat(attempt("1")))
    cascade = Route(
        ["openai:gpt-5.5", "deepseek:deepseek-v4-pro"],
        strategy=strategy_named("cascade", in_order=True),
    )
    found = unillm.replay(ledger, cascade)
    assert found.changed == 0
    assert found.after.bounded == 1
    assert found.after.cost.low == 1
    assert found.after.cost.high is not None
    assert found.after.cost.high > 1


def test_a_ledger_with_odd_rows_is_read(ledger, rows):
    for number in range(3):
        ledger.record(chat(attempt("1"), operation=f"odd-{number}"))
    ledger.flush()
    rows("UPDATE operations SET needs = '{' WHERE id = 'odd-0'")
    rows("UPDATE operations SET needs = '[]', tags = 'x' WHERE id = 'odd-1'")
    rows("UPDATE attempts SET output_tokens = NULL, role = NULL WHERE operation = 'odd-2'")
    found = unillm.replay(ledger, FAST)
    assert (found.calls, found.decided) == (3, 1)


COSTS = st.one_of(
    st.decimals(0, 100, places=9).map(lambda usd: Cost(total=usd, state="exact")),
    st.decimals(0, 100, places=9).map(lambda usd: Cost(total=usd, state="estimated")),
    st.decimals(0, 50, places=9).map(lambda usd: Cost(low=usd, high=usd + 1, state="bounded")),
    st.decimals(0, 50, places=9).map(lambda usd: Cost(low=usd, state="unknown")),
    st.just(Cost()),
)


@given(st.lists(COSTS, max_size=20))
def test_sums_are_no_surer_than_their_parts(costs):
    summed = Sum()
    for cost in costs:
        summed.add(cost)
    found = summed.found
    states = [cost.state for cost in costs]
    assert [found.exact, found.estimated, found.bounded, found.unknown] == [
        states.count(state) for state in ("exact", "estimated", "bounded", "unknown")
    ]
    least = sum((lowest(cost) or Decimal(0) for cost in costs), Decimal(0))
    assert (lowest(found.cost) or Decimal(0)) == least
    if "unknown" in states:
        assert found.cost.state == "unknown"
        assert found.cost.total is None
    elif "bounded" in states:
        assert found.cost.state == "bounded"
    else:
        assert found.cost.total == least


def run(*options):
    return CliRunner().invoke(command, ["route", "replay", *options])


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "candidate.toml"
    path.write_text(
        '[routes.fast]\ntargets = ["openai:gpt-5.5", "deepseek:deepseek-v4-pro"]\n'
        'strategy = "cheapest"\n'
    )
    return str(path)


def test_the_command_shows_a_table_and_what_is_taken_for_granted(tmp_path, file):
    path = str(tmp_path / "l.db")
    with Ledger(path) as ledger:
        ledger.record(chat(attempt("9")))
        ledger.record(record(attempt("2")))
    done = run(path, "--route", file)
    assert done.exit_code == 0, done.output
    assert "Route fast on the calls from the beginning to now (UTC)" in done.stdout
    assert "1 of 1 calls would have asked another target first: 100.0%" in done.stdout
    assert "left out: 1 call ($2.00): what it needed was not recorded" in done.stdout
    assert "Taken for granted:" in done.stdout
    told = json.loads(run(path, "--route", file, "--json").stdout)
    assert (told["share"], told["changed"], told["decided"]) == (1.0, 1, 1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--route", "{file}"), "there is no ledger: name one, or set UNILLM_LEDGER"),
        (("absent.db", "--route", "{file}"), "absent.db: nothing was recorded there yet"),
        (("absent.db", "--route", "{file}", "--name", "slow"), "no route is named 'slow'"),
    ],
    ids=["none", "absent", "name"],
)
def test_what_is_wrong_is_said(file, options, words, monkeypatch):
    monkeypatch.delenv("UNILLM_LEDGER", raising=False)
    done = run(*(option.replace("{file}", file) for option in options))
    assert done.exit_code != 0
    assert words in " ".join(done.output.split())
