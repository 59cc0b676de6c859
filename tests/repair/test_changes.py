"""Changes compose: two lists made one after the other are one list over the original."""

from hypothesis import given
from hypothesis import strategies as st

from unillm.repair import replay
from unillm.repair.changes import Change, applied, composed, edits_of
from unillm.types.edits import Edit

TEXTS = st.text(alphabet="ab{}", max_size=12)
KINDS = ["syntax", "structure", "coerce", "protocol", "lossy"]


@st.composite
def changes_to(draw, text, rule):
    """Draw changes to a text: in order, without overlaps, insertions at one place included."""
    count = draw(st.integers(0, 4))
    places = sorted(
        draw(st.lists(st.integers(0, len(text)), min_size=2 * count, max_size=2 * count))
    )
    return [
        Change(start, end, draw(TEXTS), rule, draw(st.sampled_from(KINDS)))
        for start, end in zip(places[::2], places[1::2], strict=True)
    ]


@given(st.data(), TEXTS)
def test_composed_changes_do_what_both_do(data, text):
    first = data.draw(changes_to(text, "one"))
    between = applied(text, first)
    second = data.draw(changes_to(between, "two"))
    both = composed(text, first, second)
    assert applied(text, both) == applied(between, second)
    at = 0
    for change in both:
        assert at <= change.start <= change.end <= len(text)
        at = change.end


@given(st.data(), TEXTS)
def test_edits_replay_to_what_the_changes_make(data, text):
    made = data.draw(changes_to(text, "one"))
    edits = edits_of(text, made)
    assert replay(text, edits) == applied(text, made)
    assert all(text[e.start : e.start + len(e.before)] == e.before for e in edits)


def test_changes_that_do_not_meet_keep_their_rules():
    first = [Change(0, 1, "[", "one", "syntax")]
    second = [Change(3, 4, "]", "two", "structure")]
    assert composed("(12)", first, second) == [*first, *second]


def test_changes_that_meet_become_one_with_both_names_and_the_heavier_kind():
    first = [Change(1, 2, "xyz", "one", "syntax")]
    second = [Change(2, 3, "Y", "two", "lossy")]
    assert composed("abc", first, second) == [Change(1, 2, "xYz", "one+two", "lossy")]


def test_a_change_that_is_taken_back_is_none():
    assert (
        composed("abc", [Change(1, 2, "x", "one", "syntax")], [Change(1, 2, "b", "two", "syntax")])
        == []
    )


def test_what_changes_nothing_is_no_edit():
    assert edits_of("{}", [Change(1, 2, "}", "one", "syntax")]) == ()


def test_insertions_at_one_place_keep_their_order():
    edits = [
        Edit("one", kind="structure", before="", after="]", start=2),
        Edit("one", kind="structure", before="", after="}", start=2),
    ]
    assert replay("ab", edits) == "ab]}"
