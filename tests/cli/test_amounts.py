"""Numbers as people write them in a shell."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unillm.cli import amounts

CONTEXT = click.Context(click.Command("estimate"))
OPTION = click.Option(["--tokens"])


def read(reader, text):
    return getattr(amounts, f"read_{reader}")(CONTEXT, OPTION, text)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("40M", 40_000_000),
        ("1.5B", 1_500_000_000),
        ("250k", 250_000),
        ("1_000", 1_000),
        ("1_000_000", 1_000_000),
        ("7", 7),
        ("0.5K", 500),
        ("2t", 2 * 10**12),
        (" 40 m ", 40_000_000),
        ("1.50M", 1_500_000),
        ("1.0", 1),
    ],
)
def test_tokens_are_read(text, tokens):
    assert read("tokens", text) == tokens


@pytest.mark.parametrize(
    "text",
    ["", "M", "-4M", "4e6", "1,000", "1__0", "_1", "1_", ".5M", "5.M", "4MM", "4Mio", "٤M", "NaN"],
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(click.BadParameter, match="is no number of tokens, such as 40M"):
        read("tokens", text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1.5", "no whole number"),
        ("1.2345k", "no whole number"),
        ("0", "not from 1 to"),
        ("0M", "not from 1 to"),
        ("1000001T", "not from 1 to"),
        ("9" * 5000, "not from 1 to"),
        ("1.000000000000000001M", "no whole number"),
    ],
    ids=["half", "part", "none", "no-millions", "trillions", "digits", "long-part"],
)
def test_a_number_that_cannot_be_meant_is_refused(text, words):
    with pytest.raises(click.BadParameter, match=words):
        read("tokens", text)


@given(st.integers(1, 10**15))
def test_any_number_is_read_as_it_is_written(number):
    assert read("tokens", str(number)) == number
    assert read("tokens", f"{number:_}") == number
    if number % 10**6 == 0:
        assert read("tokens", f"{number // 10**6}M") == number


@given(st.decimals(Decimal("0.001"), Decimal(10**6), places=3))
def test_a_part_of_a_million_is_exact(number):
    assert read("tokens", f"{number:f}M") == number * 1_000_000


@given(st.text(alphabet="0123456789._kMB /:%-", max_size=12))
def test_whatever_is_written_is_read_or_refused(text):
    for reader in ("tokens", "mix", "share"):
        try:
            value = read(reader, text)
        except click.BadParameter:
            continue
        assert value > 0 if reader == "tokens" else 0 <= value <= 1


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("50/50", Fraction(1, 2)),
        ("80/20", Fraction(4, 5)),
        ("3:1", Fraction(3, 4)),
        ("2.5:7.5", Fraction(1, 4)),
        ("80% / 20%", Fraction(4, 5)),
        ("100/0", Fraction(1)),
        ("0/1", Fraction(0)),
        ("1/2", Fraction(1, 3)),
    ],
)
def test_a_mix_is_read(text, share):
    assert read("mix", text) == share


@pytest.mark.parametrize("text", ["", "50", "0/0", "50/50/50", "a/b", "-1/2", "1//2", "50-50"])
def test_what_is_no_mix_is_refused(text):
    with pytest.raises(click.BadParameter, match="no mix of input and output, such as 50/50"):
        read("mix", text)


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.integers(1, 10**15))
def test_a_mix_leaves_out_no_token(one, other, tokens):
    share = read("mix", f"{one}/{other}")
    given_ = round(tokens * share)
    assert abs(given_ - tokens * Fraction(one, one + other)) <= Fraction(1, 2)
    assert 0 <= given_ <= tokens


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("30%", Fraction(3, 10)),
        ("0.3", Fraction(3, 10)),
        ("100%", Fraction(1)),
        ("1", Fraction(1)),
        ("0", Fraction(0)),
        ("12.5 %", Fraction(1, 8)),
        (None, None),
    ],
)
def test_a_share_is_read(text, share):
    assert read("share", text) == share


@pytest.mark.parametrize("text", ["", "30", "101%", "1.1", "-3%", "a third", "%"])
def test_what_is_no_share_is_refused(text):
    with pytest.raises(click.BadParameter, match="is no share, such as 30%"):
        read("share", text)


def test_a_day_is_one_of_utc():
    assert read("instant", "2026-04-25") == datetime(2026, 4, 25, tzinfo=UTC)
    assert read("instant", "2026-04-25T02:00+02:00") == datetime(2026, 4, 25, tzinfo=UTC)
    assert read("instant", None) is None
    with pytest.raises(click.BadParameter, match="'soon' is no date"):
        read("instant", "soon")
