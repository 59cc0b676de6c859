"""Every rule does what its corpus says, and nothing else."""

import json
from pathlib import Path

import pytest

from unillm.errors import UnrepairableError
from unillm.repair import repair_json, replay

CORPUS = Path(__file__).parent / "corpus"
RULES = Path(__file__).parents[2] / "src" / "unillm" / "repair" / "rules"


def rows(*, refused):
    return list(_rows(refused=refused))


def _rows(*, refused):
    for path in sorted(CORPUS.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            row = json.loads(line)
            if row.get("refused", False) is refused:
                yield pytest.param(path.stem, row, id=f"{path.stem}:{number}")


def repaired(row, text=None):
    settings = {key: row[key] for key in ("level", "aliases", "finish_reason") if key in row}
    return repair_json(row["text"] if text is None else text, row["schema"], **settings)


@pytest.mark.parametrize(("rule", "row"), rows(refused=False))
def test_the_rule_makes_of_a_text_what_was_meant(rule, row):
    found = repaired(row)
    assert exact(found.value) == exact(row["value"])
    assert rule in {name for edit in found.edits for name in edit.rule.split("+")}
    assert found.lossy is (row.get("level") == "salvage")
    assert found.level == row.get("level", "schema")
    assert exact(json.loads(replay(row["text"], found.edits))) == exact(row["value"])
    again = repaired(row, replay(row["text"], found.edits))
    assert exact(again.value) == exact(row["value"])
    assert again.edits == ()


@pytest.mark.parametrize(("rule", "row"), rows(refused=True))
def test_what_has_no_single_reading_is_refused(rule, row):
    assert row["why"]
    with pytest.raises(UnrepairableError):
        repaired(row)


@pytest.mark.parametrize(("rule", "row"), rows(refused=False))
def test_what_was_meant_is_left_alone(rule, row):
    text = json.dumps(row["value"])
    found = repaired(row, text)
    assert found.edits == ()
    assert found.level == "off"


def test_every_corpus_is_one_of_a_rule():
    names = {path.stem for path in RULES.glob("*.py")}
    assert {path.stem for path in CORPUS.glob("*.jsonl")} <= names


def exact(value):
    """Return what tells 1 from 1.0 and from true."""
    return json.dumps(value)
