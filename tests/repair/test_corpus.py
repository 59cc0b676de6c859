"""Every rule does what its corpus says, and nothing else."""

import json
from pathlib import Path

import pytest

from tests.repair.faulty import faulty
from tests.repair.rule_names import used
from unillm.errors import UnrepairableError
from unillm.repair import repair_json, replay

CORPUS = Path(__file__).parent / "corpus"
SCHEMA_RULES = {
    *("empty_arguments", "enum_case", "key_names", "nested_string", "scalar_to_list", "type"),
    *("whole_string", "wrapper"),
}


def _rows():
    """Give each row of the corpora with its kind and its name."""
    for path in sorted(CORPUS.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            row = {"rule": path.stem, **json.loads(line)}
            kind = next((kind for kind in ("refused", "untouched") if row.get(kind)), "meant")
            yield kind, f"{path.stem}:{number}", row


ROWS = list(_rows())


def of_each_rule(wanted):
    """Parametrise a test by the rules that have rows of a kind, with these rows."""
    by_rule = {}
    for kind, name, row in ROWS:
        if kind == wanted:
            by_rule.setdefault(row["rule"], []).append((name, row))
    return pytest.mark.parametrize("rows", list(by_rule.values()), ids=list(by_rule))


def repaired(row, text=None):
    settings = {key: row[key] for key in ("level", "aliases", "finish_reason") if key in row}
    return repair_json(row["text"] if text is None else text, row.get("schema"), **settings)


def is_what_was_meant(row):
    found, rule = repaired(row), row["rule"]
    assert exact(found.value) == exact(row["value"])
    assert rule in {name for edit in found.edits for name in edit.rule.split("+")}
    assert found.lossy is (row.get("level") == "salvage")
    assert found.level == row.get("level", "schema" if rule in SCHEMA_RULES else "syntax")
    assert exact(json.loads(replay(row["text"], found.edits))) == exact(row["value"])
    again = repaired(row, replay(row["text"], found.edits))
    assert exact(again.value) == exact(row["value"])
    assert again.edits == ()


@of_each_rule("meant")
def test_the_rule_makes_of_a_text_what_was_meant(rows):
    assert faulty(rows, is_what_was_meant) == []


def has_edits_in_order(row):
    at = 0
    for edit in repaired(row).edits:
        assert row["text"].startswith(edit.before, edit.start)
        assert edit.start >= at
        assert edit.before != edit.after
        at = edit.start + len(edit.before)


@of_each_rule("meant")
def test_edits_say_what_they_replace(rows):
    assert faulty(rows, has_edits_in_order) == []


def is_refused(row):
    assert row["why"]
    with pytest.raises(UnrepairableError) as caught:
        repaired(row)
    position = caught.value.position
    assert position is None or 0 <= position <= len(row["text"])


@of_each_rule("refused")
def test_what_has_no_single_reading_is_refused(rows):
    assert faulty(rows, is_refused) == []


def is_not_touched(row):
    found = repaired(row)
    assert exact(found.value) == exact(json.loads(row["text"])) == exact(row["value"])
    assert (found.edits, found.level) == ((), "off")


@of_each_rule("untouched")
def test_what_is_good_is_not_touched(rows):
    assert faulty(rows, is_not_touched) == []


def is_left_alone(row):
    found = repaired(row, json.dumps(row["value"]))
    assert found.edits == ()
    assert found.level == "off"


@of_each_rule("meant")
def test_what_was_meant_is_left_alone(rows):
    assert faulty(rows, is_left_alone) == []


def test_a_row_that_is_not_as_it_should_be_is_named():
    rows = [("a:1", {"rule": "a", "text": "[1]", "why": "?"}), ("a:2", {"text": "[", "why": ""})]
    told = faulty(rows, is_refused)
    assert [one.split(": ")[:2] for one in told] == [["a:1", "Failed"], ["a:2", "AssertionError"]]


def test_every_rule_has_a_corpus_and_every_corpus_is_one_of_a_rule():
    assert {path.stem for path in CORPUS.glob("*.jsonl")} == used()


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.jsonl")), ids=lambda path: path.stem)
def test_a_corpus_shows_what_the_rule_does_and_where_it_stops(path):
    kept = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(kept) >= 8
    assert any("refused" in row or "untouched" in row for row in kept)
    texts = [json.dumps([row["text"], row.get("schema"), row.get("level")]) for row in kept]
    assert len({json.dumps(row, sort_keys=True) for row in kept}) == len(texts)


def exact(value):
    """Return what tells 1 from 1.0 and from true."""
    return json.dumps(value)
