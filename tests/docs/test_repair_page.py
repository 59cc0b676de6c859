"""The table of rules in docs/repair.md tells the truth, about every rule there is."""

import json
import re

import pytest
from click.testing import CliRunner

from tests.house.sources import ROOT
from tests.repair.rule_names import used
from unillm.cli.commands import unillm as command
from unillm.repair import repair_json

PAGE = (ROOT / "docs" / "repair.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("<!-- rules:begin -->")[2].partition("<!-- rules:end -->")[0]
CODE = re.compile(r"(?P<ticks>`+)(?P<code>.+?)(?P=ticks)(?!`)")
STRING, INTEGER = {"type": "string"}, {"type": "integer"}
SCHEMAS = {
    "type": {"days": INTEGER},
    "enum_case": {"unit": {"enum": ["celsius", "fahrenheit"]}},
    "nested_string": {"tags": {"type": "array"}},
    "scalar_to_list": {"tags": {"type": "array"}},
    "key_names": {"user_id": INTEGER},
    "wrapper": {"city": STRING},
    "whole_string": {"city": STRING},
    "empty_arguments": {"city": STRING},
    "optional_null": {"city": STRING, "days": INTEGER},
    "unknown_keys": {"a": INTEGER},
}


def rows():
    for line in TABLE.strip().splitlines()[2:]:
        rule, _, kind, example, value = (
            cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]
        )
        yield code(rule), kind, code(example), json.loads(code(value))


def code(cell):
    found = CODE.fullmatch(cell)
    assert found, cell
    inner = found["code"].removeprefix(" ")  # which keeps backticks apart
    return inner.replace("\\|", "|").replace("⏎", "\n").replace("␠", "\u00a0")


@pytest.mark.parametrize(
    ("rule", "kind", "example", "value"), [pytest.param(*r, id=r[0]) for r in rows()]
)
def test_an_example_is_what_the_rule_does(rule, kind, example, value):
    schema = None
    if rule in SCHEMAS:
        closed = rule in {"unknown_keys", "key_names"}
        required = ["city"] if rule in {"wrapper", "whole_string"} else []
        schema = {"type": "object", "properties": SCHEMAS[rule], "required": required}
        schema |= {"additionalProperties": False} if closed else {}
    done = repair_json(example, schema, level="salvage" if kind == "lossy" else "schema")
    assert json.dumps(done.value) == json.dumps(value)
    kinds = {edit.kind for edit in done.edits if edit.rule == rule}
    assert kind in kinds


def test_every_rule_is_in_the_table():
    names = [rule for rule, *_ in rows()]
    assert len(names) == len(set(names))
    assert set(names) == used()


CONSOLE = re.compile(
    r"```console\n\$ echo (?P<text>'.*?'|\".*?\") \| unillm (?P<rest>.*)\n(?P<shown>(?s:.*?))```"
)


@pytest.mark.parametrize("shown", list(CONSOLE.finditer(PAGE)), ids=lambda found: found["rest"])
def test_a_shell_shows_what_the_page_shows(shown, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    schema = {"type": "object", "properties": {"city": STRING, "days": INTEGER}}
    (tmp_path / "schema.json").write_text(json.dumps(schema), encoding="utf-8")
    text = shown["text"][1:-1].replace('\\"', '"') + "\n"
    done = CliRunner().invoke(command, shown["rest"].split(), input=text)
    assert done.stdout + done.stderr == shown["shown"]
