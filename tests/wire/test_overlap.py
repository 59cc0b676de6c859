"""What goes on from a text that broke off, without what it says again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unillm._wire.overlap import LONG, MOST, Overlap, repeated

SOME = ("sunny", "rain", "Paris", "and", "of", "the", "21", "—", ",")
WORDS = st.lists(st.sampled_from(SOME), max_size=12)
TEXTS = WORDS.map(" ".join)
PROSE = "The weather in Paris is sunny, with a light wind from the west."


def new_in(before, pieces, **how):
    overlap = Overlap(before, **how)
    return "".join([*map(overlap.feed, pieces), overlap.close()])


@pytest.mark.parametrize("place", range(1, len(PROSE) + 1))
def test_the_joint_text_has_no_repeats_wherever_the_parts_begin_and_end(place):
    before = PROSE[:place]
    for size in range(place + 1):
        begins_a_word = size == place or not PROSE[place - size - 1].isalnum()
        said = PROSE[place - size : place]
        if said and not (begins_a_word and repeated(before, said) == size):
            continue
        assert before + new_in(before, PROSE[place - size :]) == PROSE


@pytest.mark.parametrize(
    ("before", "after", "joint"),
    [
        ("The weather in Paris ", "Paris is sunny.", "The weather in Paris is sunny."),
        ("It is the bal", "balloon", "It is the balloon"),
        ("It is the bal", "loon", "It is the balloon"),
        ("one two three", "two three four", "one two three four"),
        ("It is sunny", ", and warm", "It is sunny, and warm"),
        ("It is sunny", "It is sunny, and warm", "It is sunny, and warm"),
        ("on sea, on land, ", "on sea, on land, in the air", "on sea, on land, in the air"),
        ("Ha", "ha", "Haha"),
        ("[null, null, ", "null, null]", "[null, null, null, null]"),
        ("x = 1\nend\n", "end\n", "x = 1\nend\nend\n"),
        ("  </div>\n", "</div>", "  </div>\n</div>"),
        ("1, 1, ", "1, 1", "1, 1, 1, 1"),
        ("[" + "null, " * 9, "null, " * 9, "[" + "null, " * 18),
        ("It is sunny — ", "sunny — 21 °C", "It is sunny — 21 °C"),
        ("sunny — 21 °C, with ", "°C, with wind", "sunny — 21 °C, with wind"),
        ("今天天气很", "天气很好", "今天天气很好"),
        ("", "Paris", "Paris"),
        ("Paris", "", "Paris"),
    ],
    ids=lambda text: repr(text)[:24],
)
def test_what_is_a_repetition(before, after, joint):
    assert before + new_in(before, [after]) == joint
    assert before + new_in(before, after) == joint


@given(TEXTS, TEXTS, st.data())
def test_pieces_do_not_matter(before, after, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(after)), max_size=6)))
    pieces = [after[a:b] for a, b in zip([0, *cuts], [*cuts, len(after)], strict=True)]
    for how in ({}, {"whole_only": True}):
        whole = new_in(before, [after], **how)
        assert new_in(before, pieces, **how) == whole == new_in(before, after, **how)
        assert after.endswith(whole)


@given(TEXTS, TEXTS)
def test_nothing_is_cut_but_what_the_text_ends_with(before, after):
    size = repeated(before, after)
    assert before.endswith(after[:size])
    sizes = range(size + 1, min(len(before), len(after)) + 1)
    assert not any(repeated(before[-n:], after[:n]) == n for n in sizes)


@given(TEXTS, TEXTS)
def test_nothing_is_held_back_that_cannot_be_a_repetition(before, after):
    overlap, given_out = Overlap(before), 0
    for size, character in enumerate(after, 1):
        given_out += len(overlap.feed(character))
        may_be = after[:size] in before
        assert overlap.decided or may_be
        if overlap.decided:
            assert given_out == size - overlap.cut
        assert size <= len(before) or overlap.decided


def test_who_goes_on_from_the_very_end_may_say_a_word_twice():
    assert new_in("a very ", ["very good"], whole_only=True) == "very good"
    assert new_in("The weather ", ["The weather is fine"], whole_only=True) == "is fine"


def test_a_long_text_that_is_said_again_from_its_beginning_is_seen():
    before = " ".join(f"word{number}" for number in range(MOST))
    assert len(before) > MOST
    assert new_in(before, [before[:99], before[99:] + " and on"]) == " and on"


def test_code_is_repeated_if_there_is_enough_of_it():
    line = "    return self.value;\n"
    assert len(line.replace(" ", "")) - 1 < LONG
    assert new_in(line, [line]) == line
    several = "    return self.other_value;\n"
    assert new_in(several, [several]) == ""


@pytest.mark.parametrize("text", ["a" * 9000, "ab " * 3000, "la la li " * 1000])
def test_it_takes_time_in_proportion(text):
    overlap = Overlap(text)
    for character in text[1:] + "!":
        overlap.feed(character)
    assert overlap.decided
