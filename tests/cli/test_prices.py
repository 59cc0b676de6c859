"""`unillm prices`: rows with their sources, and the differences from genai-prices."""

import json
import sys

import pytest
from click.testing import CliRunner

from unillm.cli.commands import unillm as command


def run(*options):
    return CliRunner().invoke(command, ["prices", *options])


def test_a_model_shows_all_its_rows_with_their_sources():
    done = run("deepseek-v4-pro", "--provider", "deepseek")
    assert done.exit_code == 0
    for shown in (
        "2026-04-25",
        "2026-04-26 12:15",
        "api-docs.deepseek.com",
        "peak 01:00-04:00 UTC 2x",
        "UTC Mon,Tue,Wed,Thu,Fri but holidays (cn) 2x",
    ):
        assert shown in done.stdout


def test_a_date_chooses_the_rows_that_held():
    done = run("gpt-5.5", "--at", "2026-04-25", "--provider", "openai", "--json")
    (row,) = json.loads(done.stdout)
    assert (row["provider"], row["input"], row["output"]) == ("openai", "5", "30")
    assert row["source"]
    gap = json.loads(run("gpt-5.6-sol", "--at", "2026-08-21", "--json").stdout)
    assert [row["input"] for row in gap if row["provider"] == "openai"] == ["5", "4"]


def test_without_a_model_the_rows_that_hold_are_shown():
    rows = json.loads(run("--at", "2026-11-28T12:00:00+01:00", "--json").stdout)
    assert {row["provider"] for row in rows} >= {"openai", "deepseek", "fireworks", "hyperbolic"}
    only = json.loads(run("--provider", "Together", "--json").stdout)
    assert {row["provider"] for row in only} == {"together"}


def test_a_doubtful_row_says_so():
    assert "not verified: " in run("--provider", "hyperbolic").stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("gpt-99",), "the book has no price of gpt-99"),
        (("gpt-5.5", "--provider", "nobody"), "no price of nobody:gpt-5.5"),
        (("gpt-6-sol", "--at", "2026-05-01"), "no price of gpt-6-sol at 2026-05-01"),
        (("--at", "soon"), "'soon' is no date"),
    ],
    ids=["model", "provider", "too-early", "no-date"],
)
def test_what_is_not_there_is_said(options, words):
    done = run(*options)
    assert done.exit_code != 0
    assert words in done.output


def test_the_differences_from_genai_prices_are_listed():
    done = run("--diff", "--at", "2026-11-28T02:30:00Z", "--provider", "deepseek")
    assert done.exit_code == 0
    assert "genai-prices" in done.stdout
    assert "0.66" in done.stdout
    assert "1.32" in done.stdout
    listed = json.loads(
        run("--diff", "--at", "2026-11-28", "--json", "--provider", "atlascloud").stdout
    )
    assert {one["kind"] for one in listed} == {"model"}
    none = run("--diff", "--at", "2026-11-23T02:30:00Z", "--provider", "deepseek")
    assert none.stdout == "There are no differences.\n"


def test_without_genai_prices_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "genai_prices.data_snapshot", None)
    done = run("--diff")
    assert done.exit_code == 1
    assert 'pip install "unillm-sdk[prices]"' in done.output
