"""`unillm repair`: the value on standard output, what was changed or refused on standard error."""

import json
import re

import pytest
from click.testing import CliRunner

from unillm.cli.commands import unillm as command
from unillm.repair import replay
from unillm.types.edits import Edit

SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city"],
}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the command in an empty folder; keyword arguments are files made there before."""
    monkeypatch.chdir(tmp_path)

    def run(text, *options, **files):
        for name, content in files.items():
            (tmp_path / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
        return CliRunner().invoke(command, ["repair", *options], input=text)

    return run


def test_the_value_goes_out_and_the_edits_are_a_diff(run):
    done = run("{'city': 'Zürich',\n 'days': \"3\",}\n", "--schema", "s.json", s=SCHEMA)
    assert done.exit_code == 0
    assert done.stdout == '{\n  "city": "Zürich",\n  "days": 3\n}\n'
    assert done.stderr.splitlines() == [
        "1:2, 1:7, 1:10, 1:17  single_quotes (syntax)",
        "  - {'city': 'Zürich',",
        '  + {"city": "Zürich",',
        "2:2, 2:7  single_quotes (syntax)",
        "2:10  type (coerce)",
        "2:13  trailing_comma (syntax)",
        "  -  'days': \"3\",}",
        '  +  "days": 3}',
        "8 edits (schema)",
    ]


def test_what_is_good_is_printed_as_it_is(run):
    done = run('{"city": "Paris"}')
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"city": "Paris"})
    assert done.stderr == "nothing was changed (off)\n"


def test_a_file_is_read(run):
    done = run("", "call.json", call={"city": "Paris"})
    assert json.loads(done.stdout) == {"city": "Paris"}


def test_edits_far_apart_are_shown_apart_with_a_little_around_them(run):
    done = run('{"a": 1, "long": "' + "x" * 200 + '", "b": True,}')
    assert done.exit_code == 0
    shown = [line for line in done.stderr.splitlines() if line.startswith("  - ")]
    assert len(shown) == 1
    assert len(shown[0]) < 80
    assert shown[0].startswith("  - …xxx")


def test_nothing_in_a_text_moves_the_cursor(run):
    done = run('{"a": "\x1b[31mred\r\n",}')
    assert json.loads(done.stdout) == {"a": "\x1b[31mred\r\n"}
    assert "\x1b" not in done.stderr
    assert "\\x1b[31mred\\r\\n" in done.stderr


def test_a_refusal_shows_the_place(run):
    done = run('{"city": "Pa', "--schema", "s.json", s=SCHEMA)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "refused: a string does not end, at 1:10",
        '  {"city": "Pa',
        "           ^",
        'what can be read of it: {"city": "Pa"}',
    ]


def test_the_caret_stands_under_the_place_whatever_stands_before(run):
    line, caret = run('{"日本": "x').stderr.splitlines()[1:3]
    assert line.index('"x') + len("日本") == caret.index("^")


def test_a_refusal_names_what_the_text_may_mean(run):
    done = run('{"a": [{"b": 1], "c": 2}')
    assert done.exit_code == 1
    assert done.stderr.splitlines()[1:] == [
        'it may mean: {"a": [{"b": 1}], "c": 2}',
        'it may mean: {"a": [{"b": 1, "c": 2}]}',
    ]


def test_a_refusal_tells_where_the_schema_is_not_met(run):
    done = run('{"city": "Paris", "days": "many"}', "--schema", "s.json", s=SCHEMA)
    assert done.exit_code == 1
    assert 'in the value: ["days"]' in done.stderr
    assert "in the value: at the top" in run("{}", "--schema", "s.json").stderr


def test_levels_finish_reasons_and_aliases_are_passed_on(run):
    assert run("{'a': 1}", "--level", "off").exit_code == 1
    assert run('{"a": "x', "--level", "salvage").exit_code == 0
    assert run('{"a": "x"').exit_code == 0
    assert run('{"a": "x"', "--finish-reason", "length").exit_code == 1
    done = run('{"town": "Rome"}', "--schema", "s.json", "--alias", "town=city", s=SCHEMA)
    assert json.loads(done.stdout) == {"city": "Rome"}


def test_as_json_value_edits_and_level_are_one_object(run):
    text = "{'a': 1,}"
    done = run(text, "--json")
    told = json.loads(done.stdout)
    assert (told["value"], told["level"], done.stderr) == ({"a": 1}, "syntax", "")
    assert json.loads(replay(text, [Edit.from_dict(edit) for edit in told["edits"]])) == {"a": 1}


def test_as_json_a_refusal_is_an_object_too(run):
    done = run('{"a": 1', "--json")
    told = json.loads(done.stdout)["refused"]
    assert (done.exit_code, done.stderr) == (1, "")
    assert told["position"] == 7
    assert told["partial"] == {"a": 1}
    assert "may go on" in told["reason"]


TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}]
LEAKED = 'Wait. <tool_call>{"name": "weather", "arguments": {"city": "Rome",}}</tool_call>'


def test_calls_that_leaked_are_found(run):
    done = run(LEAKED, "--tools", "tools.json", tools=TOOLS)
    told = json.loads(done.stdout)
    assert told["calls"] == [{"name": "weather", "arguments": {"city": "Rome"}}]
    assert told["content"].strip() == "Wait."
    assert re.search(r"trailing_comma \(syntax\)", done.stderr)
    full = json.loads(run(LEAKED, "--tools", "tools.json", "--json").stdout)["calls"][0]
    assert [edit["rule"] for edit in full["repairs"]]
    assert '"city"' in full["raw"]


def test_without_a_call_the_text_comes_back(run):
    done = run("Just words.", "--tools", "tools.json", tools=TOOLS)
    assert done.exit_code == 1
    assert json.loads(done.stdout) == {"calls": [], "content": "Just words.", "format": None}
    assert done.stderr == "no call of these tools is in the text\n"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--schema", "list.json"], "is no JSON Schema object"),
        (["--schema", "bad.json"], "--schema"),
        (["--schema", "missing.json"], "missing.json"),
        (["--level", "wild"], "wild"),
        (["--alias", "town"], "'town' is not WRONG=RIGHT"),
        (["--tools", "bad.json"], "is no list of tools"),
        (["--tools", "list.json"], "--tools"),
    ],
)
def test_what_cannot_be_meant_is_refused(run, options, says):
    done = run("{}", *options, list=[1], bad={"type": "klingon"})
    assert done.exit_code == 2
    assert says in done.stderr


def test_a_file_that_is_no_json_is_said(run, tmp_path):
    (tmp_path / "s.json").write_text("{", encoding="utf-8")
    done = run("{}", "--schema", "s.json")
    assert (done.exit_code, "is not JSON" in done.stderr) == (2, True)


def test_a_text_that_is_not_utf8_is_said(run):
    done = run(b"\xff\xfe")
    assert (done.exit_code, "the text is not UTF-8" in done.stderr) == (1, True)
