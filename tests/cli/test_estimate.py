"""`unillm estimate`: what so many tokens a month cost."""

# pyright: reportOperatorIssue=false

import json
from datetime import UTC, datetime, time
from decimal import Decimal

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from unillm.cli import estimate as page
from unillm.cli.commands import unillm as command
from unillm.cli.month import Load, month
from unillm.pricing import ContextTier, Price, PriceBook, PriceHours, ServiceTier

PUBLISHED = "2026-04-25"


def run(*options):
    return CliRunner().invoke(command, ["estimate", *options])


def told(*options):
    done = run("--json", *options)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def by_model(*options):
    return {one["model"]: one for one in told(*options)["models"]}


# ---------------- the figures that were published


@pytest.mark.parametrize(
    ("model", "usd", "published"),
    [
        ("gpt-5.5", "700", (700, 900)),
        ("deepseek-v4-pro", "104.4", (100, 140)),
        ("deepseek-v4-flash", "8.4", (8, 12)),
    ],
)
def test_the_published_monthly_figures_come_out(model, usd, published):
    options = ("--tokens", "40M", "--mix", "50/50", "--at", PUBLISHED)
    found = by_model(*options)[model]
    assert found["usd"] == usd
    assert published[0] <= Decimal(usd) <= published[1]
    assert Decimal(found["low"]) <= Decimal(usd) <= Decimal(found["high"])
    assert found["price"]["source"]


def test_without_models_the_five_are_compared_the_dearest_first():
    found = told("--tokens", "40M", "--at", PUBLISHED)
    assert [one["model"] for one in found["models"]] == list(page.MODELS)
    figures = [Decimal(one["usd"]) for one in found["models"]]
    assert figures == sorted(figures, reverse=True)
    assert [one["times_cheaper"] for one in found["models"]] == [1, 6, 12, 40.23, 500]


def test_todays_price_stands_beside_that_of_a_day():
    found = by_model("--tokens", "40M", "--at", PUBLISHED, "--model", "deepseek-v4-pro")
    today = by_model("--tokens", "40M", "--model", "deepseek-v4-pro")["deepseek-v4-pro"]
    assert found["deepseek-v4-pro"]["today"]["usd"] == today["usd"]
    assert today["today"] is None
    shown = run("--tokens", "40M", "--at", PUBLISHED, "--model", "deepseek-v4-pro").stdout
    assert "$104.40" in shown
    assert f"{PUBLISHED} " in shown
    assert " today " in shown


def test_each_price_has_its_model_beside_it_and_when_it_was_checked():
    options = ("--tokens", "40M", "--at", "2020-01-01", "--model", "gpt-5.5")
    shown = run(*options, "--model", "gpt-5.4").stdout
    prices = [line.split() for line in shown.partition("US dollars for")[2].splitlines()[2:4]]
    assert [line[:2] for line in prices] == [["gpt-5.5", "today"], ["gpt-5.4", "today"]]
    assert ", checked 2026-" in shown


# ---------------- a month, worked out by hand

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def row(**more):
    figures = {"input": Decimal(2), "output": Decimal(10), "provider": "p", "model": "m"}
    return Price(**{**figures, **more})


def bill(price, load=None, **more):
    load = load or Load(input=30_000_000, output=10_000_000, **more)
    return month(PriceBook().with_(price), load, provider="p", model="m", at=NOON)


def ends(found):
    return found.low, found.usd, found.high


def test_a_price_with_nothing_to_it_has_no_range():
    assert ends(bill(row())) == (160, 160, 160)


def test_the_cache_makes_a_range_unless_its_share_is_known():
    cached = row(cached_input=Decimal("0.20"))
    assert ends(bill(cached)) == (106, 160, 160)
    assert ends(bill(cached, cached=Decimal("0.5"))) == (133, 133, 133)


def test_writing_to_the_cache_may_cost_more():
    written = row(cached_input=Decimal("0.20"), cache_write=Decimal("2.50"))
    assert ends(bill(written)) == (106, 160, 175)
    assert ends(bill(written, cached=Decimal("0.5"))) == (133, 133, Decimal("140.5"))


def test_hours_are_spread_over_the_week_and_their_ends_are_the_range():
    hours = (
        PriceHours(name="peak", start=time(1), end=time(4), times=Decimal(2), days=(1, 2, 3, 4, 5)),
        PriceHours(name="night", start=time(22), end=time(23, 30), times=Decimal("0.5")),
    )
    found = bill(row(hours=hours))
    average = 1 + (Decimal(15) * 1 + Decimal("10.5") * Decimal("-0.5")) / 168
    assert ends(found) == (80, (160 * average).quantize(Decimal("0.01")), 320)
    assert found.notes == (
        "peak hours cost 2x and are 15 of the 168 of a week",
        "night hours cost 0.5x and are 10.5 of the 168 of a week",
    )


def test_long_prompts_are_left_out_and_that_is_said():
    found = bill(row(context=(ContextTier(above=272_000, input=Decimal(2)),)))
    assert found.usd == 160
    assert found.notes == ("no prompt has more than 272,000 tokens: those cost more",)


def test_a_tier_is_priced_or_unknown():
    tiers = row(tiers=(ServiceTier(name="batch", times=Decimal("0.5")),))
    assert bill(tiers, tier="batch").usd == 80
    found = bill(tiers, tier="flex")
    assert ends(found) == (None, None, None)
    assert found.notes == ("what the service tier 'flex' cost is not known",)


def test_two_rows_that_may_have_held_are_a_range():
    change = {"perhaps_since": datetime(2026, 11, 1, tzinfo=UTC)}
    older = row(
        until=datetime(2026, 11, 1, tzinfo=UTC), perhaps_until=datetime(2026, 12, 1, tzinfo=UTC)
    )
    newer = row(input=Decimal(1), since=datetime(2026, 12, 1, tzinfo=UTC), **change)
    load = Load(input=30_000_000, output=10_000_000)
    book = PriceBook().with_(older, newer)
    found = month(book, load, provider="p", model="m", at=NOON)
    assert ends(found) == (130, 160, 160)


def test_a_price_by_the_hour_is_unknown():
    found = bill(row(input=None, output=None, gpu_hour=Decimal(2)))
    assert found.usd is None
    assert "by the hour" in found.notes[0]


@given(
    st.integers(0, 10**13),
    st.integers(0, 10**13),
    st.none() | st.fractions(0, 1),
    st.sampled_from([row(), row(cached_input=Decimal("0.2"), cache_write=Decimal(3))]),
)
def test_the_figure_lies_in_its_range_and_grows_with_the_tokens(given_, made, cached, price):
    load = Load(input=given_, output=made, cached=cached)
    found = bill(price, load)
    assert found.low <= found.usd <= found.high
    more = bill(price, Load(input=given_ + 1000, output=made + 1000, cached=cached))
    assert more.usd > found.usd


# ---------------- the command


def test_provider_and_model_may_be_named():
    found = told("--tokens", "1M", "--model", "Together:deepseek-v4-pro", "--model", "gpt-5.5")
    assert [(one["provider"], one["model"]) for one in found["models"]] == [
        ("together", "deepseek-v4-pro"),
        ("openai", "gpt-5.5"),
    ]


def test_a_mix_and_a_share_of_the_cache_are_taken():
    found = told("--tokens", "10M", "--mix", "3:1", "--cached", "20%", "--model", "gpt-5.5")
    assert (found["input_tokens"], found["output_tokens"], found["cached"]) == (
        7500000,
        2500000,
        0.2,
    )
    (one,) = found["models"]
    assert Decimal(one["usd"]) == 6 * 5 + Decimal("1.5") * Decimal("0.5") + Decimal("2.5") * 30
    assert one["low"] == one["usd"] == one["high"]


def test_a_tier_is_taken():
    flex = by_model("--tokens", "40M", "--tier", "flex", "--model", "gpt-5.5")["gpt-5.5"]
    assert flex["usd"] == "350"


def test_what_has_no_price_is_unknown_beside_what_has():
    done = run(
        "--tokens", "40M", "--tier", "flex", "--model", "gpt-5.5", "--model", "deepseek-v4-pro"
    )
    assert done.exit_code == 0
    assert "unknown" in done.stdout
    assert "deepseek-v4-pro: what the service tier 'flex' cost is not known" in done.stdout


def test_where_nothing_has_a_price_the_exit_code_says_so():
    done = run("--tokens", "1M", "--model", "gpt-6-sol", "--at", "2026-05-01")
    assert done.exit_code == 1
    assert "no price of openai:gpt-6-sol is known for 2026-05-01" in done.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "Missing option '--tokens'"),
        (("--tokens", "lots"), "'lots' is no number of tokens, such as 40M"),
        (("--tokens", "1M", "--mix", "half"), "'half' is no mix"),
        (("--tokens", "1M", "--cached", "130%"), "'130%' is no share"),
        (("--tokens", "1M", "--at", "soon"), "'soon' is no date"),
        (("--tokens", "1M", "--model", "gpt-5.55"), "did you mean openai:gpt-5.5"),
        (("--tokens", "1M", "--model", "v4-flash"), "did you mean deepseek:deepseek-v4-flash"),
        (("--tokens", "1M", "--model", "nobody:m"), "the book has no price of 'nobody:m'"),
        (("--tokens", "1M", "--model", "openai:"), "the book has no price of 'openai:'"),
        (
            ("--tokens", "1M", "--model", "deepseek-ai/DeepSeek-V4-Pro"),
            "or together:deepseek-ai/DeepSeek-V4-Pro or ",
        ),
    ],
    ids=["none", "tokens", "mix", "cached", "at", "model", "part", "provider", "half", "hosts"],
)
def test_what_cannot_be_meant_is_said(options, words):
    done = run(*options)
    assert done.exit_code == 2
    assert words in done.output


@pytest.mark.parametrize("columns", [80, 120])
def test_it_fits_a_terminal(monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(page, "_WIDE", None)  # as where standard output is a terminal
    done = run("--tokens", "40M", "--at", PUBLISHED)
    lines = done.stdout.splitlines()
    source = next(at for at, line in enumerate(lines) if line.startswith("  1  "))
    assert max(map(len, lines[:source])) <= columns
    assert any(
        line.split() == ["gpt-5.5", PUBLISHED, "$610.00", "$700.00", "$700.00", "6x"]
        for line in lines
    )
    assert "- a month: nothing comes from the cache; at least: all of the input does" in lines
