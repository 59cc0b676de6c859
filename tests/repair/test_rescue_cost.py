"""Looking for calls takes time in proportion to the text, whatever is in it."""

import time

import pytest

from tests.repair.leaking import EVERY, TOOLS, scanned

FLOODS = [
    "<",
    "<|",
    "[",
    "{",
    "`",
    "```\n",
    '"',
    "> \n",
    "<tool_call>",
    "<tool_call>{",
    '<tool_call>{"name": "note", "arguments": {"text": "',
    "<｜DSML｜",
    "<｜DSML｜tool_calls>",
    '<｜DSML｜invoke name="note"><｜DSML｜parameter name="text" string="true">',
    "<function=",
    "[TOOL_CALLS]",
    "commentary to=functions.",
    "<tool_call>weather<arg_key>city</arg_key><arg_value>",
    "weather<arg_key>",
    "</think>[",
    '<tool_call>{" </tool_call> " ',
]
WITHIN = [
    ('<tool_call>{"name": "note", "arguments": {"text": "', "</tool_call>"),
    ('<tool_call>{"name": "note", "arguments": {"text": "', "\\"),
    ("<function=note><parameter=text>", "<"),
    ('<｜DSML｜invoke name="note"><｜DSML｜parameter name="text" string="true">', "</parameter>"),
    ("<|python_start|>[note(text='", "'"),
    ("<|tool_call_start|>[note(text='", "', '"),
]


def seconds(text, size):
    """Return how long it takes, and check that nothing is lost."""
    began = time.perf_counter()
    calls, content = scanned(
        [text[at : at + size] for at in range(0, len(text), size)], TOOLS, EVERY
    )
    took = time.perf_counter() - began
    assert (calls, content) == ((), text)
    return took


@pytest.mark.parametrize("pieces", ["whole", "torn"])
@pytest.mark.parametrize(("before", "unit"), [*(("", flood) for flood in FLOODS), *WITHIN])
def test_no_flood_takes_more_than_linear_time(before, unit, pieces):
    def took(size):
        text = before + unit * (size // len(unit))
        return min(seconds(text, len(text) if pieces == "whole" else 40) for _ in range(2))

    # Eight times the text: quadratic would be 64 times the time, and is far from this bound.
    assert took(160_000) < 30 * took(20_000) + 0.05


def test_a_block_without_an_end_is_given_back_before_it_fills_the_memory(monkeypatch):
    monkeypatch.setattr("unillm.repair.scanner.LONGEST", 1_000)
    text = '<tool_call>{"name": "note", "arguments": {"text": "' + "x" * 2_000 + '"}}</tool_call>'
    assert scanned([text]) == ((), text)
    assert scanned(list(text)) == ((), text)
    short = text.replace("x" * 2_000, "x" * 500)
    assert len(scanned([short])[0]) == len(scanned(list(short))[0]) == 1
