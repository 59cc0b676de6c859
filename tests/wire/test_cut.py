"""A text is cut at the first of its stop texts, in whatever pieces it comes."""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unillm._wire.cut import Cut, annotations_in, logprobs_in


def expected(text: str, stops: Iterable[str]) -> str:
    """Return the text up to where the first stop text begins."""
    found = [at for stop in stops if (at := text.find(stop)) >= 0]
    return text[: min(found, default=len(text))]


def pieces_of(text: str, cuts: Iterable[int]) -> list[str]:
    """Return a text in pieces."""
    at = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    return [text[start:end] for start, end in pairwise(at)]


def fed(pieces: Iterable[str], stops: list[str]) -> tuple[list[str], Cut]:
    """Return what comes out, and what is given at the end."""
    cut = Cut(stops)
    out = [cut.feed(piece) for piece in pieces]
    return [*out, cut.release()], cut


FEW = st.text("ab\n", max_size=30)
STOPS = st.lists(st.text("ab\n", min_size=1, max_size=5), min_size=1, max_size=4)


@given(FEW, STOPS, st.lists(st.integers(0, 30)))
def test_the_text_before_the_first_stop_text_comes_out(text, stops, cuts):
    out, cut = fed(pieces_of(text, cuts), stops)
    assert "".join(out) == expected(text, stops)
    assert (cut.at is None) is (expected(text, stops) == text)
    assert cut.at is None or text.startswith(cut.at, len("".join(out)))


@given(st.text(max_size=40), st.lists(st.text(min_size=1, max_size=3), min_size=1, max_size=4))
def test_any_characters_one_by_one(text, stops):
    out, _ = fed(text, stops)
    assert "".join(out) == expected(text, stops)


@given(FEW, STOPS, st.lists(st.integers(0, 30)))
def test_no_more_is_held_back_than_may_be_a_beginning(text, stops, cuts):
    cut, seen, out = Cut(stops), "", ""
    longest = max(map(len, stops))
    for piece in pieces_of(text, cuts):
        seen += piece
        out += cut.feed(piece)
        assert expected(text, stops).startswith(out)
        assert cut.at is not None or len(seen) - len(out) < longest
        held = seen[len(out) :]
        assert (
            cut.at is not None
            or not held
            or any(stop.startswith(held) for stop in stops)
            or (any(stop in held for stop in stops))
        )


@pytest.mark.parametrize(
    ("pieces", "stops", "out"),
    [
        (["one E", "ND two"], ["END"], ["one ", "", ""]),
        (["one E", "NX two"], ["END"], ["one ", "ENX two", ""]),
        (["one E"], ["END"], ["one ", "E"]),
        (["aaab"], ["aab"], ["a", ""]),
        (["a", "a", "a", "b"], ["aab"], ["", "", "a", "", ""]),
        (["abc", "x"], ["abcd", "bc"], ["", "a", ""]),
        (["abc", "d"], ["abcd", "bc"], ["", "", ""]),
        (["abc"], ["abcd", "bc"], ["", "a"]),
        (["END"], ["END"], ["", ""]),
        (["", "x", ""], ["END"], ["", "x", "", ""]),
    ],
)
def test_what_comes_out_when(pieces, stops, out):
    assert fed(pieces, stops)[0] == out


def test_what_is_released_begins_no_stop_text_any_more():
    cut = Cut(["END"])
    assert [cut.feed("a E"), cut.release(), cut.feed("ND. EN"), cut.feed("D")] == [
        "a ",
        "E",
        "ND. ",
        "",
    ]
    assert cut.at == "END"
    assert [cut.feed("more"), cut.release()] == ["", ""]


def worst(size: int) -> float:
    """Return the seconds for a text that nearly ends with a long stop text at each character."""
    cut = Cut(["a" * (size // 2) + "b", "a" * (size // 3) + "c"])
    begun = time.process_time()
    for _ in range(size):
        cut.feed("a")
    return time.process_time() - begun


def test_the_worst_text_costs_time_in_proportion_to_it():
    small, large = (min(worst(size) for _ in range(3)) for size in (5_000, 40_000))
    assert large < 8 * small * 4


def test_logprobs_end_with_the_text():
    told = [
        {"token": "né", "bytes": [110, 195, 169]},
        {"token": "\\xe2", "bytes": [226]},
        {"token": "x", "bytes": None},
        {"token": "END"},
    ]
    assert logprobs_in("né", told) == told[:1]
    assert logprobs_in("né…", told) == told[:3]
    assert logprobs_in("", told) == []


def test_annotations_of_what_was_cut_are_left_out():
    nested = {"type": "url_citation", "url_citation": {"start_index": 0, "end_index": 4}}
    flat = {"type": "url_citation", "start_index": 2, "end_index": 9}
    file = {"type": "file_citation", "index": 7}
    nowhere = {"type": "file_path", "index": None}
    every = [nested, flat, file, nowhere]
    assert annotations_in("four", every) == [nested, nowhere]
    assert annotations_in("nine char", every) == every
