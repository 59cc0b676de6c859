"""The text of a recording: exact for any bytes, and readable for what providers send."""

import json
from string import ascii_lowercase, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.profile import examples
from unillm.testing import RecordingError
from unillm.testing._tape.lines import cut, joined, shown, unshown
from unillm.testing._tape.reader import read
from unillm.testing._tape.taped import FAILURES, Asked, Failure, Piece, Taped, Told
from unillm.testing._tape.text import write

texts = st.text(st.characters(exclude_categories=["Cs"]))
# Drawn like this in a fifth of the time that a regular expression takes.
names = st.builds(
    str.__add__,
    st.sampled_from(ascii_lowercase),
    st.text(ascii_lowercase + digits + "_.-", max_size=9),
)
headers = st.dictionaries(names, texts, max_size=4)
pauses = st.none() | st.integers(0, 90_000).map(lambda thousandths: thousandths / 1000)
lines = st.sampled_from(
    [
        b"data: {}",
        b"\n",
        b"\n\n",
        b"\r\n",
        b"\r",
        b" ",
        b"#",
        b"--> ",
        b"end",
        b"\\",
        b"\\x41",
        b"~ ",
        "é".encode(),
        "\u2028".encode(),
        "\u200b".encode(),
        b"\xff",
        b"\x00",
        b"  {",
    ]
)
data = st.one_of(st.binary(min_size=1), st.lists(lines, min_size=1).map(b"".join))
json_bodies = st.builds(
    lambda value, ascii_only, tight: json.dumps(
        value, ensure_ascii=ascii_only, separators=(",", ":") if tight else None
    ).encode("utf-8", "surrogatepass"),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    ),
    st.booleans(),
    st.booleans(),
)


@st.composite
def in_pieces(draw, timed=False):
    if draw(st.booleans()):
        whole = draw(json_bodies)
        edges = sorted(draw(st.sets(st.integers(1, max(1, len(whole) - 1)), max_size=3)))
        parts = [whole[a:b] for a, b in zip([0, *edges], [*edges, len(whole)], strict=True)]
    else:
        parts = draw(st.lists(data, max_size=6))
    return tuple(Piece(part, draw(pauses) if timed else None) for part in parts if part)


failures = st.builds(Failure, kind=st.sampled_from(sorted(FAILURES)), message=texts, retryable=...)
urls = st.from_regex(r"https?://[a-z.]+(/[\w%é-]*)*(\?\S*)?", fullmatch=True)
questions = st.builds(
    Asked,
    method=st.sampled_from(["GET", "POST"]),
    url=urls,
    headers=headers,
    body=st.binary() | json_bodies,
)
unanswered = st.builds(
    lambda pause, end, failure: Told(
        pause=pause, end=end, failure=failure if end == "raise" else None
    ),
    pauses,
    st.sampled_from(["stall", "raise"]),
    failures,
)
answered = st.builds(
    lambda status, headers, pause, pieces, end, failure: Told(
        status=status,
        headers=headers,
        pause=pause,
        pieces=pieces,
        end=end,
        failure=failure if end == "raise" else None,
    ),
    st.integers(100, 999),
    headers,
    pauses,
    in_pieces() | in_pieces(timed=True),
    st.sampled_from(["end", "stall", "left", "raise"]),
    failures,
)
tapes = st.lists(st.builds(Taped, asked=questions, told=answered | unanswered), max_size=3)


@examples(100)
@given(tapes)
def test_what_is_written_is_read_back_exactly(tapes):
    text = write(tapes)
    assert read(text) == tuple(tapes)
    assert all(line.isprintable() and line == line.rstrip() for line in text.split("\n"))


@examples(100)
@given(tapes)
def test_an_editor_may_change_the_line_ends_and_add_blank_lines_and_comments(tapes):
    first, *rest = write(tapes).split("\n")
    noted = "\r\n".join([first, "", "# a remark", *rest, "", ""])
    assert read("\ufeff" + noted) == tuple(tapes)


@examples(100)
@given(data)
def test_lines_hold_every_byte(data):
    assert b"".join(joined(mark, unshown(shown(line))) for mark, line in cut(data)) == data


def answer(*pieces: bytes, **fields):
    asked = Asked(method="POST", url="https://api.example/v1/chat", headers={}, body=b"")
    told = Told(status=200, pieces=tuple(map(Piece, pieces)), end="end", **fields)
    return Taped(asked=asked, told=told)


def test_an_event_is_a_line():
    events = answer(b'data: {"text": "caf\xc3\xa9 \\"x\\""}\n\n', b"data: 1\n\ndata: 2\n\n")
    assert write([events]) == (
        "unillm recording 1\n\n"
        "--> POST https://api.example/v1/chat\n"
        "<-- 200\n"
        '~ data: {"text": "café \\"x\\""}\n'
        "~ data: 1\n"
        " ~ data: 2\n"
        "end\n"
    )


def test_what_cannot_be_shown_is_escaped():
    odd = write([answer(b"data: \xff\\\r\n", b"no newline ")])
    assert "|\\data: \\xff\\\\\\r\n+\\no newline\\x20\nend\n" in odd


def test_json_is_laid_out():
    text = write([answer(b'{"a":[1,', b'2.50],"b":"\xc3\xa9"}')])
    assert "\n+ " in text, "2.50 could not be had back from a layout"
    text = write([answer(b'{"a":[1,', b'2.5],"b":"\xc3\xa9"}')])
    assert (
        'json compact 8\n  {\n    "a": [\n      1,\n      2.5\n    ],\n    "b": "é"\n  }\n' in text
    )


def test_json_with_what_cannot_be_shown_is_laid_out_in_ascii():
    odd = answer('{"a":"\x7f\u2028é"}'.encode())
    assert '    "a": "\\u007f\\u2028\\u00e9"\n' in write([odd])
    assert read(write([odd])) == (odd,)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "first line"),
        ("%YAML 1.2", "first line"),
        ("unillm recording 1\nend", "line 2: an exchange must begin"),
        ("unillm recording 1\n\n--> POST x\n<-- 200\nwhat\n", "line 5: what is this"),
        ("unillm recording 1\n--> POST x\n<-- 200\nendless\n", "line 4: what is this"),
        ("unillm recording 1\n--> POST x\n<-- two\n", "line 3"),
        ("unillm recording 1\n--> POST x\n<-- 200\n ~ more\n", "line 4"),
        ("unillm recording 1\n--> POST x\n<-- 200\njson odd\n  {}\n", "line 5: a JSON style"),
        ("unillm recording 1\n--> POST x\n<-- 200\njson compact\n  {]\n", "line 5"),
        ("unillm recording 1\n-->POST x\n", "line 2: a space or a backslash"),
        ("unillm recording 1\n--> POST x\n<-- 200\n~text\n", "line 4: what is this"),
        ("unillm recording 1\n--> POST x\nraise KeyError: x\n", "line 3: which error"),
    ],
)
def test_what_is_no_recording_is_refused_with_its_line(text, problem):
    with pytest.raises(RecordingError, match=problem):
        read(text, "weather.tape")
