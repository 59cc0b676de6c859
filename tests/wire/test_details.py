"""Thinking in pieces, put together; sums that providers say they charged."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.drive import decode
from tests.wire.recordings import FOLDER
from unillm._wire.details import merged
from unillm._wire.usage import charged, cost_from

DETAILS = (FOLDER / "openrouter" / "details.sse").read_bytes()
TEXT = {"type": "reasoning.text", "index": 0, "format": "f"}
SECRET = {"type": "reasoning.encrypted", "index": 1}


@pytest.mark.parametrize(
    ("pieces", "whole"),
    [
        ([], []),
        ([{**TEXT, "text": "a"}, {**TEXT, "text": "b"}], [{**TEXT, "text": "ab"}]),
        (
            [{**TEXT, "text": "a"}, {**TEXT, "text": None, "signature": "s"}],
            [{**TEXT, "text": "a", "signature": "s"}],
        ),
        (
            [{**TEXT, "text": "a"}, {**TEXT, "index": 1, "text": "b"}],
            [{**TEXT, "text": "a"}, {**TEXT, "index": 1, "text": "b"}],
        ),
        (
            [{**SECRET, "data": "x"}, {**SECRET, "data": "y"}],
            [{**SECRET, "data": "x"}, {**SECRET, "data": "y"}],
        ),
        ([{**SECRET, "data": "x"}, {**SECRET, "data": "x"}], [{**SECRET, "data": "x"}]),
        (
            [{**TEXT, "text": "a", "id": "1"}, {**TEXT, "text": "b", "id": "2"}],
            [{**TEXT, "text": "a", "id": "1"}, {**TEXT, "text": "b", "id": "2"}],
        ),
        ([{}, {}], [{}]),
    ],
    ids=["none", "text", "signature", "index", "secrets", "again", "ids", "empty"],
)
def test_pieces_of_one_detail_are_one(pieces, whole):
    assert merged(pieces) == tuple(whole)


JSON = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.lists(st.none())
PIECE = st.dictionaries(
    st.sampled_from(["type", "index", "id", "text", "summary", "data", "signature", "x"]), JSON
)


@given(st.lists(PIECE, max_size=6))
def test_whatever_comes_is_put_together(pieces: list[dict[str, Any]]):
    before = [dict(piece) for piece in pieces]
    whole = merged(pieces)
    assert pieces == before
    assert len(whole) <= len(pieces)
    for field in ("text", "summary"):
        said = [piece[field] for piece in pieces if isinstance(piece.get(field), str)]
        kept = [detail[field] for detail in whole if isinstance(detail.get(field), str)]
        assert "".join(kept) == "".join(said)


@given(st.text(max_size=40).map(list))
def test_a_text_in_letters_is_the_text(letters: list[str]):
    pieces = [{**TEXT, "text": letter} for letter in letters]
    assert [detail["text"] for detail in merged(pieces)] == (["".join(letters)] if letters else [])


@pytest.mark.parametrize("end", range(0, len(DETAILS), 97))
def test_of_a_stream_that_breaks_off_what_came_is_kept(end):
    told = decode([DETAILS[:end]])
    native = told.partial.message.native
    items = native.items if native is not None else ()
    assert all(item["type"].startswith("reasoning.") for item in items)
    assert len(items) <= 2


@pytest.mark.parametrize(
    ("given_", "sum_"),
    [
        (0, "0"),
        (0.00078, "0.00078"),
        (1.23e-05, "0.0000123"),
        (12, "12"),
        (" 0.10 ", "0.10"),
        ("", None),
        ("$1", None),
        (True, None),
        (None, None),
        (-0.1, None),
        (1e300, None),
        (float("inf"), None),
        (float("nan"), None),
        (10**5000, None),
        ([1], None),
    ],
    ids=lambda value: str(value)[:9] if not isinstance(value, int) or value < 99 else "huge",
)
def test_a_sum_is_exact_or_none(given_, sum_):
    assert cost_from(given_) == (None if sum_ is None else Decimal(sum_))


@given(st.decimals(min_value=0, max_value=999, places=9))
def test_what_was_written_is_what_is_read(sum_):
    assert cost_from(float(sum_)) == sum_


def test_a_header_that_says_nothing_is_unknown():
    assert charged({"cost": "0.5"}, None) is None
    assert charged({}, "cost") is None
    assert charged({"cost": "0"}, "cost") is None
    assert charged({"cost": "0.5"}, "cost") == Decimal("0.5")
