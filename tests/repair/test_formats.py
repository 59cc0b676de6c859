"""Each format: what is a call in it and what is none, whole and torn at every character."""

from itertools import groupby
from operator import itemgetter

import pytest

from tests.repair.faulty import faulty
from tests.repair.leaking import EVERY, FOLDER, TOOLS, rows, said, scanned
from unillm import InvalidRequestError
from unillm.repair import replay, rescue_tool_calls
from unillm.repair.formats import FORMATS, formats_named

ROWS = {name: list(of_it) for name, of_it in groupby(rows(), key=itemgetter(0))}
each_format = pytest.mark.parametrize("format_", ROWS)


def looked_at(format_, look):
    """Look at each text of a format, and name those that are not as they should be."""
    return faulty(((f"{format_} {row['text']!r}", row) for _, row in ROWS[format_]), look)


def test_every_format_has_texts_with_calls_and_without():
    assert {path.stem for path in FOLDER.glob("*.jsonl")} == set(FORMATS)
    for name in FORMATS:
        of_it = [row["calls"] for _, row in ROWS[name]]
        assert [] in of_it, name
        assert any(of_it), name


@each_format
def test_what_is_a_call_and_what_is_none(format_):
    formats = ["marked", format_]

    def look(row):
        done = rescue_tool_calls(row["text"], TOOLS, formats)
        assert said(done.calls) == row["calls"], row.get("why")
        assert done.content == row["content"], row.get("why")
        assert replay(row["text"], done.edits) == done.content
        assert (done.format is None) == (not done.calls)
        for call in done.calls:
            assert call.origin == "rescued"
            arguments = replay(call.raw, call.repairs)
            written = f'{{"name": "{call.name}", "arguments": {arguments}}}'
            (again,) = rescue_tool_calls(f"<tool_call>{written}</tool_call>", TOOLS).calls
            assert again.arguments == call.arguments

    assert looked_at(format_, look) == []


@each_format
def test_it_is_the_same_torn_anywhere(format_):
    formats = ["marked", format_]

    def look(row):
        text = row["text"]
        whole = scanned([text], formats=formats)
        assert scanned(list(text), formats=formats) == whole
        for place in range(len(text) + 1):
            assert scanned([text[:place], text[place:]], formats=formats) == whole, place
        assert scanned(list(text), formats=EVERY) == scanned([text], formats=EVERY)

    assert looked_at(format_, look) == []


@each_format
def test_a_call_that_is_cut_off_is_none(format_):
    """However much of a text is there, its calls are those of the whole text, from the first."""

    def look(row):
        for size in range(len(row["text"]) if row["calls"] else 0):
            done = rescue_tool_calls(row["text"][:size], TOOLS, ["marked", format_])
            assert said(done.calls) == row["calls"][: len(done.calls)], size

    assert looked_at(format_, look) == []


@each_format
def test_nothing_is_a_call_without_its_tool(format_):
    def look(row):
        for tools in (None, [], [{"name": "other", "parameters": {"type": "object"}}]):
            done = rescue_tool_calls(row["text"], tools, [format_])
            assert (done.calls, done.content, done.edits) == ((), row["text"], ())

    assert looked_at(format_, look) == []


@pytest.mark.parametrize("fence", ["```", "~~~", "````"])
@each_format
def test_nothing_is_a_call_in_a_fence(format_, fence):
    def look(row):
        if any(line.strip(" ").startswith(fence) for line in row["text"].splitlines()):
            return  # the text ends such a fence itself
        text = f"So it is written:\n{fence}\n{row['text']}\n{fence}\n"
        done = rescue_tool_calls(text, TOOLS, ["marked", format_])
        assert (done.calls, done.content) == ((), text)

    assert looked_at(format_, look) == []


@pytest.mark.parametrize(
    "name",
    ["deepseek_v32", "deepseek_v4", "qwen25", "qwen3_coder", "glm45", "gpt_oss", "xlam", "llama3"],
)
def test_formats_have_the_names_of_other_parsers_too(name):
    assert formats_named([name])
    assert formats_named(name) == formats_named([name])


def test_a_format_that_does_not_exist_is_told_with_those_that_do():
    with pytest.raises(InvalidRequestError, match=r"no format is called 'klingon'; .*hermes"):
        formats_named(["klingon"])
