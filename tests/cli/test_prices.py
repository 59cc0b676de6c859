"""`unillm prices`: rows with their sources, and the differences from genai-prices."""

import io
import json
import re
import sys
from datetime import time
from decimal import Decimal

import pytest
from click.testing import CliRunner
from rich.console import Console

from unillm import Price
from unillm.cli.commands import unillm as command
from unillm.cli.pricelist import money, show_rows
from unillm.pricing import PriceBook, PriceHours, ServiceTier, genai


def run(*options):
    return CliRunner().invoke(command, ["prices", *options])


def test_a_model_shows_all_its_rows_with_their_sources():
    done = run("deepseek-v4-pro", "--provider", "deepseek")
    assert done.exit_code == 0
    for shown in (
        "2026-04-25",
        "2026-04-26 12:15",
        "api-docs.deepseek.com",
        "peak 01:00-04:00, 06:00-10:00 UTC 2x",
        "UTC Mon-Fri but holidays (cn) 2x",
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


def test_a_provider_before_the_model_chooses_its_rows():
    rows = json.loads(run("Deepseek:deepseek-v4-pro", "--json").stdout)
    assert {row["provider"] for row in rows} == {"deepseek"}


def test_a_doubtful_row_says_so():
    assert "not verified: " in run("--provider", "hyperbolic").stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("mistral",), "the book has no price of mistral\n"),
        (("gpt-55",), "the book has no price of gpt-55; it has gpt-5.5, gpt-5, gpt-5.4"),
        (
            ("gpt-5.5", "--provider", "nobody"),
            "no price of nobody:gpt-5.5: it has openai, deepseek",
        ),
        (("gpt-6-sol", "--at", "2026-05-01"), "no price of gpt-6-sol before 2026-09-22"),
        (
            ("deepseek-chat", "--at", "2026-11-28"),
            "no price of deepseek-chat since 2026-07-24 15:59",
        ),
        (("--at", "2025-01-01"), "no price of anything before 2026-04-01"),
        (("gpt-5.5", "--provider", "deepseek"), "no price of deepseek:gpt-5.5; it has gpt-5.5"),
        (("deepseek:gpt-5.5",), "no price of deepseek:gpt-5.5; it has gpt-5.5"),
        (("--at", "soon"), "'soon' is no date"),
    ],
    ids=[
        "model",
        "close",
        "provider",
        "too-early",
        "too-late",
        "all-early",
        "elsewhere",
        "prefix",
        "no-date",
    ],
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
    assert "weekends and China's public holidays are off-peak" in done.stdout
    assert "wingsky-1/dsh-plugin-hub#945" in done.stdout
    assert done.stdout.count("\n") < 15
    listed = json.loads(
        run("--diff", "--at", "2026-11-28", "--json", "--provider", "atlascloud").stdout
    )
    assert {one["kind"] for one in listed} == {"model"}
    none = run("--diff", "--at", "2026-11-23T02:30:00Z", "--provider", "deepseek")
    assert none.stdout == "There are no differences.\n"


def test_without_genai_prices_it_says_what_to_install(monkeypatch):
    genai._data.cache_clear()
    monkeypatch.setitem(sys.modules, "genai_prices.data_snapshot", None)
    done = run("--diff")
    assert done.exit_code == 1
    assert 'pip install "unillm-sdk[prices]"' in done.output


def test_differences_of_a_model_are_chosen_by_any_of_its_names():
    named = json.loads(run("gpt-5.5-2026-04-23", "--diff", "--at", "2026-10-13", "--json").stdout)
    assert {one["model"] for one in named} == {"gpt-5.5"}
    assert {one["provider"] for one in named} == {"openai", "azure"}


def test_another_release_of_genai_prices_than_the_explained_one_is_told(monkeypatch):
    monkeypatch.setattr("unillm.cli.prices.explained_release", lambda: "0.0.1")
    done = run("gpt-5.5", "--diff", "--at", "2026-11-28")
    assert "The reasons are about genai-prices 0.0.1; " in done.stdout


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize(
    "rows",
    [
        ("deepseek", "deepseek-v4-pro"),
        ("openai", "gpt-4o-mini"),
        ("fireworks", "accounts/fireworks/models/deepseek-v4p1-flash-1017"),
    ],
    ids=["hours", "figures", "long"],
)
def test_on_a_terminal_no_line_is_wider_and_no_figure_is_cut(monkeypatch, width, rows):
    provider, model = rows
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=width, no_color=True, highlight=False)
    monkeypatch.setattr("unillm.cli.pricelist._console", lambda: console)
    shown = PriceBook.default().history(provider=provider, model=model)
    show_rows(shown)
    lines = re.sub(r"\x1b\[\d*m", "", out.getvalue()).splitlines()
    assert max(map(len, lines)) <= width
    words = set(" ".join(lines).split())
    for row in shown:
        figures = (row.input, row.cached_input, row.output)
        assert {money(figure) for figure in figures if figure is not None} <= words


def test_rows_of_ones_own_are_shown_with_all_that_they_have(capsys):
    tier = ServiceTier(name="gold", input=Decimal(3), output=Decimal("9.5"))
    weekend = PriceHours(
        name="quiet", start=time(0), end=time(6), times=Decimal("0.50"), days=(1, 3)
    )
    show_rows(
        [
            Price(provider="p", model="m", gpu_hour=Decimal("19.20"), currency="EUR"),
            Price(
                provider="p",
                model="n",
                input=Decimal(1),
                output=Decimal("0.1"),
                tiers=(tier,),
                hours=(weekend,),
            ),
        ]
    )
    shown = capsys.readouterr().out
    assert "19.20 an hour; in EUR" in shown
    assert "gold input 3, output 9.50; quiet 00:00-06:00 UTC Mon,Wed 0.5x" in shown
    assert "0.10" in shown
