"""What is recorded is there, each operation and each attempt once, in both databases."""

# pyright: reportOptionalMemberAccess=false, reportOptionalSubscript=false
# pyright: reportOptionalIterable=false

import dataclasses
import gc
import pickle
import stat
import threading
import time
import weakref
from decimal import Decimal
from pathlib import Path

import pytest

import unillm
from tests.ledger.made import NOON, attempt, bounded, groups, record
from unillm.ledger import Flushed, Ledger
from unillm.types.price import Price
from unillm.types.usage import Cost, CostLine, Usage

SECRET = "what-was-said-stays-out"


def test_an_operation_is_read_back_with_its_attempts(ledger):
    price = Price(
        provider="openai", model="gpt-5.5", input=Decimal(5), output=Decimal(30), source="a page"
    )
    failed = attempt(
        "0", usage=None, outcome="error", status=503, error=f"OverloadedError: {SECRET}"
    )
    second = attempt(
        Cost(total=Decimal("0.0000000025"), state="exact", price=price),
        number=2,
        served_model="gpt-5.5-2026-04-23",
        service_tier="flex",
        first_token=0.25,
        waited=0.1,
        request_id="req-1",
        started_at=NOON + 1,
        reported_cost=Decimal("0.5"),
    )
    told = record(
        failed,
        second,
        operation="one",
        user="u",
        session="s",
        run="r",
        turn=3,
        tags={"team": "blue", "é\U0001f600": ""},
        tasks=("nightly", "judge"),
        streamed=True,
    )
    ledger.record(told)
    (entry,) = ledger.operations()
    assert (entry.operation, entry.started_at, entry.outcome) == ("one", NOON, "ok")
    assert (entry.provider, entry.model, entry.served_model) == (
        "openai",
        "gpt-5.5",
        "gpt-5.5-2026-04-23",
    )
    assert (entry.user, entry.session, entry.run, entry.turn) == ("u", "s", "r", 3)
    assert entry.tags == {"team": "blue", "é\U0001f600": ""}
    assert entry.tasks == ("nightly", "judge")
    assert entry.streamed
    assert entry.usage == Usage(input_tokens=100, output_tokens=10, cached_input_tokens=40)
    assert entry.first_token == 1.25
    assert (entry.asked, entry.answered) == (None, None)
    one, two = entry.attempts
    assert (one.number, one.status, one.error, one.message) == (1, 503, "OverloadedError", None)
    assert (one.usage, one.cost.total, one.price) == (None, 0, None)
    assert two.cost.total == Decimal("0.000000002")  # a half, to the even one
    assert two.price == "openai:gpt-5.5@always (a page)"
    assert (two.service_tier, two.request_id, two.waited) == ("flex", "req-1", 0.1)
    assert (two.reported_cost, entry.reported_cost) == (Decimal("0.5"), Decimal("0.5"))
    assert entry.cost.total == one.cost.total + two.cost.total
    assert SECRET not in repr(entry)


def test_unknown_is_null_and_never_nothing(ledger, rows):
    ledger.record(record(attempt(None, usage=None)))
    ledger.record(record(attempt(bounded("0.1", "0.3")), attempt("0.5", number=2)))
    ledger.flush()
    found = rows("SELECT cost, cost_low, cost_high, cost_state, input_tokens FROM attempts")
    assert sorted(found, key=str) == [
        (500_000_000, None, None, "exact", 100),
        (None, 100_000_000, 300_000_000, "bounded", 100),
        (None, None, None, "unknown", None),
    ]
    found = rows("SELECT cost, cost_low, cost_high, cost_state, reported_cost FROM operations")
    assert sorted(found, key=str) == [
        (None, 600_000_000, 800_000_000, "bounded", None),
        (None, None, None, "unknown", None),
    ]
    total = ledger.spend().total
    assert (total.cost.total, total.cost.low, total.cost.high) == (None, Decimal("0.6"), None)
    assert (total.unknown, total.bounded, total.unreported) == (1, 1, 1)
    assert total.cost.reason == "of 1 attempt the cost is not known"


def test_an_operation_that_sent_nothing_cost_nothing(ledger):
    ledger.record(record(attempts=(), outcome="error"))
    spent = ledger.spend()
    assert (spent.total.calls, spent.total.errors, spent.total.attempts) == (1, 1, 0)
    assert (spent.total.cost.total, spent.total.cost.state) == (0, "exact")
    (entry,) = ledger.operations()
    assert (entry.cost.total, entry.attempts, entry.usage) == (0, (), None)


def test_spending_is_told_by_everything(ledger):
    ledger.record(record(attempt("1"), user="ann", tags={"team": "a"}, tasks=("x", "y")))
    ledger.record(record(attempt("2"), user="bob", tags={"team": "b"}, tasks=("x",), session="s"))
    fell_back = record(
        attempt("4", provider="deepseek", model="deepseek-v4-pro", outcome="error"),
        attempt("8", number=2),
        at=NOON + 86_400,
    )
    ledger.record(fell_back)
    assert groups(ledger.spend("model")) == {"openai:gpt-5.5": 11, "deepseek:deepseek-v4-pro": 4}
    assert groups(ledger.spend("provider")) == {"openai": 11, "deepseek": 4}
    assert groups(ledger.spend("day")) == {"2026-11-24": 3, "2026-11-25": 12}
    assert groups(ledger.spend("task")) == {"x": 3, None: 12}
    assert groups(ledger.spend("subtask")) == {"x > y": 1, "x": 2, None: 12}
    assert groups(ledger.spend("user")) == {"ann": 1, "bob": 2, None: 12}
    assert groups(ledger.spend("tag:team")) == {"a": 1, "b": 2, None: 12}
    assert groups(ledger.spend("tag:nobody")) == {None: 15}
    assert groups(ledger.spend("session")) == {"s": 2, None: 13}
    by_model = {row.group: (row.calls, row.attempts) for row in ledger.spend().rows}
    assert by_model == {"openai:gpt-5.5": (3, 3), "deepseek:deepseek-v4-pro": (0, 1)}
    assert ledger.spend("session").total.cost.total == 15
    assert [row.group for row in ledger.spend("day").rows] == ["2026-11-24", "2026-11-25"]


@pytest.mark.parametrize("by", ["", "models", "tag:", 3, None])
def test_what_there_is_no_grouping_by_is_refused(ledger, by):
    ledger.record(record())
    with pytest.raises(unillm.InvalidRequestError, match="there are model, provider, day, task"):
        ledger.spend(by)


def test_an_operation_told_twice_counts_once(ledger, where):
    told = record()
    ledger.record(told)
    ledger.record(told)
    ledger.flush()
    ledger.record(told)
    with Ledger(where) as other:
        other.record(told)
    assert ledger.spend().total.calls == 1
    assert len(list(ledger.operations())) == 1


def test_flush_and_close_acknowledge(where):
    ledger = Ledger(where)
    assert ledger.flush() == Flushed(written=0, pending=0, dropped=0)
    for _ in range(1_200):
        ledger.record(record())
    assert ledger.flush() == Flushed(written=1_200, pending=0, dropped=0)
    ledger.record(record())
    assert ledger.close() == Flushed(written=1_201, pending=0, dropped=0)
    assert ledger.close() == Flushed(written=1_201, pending=0, dropped=0)
    assert ledger.spend().total.calls == 1_201
    assert len(list(ledger.operations())) == 1_201


def test_what_comes_after_it_was_closed_is_written_too(where, caplog):
    ledger = Ledger(where)
    ledger.close()
    for count in (1, 2, 3):
        ledger.record(record())
        assert ledger.close() == Flushed(written=count, pending=0, dropped=0)
        assert not [t for t in threading.enumerate() if t.name == "unillm-ledger"]
    assert ledger.spend().total.calls == 3
    assert ledger.losses == ()
    assert caplog.records == []


def test_closing_ends_though_others_go_on_recording(where):
    ledger, enough = Ledger(where), threading.Event()

    def go_on():
        while not enough.is_set():
            ledger.record(record())

    other = threading.Thread(target=go_on)
    other.start()
    try:
        while ledger.flush().written < 100:
            pass
        began = time.monotonic()
        ledger.close(60)
        assert time.monotonic() - began < 30
    finally:
        enough.set()
        other.join()
    done = ledger.close(60)
    assert done.pending == 0
    assert ledger.spend().total.calls == done.written


def test_what_is_recorded_when_the_program_is_over_is_dropped_and_counted(where, caplog):
    ledger = Ledger(where)
    ledger.record(record())
    ledger._writer()._at_exit()
    ledger.record(record())
    ledger.record(record())
    assert ledger.flush() == Flushed(written=1, pending=0, dropped=2)
    assert [r.getMessage() for r in caplog.records] == [
        "the ledger ends with the program: operations are dropped and counted; calls go on"
    ]


def test_where_no_thread_can_be_started_it_is_told_and_tried_again(where, monkeypatch, caplog):
    ledger = Ledger(where)
    with monkeypatch.context() as patched:
        patched.setattr("sys.is_finalizing", lambda: True)
        ledger.record(record())
        assert ledger.flush() == Flushed(written=0, pending=0, dropped=1)
    ledger.record(record())
    assert ledger.close() == Flushed(written=1, pending=0, dropped=1)
    assert "no thread can be started: 1 operations are not in the ledger" in caplog.text


def test_nothing_is_opened_before_the_first_operation(tmp_path):
    before = threading.active_count()
    with Ledger(tmp_path / "l.db") as ledger:
        assert ledger.close() == Flushed(written=0, pending=0, dropped=0)
    assert list(tmp_path.iterdir()) == []
    assert threading.active_count() == before


def test_what_was_never_made_cannot_be_read(where):
    ledger = Ledger(where)
    for read in (ledger.spend, lambda: list(ledger.operations()), lambda: ledger.losses):
        with pytest.raises(unillm.InvalidRequestError, match="nothing was recorded there yet"):
            read()


def test_the_file_is_the_owners_alone(tmp_path):
    path = tmp_path / "l.db"
    folder = tmp_path.stat().st_mode
    with Ledger(path) as ledger:
        ledger.record(record())
        ledger.flush()
        beside = sorted(tmp_path.iterdir())
        assert [Path(file).suffix for file in beside] == [".db", ".db-shm", ".db-wal"]
        assert {stat.S_IMODE(file.stat().st_mode) for file in beside} == {0o600}
    assert tmp_path.stat().st_mode == folder
    assert list(tmp_path.iterdir()) == [path]


def test_a_ledger_that_is_dropped_is_written_to_its_end(tmp_path):
    path = tmp_path / "l.db"
    ledger = Ledger(path)
    ledger.record(record())
    (thread,) = (t for t in threading.enumerate() if t.name == "unillm-ledger")
    del ledger
    thread.join(10)
    assert not thread.is_alive()
    assert Ledger(path).spend().total.calls == 1


@pytest.mark.parametrize("content", [False, True])
def test_content_is_kept_only_when_asked_for(where, rows, content):
    request = unillm.ChatRequest(
        messages=(unillm.SystemMessage("Be brief."), unillm.UserMessage(SECRET)),
        extra_headers={"x-key": "a-key-that-stays-out"},
    )
    response = unillm.ChatResponse(
        message=unillm.AssistantMessage(f"You said {SECRET} \udc00 \x00"),
        finish_reason="stop",
        provider="openai",
        model="m",
    )
    error = unillm.OverloadedError(f"busy with {SECRET}")
    tried = attempt("1", error=f"OverloadedError: busy with {SECRET}")
    told = record(tried, request=request, response=response, error=error, outcome="error")
    with Ledger(where, content=content) as ledger:
        ledger.record(told)
        (entry,) = ledger.operations()
        everything = repr([
            rows(f"SELECT * FROM {table}")
            for table in ("operations", "attempts", "contents", "daily", "prices", "sessions")
        ])  # fmt: skip
    assert entry.error == "OverloadedError"
    assert "a-key-that-stays-out" not in everything
    if not content:
        assert (entry.asked, entry.answered, entry.attempts[0].message) == (None, None, None)
        assert SECRET not in everything
        return
    assert [message["content"] for message in entry.asked] == ["Be brief.", SECRET]
    assert entry.answered["content"].startswith(f"You said {SECRET} ")
    assert entry.attempts[0].message == f"busy with {SECRET}"


def test_content_is_held_no_longer_than_it_is_needed(tmp_path):
    class Said(str):
        __slots__ = ("__weakref__",)

    said = Said("x" * 100)
    told = weakref.ref(said)
    request = unillm.ChatRequest(messages=(unillm.UserMessage(said),))
    with Ledger(tmp_path / "l.db") as ledger:
        ledger.record(record(request=request))
        del said, request
        gc.collect()
        assert told() is None


def test_odd_text_numbers_and_names_are_written(ledger):
    odd = "half \udc80, none \x00, 'quoted', \"double\", %s ? 世界 " + "long " * 500
    tried = attempt(
        Cost(total=Decimal("1e30"), state="exact"),
        provider=odd,
        model=odd,
        usage=Usage(input_tokens=10**30, output_tokens=-1, cached_input_tokens=True),
        duration=float("nan"),
        started_at=float("inf"),
        request_id=odd,
        error=odd,
    )
    told = record(
        tried, tags={odd: odd, "": "\x00"}, user=odd, session=odd, tasks=(odd,) * 40, run=odd
    )
    ledger.record(told)
    ledger.record(record(at=float("nan")))
    assert ledger.flush() == Flushed(written=2, pending=0, dropped=0)
    first, entry = ledger.operations()
    assert first.started_at == 0
    assert entry.usage is None
    assert (entry.cost.total, entry.cost.state) == (None, "unknown")
    assert (entry.duration, entry.attempts[0].duration) == (0.6, None)
    assert len(entry.session) == 200
    assert "\x00" not in entry.session
    assert entry.tasks[-1] == "…"
    assert sorted(row.cost.state for row in ledger.spend("user").rows) == ["exact", "unknown"]


def test_what_cannot_be_a_row_is_dropped_alone(ledger, caplog):
    ledger.record(record())
    ledger.record(dataclasses.replace(record(), attempts=(object(),)))
    ledger.record(record())
    assert ledger.flush() == Flushed(written=2, pending=0, dropped=1)
    assert [r.getMessage() for r in caplog.records] == [
        "an operation cannot be written to the ledger, and is dropped: AttributeError"
    ]


def test_what_the_database_refuses_is_dropped_alone(where, monkeypatch, caplog):
    monkeypatch.setattr("unillm.ledger.clean.number", lambda value: value)
    with Ledger(where) as ledger:
        for turn in (1, 2**70, 3, 4, "5" * 3):
            ledger.record(record(turn=turn))
        done = ledger.flush()
        assert done.dropped >= 1
        assert done.written + done.dropped == 5
        assert ledger.spend().total.calls == done.written
    assert "cannot be written to the ledger, and is dropped" in caplog.text


def test_several_threads_record_at_once(where):
    with Ledger(where) as ledger:
        threads = [
            threading.Thread(target=lambda: [ledger.record(record()) for _ in range(300)])
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert ledger.flush() == Flushed(written=2_400, pending=0, dropped=0)
        assert ledger.spend().total.cost.total == Decimal("2.4")


def test_many_values_of_a_tag_are_put_together(where, monkeypatch):
    monkeypatch.setattr("unillm.ledger.store.MANY_VALUES", 3)
    with Ledger(where) as ledger:
        for number in range(5):
            ledger.record(record(attempt("1"), tags={"request": f"r{number}"}))
            ledger.flush()
        ledger.record(record(attempt("1"), tags={"request": "r0"}))
        found = groups(ledger.spend("tag:request"))
    assert found == {"r0": 2, "r1": 1, "r2": 1, "(others)": 2}


def test_cached_tokens_saved_what_the_lines_say(ledger):
    def cost(*lines, price=None):
        total = sum((line.usd for line in lines), Decimal(0))
        return Cost(total=total, state="exact", lines=lines, price=price)

    def line(kind, tokens, per_million):
        figure = Decimal(per_million)
        usd = tokens * figure / 1_000_000
        return CostLine(kind=kind, usd=usd, tokens=tokens, per_million=figure)

    row = Price(
        provider="p", model="m", input=Decimal(5), cached_input=Decimal("0.5"), output=Decimal(30)
    )
    both = cost(line("input", 10, "5"), line("cached_input", 1_000_000, "0.5"), price=row)
    alone = cost(line("cached_input", 1_000_000, "0.25"), price=row)  # in a tier of half the price
    none = cost(line("input", 10, "5"), price=row)
    for told in (both, alone, none, Cost()):
        ledger.record(record(attempt(told)))
    saved = sorted(str(entry.cache_savings) for entry in ledger.operations())
    assert saved == ["0E-9", "2.250000000", "4.500000000", "None"]
    assert ledger.spend().total.cache_savings == Decimal("6.75")


def test_a_ledger_is_neither_pickled_nor_told_with_its_password(tmp_path):
    with pytest.raises(TypeError, match="make one in each process"):
        pickle.dumps(Ledger(tmp_path / "l.db"))
    shown = repr(Ledger("postgresql://ann:s3cret@127.0.0.1:1/db?schema=x"))
    assert shown == "Ledger('postgresql://ann@127.0.0.1:1/db')"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"queue": 0}, "queue must be a whole number from 1 on"),
        ({"queue": True}, "queue must be"),
        ({"keep_days": 0}, "keep_days must be"),
        ({"keep_days": 1.5}, "keep_days must be"),
        ({"when_full": "block"}, "'drop' or 'wait'"),
        ({"when_full": "wait", "max_wait": -1}, "max_wait must be a number of seconds"),
    ],
    ids=["none", "flag", "zero-days", "half-a-day", "policy", "wait"],
)
def test_wrong_arguments_are_refused(tmp_path, given, words):
    with pytest.raises(unillm.InvalidRequestError, match=words):
        Ledger(tmp_path / "l.db", **given)


@pytest.mark.parametrize("timeout", [-1, "1", None, True, float("nan")])
def test_a_time_that_is_none_is_refused(tmp_path, timeout):
    ledger = Ledger(tmp_path / "l.db")
    with pytest.raises(unillm.InvalidRequestError, match="timeout must be a number of seconds"):
        ledger.flush(timeout)
    with pytest.raises(unillm.InvalidRequestError, match="timeout must be a number of seconds"):
        ledger.close(timeout)
