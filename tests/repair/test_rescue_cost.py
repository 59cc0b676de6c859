"""Floods of what may begin a call lose nothing and hold up nothing for ever.

How long they take is measured by ``python -m benchmarks.repair.floods``.
"""

import pytest

from benchmarks.repair.floods import FLOODS, WITHIN, flood
from tests.repair.leaking import EVERY, TOOLS, scanned


@pytest.mark.parametrize("size", [10_000, 40], ids=["whole", "torn"])
@pytest.mark.parametrize(("before", "unit"), [*(("", unit) for unit in FLOODS), *WITHIN])
def test_no_flood_loses_text(before, unit, size):
    text = flood(before, unit, 10_000)
    parts = [text[at : at + size] for at in range(0, len(text), size)]
    assert scanned(parts, TOOLS, EVERY) == ((), text)


def test_a_block_without_an_end_is_given_back_before_it_fills_the_memory(monkeypatch):
    monkeypatch.setattr("unillm.repair.scanner.LONGEST", 1_000)
    text = '<tool_call>{"name": "note", "arguments": {"text": "' + "x" * 2_000 + '"}}</tool_call>'
    assert scanned([text]) == ((), text)
    assert scanned(list(text)) == ((), text)
    short = text.replace("x" * 2_000, "x" * 500)
    assert len(scanned([short])[0]) == len(scanned(list(short))[0]) == 1
