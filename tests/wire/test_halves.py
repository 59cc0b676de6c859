"""Characters that came in two halves are put together, or their loss is noted."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.drive import WEATHER, decode
from unillm import MalformedResponseError, TextDelta, ToolCallReady

SMILE = "\N{GRINNING FACE}"
HIGH, LOW = "\ud83d", "\ude00"


def chunk(finish=None, **delta):
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return f"data: {json.dumps({'choices': [choice]})}\n\n".encode()


def units(text):
    """Give the UTF-16 units of a text, each a character of its own."""
    raw = text.encode("utf-16-le", "surrogatepass")
    return [chr(int.from_bytes(raw[at : at + 2], "little")) for at in range(0, len(raw), 2)]


END = chunk("stop") + b"data: [DONE]\n\n"


def said(*pieces):
    told = decode([*(chunk(content=piece) for piece in pieces), END])
    assert told.response is not None
    return told.response.text, [note.code for note in told.response.notes]


def test_halves_in_two_chunks_are_one_character():
    assert said("a" + HIGH, LOW + "b") == (f"a{SMILE}b", [])
    assert said("a" + HIGH, "", LOW) == (f"a{SMILE}", [])


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ((f"a{HIGH}", "b"), "a\ufffdb"),
        ((f"a{LOW}", "b"), "a\ufffdb"),
        ((f"a{HIGH}{HIGH}", f"{LOW}b"), f"a\ufffd{SMILE}b"),
        (("a", HIGH), "a"),
    ],
)
def test_a_half_without_another_is_noted(pieces, text):
    assert said(*pieces) == (text, ["broken_characters"])


def test_a_replacement_character_that_was_sent_is_no_loss():
    assert said(f"\ufffd{HIGH}", f"{LOW}\ufffd") == (f"\ufffd{SMILE}\ufffd", [])


def test_text_and_reasoning_keep_their_own_halves():
    pieces = [
        chunk(content=HIGH),
        chunk(reasoning_content=f"x{HIGH}"),
        chunk(content=LOW),
        chunk(reasoning_content=LOW),
    ]
    told = decode([*pieces, END])
    assert told.response is not None
    assert (told.response.text, told.response.reasoning) == (SMILE, f"x{SMILE}")
    assert not any(event.text == "" for event in told.events if isinstance(event, TextDelta))


def test_arguments_are_put_together_too():
    whole = json.dumps({"city": f"Paris {SMILE}"}, ensure_ascii=False)
    first, *rest = units(whole)
    function = {"name": "get_weather", "arguments": first}
    calls = [chunk(tool_calls=[{"index": 0, "id": "c", "function": function}])]
    calls += [chunk(tool_calls=[{"index": 0, "function": {"arguments": unit}}]) for unit in rest]
    told = decode([*calls, chunk("tool_calls"), b"data: [DONE]\n\n"], [WEATHER])
    (ready,) = [event for event in told.events if isinstance(event, ToolCallReady)]
    assert ready.call.arguments == {"city": f"Paris {SMILE}"}


def test_a_body_that_ends_in_half_a_character():
    message = {"role": "assistant", "content": f"a{SMILE}b{HIGH}"}
    body = {"choices": [{"message": message, "finish_reason": "length"}]}
    told = decode([json.dumps(body).encode()])
    assert told.response is not None
    assert told.response.text == f"a{SMILE}b"
    assert [note.code for note in told.response.notes] == ["broken_characters"]


@pytest.mark.parametrize("bad", [b'{"choices": [{"delta": {"content": "\\ud83d', b'{"a": \\ud83d}'])
def test_what_is_no_json_even_so_is_malformed(bad):
    told = decode([b"data: " + bad + b"\n\n", END])
    assert isinstance(told.error, MalformedResponseError)


def test_nesting_without_end_is_malformed():
    deep = b"[" * 100_000 + b'"\\ud83d"' + b"]" * 100_000
    told = decode([b'data: {"choices": ' + deep + b"}\n\n", END])
    assert isinstance(told.error, MalformedResponseError)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.data())
def test_any_text_cut_between_any_units_comes_back(text, data):
    parts = units(text)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(parts)))))
    pieces = ["".join(parts[a:b]) for a, b in zip([0, *cuts], [*cuts, len(parts)], strict=True)]
    assert said(*pieces) == (text, [])
