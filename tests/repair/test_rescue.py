"""Calls in text: what makes one, what is left, and formats of one's own."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.repair.leaking import EVERY, TOOLS, rows, said, scanned
from unillm import InvalidRequestError, Tool
from unillm.repair import CallScanner, Format, JsonBlock, replay, rescue_tool_calls
from unillm.repair.formats import Candidate, NotACallError

HERMES = '<tool_call>{"name": "weather", "arguments": {"city": "Lima"}}</tool_call>'
DSML = """<｜DSML｜tool_calls>
<｜DSML｜invoke name="ping">
</｜DSML｜invoke>
</｜DSML｜tool_calls>"""
IN_DSML = """<｜DSML｜tool_calls>
<｜DSML｜invoke name="write">
<｜DSML｜parameter name="text" string="true">%s</｜DSML｜parameter>
</｜DSML｜invoke>
</｜DSML｜tool_calls>"""
PIECES = [
    *{row["text"] for _, row in rows()},
    *(
        "```",
        "`",
        '"',
        "\n",
        "\n\n",
        "> ",
        " ",
        "<",
        "<|",
        "｜",
        "[",
        "{",
        "}",
        "</tool_call>",
        "x",
    ),
    *("<tool_call>", "<｜DSML｜", "</think>", "~~~", "“", "”", "<function=", "weather", "]"),
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=6), st.data())
def test_any_text_comes_out_the_same_however_it_is_torn(parts, data):
    text = "".join(parts)
    formats = data.draw(st.sampled_from([None, EVERY]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    torn = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    done = rescue_tool_calls(text, TOOLS, formats)
    assert scanned(torn, formats=formats) == (done.calls, done.content)
    assert scanned(list(text), formats=formats) == (done.calls, done.content)
    assert replay(text, done.edits) == done.content
    assert len({call.id for call in done.calls}) == len(done.calls)


@given(st.text())
def test_text_without_calls_stays_as_it_is(text):
    assert scanned([text], formats=EVERY) == ((), text)


@given(st.dictionaries(st.sampled_from(["text"]), st.text(), min_size=1))
def test_a_value_in_json_comes_out_as_it_went_in(arguments):
    body = json.dumps({"name": "note", "arguments": arguments}, ensure_ascii=False)
    done = rescue_tool_calls(f"a<tool_call>{body}</tool_call>b", TOOLS)
    assert (said(done.calls), done.content) == (
        [{"name": "note", "arguments": arguments}],
        "ab",
    )


def test_half_a_character_is_no_argument_and_stays_text():
    for text in (
        "<invoke name='note'><parameter name='text'>\ud83d</parameter></invoke>",
        '<tool_call>{"name": "note", "arguments": {"text": "\ud83d"}}</tool_call>',
        "\ud83d" + "<tool_call>",
    ):
        done = rescue_tool_calls(text, TOOLS)
        assert (done.calls, done.content) == ((), text)


def test_half_a_character_harms_no_format():
    for format_, row in rows():
        for torn in ("\ud83d", "\udc00"):
            for word in ("Oslo", "Lima", "city", "weather"):
                text = row["text"].replace(word, torn)
                done = rescue_tool_calls(text, TOOLS, ["marked", format_])
                assert replay(text, done.edits) == done.content
                assert torn not in "".join(call.raw for call in done.calls)


def test_text_flows_as_soon_as_it_cannot_be_a_marker():
    scanner = CallScanner(TOOLS)
    assert scanner.feed("Let me look. <") == ["Let me look. "]
    assert scanner.feed("b") == ["<b"]
    assert scanner.feed(" <tool_c") == [" "]
    assert scanner.feed("ats>") == ["<tool_cats>"]
    assert scanner.feed(HERMES[:-1]) == []
    assert said(scanner.feed(">")) == [{"name": "weather", "arguments": {"city": "Lima"}}]
    assert scanner.feed(" ok") == [" ok"]
    assert scanner.close() == scanner.close() == []


def test_no_more_is_held_back_than_a_marker_has():
    longest = max(len(marker) for format_ in EVERY for marker in format_.markers)
    text = "".join(sorted({marker[:-1] for format_ in EVERY for marker in format_.markers}))
    scanner = CallScanner(TOOLS)
    given_out = 0
    for number, sign in enumerate(text, start=1):
        given_out += sum(len(str(piece)) for piece in scanner.feed(sign))
        assert number - given_out < longest + len("weather<arg_key>")


def test_each_call_comes_when_it_is_complete():
    scanner = CallScanner(TOOLS)
    invoke = '<｜DSML｜invoke name="ping">\n</｜DSML｜invoke>'
    assert scanner.feed("<｜DSML｜tool_calls>\n" + invoke[:-1]) == []
    assert said(scanner.feed(">")) == [{"name": "ping", "arguments": {}}]
    assert said(scanner.feed("\n" + invoke)) == [{"name": "ping", "arguments": {}}]
    assert scanner.feed("\n</｜DSML｜tool_calls>") == []
    assert scanner.close() == []


def test_ids_are_the_same_each_time_and_not_the_same_for_two_calls():
    once, again = (rescue_tool_calls(HERMES + HERMES, TOOLS) for _ in range(2))
    assert once == again
    assert len({call.id for call in once.calls}) == 2


def test_arguments_are_repaired_and_every_edit_is_on_the_call():
    text = (
        "<tool_call>{'name': 'weather', 'arguments': {'city': 'Oslo', 'days': '3',},}</tool_call>"
    )
    (call,) = rescue_tool_calls(text, TOOLS).calls
    assert call.arguments == {"city": "Oslo", "days": 3}
    assert call.raw in text
    assert json.loads(replay(call.raw, call.repairs)) == call.arguments


def test_what_may_be_repaired_is_the_callers_to_say():
    texts = {
        "off": "",
        "syntax": '{"name": "weather", "arguments": {"city": "Oslo",}}',
        "schema": '{"name": "weather", "arguments": {"city": "Oslo", "days": "3"}}',
    }
    for level in ("off", "syntax", "schema", "salvage"):
        for needs, body in texts.items():
            scanner = CallScanner(TOOLS, level=level)
            out = [*scanner.feed(f"<tool_call>{body}</tool_call>"), *scanner.close()]
            enough = [*texts, "salvage"].index(level) >= [*texts].index(needs)
            assert bool(body and enough) == any(not isinstance(piece, str) for piece in out)
    scanner = CallScanner(TOOLS, aliases={"town": "city"})
    out = scanner.feed('<tool_call>{"name": "weather", "arguments": {"town": "Oslo"}}</tool_call>')
    assert said(out) == [{"name": "weather", "arguments": {"city": "Oslo"}}]


def test_good_arguments_are_not_touched():
    (call,) = rescue_tool_calls(HERMES, TOOLS).calls
    assert (call.raw, call.repairs) == ('{"city": "Lima"}', ())


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({"type": "string"}, "42", "42"),
        ({"type": "integer"}, "42", 42),
        ({"type": "number"}, "3.0", 3.0),
        ({"type": "boolean"}, "true", True),
        ({"type": "boolean"}, "True", True),
        ({"type": "string"}, "null", "null"),
        ({"type": ["integer", "null"]}, "null", None),
        ({"type": "string"}, '{"a": 1}', '{"a": 1}'),
        ({"type": "object"}, '{"a": 1}', {"a": 1}),
        ({"type": "array"}, "['a', 1]", ["a", 1]),
        ({"type": "string"}, '"quoted"', '"quoted"'),
        ({"type": "string", "enum": ["a"]}, "a", "a"),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, "some text", "some text"),
        ({"$ref": "#/$defs/n"}, "7", 7),
        ({}, "7", 7),
        ({}, "seven", "seven"),
    ],
)
def test_a_value_in_tags_is_what_the_schema_says(schema, text, value):
    tool = Tool(
        "t",
        parameters={
            "type": "object",
            "properties": {"v": schema},
            "$defs": {"n": {"type": "integer"}},
        },
    )
    done = rescue_tool_calls(f"<function=t><parameter=v>{text}</parameter></function>", [tool])
    assert said(done.calls) == [{"name": "t", "arguments": {"v": value}}]


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, "42"),
        ({"type": ["string", "null"]}, "null"),
        ({"type": "integer"}, "many"),
        ({"type": "integer"}, "3.5"),
        ({}, "None"),
        ({"type": "object"}, "{a: "),
    ],
)
def test_a_value_that_may_be_two_things_or_none_is_no_argument(schema, text):
    tool = Tool("t", parameters={"type": "object", "properties": {"v": schema}})
    text = f"<function=t><parameter=v>{text}</parameter></function>"
    done = rescue_tool_calls(text, [tool])
    assert (done.calls, done.content) == ((), text)


@pytest.mark.parametrize(
    "text",
    [
        "Print it as `%s`, please.",
        'It looks like "%s".',
        "It looks like “%s”.",
        "It looks like '%s'.",
        "> %s",
        "  > quoted: %s",
        "```\n%s\n```",
        "- item\n\n  ```json\n  %s\n  ```",
        "~~~~\n~~~\n%s\n~~~~",
        "```text %s\n```",
        "``double ` tick %s``",
        "`inline over\nlines %s`",
        'He said: "\n%s',
    ],
)
@pytest.mark.parametrize("block", [HERMES, '<invoke name="ping"></invoke>', DSML])
def test_what_is_printed_is_not_called(text, block):
    text %= block
    assert scanned([text]) == ((), text)
    assert scanned(list(text)) == ((), text)


@pytest.mark.parametrize(
    "before",
    [
        "Run `ls` first. ",
        'He said "yes" and: ',
        'A 5" disk: ',
        "```\nls\n```\n",
        "It's mine, isn't it? ",
        "``` is a fence\n```\n",
        "“Yes.” ",
        "a > b: ",
        "> quoted\n\n",
        "`broken\n\n",
        "~ 5 minutes ",
    ],
)
def test_after_code_and_quotations_a_call_is_one(before):
    done = rescue_tool_calls(before + HERMES, TOOLS)
    assert (len(done.calls), done.content) == (1, before)


def test_a_call_inside_the_value_of_another_is_a_value():
    inner = HERMES.replace('"', '\\"')
    text = f'<tool_call>{{"name": "note", "arguments": {{"text": "{inner}"}}}}</tool_call>'
    assert said(rescue_tool_calls(text, TOOLS).calls) == [
        {"name": "note", "arguments": {"text": HERMES}}
    ]


@pytest.mark.parametrize(
    "outer",
    [
        "<tool_call><function=write><parameter=text>%s</parameter></function></tool_call>",
        IN_DSML,
        '<minimax:tool_call><invoke name="write"><parameter name="text">%s</parameter></invoke>',
        '[TOOL_CALLS]write[ARGS]{"text": %s',
        '<tool_call>{"name": "write", "arguments": {"text": "%s',
    ],
)
def test_a_call_inside_of_what_is_no_call_is_none_either(outer):
    text = outer % HERMES + " and " + HERMES
    done = rescue_tool_calls(text, TOOLS)
    assert said(done.calls) in ([], [{"name": "weather", "arguments": {"city": "Lima"}}])
    assert outer % HERMES in done.content


def test_a_block_that_breaks_off_makes_all_after_it_text():
    text = f'<｜DSML｜invoke name="note"><｜DSML｜parameter name="text" string="true">a {HERMES}'
    text += f"</｜DSML｜parameter> oops {HERMES}"
    assert scanned([text]) == ((), text)


def test_markup_in_a_name_is_no_name():
    for name in ('weather","x":"', "weather</arg_key><arg_value>", "<b>weather</b>", "Weather"):
        text = f'<tool_call>{{"name": "{name}", "arguments": {{"city": "Lima"}}}}</tool_call>'
        assert rescue_tool_calls(text, TOOLS).content == text


def test_a_format_of_ones_own_is_read_like_ours():
    def read(source, declared):
        yield from source.expect("@call ")
        name = yield from source.word()
        if name not in declared.names:
            raise NotACallError
        yield from source.expect(" ")
        source.commit()
        yield [Candidate(name, (yield from source.balanced()))]

    mine = Format(name="at", read=read, markers=("@call ",))
    text = 'So @call weather {"city": "Lima"} and @call missile {} done'
    done = rescue_tool_calls(text, TOOLS, [mine])
    assert said(done.calls) == [{"name": "weather", "arguments": {"city": "Lima"}}]
    assert (done.content, done.format) == ("So  and @call missile {} done", "at")
    assert scanned(list(text), formats=[mine]) == (done.calls, done.content)


def test_a_reader_that_never_reads_or_never_ends_does_no_harm():
    def idle(source, declared):
        return
        yield

    def stuck(source, declared):
        source.commit()
        while True:
            yield None

    for read in (idle, stuck):
        text = "a @ b"
        assert scanned(list(text), formats=[Format(name="x", read=read, markers=("@",))]) == (
            (),
            text,
        )


@pytest.mark.parametrize(
    "tools", [5, "weather", [5], [{"nom": "x"}], [{"name": "x", "parameters": 3}]]
)
def test_what_is_no_tool_is_refused_at_once(tools):
    with pytest.raises(InvalidRequestError):
        rescue_tool_calls("", tools)


def test_what_is_no_text_is_refused():
    wrong: Any = b""
    with pytest.raises(InvalidRequestError, match="string"):
        rescue_tool_calls(wrong, TOOLS)
    scanner = CallScanner(TOOLS)
    scanner.close()
    with pytest.raises(InvalidRequestError, match="closed"):
        scanner.feed("x")


def test_a_format_of_ones_own_that_fails_is_named():
    def read(source, declared):
        raise RuntimeError("mine")
        yield

    broken = Format(name="mine", markers=("@@call",), read=read)
    with pytest.raises(InvalidRequestError, match="the format 'mine' failed: RuntimeError"):
        rescue_tool_calls("see @@call here", TOOLS, [broken])


@pytest.mark.parametrize("wrong", [{"read": None}, {"name": ""}, {"markers": ()}], ids=str)
def test_what_is_no_format_is_refused(wrong):
    given = {"name": "mine", "markers": ("@@",), "read": JsonBlock(opens=("@@",)), **wrong}
    with pytest.raises(InvalidRequestError, match="Format"):
        Format(**given)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Nothing here.", 0),
        ('<tool_call>{"name": "nobody", "arguments": {}}</tool_call>', 1),
        ('<tool_call>{"name": "note", "arguments": {"text": "cut', 1),
        ('As in `<tool_call>{"name": "nobody", "arguments": {}}</tool_call>`.', 0),
    ],
    ids=["text", "undeclared", "cut", "quoted"],
)
def test_what_looks_like_a_call_and_is_none_is_counted(text, left):
    scanner = CallScanner(TOOLS)
    scanner.feed(text)
    scanner.close()
    assert scanner.left == left


@pytest.mark.parametrize("said", ["'it''s'", '"a" "b"', "'a' \"b\""])
def test_a_string_after_a_string_is_two_readings(said):
    text = f"[note(text={said})]"
    found = rescue_tool_calls(text, TOOLS, ["pythonic"])
    assert (found.calls, found.content) == ((), text)
