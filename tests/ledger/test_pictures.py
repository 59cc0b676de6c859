"""How spending looks in a notebook, as a table, a picture and a data frame."""

import sys
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from tests.ledger.made import NOON, attempt, bounded, record
from unillm.ledger import Ledger, pictures
from unillm.types.usage import Cost


@pytest.fixture
def filled(tmp_path):
    with Ledger(tmp_path / "l.db") as ledger:
        ledger.record(record(attempt("1"), user="<b>ann</b>", tags={"k$x$": "$a$"}))
        ledger.record(record(attempt(bounded("2", "3")), user="bob & co"))
        ledger.record(record(attempt(None, usage=None), at=NOON - 86_400, turn=2))
        yield ledger


def test_a_notebook_shows_a_table_and_bars(filled):
    shown = filled.spend("user")._repr_html_()
    assert "<b>" not in shown
    assert "&lt;b&gt;ann&lt;/b&gt;" in shown
    for text in ("bob &amp; co", "(none)", "$1.00", "$2.00\N{EN DASH}3.00", "≥ $3.00"):
        assert text in shown, text
    assert "1 of 3 attempts are not in the cost: it is not known" in shown
    assert "1 of 3 attempts have a cost with two bounds" in shown
    root = ET.fromstring(shown)  # it is well-formed
    bars = root.findall(".//{http://www.w3.org/2000/svg}rect")
    assert len(bars) == 6
    assert {float(bar.get("width", "-1")) >= 0 for bar in bars} == {True}


def test_text_has_the_rows_in_columns(filled):
    lines = str(filled.spend("user")).splitlines()
    assert lines[0].split() == ["user", "calls", "failed", "input", "cached", "output", "cost"]
    assert [line.split("  ")[0] for line in lines[1:5]] == [
        "bob & co",
        "<b>ann</b>",
        "(none)",
        "total",
    ]
    assert len({len(line) for line in lines[:5]}) == 1
    assert lines[4].endswith("≥ $3.00")
    assert "1 of 3 attempts have a cost with two bounds" in lines
    filled.record(record(attempt("1"), user="a\x1b[2Jb"))
    assert "a\ufffd[2Jb" in str(filled.spend("user"))


def test_nothing_spent_is_shown_too(tmp_path):
    with Ledger(tmp_path / "l.db") as ledger:
        ledger.record(record(attempts=()))
        shown = ledger.spend(until="2020-01-01")._repr_html_()
    assert "<svg" not in shown
    assert "$0" in shown


def test_many_groups_are_drawn_in_part(tmp_path):
    with Ledger(tmp_path / "l.db") as ledger:
        for number in range(50):
            ledger.record(record(attempt("1"), user="x" * 100 + str(number)))
        shown = ledger.spend("user")
    assert shown._repr_html_().count("<rect") == 2 * pictures.MOST_BARS
    assert shown._repr_html_().count("<tr>") == 52


@pytest.mark.parametrize(
    ("cost", "shown"),
    [
        (Cost(total=Decimal(0), state="exact"), "$0"),
        (Cost(total=Decimal("1234.567"), state="exact"), "$1,234.57"),
        (Cost(total=Decimal("0.0123"), state="estimated"), "~$0.0123"),
        (Cost(total=Decimal("0.0000042"), state="exact"), "$0.0000042"),
        (Cost(total=Decimal("0.0000000042"), state="exact"), "$0.0000000042"),
        (Cost(total=Decimal("-0.5"), state="exact"), "-$0.50"),
        (Cost(total=Decimal("0.9961"), state="exact"), "$0.996"),
        (Cost(low=Decimal(1), high=Decimal(2), state="bounded"), "$1.00\N{EN DASH}2.00"),
        (Cost(low=Decimal(-1), high=Decimal(2), state="bounded"), "-$1.00 to $2.00"),
        (Cost(low=Decimal(1)), "≥ $1.00"),
        (Cost(high=Decimal(1)), "≤ $1.00"),
        (Cost(), "?"),
        (Cost(low=Decimal(0)), "?"),
    ],
    ids=[
        *("nothing", "thousands", "estimated", "small", "tiny", "negative", "rounded"),
        *("bounds", "either-side", "low", "high", "unknown", "unknown-low"),
    ],
)
def test_an_amount_says_how_sure_it_is(cost, shown):
    assert pictures.money(cost) == shown


def test_a_plot_has_a_bar_for_each_group(filled):
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    axes = filled.spend("tag:k$x$").plot()
    axes.figure.canvas.draw()
    assert [label.get_text() for label in axes.get_yticklabels()] == [r"\$a\$", "(none)"]
    _, given = plt.subplots()
    assert filled.spend("user").plot(given) is given
    plt.close("all")


def test_a_data_frame_has_amounts_exactly_and_as_floats(filled):
    frame = filled.to_pandas()
    assert len(frame) == 3
    assert str(frame["at"].dt.tz) == "UTC"
    assert frame["cost_nano"].isna().tolist() == [True, False, True]
    assert frame["cost_nano"].dtype == "Int64"
    assert frame["cost_nano"].tolist()[1] == 10**9
    assert frame["cost_usd"].tolist()[1] == 1.0
    assert frame["cost_low_usd"].tolist()[2] == 2.0
    assert frame["input_tokens"].sum() == 200
    assert frame["tags"].tolist()[1] == {"k$x$": "$a$"}
    assert frame["turn"].tolist()[0] == 2
    attempts = filled.to_pandas("attempts", since="2026-11-24")
    assert attempts["number"].tolist() == [1, 1]
    assert attempts["cost_usd"].sum() == 1.0
    empty = filled.to_pandas(since="2030-01-01")
    assert list(empty.columns) == list(frame.columns)
    table = filled.spend("day").to_pandas()
    assert table["day"].tolist() == ["2026-11-23", "2026-11-24"]
    assert table["cost_low_usd"].tolist() == [0.0, 3.0]
    assert table["cost_usd"].isna().all()


def test_a_frame_of_what_there_is_not_is_refused(filled):
    with pytest.raises(ValueError, match="'operations' or 'attempts'"):
        filled.to_pandas("daily")


@pytest.mark.parametrize(
    ("missing", "use"),
    [
        ("pandas", lambda ledger: ledger.to_pandas()),
        ("pandas", lambda ledger: ledger.spend().to_pandas()),
        ("matplotlib.pyplot", lambda ledger: ledger.spend().plot()),
    ],
    ids=["rows", "table", "plot"],
)
def test_without_its_library_it_says_what_to_install(filled, monkeypatch, missing, use):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ImportError, match=r"unillm-sdk\[notebook\]"):
        use(filled)
