"""`unillm spend`: tables, JSON and CSV of a ledger, and what is said when there is none."""

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.ledger.made import NOON, attempt, bounded, record
from unillm.cli.commands import unillm as command
from unillm.ledger import Ledger
from unillm.types.usage import Cost, Usage

DAY = 86_400


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr("unillm.ledger.ledger._now", lambda: datetime(2026, 11, 24, 18, tzinfo=UTC))
    monkeypatch.delenv("UNILLM_LEDGER", raising=False)


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    folder = tmp_path / "state"
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder / "unillm"


@pytest.fixture
def path(tmp_path):
    used = Usage(input_tokens=1_234_567, output_tokens=89_000, cached_input_tokens=1_000_000)
    with Ledger(tmp_path / "l.db") as ledger:
        ledger.record(record(attempt("12.5", usage=used), tags={"team": "blue"}, user="ann"))
        ledger.record(record(attempt("0.25"), at=NOON - DAY, tasks=("nightly", "judge")))
        ledger.record(record(attempt(bounded("1", "2")), at=NOON - 2 * DAY, outcome="error"))
        ledger.record(record(attempt(Cost(), usage=None), at=NOON - 40 * DAY))
    return str(tmp_path / "l.db")


def run(*options, env=None):
    return CliRunner(env=env or {}).invoke(command, ["spend", *options])


def test_days_are_shown_with_their_sums(path):
    done = run("--ledger", path)
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0] == "Spend by day, 2026-10-26 to now (UTC)"
    assert lines[1].split() == [
        *("day", "calls", "failed", "input", "cached", "output", "tokens", "cost"),
    ]
    assert lines[2].split() == [
        *("2026-11-22", "1", "1", "100", "40", "10", "110", "$1.00\N{EN DASH}2.00"),
    ]
    assert lines[4].split() == [
        *("2026-11-24", "1", "1,234,567", "1,000,000", "89,000", "1,323,567", "$12.50"),
    ]
    assert lines[5].split()[:2] == ["total", "3"]
    assert lines[5].split()[-1] == "$13.75\N{EN DASH}14.75"
    assert lines[6].startswith(
        "November: $13.75\N{EN DASH}14.75 so far, $17.36\N{EN DASH}18.64 at this pace"
    )
    assert lines[7] == "1 of 3 attempts have a cost with two bounds"


def test_all_of_it_is_shown_when_asked_for(path):
    done = run("--ledger", path, "--since", "all", "--by", "provider")
    assert "from the beginning" not in done.stdout
    assert "the beginning to now" in done.stdout
    assert "≥ $13.75" in done.stdout
    assert "1 of 4 attempts are not in the cost: it is not known" in done.stdout
    assert "1 of 4 attempts reported no tokens" in done.stdout


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("model", ["openai:gpt-5.5"]),
        ("task", ["nightly", "(none)"]),
        ("subtask", ["nightly > judge"]),
        ("user", ["ann"]),
        ("session", ["(none)"]),
        ("route", ["(none)"]),
        ("role", ["first"]),
        ("tag:team", ["blue"]),
    ],
    ids=str,
)
def test_it_is_grouped_as_asked(path, by, names):
    done = run("--ledger", path, "--by", by)
    assert done.exit_code == 0
    for name in names:
        assert name in done.stdout


def test_the_environment_names_the_ledger(path):
    done = run("--json", "--since", "2d", env={"UNILLM_LEDGER": path})
    found = json.loads(done.stdout)
    assert (found["by"], found["since"]) == ("day", "2026-11-23T00:00:00Z")
    assert [row["day"] for row in found["rows"]] == ["2026-11-23", "2026-11-24"]
    assert found["total"]["cost_usd"] == "12.750000000"
    assert found["total"]["cost_state"] == "exact"
    assert found["projection"]["so_far"]["low"] == "13.750000000"


def test_csv_has_the_rows(path):
    done = run("--ledger", path, "--csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["day"] for row in rows] == ["2026-11-22", "2026-11-23", "2026-11-24"]
    assert [row["cost_usd"] for row in rows] == ["", "0.250000000", "12.500000000"]
    assert Decimal(rows[0]["cost_high_usd"]) == 2
    empty = run("--ledger", path, "--csv", "--since", "today", "--until", "today")
    assert empty.stdout.splitlines() == done.stdout.splitlines()[:1]


def test_a_baseline_is_compared_with(path):
    done = run("--ledger", path, "--since", "today", "--baseline", "openai:gpt-5.5")
    assert "always openai:gpt-5.5: ~$" in done.stdout
    assert "for the same tokens; that is ~$8.16 less than was spent" in done.stdout


@pytest.mark.parametrize("columns", [80, 99, 100, 120])
def test_a_terminal_of_any_width_shows_every_figure(path, columns, monkeypatch):
    import unillm.cli.spend as module

    monkeypatch.setattr(module, "_WIDE", columns)
    done = run("--ledger", path, "--by", "model")
    assert max(map(len, done.stdout.splitlines()[:5])) <= columns
    assert ("1,234,767" in done.stdout) is (columns >= 100)
    assert ("1.2M" in done.stdout) is (columns < 100)
    assert "…" not in done.stdout


def test_names_cannot_command_the_terminal(tmp_path):
    with Ledger(tmp_path / "l.db") as ledger:
        ledger.record(record(user="\x1b[2J[red]ann\u202e"))
    done = run("--ledger", str(tmp_path / "l.db"), "--by", "user")
    assert "\ufffd[2J[red]ann\ufffd" in done.stdout
    assert "\x1b" not in done.stdout


def test_nothing_recorded_is_said(path):
    done = run("--ledger", path, "--since", "today", "--until", "today")
    assert "Nothing was recorded in it." in done.stdout


def test_without_a_word_it_is_the_ledger_of_the_gateway(path, state):
    state.mkdir(parents=True)
    told = run("--ledger", path, "--json")
    Path(path).rename(state / "ledger.db")
    done = run("--json")
    assert (done.exit_code, done.stderr, done.stdout) == (0, "", told.stdout)
    assert run(env={"UNILLM_LEDGER": "absent.db"}).exit_code == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "there is no ledger: give --ledger PATH, or set UNILLM_LEDGER"),
        (("--ledger", "absent.db"), "absent.db: nothing was recorded there yet"),
        (("--ledger", "postgresql://ann:s3cret@127.0.0.1:1/d"), "cannot be used: OperationalError"),
        (("--ledger", "mysql://h/d"), "not a URL of 'mysql'"),
        (("--ledger", "{path}", "--by", "nothing"), "by='nothing': there are model"),
        (("--ledger", "{path}", "--since", "soon"), "since='soon' is no instant"),
        (("--ledger", "{path}", "--baseline", "gpt-5.5"), "name it with its provider"),
        (("--ledger", "{path}", "--json", "--csv"), "--json or --csv, not both"),
    ],
    ids=["none", "absent", "server", "scheme", "by", "since", "baseline", "both"],
)
def test_what_is_wrong_is_said(path, options, words):
    done = run(*(option.replace("{path}", path) for option in options))
    assert done.exit_code != 0
    assert words in " ".join(done.output.split())
    assert "s3cret" not in done.output
