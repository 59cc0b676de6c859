"""Periods, projections, comparisons, and what is left when rows are forgotten."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, localcontext

import pytest

import unillm
from tests.ledger.made import NOON, attempt, bounded, exact, groups, record
from unillm.ledger import Ledger, sessions
from unillm.pricing import Price, PriceBook
from unillm.types.price import PriceHours
from unillm.types.usage import Cost, Usage

NOW = datetime(2026, 11, 24, 18, tzinfo=UTC)
DAY = 86_400


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr("unillm.ledger.ledger._now", lambda: NOW)


@pytest.fixture
def month(ledger):
    """Give a ledger with a dollar on each of the last 40 days at noon."""
    for ago in range(40):
        ledger.record(record(attempt("1"), at=NOON - ago * DAY, user=f"u{ago}", tags={"n": "1"}))
    return ledger


@pytest.mark.parametrize(
    ("since", "until", "dollars"),
    [
        (None, None, 40),
        ("7d", None, 7),
        ("1w", None, 7),
        ("today", None, 1),
        ("yesterday", "today", 1),
        ("month", None, 24),
        ("24h", None, 1),
        ("30h", None, 2),
        ("2026-11-20", "2026-11-22", 2),
        ("2026-11-20T12:00:00Z", "2026-11-22T12:00:00Z", 2),
        ("2026-11-20T13:00:00+01:00", "2026-11-22T12:00:01Z", 3),
        ("2026-11-20T12:00:01", None, 4),
        (date(2026, 11, 20), date(2026, 11, 21), 1),
        (datetime(2026, 11, 20, 14, tzinfo=timezone(timedelta(hours=2))), None, 5),
        ("2026-11-24T12:00", "2026-11-24T12:01", 1),
        ("2026-11-24T12:01", "2026-11-24T12:02", 0),
        ("2027-01-01", None, 0),
    ],
    ids=str,
)
@pytest.mark.parametrize("by", ["model", "user", "tag:n"])
def test_a_period_is_from_an_instant_to_another(month, since, until, dollars, by):
    spent = month.spend(by, since=since, until=until)
    assert spent.total.cost.total == dollars
    assert sum((row.cost.total for row in spent.rows), Decimal(0)) == dollars
    assert len(list(month.operations(since=since, until=until))) == dollars


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        ("soon", None, "since='soon' is no instant: write 2026-11-01"),
        (None, "2026-13-01", "until='2026-13-01' is no instant"),
        (datetime(2026, 1, 1), None, "has no time zone"),  # noqa: DTZ001 - that is the point
        (7, None, "since is a datetime, a date or text, not int"),
        ("2026-11-02", "2026-11-01", "is before since"),
        ("99999d", None, "is no instant|1970"),
    ],
    ids=["word", "date", "naive", "number", "turned", "long-ago"],
)
def test_what_is_no_period_is_refused(month, since, until, words):
    if since == "99999d":
        assert month.spend(since="99999w").since is None
        return
    with pytest.raises(unillm.InvalidRequestError, match=words):
        month.spend(since=since, until=until)


def test_the_month_is_projected_as_it_went_until_now(month):
    found = month.spend(since="today").projection
    assert (found.since, found.until) == (
        datetime(2026, 11, 1, tzinfo=UTC),
        datetime(2026, 12, 1, tzinfo=UTC),
    )
    assert found.share == pytest.approx(23.75 / 30)
    assert (found.so_far.total, found.so_far.state) == (24, "exact")
    assert found.cost.state == "estimated"
    assert found.cost.total == (Decimal(24) * 30 / Decimal("23.75")).quantize(Decimal("1e-9"))


def test_the_first_day_of_a_month_projects_nothing(month, monkeypatch):
    monkeypatch.setattr("unillm.ledger.ledger._now", lambda: datetime(2026, 11, 1, 23, tzinfo=UTC))
    assert month.spend().projection.cost is None
    monkeypatch.setattr("unillm.ledger.ledger._now", lambda: datetime(2026, 12, 31, 0, tzinfo=UTC))
    found = month.spend().projection
    assert (found.so_far.total, found.until.year) == (0, 2027)


def test_bounds_are_projected_as_bounds(ledger):
    ledger.record(record(attempt(bounded("1", "2")), at=NOON))
    cost = ledger.spend().projection.cost
    assert (cost.total, cost.state) == (None, "bounded")
    assert (cost.low, cost.high) == (Decimal("1.263157895"), Decimal("2.526315789"))


def test_forgotten_rows_leave_their_sums(month, rows):
    assert month.prune(10) == 29  # those of ten whole days before this one are kept
    assert month.prune(10) == 0
    assert len(list(month.operations())) == 11
    assert rows("SELECT COUNT(*) FROM attempts") == [(11,)]
    for by in ("model", "user", "tag:n", "day"):
        assert month.spend(by).total.cost.total == 40
    assert month.spend("session").total.cost.total == 11
    # Of a day without rows there is the whole or nothing.
    part = month.spend(since="2026-11-10T13:00:00Z", until="2026-11-12T01:00:00Z")
    assert (part.since, part.until) == (
        datetime(2026, 11, 10, tzinfo=UTC),
        datetime(2026, 11, 13, tzinfo=UTC),
    )
    assert part.total.cost.total == 3


def test_content_is_forgotten_with_its_operation(where, rows):
    request = unillm.ChatRequest(messages=(unillm.UserMessage("Hi"),))
    with Ledger(where, content=True) as ledger:
        ledger.record(record(at=NOON - 20 * DAY, request=request))
        ledger.record(record(at=NOON, request=request))
        assert ledger.prune(1) == 1
        assert rows("SELECT COUNT(*) FROM contents") == [(1,)]


def test_old_rows_are_forgotten_when_a_ledger_is_opened(where, monkeypatch):
    monkeypatch.setattr("unillm.ledger.desk.time.time", lambda: NOON)
    monkeypatch.setattr("unillm.ledger.store._CHUNK", 7)
    with Ledger(where) as ledger:
        for ago in range(30):
            ledger.record(record(attempt("1"), at=NOON - ago * DAY))
    with Ledger(where, keep_days=5) as ledger:
        ledger.record(record(attempt("1")))
    assert len(list(ledger.operations())) == 7
    assert ledger.spend().total.cost.total == 31


def test_without_a_number_of_days_nothing_is_forgotten(month):
    with pytest.raises(unillm.InvalidRequestError, match="keep_days must be"):
        month.prune()


def book(**more):
    row = Price(
        provider="acme",
        model="m",
        input=Decimal(10),
        cached_input=Decimal(1),
        output=Decimal(100),
        **more,
    )
    return PriceBook(prices=(row,))


USED = Usage(input_tokens=3_000, output_tokens=500, cached_input_tokens=1_000)


def test_a_baseline_is_what_the_same_tokens_would_have_cost(ledger):
    for user in ("a", "b"):
        ledger.record(record(attempt("0.01", usage=USED), user=user))
    spent = ledger.spend("user", baseline="acme:m", prices=book())
    each = Decimal("0.02") + Decimal("0.001") + Decimal("0.05")
    for row in spent.rows:
        assert (row.baseline.total, row.baseline.state) == (each, "estimated")
        assert row.saved.total == each - Decimal("0.01")
    assert spent.total.baseline.total == 2 * each
    assert spent.total.saved.total == 2 * each - Decimal("0.02")
    assert (spent.baseline, ledger.spend().total.baseline) == ("acme:m", None)


def test_a_baseline_has_the_prices_of_each_day(ledger):
    change = datetime(2026, 11, 24, tzinfo=UTC)
    rows = (
        Price(provider="acme", model="m", input=Decimal(1), output=Decimal(1), until=change),
        Price(provider="acme", model="m", input=Decimal(3), output=Decimal(3), since=change),
    )
    million = Usage(input_tokens=10**6, output_tokens=0)
    ledger.record(record(attempt("0", usage=million), at=NOON - DAY))
    ledger.record(record(attempt("0", usage=million), at=NOON))
    found = ledger.spend(baseline="acme:m", prices=PriceBook(prices=rows))
    assert found.total.baseline.total == 4
    by_day = {row.group: row.baseline.total for row in ledger.spend(
        "day", baseline="acme:m", prices=PriceBook(prices=rows)
    ).rows}  # fmt: skip
    assert by_day == {"2026-11-23": 1, "2026-11-24": 3}


def test_a_baseline_with_hours_has_two_bounds(ledger):
    from datetime import time

    peak = PriceHours(name="peak", start=time(1), end=time(4), times=Decimal(2))
    ledger.record(record(attempt("0.01", usage=USED)))
    found = ledger.spend(baseline="acme:m", prices=book(hours=(peak,))).total
    assert (found.baseline.low, found.baseline.high) == (Decimal("0.071"), Decimal("0.142"))
    assert (found.saved.low, found.saved.high) == (Decimal("0.061"), Decimal("0.132"))


def test_what_is_not_known_bounds_what_was_saved(ledger):
    ledger.record(record(attempt(bounded("0.01", "0.05"), usage=USED)))
    saved = ledger.spend(baseline="acme:m", prices=book()).total.saved
    assert (saved.total, saved.low, saved.high) == (None, Decimal("0.021"), Decimal("0.061"))
    ledger.record(record(attempt(None, usage=None)))
    saved = ledger.spend(baseline="acme:m", prices=book()).total.saved
    assert (saved.total, saved.low, saved.high) == (None, None, Decimal("0.061"))


def test_a_day_without_a_price_leaves_the_comparison_unknown(ledger):
    ledger.record(record(attempt("0.01", usage=USED), at=NOON - 400 * DAY))
    prices = book(since=datetime(2026, 1, 1, tzinfo=UTC))
    total = ledger.spend(baseline="acme:m", prices=prices).total
    assert (total.baseline.total, total.baseline.state) == (None, "unknown")
    assert total.saved.low is None


@pytest.mark.parametrize("name", ["m", "acme:", ":m", "acme:other", "nobody:m"])
def test_a_baseline_that_has_no_price_is_refused(ledger, name):
    ledger.record(record())
    with pytest.raises(unillm.InvalidRequestError, match="baseline="):
        ledger.spend(baseline=name, prices=book())


def test_the_dearest_come_first_whatever_is_known_of_them(ledger):
    for model, cost in (("a", exact("1")), ("b", bounded("3", "4")), ("c", Cost())):
        ledger.record(record(attempt(cost, model=model)))
    ledger.record(record(attempt(Cost(total=Decimal(2), state="estimated"), model="d")))
    assert [row.group for row in ledger.spend().rows] == [
        "openai:b",
        "openai:d",
        "openai:a",
        "openai:c",
    ]
    assert groups(ledger.spend())["openai:d"] == 2
    assert ledger.spend().rows[1].cost.state == "estimated"


def test_spending_can_be_written_as_json_and_read_back(month):
    spent = month.spend("day", since="7d")
    assert type(spent).from_json(spent.to_json()) == spent


def gone(connection, **more):
    given = {"id": "x", "host": sessions._host(), "pid": 1, "born": "1", "opened": 0.0, "room": 9}
    session = sessions.Session(**{**given, **more})
    with connection.transaction():
        sessions.keep(connection, session, 1_000.0)
    return sessions.found_gone(connection, "mine", 2_000.0)


@pytest.mark.parametrize(
    ("more", "is_gone"),
    [
        ({}, True),
        ({"id": "mine"}, False),
        ({"host": f"{sessions._host()}x"}, True),
        ({"host": "elsewhere/boot"}, False),
        ({"pid": 2**22 + 1, "born": ""}, True),
        ({"pid": 1, "born": ""}, False),
        ({"pid": 1, "born": sessions._born(1)}, False),
    ],
    ids=["reused", "mine", "other-start", "other-host", "no-process", "lives", "same-start"],
)
def test_a_process_that_is_gone_is_told_from_one_that_lives(tmp_path, more, is_gone):
    from contextlib import closing

    from unillm.ledger.place import place_of

    with closing(place_of(str(tmp_path / "l.db")).open()) as connection:
        assert bool(gone(connection, **more)) is is_gone
        assert sessions.found_gone(connection, "mine", 2_000.0) == []
        there = sessions.losses(connection, 0, 10_000)
        assert [loss.at_most for loss in there] == [9] * is_gone
        # One elsewhere that gives no sign of life for hours is gone too.
        later = sessions.found_gone(connection, "mine", 1_000.0 + 4 * 3600)
        assert len(later) == (more.get("host") == "elsewhere/boot")


def test_an_estimate_with_a_lower_bound_alone_is_a_known_total(ledger):
    guess = Cost(total=Decimal(5), low=Decimal(3), state="estimated", reason="counted by us")
    ledger.record(record(attempt(guess), attempt("1", number=2)))
    total = ledger.spend().total
    assert (total.cost.total, total.cost.low, total.cost.high) == (6, 4, None)
    assert (total.cost.state, total.cost.reason) == (
        "estimated",
        "of 1 attempt the cost is an estimate",
    )
    assert ledger.spend("session").total.cost == total.cost  # from the rows, not the daily sums
    (entry,) = ledger.operations()
    assert (entry.cost.total, entry.cost.low, entry.cost.high) == (6, 4, None)


def test_what_was_spent_does_not_depend_on_the_callers_decimal_context(ledger):
    ledger.record(record(attempt("123.456789123")))
    ledger.record(record(attempt(bounded("123.456789123", "223.456789123"))))
    exactly = ledger.spend(baseline="openai:gpt-5.5")
    with localcontext(prec=3):
        roughly = ledger.spend(baseline="openai:gpt-5.5")
        costs = [entry.cost for entry in ledger.operations()]
    assert roughly.total == exactly.total
    assert roughly.projection.cost == exactly.projection.cost
    assert exactly.total.cost.low == Decimal("246.913578246")
    assert costs[0].total == Decimal("123.456789123")


def test_a_dearer_baseline_and_a_cheaper_one_are_told_apart(ledger):
    ledger.record(record(attempt("1")))
    assert ledger.spend(baseline="openai:gpt-5.5")._repr_html_().count("less than was spent") == 1
