"""How routes chose, why attempts were made, and what a call needed, as the ledger has it."""

import json
import math
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.made import NOON, attempt, groups, record
from unillm import (
    AssistantMessage,
    ChatRequest,
    Decision,
    Excluded,
    FilePart,
    ImagePart,
    RawPart,
    SystemMessage,
    TextPart,
    Tool,
    ToolMessage,
    UserMessage,
)
from unillm.ledger import Ledger
from unillm.ledger.needs import needs_of, written
from unillm.ledger.place import place_of

VERSION_1 = Path(__file__).with_name("version1.sql")
DAY = 86_400
FAST = Decision(
    route="fast",
    strategy="cheapest",
    order=("deepseek:deepseek-v4-pro", "openai:gpt-5.5"),
    reasons={"deepseek:deepseek-v4-pro": "$0.0004 expected", "openai:gpt-5.5": "$0.01 expected"},
)
SAFE = Decision(route="safe", strategy="fallback", order=("openai:gpt-5.5",))
DIRECT = Decision(route=None, strategy="fallback", order=("openai:gpt-5.5",))


def routed():
    """Give records of two routes: one that fell back, one that was hedged, one that was direct."""
    other: dict[str, Any] = {"provider": "deepseek", "model": "deepseek-v4-pro"}
    return [
        record(attempt("1", **other), decision=FAST),
        record(
            attempt("2", outcome="error", **other),
            attempt("4", number=2, role="retry", outcome="error", **other),
            attempt("8", number=3, role="fallback"),
            decision=FAST,
        ),
        record(
            attempt("16", outcome="cancelled"),
            attempt("32", number=2, role="hedge", **other),
            decision=SAFE,
        ),
        record(attempt("64"), decision=DIRECT),
        record(attempt("128"), at=NOON - DAY),
    ]


def test_spend_is_told_by_route_strategy_and_role(ledger):
    for one in routed():
        ledger.record(one)
    assert groups(ledger.spend(by="route")) == {"fast": 15, "safe": 48, None: 192}
    assert groups(ledger.spend(by="strategy")) == {"cheapest": 15, "fallback": 48, None: 192}
    by_role = ledger.spend(by="role")
    assert groups(by_role) == {"first": 211, "retry": 4, "fallback": 8, "hedge": 32}
    calls = {row.group: row.calls for row in by_role.rows}
    assert calls == {"first": 3, "retry": 0, "fallback": 1, "hedge": 1}


@pytest.mark.parametrize("by", ["route", "strategy", "role"])
def test_part_of_a_day_is_read_from_rows_and_says_the_same(ledger, by):
    for one in routed():
        ledger.record(one)
    whole, edges = ledger.spend(by=by), ledger.spend(by=by, since="2026-11-23T00:00:01Z")
    assert edges.rows == whole.rows
    assert (whole.total.retries, whole.total.fallbacks, whole.total.hedges) == (1, 1, 1)


def test_the_report_counts_what_was_tried_again(ledger):
    for one in routed():
        ledger.record(one)
    spent = ledger.spend(by="model")
    counts = {row.group: (row.retries, row.fallbacks, row.hedges) for row in spent.rows}
    assert counts == {"openai:gpt-5.5": (0, 1, 0), "deepseek:deepseek-v4-pro": (1, 0, 1)}
    assert "1 retry, 1 fallback, 1 hedge among 8 attempts" in str(spent)
    assert ledger.spend(until="2026-11-24").total.retries == 0
    assert "retr" not in str(ledger.spend(until="2026-11-24"))


def test_an_entry_tells_who_chose_and_why(ledger):
    sticky = Decision(route="fast", strategy="cheapest", order=("a:m",), sticky="a:m")
    nobody = Decision(
        route="eu", strategy="rules", order=(), excluded=(Excluded("a:m", "key", "it has no key"),)
    )
    for one in (*routed()[:4], record(decision=sticky), record(attempts=(), decision=nobody)):
        ledger.record(one)
    found = [(e.route, e.strategy, e.reason) for e in ledger.operations()]
    assert found == [
        ("fast", "cheapest", "$0.0004 expected"),
        ("fast", "cheapest", "$0.0004 expected"),
        ("safe", "fallback", None),
        (None, None, None),
        ("fast", "cheapest", "it answered the session before"),
        ("eu", "rules", "it has no key"),
    ]
    roles = [[a.role for a in e.attempts] for e in ledger.operations()]
    assert roles[1:3] == [["first", "retry", "fallback"], ["first", "hedge"]]
    entry = next(ledger.operations())
    assert type(entry).from_json(entry.to_json()) == entry


SECRET = "the launch is on friday"
REQUEST = ChatRequest(
    messages=(
        SystemMessage(SECRET),
        UserMessage(
            (TextPart("see"), ImagePart("https://x/secret.png"), FilePart("https://x/secret.pdf"))
        ),
        AssistantMessage("Hm.", extra={}),
        ToolMessage("call_1", (ImagePart("https://x/secret.png"),)),
        UserMessage((RawPart({"type": "input_audio", "data": SECRET}), RawPart({"type": "odd"}))),
    ),
    tools=(Tool("launch", description=SECRET, parameters={"type": "object"}, strict=True),),
    hosted_tools=({"type": "web_search", "about": SECRET},),
    settings={
        "max_tokens": 500,
        "reasoning_effort": "high",
        "temperature": 0.25,
        "stop": [SECRET],
        "tool_choice": "launch",
        "response_format": {"type": "json_schema", "json_schema": {"name": SECRET}},
        "metadata": {"about": SECRET},
    },
    extra_body={"prediction": SECRET},
)


def test_what_a_call_needs_is_kept_without_what_was_said(ledger, rows):
    ledger.record(record(request=REQUEST))
    (entry,) = ledger.operations()
    assert entry.needs == {
        "messages": 5,
        "characters": len(SECRET) + len("see") + len("Hm."),
        "parts": {"image": 1, "file": 1, "tool_image": 1, "audio": 1, "raw": 1},
        "tools": 1,
        "strict_tools": True,
        "hosted_tools": ["web_search"],
        "settings": {"max_tokens": 500, "reasoning_effort": "high", "temperature": 0.25},
        "asks": ["stop", "metadata"],
        "tool_choice": "function",
        "format": "json_schema",
        "extra": ["prediction"],
    }
    kept = str(rows("SELECT * FROM operations")) + str(rows("SELECT * FROM attempts"))
    assert "launch" not in kept
    assert "secret" not in kept


def test_what_is_no_chat_needs_nothing_that_is_known(ledger):
    ledger.record(record())
    (entry,) = ledger.operations()
    assert entry.needs is None


def test_odd_needs_are_kept_as_far_as_a_database_can_have_them(ledger):
    prefix = AssistantMessage("So:", extra={"prefix": True})
    odd = ChatRequest(
        messages=(prefix,),
        settings={"temperature": math.inf, "service_tier": "x" * 999, "a\x00\ud800": 1},
        extra_body={f"field{n}": n for n in range(99)},
    )
    ledger.record(record(request=odd))
    ledger.record(record(request=ChatRequest(messages=())))
    found = sorted((e.needs or {} for e in ledger.operations()), key=len)
    assert found[0] == {"messages": 0, "characters": 0}
    assert found[1]["prefix"] is True
    assert found[1]["settings"]["temperature"] is None
    assert len(found[1]["settings"]["service_tier"]) == 200
    assert len(found[1]["extra"]) == 32
    assert found[1]["asks"] == ["a\ufffd?"]
    assert json.loads(written(needs_of(odd)) or "") == found[1]


def test_a_data_frame_has_them_too(ledger):
    ledger.record(record(request=REQUEST, decision=FAST))
    ledger.record(record())
    frame = ledger.to_pandas()
    assert [needs and needs["tools"] for needs in frame["needs"]] in ([1, None], [None, 1])
    assert {"role", "sent_bytes", "origin"} <= set(ledger.to_pandas("attempts").columns)


@pytest.fixture
def version1(where):
    """Fill a place with a ledger as the release before routes wrote it."""
    script = VERSION_1.read_text(encoding="utf-8").splitlines()[1:]
    if "://" not in where:
        with closing(sqlite3.connect(where)) as file:
            file.executescript("\n".join(script).replace(":ordered", "WITHOUT ROWID"))
        return where
    import psycopg

    url, _, schema = where.partition("?schema=")
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'CREATE SCHEMA "{schema}"'.encode())
        server.execute(f'SET search_path = "{schema}"'.encode())
        for statement in script:
            server.execute(statement.replace(":ordered", "").encode())
    return where


def test_a_ledger_from_before_routes_is_brought_up_to_date(version1, rows):
    ledger = Ledger(version1)
    before = ledger.spend(by="model")
    assert rows("SELECT value FROM meta WHERE name = 'version'") == [("3",)]
    assert before.total.calls == 5
    assert before.total.attempts == 7
    assert before.total.cost.low == Decimal("13.5")
    assert (before.total.retries, before.total.fallbacks, before.total.hedges) == (0, 0, 0)
    assert groups(ledger.spend(by="route")) == {None: None}
    assert groups(ledger.spend(by="role")) == {None: None}
    for entry in ledger.operations():
        assert (entry.route, entry.strategy, entry.reason, entry.needs) == (None,) * 4
        assert {a.role for a in entry.attempts} == {None}
    for one in routed():
        ledger.record(one)
    ledger.close()
    assert ledger.spend().total.calls == 10
    assert groups(ledger.spend(by="route", since="2026-11-24")) == {
        "fast": 15,
        "safe": 48,
        None: Decimal("76.5"),
    }
    edges = ledger.spend(by="role", since="2026-11-24T00:00:01Z")
    assert edges.rows == ledger.spend(by="role", since="2026-11-24").rows


def test_a_process_of_the_release_before_goes_on_writing(version1, rows):
    """It opened the ledger before it was brought up to date, and names the columns it knows."""
    Ledger(version1).spend()
    rows(
        "INSERT INTO daily SELECT day + 1000, provider, model, tasks, calls, errors, cancelled, "
        "attempts, input_tokens, cached_tokens, cache_write_tokens, output_tokens, "
        "reasoning_tokens, unreported, cost, cost_low, cost_high, estimated, bounded, unknown, "
        "unbounded, reported_cost, reported, cache_savings, 0, 0, 0 FROM daily"
    )
    inserts = [s for s in VERSION_1.read_text(encoding="utf-8").splitlines() if "'one'" in s]
    assert len(inserts) == 2
    with closing(place_of(version1).open()) as connection, connection.transaction():
        for statement in inserts:
            connection.rows(statement.rstrip(";").replace("'one'", "'two'"))
        connection.rows(
            "INSERT INTO daily_labels (day, kind, name, value, calls, errors, cancelled, attempts, "
            "input_tokens, cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens, "
            "unreported, cost, cost_low, cost_high, estimated, bounded, unknown, unbounded, "
            "reported_cost, reported, cache_savings) VALUES "
            f"(1, 'user', '', 'x', {', '.join(['1'] * 20)})"
        )
    assert [e.operation for e in Ledger(version1).operations(since="2026-11-24")] == ["one", "two"]


def test_where_bytes_went_is_kept(ledger):
    gone: dict[str, Any] = {
        "origin": "https://api.example",
        "jurisdiction": "DE",
        "sent_bytes": 1_234,
    }
    ledger.record(record(attempt(**gone), attempt(number=2, role="fallback", sent_bytes=0)))
    ledger.record(record(attempt(sent_bytes=-1)))
    found = [a for e in ledger.operations() for a in e.attempts]
    assert [(a.origin, a.jurisdiction, a.sent_bytes) for a in found] == [
        ("https://api.example", "DE", 1_234),
        (None, None, 0),
        (None, None, None),
    ]
